package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"huiyin/sim"
)

// Step is one thing a person does: a button by the end of its data, words, or a file.
type Step struct{ Tap, Say, File string }

// Filing is a whole grievance about safety by somebody with a name, from their first screen on.
var Filing = []Step{
	{Say: "/file"}, {Tap: "o.named"}, {Tap: "o.ok"}, {Tap: "o.safety"}, {Tap: "o.machine"}, {Tap: "o.yes"},
	{Say: "The brakes of truck 7 fail on the ramp."}, {Tap: "done"}, {Tap: "o.today"}, {Tap: "skip"}, {Tap: "skip"},
	{Say: "Mend them."}, {Tap: "o.first_time"}, {File: "report.pdf"}, {Tap: "done"}, {Say: "Sam Example"}, {Tap: "skip"}, {Tap: "skip"}, {Tap: "send"},
}

// Pace is how somebody goes about things.
type Pace struct {
	Pause  time.Duration // before each thing, on average
	Spread time.Duration // by how much more or less
	Most   time.Duration // how long they wait for an answer before they give up
}

// Wait lets a person think; false when ctx ends first.
func (p Pace) Wait(ctx context.Context) bool {
	d := p.Pause
	if p.Spread > 0 {
		d += rand.N(2*p.Spread) - p.Spread
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Person does one thing after another on a phone, each when the chat has changed after the one before.
type Person struct {
	*sim.Phone
	Pace Pace
	// Asked, when set, is told of every thing done, and how long the chat took to change.
	Asked func(s Step, at time.Time, took time.Duration)
	// Restless, when set, is how long they wait before they press the same button once more.
	Restless time.Duration
}

// File goes through a script once, at the person's pace.
func (p *Person) File(ctx context.Context, script []Step) error {
	for _, s := range script {
		if !p.Pace.Wait(ctx) {
			return ctx.Err()
		}
		if err := p.Do(ctx, s); err != nil {
			return fmt.Errorf("at %v: %w", s, err)
		}
	}
	return nil
}

// Work takes the next case, accepts it and asks its reporter something.
func (p *Person) Work(ctx context.Context) error {
	if !p.Pace.Wait(ctx) {
		return ctx.Err()
	}
	before := len(taken(p.Messages()))
	p.Send("/next")
	wait, cancel := context.WithTimeout(ctx, p.Pace.Most)
	defer cancel()
	var refs []string
	if err := p.Await(wait, func(all []sim.Message) bool { refs = taken(all); return len(refs) > before }); err != nil {
		return err
	}
	if err := p.Tap("Accept"); err != nil || !p.Pace.Wait(ctx) {
		return errors.Join(err, ctx.Err())
	}
	p.Send("/ask " + refs[len(refs)-1])
	if !p.Pace.Wait(ctx) {
		return ctx.Err()
	}
	for _, s := range []Step{{Say: "Which ramp is it?"}, {Tap: "done"}, {Tap: "send"}} {
		if err := p.Do(ctx, s); err != nil {
			p.Send("/cancel")
			return err
		}
	}
	return nil
}

// taken are the cases that the officer was told are theirs.
func taken(all []sim.Message) (refs []string) {
	for i, m := range all {
		if m.From != "bot" || !strings.Contains(m.Text, "It is yours.") {
			continue
		}
		for _, near := range all[i:min(i+3, len(all))] {
			if ref := Reference(near.Text); ref != "" {
				refs = append(refs, ref)
				break
			}
		}
	}
	return refs
}

// Do does one thing and waits until the chat looks different.
func (p *Person) Do(ctx context.Context, s Step) error {
	ctx, cancel := context.WithTimeout(ctx, p.Pace.Most)
	defer cancel()
	id, data := 0, ""
	if s.Tap != "" {
		if err := p.Await(ctx, func(all []sim.Message) bool { id, data = button(all, s.Tap); return data != "" }); err != nil {
			return err
		}
	}
	before, at := looks(p.Messages()), time.Now()
	switch {
	case s.Tap != "":
		if _, err := p.Press(id, data); err != nil {
			return err
		}
		if p.Restless > 0 {
			again := time.AfterFunc(p.Restless, func() { _, _ = p.PressStale(id, data) }) // the message may be gone
			defer again.Stop()
		}
	case s.File != "":
		p.SendFile("document", s.File, []byte("%PDF-1.4 report"), "", "")
	default:
		p.Send(s.Say)
	}
	err := p.Await(ctx, func(all []sim.Message) bool { return looks(all) != before })
	if err == nil && p.Asked != nil {
		p.Asked(s, at, time.Since(at))
	}
	return err
}

// button finds the newest one whose data ends so.
func button(all []sim.Message, op string) (int, string) {
	for i := len(all) - 1; i >= 0 && i >= len(all)-3; i-- {
		for _, row := range all[i].Buttons {
			for _, b := range row {
				if b.Data == op || strings.HasSuffix(b.Data, "."+op) {
					return all[i].ID, b.Data
				}
			}
		}
	}
	return 0, ""
}

// looks is what the bot has written last.
func looks(all []sim.Message) string {
	var b strings.Builder
	for _, m := range all[max(len(all)-4, 0):] {
		if m.From == "bot" {
			fmt.Fprintf(&b, "%d %s %v\n", m.ID, m.Text, m.Buttons)
		}
	}
	return b.String()
}
