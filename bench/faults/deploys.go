package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"time"

	"huiyin/bench/crowd"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/sim"
)

// changes make another flow of the complaint: one question is gone, another is asked in its place, and one option of a third
// is no more.
var changes = []struct {
	file string
	find *regexp.Regexp
	text string
}{
	{"flows/complaint.yaml", regexp.MustCompile(`(?m)^version: \d+$`), "version: 99"},
	{"flows/complaint.yaml", regexp.MustCompile(`(?m)^  - \{id: want, .*$`), "  - {id: witness, kind: yes_no, next: [{goto: before}]}"},
	{"flows/complaint.yaml", regexp.MustCompile(`goto: want\b`), "goto: witness"},
	{"flows/complaint.yaml", regexp.MustCompile(`\{id: machine\}, `), ""},
	{"locales/en/flows.yaml", regexp.MustCompile(`(?m)^  want:\n    title: .*\n    ask: .*$`), "  witness:\n    title: A witness\n    ask: <b>Did anybody see it?</b>"},
	{"locales/zh-Hans/flows.yaml", regexp.MustCompile(`(?m)^  want:\n    title: .*\n    ask: .*$`), "  witness:\n    title: 目击者\n    ask: <b>有人看见吗？</b>"},
}

// withAnotherFlow writes another flow, and the fault: it is deployed while people are in the midst of the one before, and for a
// while both are at work.
func withAnotherFlow(_ context.Context, w *world) (strike func(context.Context, *round) error, undo func(), err error) {
	undo = func() { w.with = []string{"another flow"} } // the next fault begins with the one that was
	before := w.house.config
	defer func() { w.house.config = before }()
	w.house.config = before + "-changed"
	if err := errors.Join(os.RemoveAll(w.house.config), os.CopyFS(w.house.config, os.DirFS(before))); err != nil {
		return nil, undo, fmt.Errorf("write another flow: %w", err)
	}
	for _, c := range changes {
		if err := w.change(c.file, c.find, c.text); err != nil {
			return nil, undo, err
		}
	}
	config, err := configs.Load(w.house.config)
	if err != nil {
		return nil, undo, err
	}
	w.stage.Add(crowd.NewStage(config))
	dir := w.house.config
	return func(ctx context.Context, r *round) error {
		r.extra = []string{"HUIYIN_CONFIG_DIR=" + dir}
		return rolling(ctx, r)
	}, undo, nil
}

// outlasted lets Telegram ask another process while one is still at work on an update: a handler takes half as long again as
// Telegram waits, which are 60 s. Here it is a second.
func outlasted(ctx context.Context, r *round) error {
	if err := r.done(ctx, 0.15); err != nil {
		return err
	}
	r.balancer.patience.Store(int64(time.Second))
	defer r.balancer.patience.Store(0)
	end, err := r.nets.toxic("redis", "latency", false, map[string]any{"latency": 750})
	if err != nil {
		return err
	}
	defer end()
	return r.lasts(ctx, 8*time.Second)
}

// onTwo gives every update to two processes at the same moment.
func onTwo(ctx context.Context, r *round) error {
	r.balancer.twice.Store(true)
	defer r.balancer.twice.Store(false)
	return r.until(ctx, r.over)
}

// contested lets two officers of one department take each case at the same moment.
func contested(ctx context.Context, r *round) error {
	if err := r.until(ctx, r.over); err != nil {
		return err
	}
	for _, m := range r.matters {
		rival, err := r.rival(ctx, m.officer)
		if err != nil {
			return err
		}
		two := []*officer{m.officer, rival}
		var cards [2]sim.Message
		for i, o := range two {
			if cards[i], err = o.open(ctx, m); err != nil {
				return err
			}
		}
		errs := make(chan error)
		for i, o := range two {
			go func() {
				_, _, err := o.act(ctx, m, cards[i], crowd.Buttons(cards[i], "d.take."+crowd.Short(m.ref))[0])
				errs <- err
			}()
		}
		if err := errors.Join(<-errs, <-errs); err != nil {
			return err
		}
		m.mu.Lock()
		m.taken = true
		m.mu.Unlock()
	}
	return nil
}

// rival is another officer of the same department, who is hired when first needed.
func (w *world) rival(ctx context.Context, o *officer) (*officer, error) {
	if w.rivals[o] == nil {
		other := &officer{name: o.name + " too", lang: o.lang, department: o.department, phone: w.phone(o.lang, true), w: w, round: o.round}
		token, err := crowd.Invite(ctx, w.binary, w.environ, other.name, other.department)
		if err != nil {
			return nil, err
		}
		if err := other.join(ctx, token); err != nil {
			return nil, err
		}
		w.rivals[o] = other
	}
	w.rivals[o].round = o.round
	return w.rivals[o], nil
}

// owners are how often a case was taken.
func owners(events []cases.Event) (n int) {
	for _, e := range events {
		if e.Kind == cases.Taken {
			n++
		}
	}
	return n
}
