package desk

import (
	"strings"
	"time"
	"unicode/utf16"

	"huiyin/bot/text"
	"huiyin/cases"
)

// measure is how much of everything a card shows, in characters and lines.
type measure struct{ field, quote, lines int }

// measures are tried in turn until a card fits one message. Long words are whole behind "read it all".
var measures = []measure{{600, 300, 8}, {300, 160, 8}, {160, 100, 6}, {80, 60, 5}, {40, 30, 4}, {0, 0, 3}}

// cardLimit leaves room under Telegram's 4096 UTF-16 units; markup counts although Telegram does not count it.
const cardLimit = 3900

// layout writes a card and names the events of which something was cut.
func (t *turn) layout(d *dossier, lead string) (markup string, cut []int) {
	for _, m := range measures {
		markup, cut = t.write(d, lead, m)
		if len(utf16.Encode([]rune(markup))) <= cardLimit {
			break
		}
	}
	return markup, cut
}

// write writes a card within a measure.
func (t *turn) write(d *dossier, lead string, m measure) (string, []int) {
	w := &writer{turn: t, m: m}
	var sections []string
	if lead != "" {
		sections = append(sections, "<i>"+lead+"</i>")
	}
	sections = append(sections, t.head(d))
	if d.open {
		sections = append(sections, w.filing(d), w.identity(d))
	} else {
		sections = append(sections, t.say("desk.card.outside"))
	}
	if past := w.past(d, m.lines); past != "" {
		sections = append(sections, past)
	}
	return strings.Join(sections, "\n\n"), w.cut
}

// reach names the mode of a case, and whether its nameless reporter is written to at once.
func reach(c cases.Case) string {
	if c.Mode == cases.Anonymous && c.Prompt {
		return string(c.Mode) + "_prompt"
	}
	return string(c.Mode)
}

// head is what every reader may know: danger first, then what, whose, and what is owed.
func (t *turn) head(d *dossier) string {
	c := d.Case
	var lines []string
	if c.Urgent {
		lines = append(lines, t.say("desk.card.danger"))
	}
	if major := t.major(d); major != "" {
		lines = append(lines, major)
	}
	if c.Prompt {
		lines = append(lines, t.say("desk.card.prompt"))
	}
	lines = append(lines, t.say("desk.card.title", "Ref", string(c.Ref), "Matter", t.matter(t.lang, c)))
	lines = append(lines, t.say("desk.card.mode."+reach(c)))
	if c.Restricted {
		lines = append(lines, t.say("desk.card.restricted"))
	}
	if c.Held {
		lines = append(lines, t.say("desk.card.held"))
	}
	state := t.status(t.lang, c.Status)
	if found := c.Outcome; found != "" {
		state = t.label("desk.card.outcome", "Status", state, "Outcome", t.code(t.lang, cases.ClosedEvent, found))
	}
	lines = append(lines, t.say("desk.card.status", "Status", t.book.Looked(t.lang, state, c)))
	if c.Status == cases.StatusProposed {
		lines = append(lines, t.say("desk.card.has_word", "Until", t.book.Day(t.lang, c.Until)))
	}
	if c.Ending != "" && c.Ending != c.Outcome && c.Looks == 0 { // who asks again takes back how it ended
		lines = append(lines, t.say("desk.card.ending", "Ending", t.label("desk.ending."+c.Ending)))
	}
	if c.Owner == 0 {
		lines = append(lines, t.say("desk.card.nobody"))
	} else {
		lines = append(lines, t.say("desk.card.owner", "Name", d.names[c.Owner]))
	}
	lines = append(lines, t.hands(d)...)
	if owed := t.owed(t.lang, c, t.Now); owed != "" {
		key := "desk.card.owed"
		if c.Overdue(t.Now) {
			key = "desk.card.overdue"
		}
		lines = append(lines, t.say(key, "Owed", owed))
	} else {
		lines = append(lines, t.say("desk.card.nothing_owed"))
	}
	lines = append(lines, t.state(d)...)
	if line := t.counsel(d); line != "" {
		lines = append(lines, line)
	}
	if c.Rating != "" {
		lines = append(lines, t.say("desk.card.rating", "Rating", t.code(t.lang, cases.Rated, c.Rating)))
	}
	filed := t.say("desk.card.filed", "At", t.when(t.lang, c, cases.Reporter, c.Filed), "Department", t.department(t.lang, c.Department))
	lines = append(lines, filed)
	if unit := t.unit(t.lang, c.Unit); unit != "" {
		lines = append(lines, t.say("desk.card.unit", "Unit", unit))
	}
	lines = append(lines, t.say("desk.card.language", "Language", t.tongue(t.lang, c.Language)))
	return strings.Join(lines, "\n")
}

