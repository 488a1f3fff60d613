package main

import (
	"slices"
	"sync"

	"huiyin/cases"
)

// matrixReporters are how somebody may stand to a case that they filed: under their name, or by a receipt that opens it in
// this chat.
var matrixReporters = []struct {
	label string
	mode  cases.Mode
}{{"named", cases.Named}, {"anonymous", cases.Anonymous}, {"dark", cases.Dark}}

// settleReporters files cases in every mode, one from each chat, and brings one of each mode into every status.
func (m *matrixHouse) settleReporters() {
	for _, as := range matrixReporters {
		for _, status := range cases.Statuses() {
			p := m.person(as.label)
			m.filers[as.label+" "+string(status)] = p
			m.settleFor(situationNamed(string(status)), as.mode, p)
		}
	}
}

// reporterCells types every command of the reporters' side in those chats, and opens the case. Who has no name types the
// receipt first.
func (m *matrixHouse) reporterCells(g *golden, lang string) {
	turns := make(chan struct{}, 8)
	var all sync.WaitGroup
	for _, as := range matrixReporters {
		for _, status := range cases.Statuses() {
			all.Go(func() {
				turns <- struct{}{}
				defer func() { <-turns }()
				m.reporterTypes(g, m.filers[as.label+" "+string(status)], lang, situationNamed(string(status)))
			})
		}
	}
	all.Wait()
}

// settleFor brings a case filed from a chat into a situation, and remembers it under the chat's.
func (m *matrixHouse) settleFor(s situation, mode cases.Mode, p *matrixPerson) {
	owner := m.cast.owner
	m.cast.owner = m.cast.clerk
	p.filed = m.bring(s, mode, false, p)
	m.cast.owner = owner
	p.was = m.done(p.filed)
}

// opens has a reporter open the case.
func (m *matrixHouse) opens(p *matrixPerson) heard {
	if p.filed.Mode.Nameless() {
		return m.says(p, m.receipt(p.filed.Draft))
	}
	list := m.says(p, "/status")
	msg, data := buttonOf(list, "h.case")
	if data == "" {
		m.t.Errorf("%s: the case is not in the list", p.label)
		return list
	}
	return m.press(p, msg, data)
}

func (m *matrixHouse) reporterTypes(g *golden, p *matrixPerson, lang string, s situation) {
	tell := func(file, command string, steps []string, h heard, pages ...page) {
		m.whole(p, h)
		m.note(trail{who: p, place: s.name, steps: steps}, h)
		g.add(file, lang, entry{command, p.label, s.name, m.told(h, s.name, pages...)})
	}
	m.blank(p, lang)
	start := m.says(p, "/start")
	home := page{"home", about(s.name, m.last(start))}
	tell("start", "/start", []string{"/start"}, start)
	m.blank(p, lang)
	opened := m.opens(p)
	tell("the_case", "the case", []string{"{open}"}, opened, home)
	if p.filed.Mode.Nameless() && s.name != string(cases.StatusInvestigating) {
		return // who has not typed the receipt is nobody to the bot, and what a receipt opens is on the case's page
	}
	for _, command := range m.reporting {
		if !g.asks(command, lang, entry{command: "/" + command, who: p.label, place: s.name}) {
			continue
		}
		m.blank(p, lang)
		steps := []string{"/" + command}
		if p.filed.Mode.Nameless() {
			m.opens(p)
			m.clearScreen(p)
			steps = append([]string{"{open}"}, steps...)
		}
		tell(command, "/"+command, steps, m.says(p, "/"+command), home, page{"the case", about(s.name, m.last(opened))})
	}
}

// reporting are the commands of the reporters' side but for the one that begins it.
func reporting(all []string) []string {
	return slices.DeleteFunc(all, func(c string) bool { return c == "start" })
}
