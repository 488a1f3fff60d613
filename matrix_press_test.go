package main

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/sim"
)

// trial presses one button of every code that was ever on a screen. The instance that is asked never showed it.
type trial struct {
	pressed map[string]bool
	wait    map[string]trail // code → the way to such a button
	noticed map[string]bool  // codes of buttons under notices
}

// trail leads to a screen: words to type ({case} stands for the case), and codes of buttons ("d.asg") to press.
type trail struct {
	who   *matrixPerson
	place string
	steps []string
	typed int // how often words were given to a form
}

// opOf is what a button is for: "d.asg", "f.done", "h.case", "r.day". Notices have the buttons of the case they tell of.
func opOf(data string) string {
	parts := strings.Split(data, ".")
	switch {
	case len(parts) < 2:
		return ""
	case parts[0] == "f" && len(parts) > 3:
		return "f." + parts[3]
	case parts[0] == "n" && parts[1] != "news":
		return "h." + parts[1]
	}
	return parts[0] + "." + parts[1]
}

// note remembers how to reach the buttons of a screen, by the trail that comes first: who it is depends on nobody's speed.
func (m *matrixHouse) note(p trail, h heard) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range h.messages {
		for _, row := range msg.Buttons {
			for _, b := range row {
				op := opOf(b.Data)
				if op == "" || m.trial.pressed[op] {
					continue
				}
				next := p
				next.steps = append(slices.Clone(p.steps), "["+op)
				if first, ok := m.trial.wait[op]; !ok || next.before(first) {
					m.trial.wait[op] = next
				}
			}
		}
	}
}

// before orders trails: the shortest first, then those about a case, then by who, where and what.
func (w trail) before(o trail) bool {
	at := func(w trail) []int {
		// Whoever loses an account does nothing any more, nor does a guest whose case is over.
		last := slices.ContainsFunc(w.steps, func(s string) bool {
			return strings.HasPrefix(s, "[d.off") || strings.HasPrefix(s, "[d.medend") || strings.HasPrefix(s, "[d.gst") || strings.HasPrefix(s, "[h.agree")
		})
		rank := []int{0, len(w.steps), 0, int(w.who.phone.ID()), slices.IndexFunc(situations(), func(s situation) bool { return s.name == w.place })}
		if last {
			rank[0] = 1
		}
		if w.place == "" {
			rank[2] = 1
		}
		return rank
	}
	if c := slices.Compare(at(w), at(o)); c != 0 {
		return c < 0
	}
	return slices.Compare(w.steps, o.steps) < 0
}

// tryButtons presses them all, and what they bring.
func (m *matrixHouse) tryButtons() {
	for _, t := range m.byways() {
		for _, step := range t.steps {
			if op, press := strings.CutPrefix(step, "["); press {
				m.trial.pressed[opOf(op)] = true
			}
		}
		m.follow(t)
	}
	for len(m.trial.wait) > 0 {
		op := slices.MinFunc(slices.Sorted(maps.Keys(m.trial.wait)), func(a, b string) int {
			if m.trial.wait[a].before(m.trial.wait[b]) {
				return -1
			}
			return 1
		})
		next := m.trial.wait[op]
		delete(m.trial.wait, op)
		if m.trial.pressed[op] {
			continue // on a byway, since it was noted
		}
		m.trial.pressed[op] = true
		m.follow(next)
	}
}

// lost are answers to a button that is not understood.
func (m *matrixHouse) lost(h heard) string {
	book := m.config.Messages
	for _, key := range []string{"desk.worn", "error.old_button", "error.unknown_command", "error.internal", "note.form_closed", "note.already_answered"} {
		words := book.Label("en", key)
		for _, a := range h.answers {
			if strings.Contains(a.Text, words) {
				return words
			}
		}
		for _, msg := range h.messages {
			if strings.Contains(msg.Text, words) {
				return words
			}
		}
	}
	return ""
}

