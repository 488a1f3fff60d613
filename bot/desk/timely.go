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

// timely renders what officers are told of dates and of major matters. ok is false for other events. Whoever may not know
// of the case is told of a major matter that no leader answers, and not which: somebody must set out all the same.
func (d *Desk) timely(n bot.Notice) (replies []text.Reply, ok bool) {
	e, c, by := n.Event, n.Case, n.Officer.Actor()
	lang := d.book.Pick(n.Lang)
	var lines []string
	say := func(key string, pairs ...any) { lines = append(lines, d.book.T(lang, key, pairs...)) }
	clock, whom, _ := strings.Cut(e.Code, ".")
	if e.Kind == cases.Reminded && e.Code == cases.RemindMajor {
		if by.Role != cases.RoleAdmin || n.Officer.Revoked {
			return nil, true
		}
		say("major.notice.nobody")
		if cases.Can(by, cases.List, c) != nil {
			say("major.notice.hidden")
			return []text.Reply{{Do: text.Send, HTML: strings.Join(lines, "\n")}}, true
		}
	}
	if n.Officer.Revoked || cases.Can(by, cases.List, c) != nil {
		return nil, false
	}
	if c.Urgent && c.Status.Open() {
		say("desk.card.danger")
	}
	what := d.clock(lang, clock)
	mine := c.Owner == by.Officer
	switch {
	case len(lines) > 0 && e.Kind == cases.Reminded && e.Code == cases.RemindMajor:
	case e.Kind == cases.Reminded && whom == "lead":
		say("promise.desk.remind_lead", "What", what)
	case e.Kind == cases.Reminded && c.Owner == 0:
		say("promise.desk.remind_nobody", "What", what)
	case e.Kind == cases.Reminded:
		say("promise.desk.remind", "What", what)
	case e.Kind == cases.Missed:
		say("promise.desk.missed", "What", what)
		say("promise.desk.why", "Why", d.book.Label(lang, "promise.desk.why_"+e.Reason))
		switch {
		case mine && e.Reason == "unassigned":
			say("promise.desk.moved_up")
		case mine:
			say("promise.desk.yours")
		case c.Owner == 0:
			say("promise.desk.nobody")
		case by.Role == cases.RoleLeader:
			say("promise.desk.watch")
		}
	case e.Kind == cases.Raised:
		say("major.notice.called")
		say("major.notice.why_" + e.Code)
		if !e.Until.IsZero() && c.Major.Seen == 0 {
			say("major.notice.until", "Until", d.book.Moment(lang, e.Until), "Button", d.book.Label(lang, moveKey(cases.AckMajor, "")))
		}
	case e.Kind == cases.MajorAcknowledged:
		say("major.notice.seen")
	default:
		return nil, false
	}
	say("notice.desk.case", "Ref", string(c.Ref), "Matter", d.matter(lang, c), "Seq", e.Seq)
	if owed := d.owed(lang, c, n.Now); owed != "" {
		lines = append(lines, escape(owed))
	}
	row := []text.Button{{Text: d.book.Label(lang, "desk.button.look"), Data: data{what: "case", ref: c.Ref}.String()}}
	for _, a := range cases.Moves(c, by, n.Now) {
		if a == cases.AckMajor || a == cases.Take && c.Owner == 0 && e.Kind != cases.Raised {
			row = append(row, text.Button{
				Text: d.book.Label(lang, moveKey(a, "")), Data: data{what: whats[a], ref: c.Ref, number: c.Version}.String(),
			})
		}
	}
	if len(row) > 1 && row[len(row)-1].Data != "" && e.Kind == cases.Raised {
		row[0], row[1] = row[1], row[0] // one tap says that it was seen
	}
	return []text.Reply{{Do: text.Send, HTML: strings.Join(lines, "\n"), Rows: [][]text.Button{row}}}, true
}

// major says on a card that leaders were called, and who has seen it.
func (t *turn) major(d *dossier) string {
	switch {
	case d.Major.Level == 0:
		return ""
	case d.Major.Seen != 0:
		return t.say("major.card.seen", "Name", d.names[d.Major.Seen])
	case d.Major.Until.IsZero():
		return t.say("major.card.nobody")
	}
	return t.say("major.card.waits", "Until", t.book.Moment(t.lang, d.Major.Until))
}

// leader says whether this is somebody who answers for the house.
func (t *turn) leader() bool { return t.by.Role == cases.RoleLeader }

// leaderHome is a leader's first screen: what they may see is what went wrong, and what they were called for.
func (t *turn) leaderHome(ctx context.Context, lead, overdue string) error {
	_, all, err := t.store.List(ctx, t.by, cases.Filter{Open: true}, 0, 1)
	if err != nil {
		return t.refuse(fmt.Errorf("count cases: %w", err))
	}
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	parts = append(parts, t.say("desk.home.title", "Name", t.Officer.Name), t.say("major.leader.counts", "Count", counted(all), "Overdue", overdue))
	rows := t.begun()
	rows = append(rows, pairUp(2, 40,
		t.button("major.leader.button", data{what: "queue", word: view{}.String()}),
		t.button("desk.button.due", data{what: "queue", word: view{due: cases.DueSoon}.String()}),
		t.button("desk.button.search", data{what: "find"}),
		t.button("desk.button.help", data{what: "help"}),
		t.button("desk.button.language", data{what: "langs"}))...)
	rows = append(rows, []text.Button{{Text: t.label("desk.button.own"), Data: "h.home"}})
	t.screen(flows.Screen{Name: screenHome}, strings.Join(parts, "\n\n"), rows...)
	return nil
}
