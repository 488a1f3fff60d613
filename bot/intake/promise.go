package intake

import (
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
)

// promises is the card of what the office owes and by when, a line a date; "" when a case owes nothing and never did.
func (i *Intake) promises(t *bot.Turn, c cases.Case) string {
	list := cases.Promises(c, t.Now)
	if len(list) == 0 {
		return ""
	}
	lines := []string{t.T("promise.intro")}
	for _, p := range list {
		lines = append(lines, promiseLine(t.Book(), t.Lang(), p))
	}
	return strings.Join(lines, "\n")
}

// promiseLine says one date and what became of it. Days only: that is as exact as a promise is.
func promiseLine(b *text.Book, lang string, p cases.Promise) string {
	key := "promise.line." + string(p.State)
	counts := p.Due
	if !p.New.IsZero() {
		counts = p.New
	}
	switch {
	case p.Late:
		key = "promise.line.late"
	case p.State == cases.PromiseStill && p.Waits != cases.StatusWaiting:
		key = "promise.line.still_" + string(cases.StatusMediation)
	}
	why := ""
	if p.State == cases.PromiseMissed {
		why = b.Label(lang, "promise.why."+p.Reason)
	}
	return b.T(lang, key, "What", promised(b, lang, p.Name), "Day", b.NamedDay(lang, p.Due), "New", b.NamedDay(lang, counts),
		"Counts", b.NamedDay(lang, counts), "Done", b.Day(lang, p.Done), "Missed", b.Day(lang, p.Missed), "Why", why)
}

// promised says what is promised under a clock's name. One that a house made up for itself is told by its own words, if
// there are any.
func promised(b *text.Book, lang, clock string) string {
	for _, key := range []string{"promise.what." + clock, "clock." + clock} {
		if b.Has(lang, key) {
			return b.Label(lang, key)
		}
	}
	return b.Label(lang, "promise.what.other")
}

// missed tells a reporter of a date that passed: the promise first, then why, the new date, who has it now, and what they
// can do. ok is false for other events.
func (i *Intake) missed(n bot.Notice) (words string, ok bool) {
	if n.Event.Kind != cases.Missed {
		return "", false
	}
	b, lang := i.Book, i.Book.Pick(n.Lang)
	was, now := n.Event.At, ""
	for _, k := range n.Case.Clocks {
		if k.Name == n.Event.Code && !k.Missed.IsZero() && !k.Missed.After(n.Event.At) {
			was = k.Due
		}
	}
	for _, k := range n.Event.Clocks {
		if k.Name == n.Event.Code {
			now = b.NamedDay(lang, k.Due)
		}
	}
	reason := n.Event.Reason
	if !b.Has(lang, "promise.why."+reason) {
		reason = "late"
	}
	lines := []string{
		b.T(lang, "promise.missed.head", "Ref", string(n.Case.Ref), "Seq", n.Event.Seq),
		b.T(lang, "promise.missed.what", "What", promised(b, lang, n.Event.Code), "Day", b.NamedDay(lang, was)),
		b.T(lang, "promise.missed.why", "Why", b.Label(lang, "promise.why."+reason)),
	}
	if now != "" {
		lines = append(lines, b.T(lang, "promise.missed.new", "Day", now))
	}
	who := "promise.missed.watched"
	if reason == "unassigned" && n.Case.Owner != 0 {
		who = "promise.missed.lead"
	}
	lines = append(lines, b.T(lang, who))
	return strings.Join(lines, "\n"), true
}