// follow walks a trail, notes what its end shows, and writes words into a form that asks for some.
func (m *matrixHouse) follow(p trail) {
	m.blank(p.who, "en")
	c := m.cases[p.place]
	if p.who.filed.ID != "" {
		c = p.who.filed
	}
	var h heard
	for i, step := range p.steps {
		if i > 0 {
			so := p
			so.steps = p.steps[:i]
			m.note(so, h)
		}
		op, press := strings.CutPrefix(step, "[")
		if step == "{open}" {
			h = m.opens(p.who)
			continue
		}
		if !press {
			h = m.says(p.who, strings.ReplaceAll(step, "{case}", string(c.Ref)))
			continue
		}
		msg, data := buttonOf(h, op)
		if data == "" {
			// Something before it can be done once only. Another screen may hold such a button; who meets none fails below.
			delete(m.trial.pressed, opOf(strings.TrimPrefix(p.steps[len(p.steps)-1], "[")))
			m.renewAll(p.who)
			return
		}
		h = m.press(p.who, msg, data)
		m.whole(p.who, h)
		if words := m.lost(h); words != "" {
			m.t.Errorf("%s: %s after %v is answered %q", p.who.label, data, p.steps, words)
		}
	}
	m.note(p, h)
	if form := asksForWords(h); form && p.typed < 3 {
		p.steps, p.typed = append(slices.Clone(p.steps), "Words for the form, of some length."), p.typed+1
		if key := strings.Join(p.steps[:1], "") + strings.Repeat("+", p.typed); !m.trial.pressed[key] {
			m.trial.wait[key] = p
		}
	}
	m.renewAll(p.who)
}

// renewAll puts back what was done to cases.
func (m *matrixHouse) renewAll(p *matrixPerson) {
	if p.filed.ID != "" {
		m.renewFiled(p)
		return
	}
	m.renew()
}

// renewFiled gives a reporter another case when something was done to the one they filed.
func (m *matrixHouse) renewFiled(p *matrixPerson) {
	s := situationNamed(m.names[string(p.filed.Ref)])
	if c := p.filed; m.done(c) != p.was {
		m.leave(c)
		m.settleFor(s, c.Mode, p)
	}
}

// renew gives every situation to whose case something was done another one. A guest has one case.
func (m *matrixHouse) renew() {
	var all []string
	for _, c := range m.cases {
		all = append(all, c.ID)
	}
	now := m.counts(all)
	for _, s := range situations() {
		if c := m.cases[s.name]; !s.guest && now[c.ID] != m.was[s.name] {
			m.leave(c)
			m.settle(s)
		}
	}
}

// leave withdraws a case that nobody needs any more: an officer may have so many and no more.
func (m *matrixHouse) leave(c cases.Case) {
	act := cases.Act{Action: cases.Withdraw, By: cases.Actor{Party: cases.Reporter}}
	if _, _, _, err := m.past.ActByID(context.Background(), c.ID, act); err != nil && cases.CodeOf(err) != cases.NotNow && cases.CodeOf(err) != cases.NotFound {
		m.t.Error(err)
	}
}

// settle brings a case into a situation.
func (m *matrixHouse) settle(s situation) {
	m.cases[s.name] = m.bring(s, cases.Named, false, m.reporters[s.name])
	m.was[s.name] = m.done(m.cases[s.name])
}

// asksForWords says whether the screen is a question of a form that takes typed words.
func asksForWords(h heard) bool {
	form, choice := false, false
	for _, msg := range h.messages {
		for _, row := range msg.Buttons {
			for _, b := range row {
				op := opOf(b.Data)
				form = form || strings.HasPrefix(op, "f.")
				choice = choice || op == "f.o" || op == "f.send" || op == "f.drop"
			}
		}
	}
	return form && !choice
}

