package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/bench/crowd"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/sim"
)

// phonesFrom is the first id of everybody's phones, and idDigits what all of them begin with: digits that nothing else has, so
// that an id can be looked for. Fewer would stand in some ciphertext by chance.
const (
	phonesFrom = 7391702480000
	idDigits   = "739170248"
)

// world is everybody of a whole run.
type world struct {
	*house
	config   *configs.Config
	stage    crowd.Stage
	officers []*officer
	rivals   map[*officer]*officer
	next     int64 // of the next phone
	matters  int   // so far
	known    map[string]bool
	inputs   atomic.Int64
}

// matter is one grievance with what everybody was told of it.
type matter struct {
	number  int
	mode    cases.Mode
	kind    string
	officer *officer // who will work it
	phone   *phone
	words   []string // of what happened
	aside   string   // what is said at every other question that takes words
	album   int      // how many files are filed with it, in one album
	reply   string
	closing string

	mu       sync.Mutex
	ref      string
	receipt  string
	replied  bool // the officer's form has ended
	proposed bool
	taken    bool                 // by one of two who tried at once
	undone   []string             // acknowledged, and without effect
	said     map[string]time.Time // when words were said last
}

// round is one fault with the people it strikes.
type round struct {
	*world
	one     fault
	matters []*matter
	from    int64 // of inputs, when it began

	mu     sync.Mutex
	forgot []time.Time // when Redis lost what it held
}

func newWorld(h *house, officers int) (*world, error) {
	config, err := configs.Load(h.config)
	if err != nil {
		return nil, err
	}
	w := &world{house: h, config: config, stage: crowd.NewStage(config), next: phonesFrom, known: map[string]bool{}, rivals: map[*officer]*officer{}}
	for i := range officers {
		k, ok := config.Org.Kind(kinds[i%len(kinds)])
		if !ok {
			return nil, fmt.Errorf("the organisation has no matters of kind %s", kinds[i%len(kinds)])
		}
		w.officers = append(w.officers, &officer{
			name: fmt.Sprintf("Officer %d", i+1), lang: "en", department: k.Department, phone: w.phone("en", true), w: w,
			todo: make(chan *matter, 1024),
		})
	}
	return w, nil
}

func (w *world) phone(lang string, officer bool) *phone { return w.phoneOf(lang, officer, marker) }

func (w *world) phoneOf(lang string, officer bool, name string) *phone {
	w.next++
	p := w.telegram.AddPhone(sim.Profile{
		ID: w.next, Name: fmt.Sprintf("%s 员工 %d", name, w.next%1000), LastName: name, Username: fmt.Sprintf("%s%d", marker, w.next%1000),
		Language: strings.ToLower(lang),
	})
	return newPhone(w, p, officer)
}

// marker stands in everybody's name at Telegram, by which it is found wherever it went.
const marker = "Xylem7Quartz"

// signs is a name with what means something to HTML, to a terminal, to a log, to a database and to this bot.
const signs = "<b>" + marker + "</b>\u202e&amp;'\"; DROP TABLE cases; --\n/start {{.}} %s HY-7K3M-9Q2X 🧵"

// hire lets the officers in; the house serves.
func (w *world) hire(ctx context.Context) error {
	for _, o := range w.officers {
		token, err := crowd.Invite(ctx, w.binary, w.environ, o.name, o.department)
		if err != nil {
			return err
		}
		if err := o.join(ctx, token); err != nil {
			return err
		}
	}
	return nil
}

// filedAt is the place in kinds of what the n-th of those is about who file without a name, or with one. Without a name it is
// one that asks after danger.
func (w *world) filedAt(n int, nameless bool) int {
	have := min(len(w.officers), len(kinds))
	switch {
	case nameless:
		return n % min(have, urgent)
	case have > urgent:
		return urgent + n%(have-urgent)
	}
	return n % have
}

