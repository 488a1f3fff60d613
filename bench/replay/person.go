package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"huiyin/bench/crowd"
	"huiyin/cases"
	"huiyin/flows"
	"huiyin/sim"
)

// openingsPerPhone is how many receipts one chat may type in a quarter of an hour (the bot's limit on guessing).
const openingsPerPhone = 5

// filingsPerPhone is how many cases one chat may file in a day (the bot's limit); of more rows, more people file.
const filingsPerPhone = 10

// person files rows one after another and comes back for what their cases need.
type person struct {
	name    string
	lang    string
	line    *line
	world   *world
	rows    []*matter
	errands chan errand
	owed    int // errands still to come

	// A receipt opens a case from any phone. Whoever has typed too many borrows another.
	borrowed *line
	openings int
}

// work does all a person has to do: first every row is filed, then come the errands, which wait for paced notices.
func (p *person) work(ctx context.Context) error {
	if err := p.begin(ctx, p.line); err != nil {
		return err
	}
	p.openings = 0
	for _, m := range p.rows {
		if err := p.file(ctx, m); err != nil {
			return fmt.Errorf("row %d: %w", m.number, err)
		}
	}
	for p.owed > 0 {
		select {
		case e := <-p.errands:
			if err := p.run(ctx, e); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("%s waits for the office: %w", p.name, context.Cause(ctx))
		}
	}
	return nil
}

// begin presses Start and chooses a language, if it is asked for.
func (p *person) begin(ctx context.Context, l *line) error {
	m, err := l.say(ctx, "start", []string{"/start"}, func(m sim.Message) bool { return crowd.Has(m, "h.lang.") || crowd.Has(m, "h.file") })
	if err != nil {
		return err
	}
	if data := crowd.Buttons(m, "h.lang."+p.lang); len(data) > 0 && !crowd.Has(m, "h.file") {
		_, err = l.press(ctx, "language", m, data[0], crowd.With("h.file"))
	}
	return err
}

// file tells one row from the first question to the receipt.
func (p *person) file(ctx context.Context, m *matter) error {
	began := time.Now()
	first, err := p.line.say(ctx, "file", []string{"/file"}, crowd.Prompt)
	if err != nil {
		return err
	}
	filed := func(f sim.Message) bool {
		return crowd.Has(f, "h.saved") || crowd.Has(f, "h.case.") && crowd.Has(f, "h.home") && !crowd.Prompt(f)
	}
	answer := func(s flows.StepDefinition, q sim.Message) said { return p.complain(m, s, q) }
	last, err := p.line.fill(ctx, p.world.stage[p.lang+"/complaint"], first, answer, filed)
	if err != nil {
		return err
	}
	m.ref = crowd.Reference(last.Text)
	m.receipt = crowd.Copied(last)
	m.filedAt = time.Now()
	p.world.filings.add(m.filedAt.Sub(began))
	if m.ref == "" || m.mode.Nameless() != (m.receipt != "") {
		return fmt.Errorf("phone %d: the last screen of a filing is not what it should be", p.line.phone.ID())
	}
	if m.mode.Nameless() {
		if _, err := p.line.press(ctx, "receipt saved", last, crowd.Buttons(last, "h.saved")[0], crowd.With("h.file")); err != nil {
			return err
		}
	}
	p.world.ledger.filed(m)
	return nil
}

// complain says what a person answers to one question of the complaint.
func (p *person) complain(m *matter, s flows.StepDefinition, q sim.Message) said {
	skip := crowd.Op(q, flows.OpSkip, "") != ""
	switch s.Kind {
	case flows.Choice:
		switch s.Sets {
		case "mode":
			return said{option: m.option(q, s)}
		case "kind":
			return said{option: m.kind}
		case "prompt":
			return said{option: "yes"}
		}
		ids := crowd.Offered(q, s)
		return said{option: ids[hash(m.words)%uint32(len(ids))]}
	case flows.Info:
		return said{option: "ok"}
	case flows.YesNo:
		if m.mode.Nameless() && s.Sets == "urgent" {
			return said{option: "yes"}
		}
		return said{option: "no"}
	case flows.Text:
		if s.Many && !s.Optional {
			return said{words: m.filing}
		}
		if !skip {
			return said{words: []string{p.name}}
		}
	case flows.Date:
		if m.number%5 == 0 {
			return said{words: []string{fmt.Sprintf("2024-%02d-%02d", 1+m.number%12, 1+m.number%28)}}
		}
	case flows.Place:
		if m.number%4 == 0 {
			return said{words: []string{"三号楼东侧门口 / east door of building 3"}}
		}
	case flows.People:
		if !skip {
			return said{words: []string{"当班负责人，姓名不详 / whoever was in charge"}}
		}
	}
	return said{}
}

// option is the answer to a question after the mode. Dark is chosen among the ways to be anonymous.
func (m *matter) option(q sim.Message, s flows.StepDefinition) string {
	if m.mode == cases.Dark && !slices.Contains(crowd.Offered(q, s), string(cases.Dark)) {
		return string(cases.Anonymous)
	}
	return string(m.mode)
}

