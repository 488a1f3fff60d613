package intake

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// wordsOnCard is how many characters of one event's words a case's screen shows, linesOnCard how many all events
// together may take. What is left out is read whole by a button: to an anonymous reporter no notice has brought it.
const (
	wordsOnCard = 700
	linesOnCard = 3000
)

// showCase is one case as its reporter sees it: where it stands, what is owed, what was said.
func (i *Intake) showCase(ctx context.Context, t *bot.Turn, ref string) error {
	c, err := i.find(ctx, t, ref)
	if err != nil {
		return i.gone(ctx, t, err)
	}
	events, err := i.Store.Events(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(c.Ref)}
	uncleaned, err := i.Store.Uncleaned(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("read files: %w", err)
	}
	told, cut := tell(t, c, events, uncleaned)
	rows, booked, err := i.cardRows(ctx, t, c, events)
	if err != nil {
		return err
	}
	if len(cut) > 0 {
		rows = append([][]text.Button{{button(t, "intake.button.read", "h.read."+bare(c.Ref))}}, rows...)
	}
	last := []text.Button{button(t, "intake.button.cases", "h.cases"), button(t, "intake.button.home", "h.home")}
	if c.Mode.Nameless() {
		last = []text.Button{button(t, "intake.button.shut", "h.shut")}
	}
	rows = append(rows, []text.Button{button(t, "intake.button.who", "h.who."+bare(c.Ref))}, last)
	head := i.outline(t, c) + booked
	if word := i.word(t, c); word != "" {
		head += "\n" + word
	}
	if asked := i.checkWords(t, c); asked != "" {
		head += "\n" + asked
	}
	if joined := i.jointWords(t, c); joined != "" {
		head += "\n" + joined
	}
	switch {
	case c.Shredded:
		head += "\n" + t.T("intake.card_shredded")
	case !c.Warned.IsZero():
		head += "\n" + t.T("intake.card_warned", "Day", t.Book().Day(t.Lang(), i.ends(c)))
	}
	owed := i.promises(t, c)
	if c.Colleague > 0 {
		owed = i.owed(t, c)
	}
	if owed != "" {
		head += "\n\n" + owed
	}
	t.Replies = append(t.Replies, text.Reply{
		Do: text.Show, HTML: head + "\n\n" + strings.Join(told, "\n"), Rows: rows, Protect: c.Mode.Nameless(),
	})
	return nil
}

// cardRows are the buttons of what may be done to a case from its page, and the line about a reception.
func (i *Intake) cardRows(ctx context.Context, t *bot.Turn, c cases.Case, events []cases.Event) (rows [][]text.Button, booked string, err error) {
	if c.Colleague > 0 {
		return i.colleagueRows(t, c), "", nil
	}
	rows = append(i.caseRows(t, c, proposal(events)), letterRow(t, c, events)...)
	rows = append(rows, i.checkRows(t, c)...)
	booked, reception, err := i.caseReception(ctx, t, c)
	return slices.Concat(rows, reception, i.joinRows(t, c)), booked, err
}

// ends is the day on which the words of a case that was warned of are destroyed, if nothing comes in between.
func (i *Intake) ends(c cases.Case) time.Time {
	const day = 24 * time.Hour
	r, ok := i.Org.Retention(c.Retention)
	if !ok {
		return c.Warned
	}
	due := c.Ended.Add(time.Duration(r.Keep) * day)
	if told := c.Warned.Add(time.Duration(r.Warn) * day); told.After(due) {
		return told
	}
	return due
}

// tell gives the lines of what the reporter may know of, the newest last, and the events whose words are not all there.
func tell(t *bot.Turn, c cases.Case, events []cases.Event, uncleaned map[int]int) (lines []string, cut []cases.Event) {
	events = seen(c, events, t.Now)
	room := linesOnCard
	for n := len(events) - 1; n >= 0; n-- {
		e := events[n]
		line := heading(t, c, e)
		whole := true
		if e.Body != nil && e.Body.Text != "" {
			shown := text.Cut(e.Body.Text, wordsOnCard)
			whole = shown == e.Body.Text
			line += "\n<blockquote>" + html.EscapeString(shown) + "</blockquote>"
		}
		if e.Body != nil && len(e.Body.Files) > 0 {
			line += "\n" + t.T("prompt.files", "Count", len(e.Body.Files))
		}
		if n := uncleaned[e.Seq]; n > 0 && e.Body != nil {
			line += "\n" + t.T("intake.files_not_cleaned", "Count", n)
		}
		room -= len([]rune(line))
		if room >= 0 || len(lines) == 0 {
			lines = append([]string{line}, lines...)
		} else if lines[0] != "…" {
			lines = append([]string{"…"}, lines...)
		}
		if (room < 0 || !whole) && e.Body != nil && e.Body.Text != "" {
			cut = append([]cases.Event{e}, cut...)
		}
	}
	return lines, cut
}

func heading(t *bot.Turn, c cases.Case, e cases.Event) string {
	return t.T("intake.event", "Day", t.Book().Day(t.Lang(), e.At), "What", eventLabel(t.Book(), t.Lang(), c, e))
}

// readAll sends what the card had no room for, whole, each event under its heading.
func (i *Intake) readAll(ctx context.Context, t *bot.Turn, ref string) error {
	c, err := i.find(ctx, t, ref)
	if err != nil {
		return i.gone(ctx, t, err)
	}
	events, err := i.Store.Events(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	_, cut := tell(t, c, events, nil)
	for _, e := range cut {
		t.Send("<b>" + string(c.Ref) + "</b>\n" + heading(t, c, e))
		t.Replies = append(t.Replies, text.Reply{Do: text.Words, Plain: e.Body.Text, Protect: c.Mode.Nameless()})
	}
	t.Below()
	return i.showCase(ctx, t, ref)
}
