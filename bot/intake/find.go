package intake

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"huiyin/bot"
	"huiyin/cases"
	"huiyin/flows"
)

// find gives a case this chat may see, as this chat has it: one filed or joined from here by name, or the one a receipt
// has opened. Anybody else's case does not exist.
func (i *Intake) find(ctx context.Context, t *bot.Turn, ref string) (cases.Case, error) {
	if o := t.Session.Opened; o != nil && t.Now.Before(o.Until) {
		c, err := i.theirs(ctx, o.Case, o.Colleague)
		if err != nil && cases.CodeOf(err) != cases.NotFound {
			return cases.Case{}, fmt.Errorf("read case: %w", err)
		}
		if err != nil {
			t.Session.Opened = nil // who left a case has none
		}
		if err == nil && string(c.Ref) == ref && c.Mode.Nameless() {
			keepOpen(t, c)
			return c, nil
		}
	}
	mine, err := i.Store.ByReporter(ctx, t.Reporter)
	if err != nil {
		return cases.Case{}, fmt.Errorf("list cases: %w", err)
	}
	for _, c := range mine {
		if string(c.Ref) == ref {
			return c, nil
		}
	}
	return cases.Case{}, &cases.Error{Code: cases.NotFound}
}

// theirs is a case as a colleague who joined it has it; under number 0, as its first reporter does. Error: NotFound, also
// for a colleague who left.
func (i *Intake) theirs(ctx context.Context, id string, colleague int) (cases.Case, error) {
	c, err := i.Store.CaseByID(ctx, id)
	if err != nil || colleague == 0 {
		return c, err
	}
	who, err := i.Store.Colleague(ctx, id, colleague)
	return c.As(who), err
}

// keepOpen keeps a case without a name open in this chat, for as long as after any other look.
func keepOpen(t *bot.Turn, c cases.Case) {
	if c.Mode.Nameless() {
		t.Session.Opened = &flows.Opened{Case: c.ID, Colleague: c.Colleague, Until: t.Now.Add(openFor)}
	}
}

// seen are the events that a reporter may know of at an instant: the first one, or a colleague who joined.
func seen(c cases.Case, events []cases.Event, now time.Time) []cases.Event {
	if c.Colleague > 0 {
		return cases.ColleagueTimeline(events, cases.Colleague{Number: c.Colleague, Mode: c.Mode})
	}
	return cases.ReporterTimeline(events, now) // what officers tell each other is taken out
}

// meant guesses which case words without a form belong to: the case on the screen, else the only one that waits
// for an answer, else the only open one.
func (i *Intake) meant(ctx context.Context, t *bot.Turn) (about map[string]string, flow string, several bool, err error) {
	if t.Session.Screen.Name == screenCase {
		c, err := i.find(ctx, t, t.Session.Screen.Arg)
		if err == nil {
			return aboutCase(c), flowFor(c), false, nil
		}
		if cases.CodeOf(err) != cases.NotFound {
			return nil, "", false, err
		}
	}
	mine, err := i.Store.ByReporter(ctx, t.Reporter)
	if err != nil {
		return nil, "", false, fmt.Errorf("list cases: %w", err)
	}
	var waiting, open []cases.Case
	for _, c := range mine {
		if flowFor(c) == "answer" {
			waiting = append(waiting, c)
		}
		if c.Status.Open() {
			open = append(open, c)
		}
	}
	switch {
	case len(waiting) == 1:
		return aboutCase(waiting[0]), flowFor(waiting[0]), false, nil
	case len(waiting) == 0 && len(open) == 1:
		return aboutCase(open[0]), flowFor(open[0]), false, nil
	}
	return nil, "", len(open) > 1, nil
}

// flowFor is the form that takes words about a case. The office asks the first reporter only.
func flowFor(c cases.Case) string {
	if c.Status == cases.StatusWaiting && c.Colleague == 0 {
		return "answer"
	}
	return "add"
}

// aboutCase is the context of a form about a case. The mode decides whether the draft may be kept outside Redis.
func aboutCase(c cases.Case) map[string]string {
	about := map[string]string{"case": c.ID, "ref": string(c.Ref), "mode": string(c.Mode)}
	if c.Colleague > 0 {
		about["colleague"] = strconv.Itoa(c.Colleague)
	}
	return about
}

// colleagueOf is the number of the colleague whose form it is, 0 for a first reporter's.
func colleagueOf(d flows.Draft) int {
	n, _ := strconv.Atoi(d.Context["colleague"])
	return n
}