// byways lead to buttons that no single press leads to.
func (m *matrixHouse) byways() []trail {
	c := m.cast
	return []trail{
		{who: c.lead, steps: []string{"/queue", "[d.bulk", "[d.bulkall", "[d.bulkdo"}},
		{who: c.lead, steps: []string{"/team", "[d.mate", "[d.spread", "[d.spread"}},
		{who: c.lead, place: "with counsel", steps: []string{"/status {case}"}},
		{who: c.lead, place: "held", steps: []string{"/status {case}"}},
		{who: c.owner, place: "with files", steps: []string{"/case {case}", "[d.more"}},
		{who: c.owner, place: "originals granted", steps: []string{"/case {case}", "[d.copen", "[d.yes"}},
		{who: c.colleague, steps: []string{"/away", "[d.awayd", "[d.awayx", "/away"}},
		{who: c.owner, place: "accepted", steps: []string{"/status {case}", "[d.conv", "[d.colx", "[d.colx#2"}},
		{who: c.owner, place: "accepted", steps: []string{"/status {case}", "[d.link", "[d.linkto"}},
		{who: c.owner, place: "accepted", steps: []string{"/reply {case}", "/start"}},
		{who: c.owner, place: "joined", steps: []string{"/case {case}", "[d.more"}},
		{who: c.joiner, steps: []string{"/status", "[h.case"}},
		{who: c.lead, steps: []string{"/search pay", "[d.keep", "[d.keepno"}},
		{who: c.lead, steps: []string{"/search pay", "[d.keep", "[d.keepas"}},
		{who: c.lead, steps: []string{"/filters", "[d.kept"}},
		{who: c.lead, steps: []string{"/filters", "[d.keptx"}},
		{who: c.owner, place: "accepted", steps: []string{"/tag {case}", "overtime"}},
		{who: c.owner, place: "panel full", steps: []string{"/status {case}"}},
		{who: c.asked, steps: []string{"/start", "[d.consent"}},
		{who: c.asked, steps: []string{"/start", "[d.medend", "[d.medendy"}},
		{who: c.leader, steps: []string{"/reception", "[d.rcp"}},
		{who: m.filers["dark investigating"], steps: []string{"{open}", "[h.who"}},
		{who: m.filers["anonymous investigating"], steps: []string{"{open}", "[h.who"}},
		{who: m.filers["anonymous withdrawn"], steps: []string{"{open}", "[h.who"}},
		{who: m.filers["named received"], steps: []string{"/file", "/status"}},
		{who: m.reporters["settling"], steps: []string{"/status", "[h.case", "[h.agree", "[h.agree_yes"}},
		{who: m.reporters["second look answered"], steps: []string{"/status", "[h.case"}},
		{who: m.reporters["asked later"], steps: []string{"/status", "[h.case"}},
		{who: m.reporters["with files"], steps: []string{"/status", "[h.case"}},
		{who: c.walker, steps: []string{"/reception", "[r.drop", "[r.mine"}},
		{who: c.stranger, steps: []string{"/reception", "[r.days", "[r.day", "[r.slot", "[r.book"}},
		{who: c.walker, steps: []string{"/file", "anonymous", "ok", "anonymous", "other", "Something is wrong here, every week.", "done", "skip"}},
		{who: c.walker, steps: []string{"/file", "anonymous", "ok", "anonymous", "other", "Something is wrong here, every week.", "done", "skip", "skip",
			"skip", "skip", "first_time", "skip", "send", "/status"}},
		{who: c.walker, steps: []string{"/file", "named", "ok", "[f.o#10"}},
	}
}

// buttonOf finds the newest button of a code: "d.colx", or "d.colx#2" for the second one of a message.
func buttonOf(h heard, op string) (message int, data string) {
	op, which, _ := strings.Cut(op, "#")
	for _, msg := range slices.Backward(h.screen) {
		nth, _ := strconv.Atoi(which)
		nth = max(nth, 1)
		for _, row := range msg.Buttons {
			for _, b := range row {
				if opOf(b.Data) != op {
					continue
				}
				if nth--; nth == 0 {
					return msg.ID, b.Data
				}
			}
		}
	}
	return 0, ""
}

// notices renders what would be sent of every event of every case to everybody concerned, in every language. Nothing is
// sent, for sending is paced.
func (m *matrixHouse) notices() {
	h := m.instances[0]
	for name, c := range m.cases {
		for _, e := range m.events(c) {
			for _, lang := range m.config.Languages {
				for _, p := range m.cast.officers() {
					o := p.officer
					m.rendered(p.label, lang, name, h.desk.Notice, bot.Notice{Case: c, Event: e, Lang: lang, Officer: &o, Now: time.Now()})
				}
				if !slices.ContainsFunc(cases.Notices(c, e), func(n cases.Notice) bool { return n.To == cases.ToReporter }) {
					continue
				}
				token := func(id string) string { return m.keys.NewsToken(id, 0, "bot|chat") }
				for _, quiet := range []bool{false, true} {
					n := bot.Notice{Case: c, Event: e, Lang: lang, Now: time.Now(), Token: token, Quiet: quiet}
					m.rendered("reporter", lang, name, h.postman.Intake.Notice, n)
				}
			}
		}
	}
}

func (m *matrixHouse) rendered(who, lang, place string, side func(context.Context, bot.Notice) ([]text.Reply, error), n bot.Notice) {
	replies, err := side(context.Background(), n)
	if err != nil {
		m.t.Errorf("a notice of %s about the case that is %s to the %s: %v", n.Event.Kind, place, who, err)
	}
	for _, r := range replies {
		msg := sim.Message{Text: r.HTML}
		for _, row := range r.Rows {
			var out []sim.Button
			for _, b := range row {
				out = append(out, sim.Button{Text: b.Text, Data: b.Data, URL: b.URL, Copy: b.Copy})
				m.mu.Lock()
				m.trial.noticed[opOf(b.Data)] = true
				m.mu.Unlock()
			}
			msg.Buttons = append(msg.Buttons, out)
		}
		m.whole(&matrixPerson{label: who + " (" + lang + ")"}, heard{messages: []sim.Message{msg}})
	}
}