// writer cuts words to a measure and remembers where it did.
type writer struct {
	*turn
	m   measure
	cut []int
}

// shorten cuts plain words, remembering the event they belong to.
func (w *writer) shorten(seq, n int, s string) string {
	s = strings.TrimSpace(s)
	short := "…"
	if n > 0 {
		short = text.Cut(s, n)
	}
	if short != s && (len(w.cut) == 0 || w.cut[len(w.cut)-1] != seq) {
		w.cut = append(w.cut, seq)
	}
	return short
}

// filing is what was said on filing, answer by answer.
func (w *writer) filing(d *dossier) string {
	filing, ok := d.event(1)
	if !ok || filing.Body == nil {
		return w.say("desk.card.no_words")
	}
	lines := []string{"<b>" + w.say("desk.card.said") + "</b>"}
	var left []string
	for _, f := range filing.Body.Fields {
		if f.Skipped {
			left = append(left, w.label(f.Title))
			continue
		}
		if said := w.answer(f); said != "" {
			lines = append(lines, w.line(f.Title, w.shorten(1, w.m.field, said)))
		}
	}
	if filing.Body.Text != "" {
		lines = append(lines, escape(w.shorten(1, w.m.field, filing.Body.Text)))
	}
	if n := len(filing.Body.Files); n > 0 {
		lines = append(lines, w.say("desk.card.files", "Count", n))
	}
	if len(left) > 0 {
		lines = append(lines, w.say("desk.card.left_out", "Titles", strings.Join(left, w.label("desk.comma"))))
	}
	return strings.Join(lines, "\n")
}

func (t *turn) line(title, said string) string {
	return t.say("desk.card.line", "Title", t.label(title), "Said", said)
}

// answer is one answer of a filing in plain words; "" when there is nothing to say.
func (t *turn) answer(f cases.Field) string {
	return t.book.Said(t.lang, text.Said{
		Option: f.Option, Words: f.Text, From: f.From, To: f.To, Ongoing: f.Ongoing, Skipped: f.Skipped,
	})
}

// identity says who filed, or why nobody here knows, and what may be promised to them.
func (w *writer) identity(d *dossier) string {
	lines := []string{"<b>" + w.say("desk.card.who") + "</b>"}
	switch {
	case d.Mode == cases.Named && d.Department != w.by.Department:
		lines = append(lines, w.say("desk.card.who_elsewhere"))
	case d.Mode == cases.Named:
		lines = append(lines, w.persona(d.identity, 120)...)
	case d.Mode == cases.Confidential && len(d.guards) == 0:
		lines = append(lines, w.say("desk.card.who_unguarded"))
	case d.Mode == cases.Confidential:
		lines = append(lines, w.say("desk.card.who_confidential", "Guards", strings.Join(d.guards, w.label("desk.comma"))))
	default:
		lines = append(lines, w.say("desk.card.who_"+reach(d.Case)))
	}
	if asked := w.custody(d); asked != "" {
		lines = append(lines, asked)
	}
	return strings.Join(lines, "\n")
}

// custody says how a request for what is sealed stands, "" when there is none.
func (t *turn) custody(d *dossier) string {
	c := d.Custody
	what := t.label("desk.custody." + c.What)
	switch {
	case c.Asked():
		return t.say("desk.card.custody_asked", "Name", d.names[c.By], "What", what)
	case c.Open(c.What, c.By, t.Now):
		return t.say("desk.card.custody_granted", "Name", d.names[c.By], "What", what, "Until", t.book.Moment(t.lang, c.Until))
	}
	return ""
}

// shows says whether an event is for these eyes: whom a case names is for those who may read it.
func (d *dossier) shows(e cases.Event) bool {
	return d.open || e.Kind != cases.Recused || e.By.Party != cases.System
}

