package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"huiyin/sim"
)

// step is one thing a person does: a button by the end of its data, words, or a file.
type step struct{ tap, say, file string }

// filing is a whole grievance about safety by somebody with a name, from their first screen on.
var filing = []step{
	{say: "/file"}, {tap: "o.named"}, {tap: "o.ok"}, {tap: "o.safety"}, {tap: "o.machine"}, {tap: "o.yes"},
	{say: "The brakes of truck 7 fail on the ramp."}, {tap: "done"}, {tap: "o.today"}, {tap: "skip"}, {tap: "skip"},
	{say: "Mend them."}, {tap: "o.first_time"}, {file: "report.pdf"}, {tap: "done"}, {say: "Sam Example"}, {tap: "skip"}, {tap: "skip"}, {tap: "send"},
}

// busy lets people file and an officer work until the time is over. What people cannot do while Telegram is away they give
// up, and begin again.
func busy(ctx context.Context, telegram *sim.Server, token string, o options) (filed, worked int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.lasts)
	defer cancel()
	var files, works atomic.Int64
	var all sync.WaitGroup
	officer := &person{telegram.AddPhone(sim.Profile{ID: 880001, Name: "Li Na", Username: "lina", Language: "en"})}
	officer.Start(token)
	all.Go(func() {
		for ctx.Err() == nil {
			if officer.work(ctx) == nil {
				works.Add(1)
			}
		}
	})
	for n := range o.people {
		p := &person{telegram.AddPhone(sim.Profile{ID: int64(880100 + n), Name: fmt.Sprintf("Person %d", n), Username: fmt.Sprintf("person%d", n), Language: "en"})}
		all.Go(func() {
			_ = p.do(ctx, step{say: "/start"}, time.Second)
			_ = p.do(ctx, step{tap: "h.lang.en"}, time.Second) // who has a language is asked for none
			for ctx.Err() == nil {
				if p.file(ctx) == nil {
					files.Add(1)
				}
			}
		})
	}
	all.Go(func() { trouble(ctx, telegram, o.lasts) })
	all.Wait()
	if files.Load() == 0 || works.Load() == 0 {
		err = errors.New("nothing came to its end")
	}
	return files.Load(), works.Load(), err
}

// trouble makes Telegram slow in the third fifth of the time, and takes it away for a while in the fourth.
func trouble(ctx context.Context, telegram *sim.Server, lasts time.Duration) {
	for _, t := range []struct {
		wait, lasts time.Duration
		fault       sim.Fault
	}{
		{2 * lasts / 5, lasts / 5, sim.Fault{Kind: sim.FaultLatency, Delay: 1500 * time.Millisecond, Method: "sendMessage"}},
		{lasts / 10, lasts / 10, sim.Fault{Kind: sim.FaultServer, Code: http.StatusBadGateway}},
	} {
		if !pause(ctx, t.wait) {
			return
		}
		over := telegram.Fail(t.fault)
		pause(ctx, t.lasts)
		over()
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

type person struct{ *sim.Phone }

// file fills in the form once, at a person's pace.
func (p *person) file(ctx context.Context) error {
	for _, s := range filing {
		if !pause(ctx, time.Second+rand.N(2500*time.Millisecond)) {
			return ctx.Err()
		}
		if err := p.do(ctx, s, 8*time.Second); err != nil {
			p.Send("/cancel")
			return err
		}
	}
	return nil
}

var reference = regexp.MustCompile(`HY-[0-9A-Z]{4}-[0-9A-Z]{4}`)

// work takes the next case, accepts it and asks its reporter something.
func (p *person) work(ctx context.Context) error {
	if !pause(ctx, time.Second+rand.N(time.Second)) {
		return ctx.Err()
	}
	before := len(taken(p.Messages()))
	p.Send("/next")
	wait, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	var refs []string
	if err := p.Await(wait, func(all []sim.Message) bool { refs = taken(all); return len(refs) > before }); err != nil {
		return err
	}
	if err := p.Tap("Accept"); err != nil || !pause(ctx, time.Second) {
		return errors.Join(err, ctx.Err())
	}
	p.Send("/ask " + refs[len(refs)-1])
	if !pause(ctx, time.Second) {
		return ctx.Err()
	}
	for _, s := range []step{{say: "Which ramp is it?"}, {tap: "done"}, {tap: "send"}} {
		if err := p.do(ctx, s, 8*time.Second); err != nil {
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
			if ref := reference.FindString(near.Text); ref != "" {
				refs = append(refs, ref)
				break
			}
		}
	}
	return refs
}

// do does one thing and waits until the chat looks different.
func (p *person) do(ctx context.Context, s step, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if s.tap != "" {
		id, data := 0, ""
		if err := p.Await(ctx, func(all []sim.Message) bool { id, data = button(all, s.tap); return data != "" }); err != nil {
			return err
		}
		before := looks(p.Messages())
		if _, err := p.Press(id, data); err != nil {
			return err
		}
		return p.Await(ctx, func(all []sim.Message) bool { return looks(all) != before })
	}
	before := looks(p.Messages())
	if s.file != "" {
		p.SendFile("document", s.file, []byte("%PDF-1.4 report"), "", "")
	} else {
		p.Send(s.say)
	}
	return p.Await(ctx, func(all []sim.Message) bool { return looks(all) != before })
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
