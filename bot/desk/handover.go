package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
)

// rulesOf are the rules whose dates bind a case.
func (r room) rulesOf(c cases.Case) cases.Rules {
	if r.rules == nil {
		return cases.Rules{Location: r.book.Zone()}
	}
	return r.rules(c.Procedure)
}

// candidates are the colleagues of a department with what they carry.
func (t *turn) candidates(ctx context.Context, department string) ([]cases.Candidate, error) {
	officers, err := t.store.Officers(ctx, department)
	if err != nil {
		return nil, fmt.Errorf("list officers: %w", err)
	}
	loads, err := t.store.Loads(ctx, t.by, department)
	if err != nil {
		return nil, fmt.Errorf("look who carries what: %w", err)
	}
	out := make([]cases.Candidate, len(officers))
	for i, o := range officers {
		out[i] = cases.Candidate{Officer: o, Load: loads[o.ID]}
	}
	return out, nil
}

// Flags of a button that gives a case to somebody, after the officer's id.
const (
	withWords = "w" // words go along
	overLimit = "x" // although they have as many open cases as one may have
)

// heir is what a button that gives a case says: to whom, and the flags.
type heir struct {
	to    cases.OfficerID
	words bool
	over  bool
}

func (h heir) String() string {
	s := base36(int64(h.to))
	if h.words || h.over {
		s += "-"
	}
	if h.words {
		s += withWords
	}
	if h.over {
		s += overLimit
	}
	return s
}

func parseHeir(word string) (h heir, ok bool) {
	id, flags, _ := strings.Cut(word, "-")
	n, err := strconv.ParseInt(id, 36, 64)
	if err != nil || n < 1 || strings.Trim(flags, withWords+overLimit) != "" {
		return heir{}, false
	}
	return heir{cases.OfficerID(n), strings.Contains(flags, withWords), strings.Contains(flags, overLimit)}, true
}

// assign offers the colleagues of the case's department, the best suited first, and the way to other departments. words
// says that what is written goes along.
func (t *turn) assign(ctx context.Context, ref cases.Reference, words bool) error {
	c, ok, err := t.assignable(ctx, ref)
	if err != nil || !ok {
		return err
	}
	all, err := t.candidates(ctx, c.Department)
	if err != nil {
		return err
	}
	button := func(key string, x cases.Candidate) text.Button {
		name := text.Cut(x.Name, 32)
		if x.ID == t.by.Officer {
			name = t.label("desk.assign.me")
		}
		return text.Button{
			Text: t.label(key, "Name", name, "Open", x.Open, "Until", t.book.Day(t.lang, x.AwayUntil)),
			Data: data{what: "asgo", ref: ref, number: c.Version, word: heir{to: x.ID, words: words}.String()}.String(),
		}
	}
	var rows [][]text.Button
	var first cases.OfficerID
	if best := cases.Suggest(c, all, t.org.Limits, t.Now); len(best) > 0 {
		first = best[0].ID
		rows = append(rows, []text.Button{button("desk.assign.suggested", best[0])})
	}
	var buttons []text.Button
	for _, x := range all {
		switch {
		case !c.MayOwn(x.Officer) || x.ID == first:
		case x.Away(t.Now):
			buttons = append(buttons, button("desk.assign.away", x))
		default:
			buttons = append(buttons, button("desk.assign.colleague", x))
		}
	}
	key := "desk.assign.which"
	if words {
		key = "desk.assign.which_words"
	}
	rows = append(rows, pairUp(2, 40, buttons...)...)
	if len(rows) == 0 {
		key = "desk.assign.nobody"
	} else if !words {
		rows = append(rows, []text.Button{t.button("desk.assign.with_words", data{what: "asgw", ref: ref})})
	}
	if to := t.elsewhere(c); to != "" {
		rows = append(rows, []text.Button{t.button("desk.assign.department", data{what: to, ref: ref, number: c.Version})})
	}
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: ref})})
	t.onScreen(ref, t.say(key, "Ref", string(ref), "Department", t.department(t.lang, c.Department)), rows...)
	return nil
}

// elsewhere is the button by which a case leaves its department: it is offered, or moved by who may; "" when neither.
func (t *turn) elsewhere(c cases.Case) string {
	switch {
	case c.MayMove(t.by):
		return "asgd"
	case slices.Contains(cases.Moves(c, t.by, t.Now), cases.OfferTransfer):
		return whats[cases.OfferTransfer]
	}
	return ""
}

