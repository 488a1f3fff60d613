package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"huiyin/bot/desk"
	"huiyin/cases"
	"huiyin/flows"
	"huiyin/sim"
)

// TestMatrix types every command of both sides, for everybody who may stand to a case in some way, about a case in every
// status, in both languages, and holds the answers against testdata/matrix. Commands and buttons are read from the code: one
// that is not tried fails the test. Every button fits and is understood by an instance of the bot that never showed it.
func TestMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrixHouse(t)
	m.engage()
	places := []string{""}
	for _, s := range situations() {
		m.reporters[s.name] = m.person("named")
		m.settle(s)
		places = append(places, s.name)
	}
	for name, c := range m.cases {
		if slices.Contains(cases.Statuses(), cases.Status(name)) && c.Status != cases.Status(name) {
			t.Fatalf("the case that should be %s is %s", name, c.Status)
		}
	}
	first := m.config.Languages[0]
	g := &golden{entries: map[string][]entry{}, places: places, first: first}
	for _, p := range append(m.cast.officers(), m.cast.stranger) {
		g.people = append(g.people, p.label)
	}
	reporters := &golden{entries: map[string][]entry{}, places: places, first: first}
	for _, as := range matrixReporters {
		reporters.people = append(reporters.people, as.label)
	}
	for _, lang := range m.config.Languages {
		m.cardCells(g, m.cast.owner, lang)
		m.cardCells(g, m.cast.colleague, lang)
		m.eachOfficer(func(p *matrixPerson) {
			if p != m.cast.owner && p != m.cast.colleague {
				m.cardCells(g, p, lang)
			}
			m.deskCells(g, p, lang)
		})
	}
	m.settleReporters() // only here, for they stand in the lists of the office
	for _, lang := range m.config.Languages {
		m.reporterCells(reporters, lang)
	}
	for _, lang := range m.config.Languages {
		m.eachOfficer(func(p *matrixPerson) { m.actCells(g, p, lang) })
	}
	m.tryButtons()
	m.notices()
	m.allMet("d.", deskButtons(t))
	m.allMet("h.", intakeButtons(t))
	m.allMet("f.", formButtons(t))
	g.check(t, "testdata/matrix/desk")
	reporters.check(t, "testdata/matrix/reporters")
}

// unmet are buttons that nobody comes to here, and why.
var unmet = map[string]string{
	"d.dcase":   "stands under a digest, which comes at an hour of the day: the transcripts digest",
	"d.filters": "stands above the queue of who keeps more than four lists: kept_test.go",
	"d.code":    "stands only where the organisation asks for codes: stepup_test.go",
	"d.offf":    "stands only where somebody has a code app: stepup_test.go",
	"d.rcph":    "stands only once a slot has begun: the transcripts reception",
	"d.rcpm":    "stands only once a slot has begun: the transcripts reception",
	"d.reqs":    "turns the pages of more requests than a custodian has here: custody_test.go",
	"f.page":    "turns the pages of a list that is longer than any of this organisation: flows' own tests",
}

// allMet fails for every button that the code knows and nobody was shown.
func (m *matrixHouse) allMet(side string, known []string) {
	for _, k := range known {
		op := side + k
		met := m.trial.pressed[op] || m.trial.noticed[op] || side == "h." && (m.trial.pressed["r."+k] || m.trial.noticed["n."+k])
		if _, excused := unmet[op]; met == excused {
			m.t.Errorf("the button %s: met %v, excused %v", op, met, excused)
		}
	}
}

// eachOfficer runs something for everybody of the cast at once: chats do not wait for each other.
func (m *matrixHouse) eachOfficer(do func(p *matrixPerson)) {
	var all sync.WaitGroup
	for _, p := range append(m.cast.officers(), m.cast.stranger) {
		all.Go(func() { do(p) })
	}
	all.Wait()
}

// acting are the commands about a case that do something at once. They get a case of their own where the domain lets them.
var acting = map[string]cases.Action{"take": cases.Take, "release": cases.Release}

// deskCells types the desk's commands, without a case and about the case of every status.
func (m *matrixHouse) deskCells(g *golden, p *matrixPerson, lang string) {
	m.blank(p, lang)
	home := m.says(p, "/start")
	m.whole(p, home)
	m.note(trail{who: p, steps: []string{"/start"}}, home)
	desk := page{"the desk", m.last(home)}
	g.add("start", lang, entry{"/start", p.label, "", m.told(home, "")})
	for _, command := range m.commands {
		cell := entry{command: "/" + command, who: p.label}
		if !g.asks(command, lang, cell) {
			continue
		}
		m.blank(p, lang)
		h := m.says(p, cell.command)
		m.whole(p, h)
		m.note(trail{who: p, steps: []string{cell.command}}, h)
		cell.answer = m.told(h, "", desk)
		g.add(command, lang, cell)
	}
	for _, s := range situations() {
		if s.status() && m.meets(p, s.name, m.cases[s.name]) {
			m.caseCells(g, p, lang, s, desk)
		}
	}
}

// cardCells has somebody look at the case of every situation that they meet. The owner and a colleague look first: others'
// cards are told by what is different.
func (m *matrixHouse) cardCells(g *golden, p *matrixPerson, lang string) {
	for _, s := range situations() {
		base := p == m.cast.owner || p == m.cast.colleague
		if !m.meets(p, s.name, m.cases[s.name]) || !base && !g.asks("case", lang, entry{command: "/case {case}", who: p.label, place: s.name}) {
			continue
		}
		h := m.look(p, lang, s)
		var as page
		switch {
		case p == m.cast.colleague:
			as = m.card(m.cast.owner, lang, s.name, "as the owner sees it")
		case p != m.cast.owner:
			as = m.card(m.cast.colleague, lang, s.name, "as the colleague sees it")
		case !s.status():
			as = m.card(p, lang, s.from, "as when it is "+s.from)
		}
		if g.asks("case", lang, entry{command: "/case {case}", who: p.label, place: s.name}) {
			m.tell(g, p, lang, s, "case", h, as)
		}
	}
}