// past is the timeline: the newest lines of it, oldest of them first. Readings and tags are left
// out; they are in the whole timeline.
func (w *writer) past(d *dossier, lines int) string {
	var events []cases.Event
	for _, e := range d.events {
		quiet := e.Kind == cases.Opened || e.Kind == cases.Tagged || e.Kind == cases.Untagged
		if e.Seq != 1 && !quiet && d.shows(e) {
			events = append(events, e)
		}
	}
	if len(events) == 0 {
		return ""
	}
	out := []string{"<b>" + w.say("desk.card.past") + "</b>"}
	if more := len(events) - lines; more > 0 {
		out = append(out, w.say("desk.card.earlier", "Count", more))
		events = events[more:]
	}
	for _, e := range events {
		out = append(out, w.happened(d, e))
	}
	return strings.Join(out, "\n")
}

// sentence is one event in words: when, who, what.
func (t *turn) sentence(d *dossier, e cases.Event) string {
	who := t.say("desk.reporter")
	switch {
	case e.By.Party == cases.Office:
		who = escape(d.names[e.By.Officer])
		if e.For != 0 {
			who = t.say("desk.acts_for", "Who", d.names[e.By.Officer], "Owner", d.names[e.For])
		}
	case e.By.Party == cases.System && e.Kind != cases.Filed:
		who = t.say("desk.system")
	}
	to := t.department(t.lang, e.Department)
	if e.To != 0 {
		to = d.names[e.To]
	}
	code := ""
	if e.Code != "" {
		code = t.code(t.lang, e.Kind, e.Code)
	}
	if e.Finding != "" {
		code = t.book.Found(t.lang, code, t.code(t.lang, cases.ClosedEvent, e.Finding))
	}
	kind := e.Kind
	if kind == cases.Assigned && e.To != 0 && e.To == e.By.Officer {
		kind = cases.Taken // somebody who assigns a case to themself
	}
	key := t.eventKey(kind)
	if kind == cases.Relayed && e.Code != "" {
		key += "_" + e.Code
	}
	if other := key + "_to"; d.refOf(e.Other) != "" && t.book.Has(t.lang, other) {
		key = other // the other case is for these eyes
	}
	if other := "joint.desk.event." + string(kind); e.Colleague > 0 && t.book.Has(t.lang, other) {
		key = other
	}
	if kind == cases.Opined && e.Code == "" {
		key = "desk.event.opined_shut" // cases.Readable keeps it back
	}
	at := t.when(t.lang, d.Case, e.By.Party, e.At)
	if !e.Slot.IsZero() {
		at = t.book.Day(t.lang, e.At)
	}
	return t.say(key, "At", at, "Who", text.HTML(who), "To", to, "Code", code,
		"Number", e.Colleague, "Reason", t.missed(t.lang, e.Reason), "Tag", e.Tag, "Other", d.refOf(e.Other))
}

// happened is one event in words, with the beginning of what was said and whether it arrived.
func (w *writer) happened(d *dossier, e cases.Event) string {
	s := w.sentence(d, e)
	if e.Body != nil && d.open && e.Seq != 1 {
		if e.Body.Text != "" {
			s += w.say("desk.event_words", "Words", w.shorten(e.Seq, w.m.quote, e.Body.Text))
		}
		if n := len(e.Body.Files); n > 0 {
			s += w.say("desk.event_files", "Count", n)
		}
	}
	if arrived := w.arrival(d, e); arrived != "" {
		s += w.say("desk.event_arrival", "Arrival", arrived)
	}
	return s
}

// arrival says what became of an event's message to the reporter, "" for events that are not told.
func (t *turn) arrival(d *dossier, e cases.Event) string {
	if e.By.Party != cases.Office || !cases.VisibleToReporter(e.Kind) {
		return ""
	}
	if !d.Reachable() {
		return t.label("desk.arrival.anonymous")
	}
	state, ok := d.told[e.Seq]
	if !ok {
		return ""
	}
	if quiet := "desk.arrival.quiet_" + string(state); d.Mode.Nameless() && !d.Prompt && t.book.Has(t.lang, quiet) {
		return t.label(quiet)
	}
	return t.label("desk.arrival." + string(state))
}

// at is when an event happened.
func (d *dossier) at(seq int) (when time.Time) { e, _ := d.event(seq); return e.At }