// assignTo gives a case to a colleague of its department.
func (t *turn) assignTo(ctx context.Context, p data) error {
	h, ok := parseHeir(p.word)
	if !ok {
		return t.worn(ctx)
	}
	c, ok, err := t.assignable(ctx, p.ref)
	if err != nil || !ok {
		return err
	}
	o, err := t.store.Officer(ctx, h.to)
	if err != nil && !told(err) {
		return fmt.Errorf("load officer: %w", err)
	}
	if err != nil || o.Revoked || o.Department != c.Department || !o.Role.Placed() {
		t.tell("desk.assign.gone")
		return t.assign(ctx, p.ref, h.words)
	}
	if !h.words {
		return t.pressAct(ctx, p, cases.Act{Action: cases.Assign, To: o.ID, ToDepartment: o.Department, Over: h.over}, p.word)
	}
	if !h.over {
		loads, err := t.store.Loads(ctx, t.by, c.Department)
		if err != nil {
			return fmt.Errorf("look who carries what: %w", err)
		}
		if t.org.Limits.Reached(loads[o.ID].Open) {
			return t.tooMany(ctx, c, h)
		}
	}
	return t.form(ctx, p.ref, cases.Assign, h.String())
}

// full tells that somebody has as many open cases as one may have. Who assigns or reopens may go over it with one more tap.
func (t *turn) full(ctx context.Context, ref cases.Reference, a cases.Act) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	switch {
	case err != nil:
		return t.refuse(err)
	case a.Action == cases.Assign && a.To != 0:
		return t.tooMany(ctx, c, heir{to: a.To})
	case a.Action == cases.Reopen:
		return t.reopenFull(ctx, c)
	case a.Action == cases.Undo && c.Last.Owner != t.by.Officer:
		t.tell("desk.undo_full", "Count", t.org.Limits.OpenCases)
	default:
		t.tell("desk.full", "Count", t.org.Limits.OpenCases)
	}
	return t.card(ctx, ref, "")
}

// reopenOver is the word of the button that reopens a case with its owner although they have as many as one may have.
const reopenOver = "over"

// reopenFull asks whether a case is reopened with its owner all the same, or for the queue.
func (t *turn) reopenFull(ctx context.Context, c cases.Case) error {
	name, err := t.colleague(ctx, c.Owner)
	if err != nil {
		return err
	}
	to := func(word string) data {
		return data{what: whats[cases.Reopen], ref: c.Ref, number: c.Version, word: word}
	}
	t.onScreen(c.Ref, t.say("desk.reopen.too_many", "Name", name, "Ref", string(c.Ref), "Count", t.org.Limits.OpenCases),
		[]text.Button{t.button("desk.reopen.over", to(reopenOver))},
		[]text.Button{t.button("desk.reopen.queue", to(cases.ReopenQueue))},
		[]text.Button{t.button("desk.button.card", data{what: "case", ref: c.Ref})})
	return nil
}

// reopen opens a case again, as its button says.
func (t *turn) reopen(ctx context.Context, p data) error {
	act := cases.Act{Action: cases.Reopen, Over: p.word == reopenOver}
	if p.word == cases.ReopenQueue {
		act.Code = p.word
	}
	return t.pressAct(ctx, p, act, p.word)
}

func (t *turn) tooMany(ctx context.Context, c cases.Case, h heir) error {
	name, err := t.colleague(ctx, h.to)
	if err != nil {
		return err
	}
	h.over = true
	back := data{what: whats[cases.Assign], ref: c.Ref, number: c.Version}
	t.onScreen(c.Ref, t.say("desk.assign.too_many", "Name", name, "Ref", string(c.Ref), "Count", t.org.Limits.OpenCases),
		[]text.Button{t.button("desk.assign.over", data{what: "asgo", ref: c.Ref, number: c.Version, word: h.String()})},
		[]text.Button{t.button("desk.assign.other", back)},
		[]text.Button{t.button("desk.button.card", data{what: "case", ref: c.Ref})})
	return nil
}

// fill completes an act by what was chosen before its form began; what is that choice.
func (t *turn) fill(ctx context.Context, a *cases.Act, what string) error {
	switch a.Action {
	case cases.Assign:
		h, _ := parseHeir(what)
		o, err := t.store.Officer(ctx, h.to)
		if err != nil && !told(err) {
			return fmt.Errorf("load officer: %w", err)
		}
		a.To, a.ToDepartment, a.Over = h.to, o.Department, h.over
	case cases.OfferTransfer:
		for _, d := range t.org.Departments {
			if tag(d.ID) == what {
				a.ToDepartment, a.Marked = d.ID, d.Confidential
			}
		}
	case cases.AskExtension:
		a.Code = what
	}
	return nil
}

// chosenBefore says whether an act's form begins with a choice that its name does not tell.
func chosenBefore(a cases.Action) bool {
	return a == cases.Assign || a == cases.OfferTransfer || a == cases.AskExtension
}

