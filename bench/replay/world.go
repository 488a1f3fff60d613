package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"huiyin/bench/crowd"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/sim"
)

// Every tenth case the officer asks before replying.
const askEvery = 10

// urgentKind is the kind whose form asks after danger. Who files without a name files it and says that there is some and
// that the office is to know at once: anything else would reach the office on the next day.
const urgentKind = "safety"

// world is everybody of a run.
type world struct {
	telegram *sim.Server
	config   *configs.Config
	stage    crowd.Stage
	meter    *meter
	ledger   *ledger
	filings  times
	matters  []*matter
	people   []*person
	officers []*officer

	mu    sync.Mutex
	lines []*line
}

// times collects durations.
type times struct {
	mu  sync.Mutex
	all []time.Duration
}

func (t *times) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, d)
}

func newWorld(telegram *sim.Server, config *configs.Config, rows []row, people, officers int) *world {
	w := &world{telegram: telegram, config: config, stage: crowd.NewStage(config), meter: &meter{}, ledger: newLedger(len(rows))}
	departments := w.departments()
	for i := range officers {
		name, lang := fmt.Sprintf("Officer %d", i+1), config.Languages[(i+1)%len(config.Languages)]
		w.officers = append(w.officers, &officer{
			name: name, lang: lang, department: departments[i%len(departments)], line: w.phone(name, lang, ofOfficer()), world: w,
		})
	}
	people = max(people, (len(rows)+filingsPerPhone-1)/filingsPerPhone)
	for i := range min(people, len(rows)) {
		// Most write in the language of most rows.
		lang := config.Languages[len(config.Languages)-1]
		if i%5 == 4 {
			lang = config.Languages[0]
		}
		name := fmt.Sprintf("员工 %d", i+1)
		w.people = append(w.people, &person{
			name: name, lang: lang, line: w.phone(name, lang, ofReporter()), world: w, errands: make(chan errand, 2*len(rows)),
		})
	}
	kinds, modes := w.kinds(), cases.Modes()
	for i, r := range rows {
		p := w.people[i%len(w.people)]
		mode, kind := modes[i%len(modes)], kinds[hash(r.words)%uint32(len(kinds))]
		if mode.Nameless() {
			kind = urgentKind
		}
		m := &matter{
			row: r, mode: mode, kind: kind, asked: i%askEvery == askEvery/2-1, person: p,
			question: fmt.Sprintf("请问第 %d 号来信所说的情况现在还有吗？Is it still so?", r.number),
			respond:  fmt.Sprintf("第 %d 号来信：还是这样 <b>没有变化</b> & \"nothing\" has changed. 🙏", r.number),
			closing:  fmt.Sprintf("第 %d 号来信已经办结，办理情况见答复。Closed; the reply says what was done.", r.number),
		}
		p.owed++
		if m.asked {
			p.owed++
		}
		p.rows, w.matters = append(p.rows, m), append(w.matters, m)
	}
	return w
}

// departments are those that work kinds of matter, in the order of the kinds; the one of urgentKind comes first, so that
// it has an officer in every run.
func (w *world) departments() []string {
	var ids []string
	if k, ok := w.config.Org.Kind(urgentKind); ok {
		ids = append(ids, k.Department)
	}
	for _, k := range w.config.Org.Kinds {
		if !slices.Contains(ids, k.Department) {
			ids = append(ids, k.Department)
		}
	}
	return ids
}

// kinds are the kinds of matter that some officer of the run works.
func (w *world) kinds() []string {
	var ids []string
	for _, k := range w.config.Org.Kinds {
		if slices.ContainsFunc(w.officers, func(o *officer) bool { return o.department == k.Department }) {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// phone gives somebody a phone.
func (w *world) phone(name, lang string, pace *rate.Limiter) *line {
	l := listen(w.telegram.AddPhone(sim.Profile{Name: name, Language: strings.ToLower(lang)}), w.meter, pace)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, l)
	return l
}

// stalled is how long nothing may happen on any phone before the run is given up.
// A notice that was put off may take five minutes.
const stalled = 6 * time.Minute

var errStalled = fmt.Errorf("nothing happened on any phone for %s", stalled)

// play lets everybody do their work. The error joins what went wrong; the first of it ends the run.
func (w *world) play(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w.meter.pulse.Store(time.Now().UnixNano())
	go w.watch(ctx, cancel)
	var mu sync.Mutex
	var errs []error
	var group errgroup.Group
	run := func(work func(context.Context) error) {
		group.Go(func() error {
			if err := work(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if len(errs) < 10 {
					errs = append(errs, err)
				}
				cancel(errOver)
			}
			return nil
		})
	}
	for _, o := range w.officers {
		run(o.work)
	}
	for _, p := range w.people {
		run(p.work)
	}
	_ = group.Wait() // errors are in errs
	return errors.Join(errs...)
}

var errOver = errors.New("the run was ended by an earlier failure")

// watch ends a run in which nothing happens any more.
func (w *world) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if time.Since(time.Unix(0, w.meter.pulse.Load())) > stalled {
				cancel(errStalled)
			}
		}
	}
}

// goHome lets everybody press Start once more: whoever has an unfinished form is shown a button to go on with it.
func (w *world) goHome(ctx context.Context) (unfinished int, err error) {
	var group errgroup.Group
	var mu sync.Mutex
	visit := func(l *line, home string, drafts ...string) {
		group.Go(func() error {
			m, err := l.say(ctx, "home at the end", []string{"/start"}, crowd.With(home))
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if slices.ContainsFunc(drafts, func(d string) bool { return crowd.Has(m, d) }) || crowd.Prompt(m) {
				unfinished++
			}
			return nil
		})
	}
	for _, p := range w.people {
		visit(p.line, "h.file", "h.resume.")
	}
	for _, o := range w.officers {
		visit(o.line, "d.find", "d.draft.")
	}
	return unfinished, group.Wait()
}