// newRound makes people who will file one matter each, in every mode in turn.
func (w *world) newRound(one fault, people int) *round {
	r := &round{world: w, one: one, from: w.inputs.Load()}
	modes := cases.Modes()
	filed := map[bool]int{} // how many so far without a name, and with one
	for i := range people {
		w.matters++
		nameless := modes[i%len(modes)].Nameless()
		at := w.filedAt(filed[nameless]+i/len(modes), nameless)
		filed[nameless]++
		name := marker
		if one.signs {
			name = signs
		}
		m := &matter{
			number: w.matters, mode: modes[i%len(modes)], kind: kinds[at], officer: w.officers[at],
			phone:   w.phoneOf([]string{"en", "zh-Hans"}[i/len(modes)%2], false, name),
			said:    map[string]time.Time{},
			reply:   fmt.Sprintf("第 %d 号答复 <b>已经</b> 修好了 & the guard is back.", w.matters),
			closing: fmt.Sprintf("第 %d 号办结 every press was looked at.", w.matters),
		}
		if i/len(modes)%2 == 0 {
			m.aside = fmt.Sprintf("第 %d 号 in hall B", w.matters)
		}
		m.words = []string{
			fmt.Sprintf("第 %d 号第 1 段 the guard of the press has been off since spring", w.matters),
			fmt.Sprintf("第 %d 号第 2 段 and the shift lead says it is faster that way", w.matters),
		}
		if one.albums && !m.mode.Nameless() {
			m.album = 10
		}
		for n := 3; one.hasty && n <= 6; n++ {
			m.words = append(m.words, fmt.Sprintf("第 %d 号第 %d 段 and nobody says a word", w.matters, n))
		}
		r.matters = append(r.matters, m)
	}
	return r
}

// inputsPerMatter is about how often a person and an officer do something for one matter.
const inputsPerMatter = 26

// done waits until a share of all that people will do is done; a fault strikes in the middle of what they are at.
func (r *round) done(ctx context.Context, share float64) error {
	want := r.from + int64(share*float64(len(r.matters)*inputsPerMatter))
	return r.until(ctx, func() bool { return r.inputs.Load() >= want || r.over() })
}

// until waits for a condition of the crowd.
func (r *round) until(ctx context.Context, ok func() bool) error {
	tick := time.NewTicker(look / 4)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// over says whether everybody is through with everything.
func (r *round) over() bool {
	return r.all(func(m *matter) bool { return m.proposed || r.one.filings && m.ref != "" })
}

func (r *round) all(ok func(*matter) bool) bool {
	for _, m := range r.matters {
		m.mu.Lock()
		yes := ok(m)
		m.mu.Unlock()
		if !yes {
			return false
		}
	}
	return true
}

// lasts is how long a fault is there.
func (r *round) lasts(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// forgets notes that Redis loses what it holds.
func (r *round) forgets() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgot = append(r.forgot, time.Now())
}

// copyLate is how long after a turn the copy of a draft may still be on its way to Postgres.
const copyLate = 2 * time.Second

// excused says whether the design allows that what was said from one time to another is lost: drafts without a name, or
// without a mode yet, live in Redis alone, and the copy of the others follows a moment later. until is zero as long as no mode
// was chosen; the draft began at began.
func (r *round) excused(m *matter, began, from, until time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.late(from, until) || slices.ContainsFunc(r.forgot, func(f time.Time) bool {
		return f.After(began) && (m.mode.Nameless() || until.IsZero())
	})
}

// late says whether Redis lost what it held between a time and the moment by which what was said until another is copied.
func (r *round) late(from, until time.Time) bool {
	return slices.ContainsFunc(r.forgot, func(f time.Time) bool { return f.After(from) && f.Before(until.Add(copyLate)) })
}

// play lets everybody do their work while the fault strikes.
func (r *round) play(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var errs []error
	var group errgroup.Group
	run := func(name string, work func(context.Context) error) {
		group.Go(func() error {
			if err := work(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if len(errs) < 5 {
					errs = append(errs, fmt.Errorf("%s: %w", name, err))
				}
				cancel(errOver)
			}
			return nil
		})
	}
	run("the fault", func(ctx context.Context) error { return r.one.strike(ctx, r) })
	for _, o := range r.officers {
		o.round = r
		o.mu.Lock()
		o.silent = 0 // of this round
		o.mu.Unlock()
	}
	work := map[*officer]int{}
	for _, m := range r.matters {
		o := m.officer
		work[o]++
		run(fmt.Sprintf("matter %d (%s)", m.number, m.mode), func(ctx context.Context) error {
			p := &person{phone: m.phone, m: m, round: r}
			if err := p.file(ctx); err != nil {
				return err
			}
			if !r.one.filings {
				o.todo <- m
			}
			return nil
		})
	}
	for _, o := range r.officers {
		if r.one.filings {
			break
		}
		mine := work[o]
		run(o.name, func(ctx context.Context) error { return o.work(ctx, mine) })
	}
	_ = group.Wait() // errors are in errs
	return errors.Join(errs...)
}

var errOver = errors.New("the round was ended by an earlier failure")