// look has somebody look at a case, and keeps what they see.
func (m *matrixHouse) look(p *matrixPerson, lang string, s situation) heard {
	m.blank(p, lang)
	h := m.says(p, "/case "+string(m.cases[s.name].Ref))
	m.keep(p, lang, s.name, about(s.name, m.last(h)))
	return h
}

// caseCells types the desk's other commands about the case of one status.
func (m *matrixHouse) caseCells(g *golden, p *matrixPerson, lang string, s situation, desk page) {
	c := m.cases[s.name]
	for _, command := range m.onCase {
		if m.acts(p, command, c) || !g.asks(command, lang, entry{command: "/" + command + " {case}", who: p.label, place: s.name}) {
			continue
		}
		pages := []page{desk}
		if cases.Can(p.actor(), cases.List, c) == nil {
			card := m.card(p, lang, s.name, "the card")
			if card.lines == nil {
				m.look(p, lang, s)
				card = m.card(p, lang, s.name, card.name)
			}
			pages = []page{card, desk}
		}
		m.blank(p, lang)
		m.tell(g, p, lang, s, command, m.says(p, "/"+command+" "+string(c.Ref)), pages...)
	}
	if n := m.done(c); n != m.was[s.name] {
		m.t.Errorf("a command of the %s did something to the case that is %s", p.label, s.name)
	}
}

// acts says whether a command of somebody's does something at once to a case.
func (m *matrixHouse) acts(p *matrixPerson, command string, c cases.Case) bool {
	return acting[command] != "" && slices.Contains(cases.Moves(c, p.actor(), time.Now()), acting[command])
}

// actCells types the commands that act, each about a case of its own.
func (m *matrixHouse) actCells(g *golden, p *matrixPerson, lang string) {
	for _, s := range situations() {
		for _, command := range m.onCase {
			if !s.status() || !m.acts(p, command, m.cases[s.name]) || !g.asks(command, lang, entry{command: "/" + command + " {case}", who: p.label, place: s.name}) {
				continue
			}
			own := m.bring(s, cases.Named, false, m.reporters[s.name])
			m.blank(p, lang)
			m.tell(g, p, lang, s, command, m.says(p, "/"+command+" "+string(own.Ref)), m.card(p, lang, s.name, "the card"))
			m.leave(own)
		}
	}
}

// tell writes down what a command about a case was answered with.
func (m *matrixHouse) tell(g *golden, p *matrixPerson, lang string, s situation, command string, h heard, pages ...page) {
	m.whole(p, h)
	m.note(trail{who: p, place: s.name, steps: []string{"/" + command + " {case}"}}, h)
	g.add(command, lang, entry{"/" + command + " {case}", p.label, s.name, m.told(h, s.name, pages...)})
}

// keep remembers somebody's card of a case, card gives it.
func (m *matrixHouse) keep(p *matrixPerson, lang, place string, lines []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cards[p.label+" "+lang+" "+place] = lines
}

func (m *matrixHouse) card(p *matrixPerson, lang, place, name string) page {
	m.mu.Lock()
	defer m.mu.Unlock()
	return page{name, m.cards[p.label+" "+lang+" "+place]}
}

func (m *matrixHouse) events(c cases.Case) []cases.Event {
	events, err := m.past.Events(context.Background(), c.ID)
	if err != nil {
		m.t.Error(err)
	}
	return events
}

// meets says whether a command about a case is tried for somebody: where they may know of it, and once where they may not.
// That an unknown case looks alike whatever it is, is proven elsewhere.
func (m *matrixHouse) meets(p *matrixPerson, name string, c cases.Case) bool {
	return name == string(cases.StatusReceived) || p != m.cast.stranger && cases.Can(p.actor(), cases.List, c) == nil
}

// last is the newest message, written down.
func (m *matrixHouse) last(h heard) []string {
	if len(h.messages) == 0 {
		return nil
	}
	return m.written(h.messages[len(h.messages)-1])
}

// whole holds for everything that is ever said: no key without its words, nothing too long, every button fits and is read
// by the parser of the side it belongs to.
func (m *matrixHouse) whole(p *matrixPerson, h heard) {
	for _, msg := range h.messages {
		if left := unfinished(msg.Text + "\n" + msg.Caption); left != "" {
			m.t.Errorf("%s reads %q:\n%s", p.label, left, msg.Text)
		}
		if n := len(utf16.Encode([]rune(msg.Text))); n > 4096 {
			m.t.Errorf("%s gets a message of %d UTF-16 units", p.label, n)
		}
		for _, row := range msg.Buttons {
			for _, b := range row {
				m.fits(p, b)
			}
		}
	}
}

func (m *matrixHouse) fits(p *matrixPerson, b sim.Button) {
	switch {
	case len(b.Data) > 64 || b.Text == "" || unfinished(b.Text) != "" || b.Data+b.URL+b.Copy == "":
		m.t.Errorf("%s gets the button %q with %q (%d bytes)", p.label, b.Text, b.Data, len(b.Data))
	case strings.HasPrefix(b.Data, "d.") && !desk.Reads(b.Data):
		m.t.Errorf("%s gets the button %q, whose data %q the desk cannot read", p.label, b.Text, b.Data)
	case strings.HasPrefix(b.Data, "f."):
		if _, ok := flows.ParsePress(b.Data); !ok {
			m.t.Errorf("%s gets the button %q, whose data %q no form can read", p.label, b.Text, b.Data)
		}
	}
}
