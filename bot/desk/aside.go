package desk

import (
	"context"
	"fmt"
	"time"

	"huiyin/bot/text"
	"huiyin/cases"
)

// asideTimes are how long a case can be put aside, in the order of their buttons.
var asideTimes = []string{"tomorrow", "days3", "monday"}

// morning is the hour at which what was put aside is back.
const morning = 7

// asideUntil is when a choice of asideTimes ends, where the organisation is.
func (t *turn) asideUntil(choice string) (time.Time, bool) {
	y, m, d := t.Now.In(t.book.Zone()).Date()
	at := func(days int) time.Time { return time.Date(y, m, d+days, morning, 0, 0, 0, t.book.Zone()) }
	switch choice {
	case "tomorrow":
		return at(1), true
	case "days3":
		return at(3), true
	case "monday":
		days := (8 - int(t.Now.In(t.book.Zone()).Weekday())) % 7
		if days == 0 {
			days = 7
		}
		return at(days), true
	}
	return time.Time{}, false
}

// mayPutAside says whether putting a case aside would do anything: lists show danger and what is overdue all the same.
func (t *turn) mayPutAside(c cases.Case) bool {
	return c.Status.Open() && !c.Urgent && !c.Overdue(t.Now) && t.by.Role != cases.RoleCustodian && t.by.Role != cases.RoleGuest
}

// asideFor asks until when a case is to be out of the way.
func (t *turn) asideFor(ctx context.Context, ref cases.Reference) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return t.refuse(err)
	}
	until, err := t.store.Aside(ctx, t.by, c.ID)
	if err != nil {
		return fmt.Errorf("load what is put aside: %w", err)
	}
	back := t.button("desk.button.card", data{what: "case", ref: ref})
	if !t.mayPutAside(c) {
		t.onScreen(ref, t.say("tools.aside_cannot", "Ref", string(ref)), []text.Button{back})
		return nil
	}
	rows := pairUp(2, 44, t.asideButtons(func(choice string) data { return data{what: "asideto", ref: ref, word: choice} })...)
	if !until.IsZero() {
		rows = append(rows, []text.Button{t.button("tools.button.take_up", data{what: "asideto", ref: ref, word: "now"})})
	}
	t.onScreen(ref, t.say("tools.aside_ask", "Ref", string(ref)), append(rows, []text.Button{back})...)
	return nil
}

// asideButtons are the times to choose from, each with its day.
func (t *turn) asideButtons(to func(choice string) data) []text.Button {
	var out []text.Button
	for _, choice := range asideTimes {
		until, _ := t.asideUntil(choice)
		out = append(out, text.Button{Text: t.label("tools.aside."+choice, "Day", t.book.Day(t.lang, until)), Data: to(choice).String()})
	}
	return out
}

// putAside does it.
func (t *turn) putAside(ctx context.Context, p data) error {
	until, ok := t.asideUntil(p.word)
	if !ok && p.word != "now" {
		return t.worn(ctx)
	}
	c, err := t.store.CaseByRef(ctx, t.by, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	if ok && !t.mayPutAside(c) {
		return t.asideFor(ctx, p.ref)
	}
	if _, err := t.store.PutAside(ctx, t.by, p.ref, until); err != nil {
		return t.refuse(fmt.Errorf("put a case aside: %w", err))
	}
	if !ok {
		return t.card(ctx, p.ref, t.say("tools.aside_back"))
	}
	return t.queueWith(ctx, view{owner: cases.OwnedByMe}, 0, t.say("tools.aside_done", "Ref", string(p.ref), "Day", t.book.Day(t.lang, until)))
}
