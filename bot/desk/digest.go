package desk

import (
	"context"
	"fmt"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

var _ bot.DigestSide = (*Desk)(nil)

// digestDays says when the officer gets their digest, and asks on which days they want it.
func (t *turn) digestDays(ctx context.Context) error {
	if !t.by.Role.Placed() {
		return t.refuse(&cases.Error{Code: cases.NotAllowed})
	}
	d, err := t.store.DigestTime(ctx, t.by)
	if err != nil {
		return t.refuse(fmt.Errorf("load when a digest comes: %w", err))
	}
	buttons := []text.Button{
		t.button("digest.button.working", data{what: "digd", word: string(cases.DigestWorking)}),
		t.button("digest.button.daily", data{what: "digd", word: string(cases.DigestDaily)}),
	}
	if d.Days != cases.DigestNever {
		buttons = append(buttons, t.button("digest.button.never", data{what: "digd"}))
	}
	t.screen(flows.Screen{Name: screenHome}, t.say("digest.what")+"\n\n"+t.digestIs(d)+"\n\n"+t.say("digest.which_days"),
		append(pairUp(2, 44, buttons...), []text.Button{t.button("desk.button.home", data{what: "home"})})...)
	return nil
}

// digestIs says when a digest comes.
func (t *turn) digestIs(d cases.DigestTime) string {
	if d.Days == cases.DigestNever {
		return t.say("digest.is.never")
	}
	return t.say("digest.is."+string(d.Days), "Hour", hour(d.Hour))
}

func hour(h int) string { return fmt.Sprintf("%02d:00", h) }

// pressDigest handles the buttons by which an officer says when they want their digest: first the days, then the hour.
func (t *turn) pressDigest(ctx context.Context, p data) error {
	if p.what == "digest" {
		return t.digestDays(ctx)
	}
	d := cases.DigestTime{Days: cases.DigestDays(p.word)}
	if p.what == "digh" {
		d.Hour = p.number
	}
	if p.what == "digd" && d.Days != cases.DigestNever {
		var hours []text.Button
		for h := cases.FirstDigestHour; h <= cases.LastDigestHour; h++ {
			hours = append(hours, text.Button{Text: hour(h), Data: data{what: "digh", number: h, word: p.word}.String()})
		}
		t.screen(flows.Screen{Name: screenHome}, t.say("digest.which_hour"),
			append(pairUp(4, 44, hours...), []text.Button{t.button("digest.button.days", data{what: "digest"})})...)
		return nil
	}
	err := t.store.SetDigestTime(ctx, t.by, d)
	if cases.CodeOf(err) == cases.Incomplete {
		return t.worn(ctx)
	}
	if err != nil {
		return t.refuse(fmt.Errorf("say when a digest comes: %w", err))
	}
	return t.home(ctx, t.digestIs(d))
}

// Digest renders what an officer is told once a day: numbers, references, and what is owed of them. Nobody's words and
// nobody's name.
func (d *Desk) Digest(n cases.DigestNotice) text.Reply {
	lang := d.book.Pick(n.Officer.Language)
	count := func(lines []string, key string, number int) []string {
		if number == 0 {
			return lines
		}
		return append(lines, d.book.T(lang, "digest."+key, "Count", number))
	}
	pile := func(p cases.Pile) (lines []string) {
		lines = count(lines, "overdue", p.Overdue)
		lines = count(lines, "today", p.Today)
		lines = count(lines, "idle", p.Idle)
		return count(lines, "waiting", p.Waiting)
	}
	var parts []string
	part := func(key string, lines []string) {
		if len(lines) > 0 {
			parts = append(parts, d.book.T(lang, "digest."+key)+"\n"+strings.Join(lines, "\n"))
		}
	}
	part("own", pile(n.Own))
	part("queue", count(count(nil, "new", n.New), "free", n.Free))
	part("team", pile(n.Team))
	var nearest []string
	var buttons []text.Button
	for _, c := range n.Nearest {
		nearest = append(nearest, d.book.T(lang, "digest.case", "Ref", string(c.Ref), "Owed", d.owed(lang, c, n.Now)))
		buttons = append(buttons, text.Button{
			Text: d.book.Label(lang, "digest.button.case", "Ref", string(c.Ref)), Data: data{what: "dcase", ref: c.Ref}.String(),
		})
	}
	part("nearest", nearest)
	rows := append(pairUp(2, 44, buttons...), []text.Button{
		{Text: d.book.Label(lang, "desk.button.queue"), Data: data{what: "queue", word: view{}.String()}.String()},
		{Text: d.book.Label(lang, "digest.button.change"), Data: data{what: "digest"}.String()},
	})
	head := d.book.T(lang, "digest.head", "Day", d.book.NamedDay(lang, n.Now))
	return text.Reply{Do: text.Send, HTML: strings.Join(append([]string{head}, parts...), "\n\n"), Rows: rows}
}