// run does an errand.
func (p *person) run(ctx context.Context, e errand) error {
	p.owed--
	var err error
	switch {
	case e.what == "answer":
		err = p.answer(ctx, e.m)
	case e.m.mode.Nameless():
		err = p.comeBack(ctx, e.m)
	default:
		err = p.hear(ctx, e.m)
	}
	if err != nil {
		return fmt.Errorf("row %d, errand %s: %w", e.m.number, e.what, err)
	}
	return nil
}

// answer answers the office's question: under the notice, or, without a name, behind the receipt.
func (p *person) answer(ctx context.Context, m *matter) error {
	l := p.line
	asked := func(q sim.Message) bool { return crowd.Leads(q, "answer", m.ref) != "" }
	var notice sim.Message
	var err error
	if m.mode.Nameless() {
		if l, notice, err = p.open(ctx, m); err != nil {
			return err
		}
		if m.sawQuestion, err = p.read(ctx, l, notice, m.question); err != nil {
			return err
		}
	} else {
		if notice, err = l.await(ctx, "the office's question", 0, 1, noticeLate, asked); err != nil {
			return err
		}
		m.sawQuestion = []string{notice.Text}
	}
	if !asked(notice) {
		return fmt.Errorf("phone %d: no button to answer the question by", l.phone.ID())
	}
	first, err := l.press(ctx, "answer", notice, crowd.Leads(notice, "answer", m.ref), crowd.Prompt)
	if err != nil {
		return err
	}
	done := func(d sim.Message) bool { return crowd.Leads(d, "case", m.ref) != "" && crowd.Has(d, "h.home") }
	_, err = l.fill(ctx, p.world.stage[p.lang+"/answer"], first, func(s flows.StepDefinition, _ sim.Message) said {
		if s.Kind == flows.Text && !s.Optional {
			return said{words: []string{m.respond}}
		}
		return said{}
	}, done)
	if err == nil {
		p.world.ledger.hasAnswered(m, m.officer)
	}
	return err
}

// hear waits until the reply and the closing were told, in whichever order. They are compared at the end.
func (p *person) hear(ctx context.Context, m *matter) error {
	closed, replied, letter := false, false, m.sentReply()
	var texts []string
	_, err := p.line.await(ctx, "the reply and the closing", 0, 1, noticeLate, func(n sim.Message) bool {
		texts = append(texts, n.Text)
		closed = closed || crowd.Leads(n, "second_look", m.ref) != ""
		if !replied && (strings.Contains(n.Text, m.ref) || units(letter) > messageLimit/2) {
			_, err := told(letter, m.ref, texts)
			replied = err == nil
		}
		return closed && replied
	})
	return err
}

// comeBack opens a case without a name by its receipt and reads what the office wrote.
func (p *person) comeBack(ctx context.Context, m *matter) error {
	l, screen, err := p.open(ctx, m)
	if err != nil {
		return err
	}
	if m.sawReply, err = p.read(ctx, l, screen, m.sentReply()); err != nil {
		return err
	}
	m.sawClosing, err = p.read(ctx, l, screen, m.closing)
	return err
}

// open types a receipt and gives the screen of its case, with the chat it is in.
func (p *person) open(ctx context.Context, m *matter) (*line, sim.Message, error) {
	l := p.line
	if p.borrowed != nil {
		l = p.borrowed
	}
	if p.openings >= openingsPerPhone {
		l = p.world.phone(p.name, p.lang, ofReporter())
		if err := p.begin(ctx, l); err != nil {
			return nil, sim.Message{}, err
		}
		p.borrowed, p.openings = l, 0
	}
	p.openings++
	if _, err := l.say(ctx, "receipt", []string{"/receipt"}, crowd.With("h.home")); err != nil {
		return nil, sim.Message{}, err
	}
	screen, err := l.say(ctx, "receipt typed", []string{m.receipt}, func(s sim.Message) bool {
		return crowd.Has(s, "h.shut") && strings.Contains(s.Text, m.ref)
	})
	return l, screen, err
}

// read gives everything a case's screen has to read. Words that the screen cuts short stand behind buttons; they are
// pressed until the words have been seen.
func (p *person) read(ctx context.Context, l *line, screen sim.Message, want string) ([]string, error) {
	saw := []string{screen.Text}
	for _, data := range crowd.Buttons(screen, "h.") {
		if whole(want, saw) == nil {
			break
		}
		if slices.ContainsFunc(elsewhere, func(k string) bool { return strings.HasPrefix(data, k) }) {
			continue
		}
		more, err := l.gather(ctx, screen, data, want)
		if errors.Is(err, sim.ErrNoButton) {
			continue // what was read before took the screen's place
		}
		if err != nil {
			return saw, err
		}
		saw = append(saw, more...)
	}
	return saw, nil // what is missing still, the check at the end says
}

// elsewhere are the buttons of a reporter's case screen that do not lead to what was written.
var elsewhere = []string{"h.cases", "h.home", "h.answer.", "h.add.", "h.withdraw.", "h.rate.", "h.shut", "h.case.", "h.who."}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum32()
}