// hands says on a card in whose hands a case is, beside its owner: whether they know of it, are away, and who was asked for
// a decision.
func (t *turn) hands(d *dossier) []string {
	c := d.Case
	var lines []string
	if c.Handed {
		lines = append(lines, t.say("desk.card.handed"))
	}
	if o := d.absent; o != nil && o.Deputy == t.by.Officer {
		lines = append(lines, t.say("desk.card.away_you", "Until", t.book.Day(t.lang, o.AwayUntil)))
	} else if o != nil && o.Deputy != 0 {
		lines = append(lines, t.say("desk.card.away_deputy", "Until", t.book.Day(t.lang, o.AwayUntil), "Name", d.names[o.Deputy]))
	} else if o != nil {
		lines = append(lines, t.say("desk.card.away", "Until", t.book.Day(t.lang, o.AwayUntil)))
	}
	if c.Transfer.To != "" {
		lines = append(lines, t.say("desk.card.offered", "Department", t.department(t.lang, c.Transfer.To),
			"Name", d.names[c.Transfer.By], "Until", t.book.Day(t.lang, c.Transfer.Until)))
	}
	switch n := c.Transfer.Refused; {
	case n > 0 && c.MayMove(cases.Actor{}):
		lines = append(lines, t.say("desk.card.refused_decide", "Count", n))
	case n > 0:
		lines = append(lines, t.say("desk.card.refused", "Count", n))
	}
	for _, k := range c.Clocks {
		if k.Extended > 0 && k.Standing() {
			lines = append(lines, t.say("desk.card.put_off", "Clock", t.clock(t.lang, k.Name), "Day", t.book.Day(t.lang, k.Due)))
		}
	}
	if c.Extension.Clock != "" {
		lines = append(lines, t.say("desk.card.extension", "Clock", t.clock(t.lang, c.Extension.Clock), "Name", d.names[c.Extension.By]))
	}
	return lines
}

// absence loads what hands says of people.
func (t *turn) absence(ctx context.Context, d *dossier) error {
	want := []cases.OfficerID{d.Transfer.By, d.Extension.By}
	if d.Owner != 0 && d.Status.Open() {
		o, err := t.store.Officer(ctx, d.Owner)
		if err != nil && !told(err) {
			return fmt.Errorf("load an owner: %w", err)
		}
		if err == nil && o.Away(t.Now) {
			d.absent = &o
			want = append(want, o.Deputy)
		}
	}
	for _, id := range want {
		if _, have := d.names[id]; have || id == 0 {
			continue
		}
		name, err := t.colleague(ctx, id)
		if err != nil {
			return fmt.Errorf("load colleague: %w", err)
		}
		d.names[id] = name
	}
	return nil
}

// offers says whether a move that the case allows is one that its rules allow to this officer.
func (r room) offers(by cases.Actor, c cases.Case, a cases.Action, now time.Time) bool {
	switch a {
	case cases.AskExtension:
		return len(r.rulesOf(c).Extendables(c, now)) > 0
	case cases.GrantExtension:
		x, err := r.rulesOf(c).Extendable(c, c.Extension.Clock, now)
		return err == nil && x.May(by.Role)
	}
	return true
}

// moveLabel names a move on its button.
func (r room) moveLabel(lang string, c cases.Case, a cases.Action, word string, now time.Time) string {
	if a == cases.GrantExtension {
		if x, err := r.rulesOf(c).Extendable(c, c.Extension.Clock, now); err == nil {
			return r.book.Label(lang, "desk.extension.grant_until", "Day", r.book.Day(lang, x.Due))
		}
	}
	return r.moveName(lang, a, word)
}

// answers are the buttons by which an officer answers what a notice asks of them.
func (d *Desk) answers(lang string, n bot.Notice, by cases.Actor) []text.Button {
	asked := map[cases.EventKind][]cases.Action{
		cases.Assigned:        {cases.Acknowledge},
		cases.TransferOffered: {cases.AcceptTransfer, cases.RefuseTransfer},
		cases.ExtensionAsked:  {cases.GrantExtension, cases.RefuseExtension},
	}[n.Event.Kind]
	moves := cases.Moves(n.Case, by, n.Now)
	var out []text.Button
	for _, a := range asked {
		if slices.Contains(moves, a) && d.offers(by, n.Case, a, n.Now) {
			out = append(out, text.Button{
				Text: d.moveLabel(lang, n.Case, a, "", n.Now),
				Data: data{what: whats[a], ref: n.Case.Ref, number: n.Case.Version}.String(),
			})
		}
	}
	return out
}
