// Command faults lets people file and officers work while everything goes wrong that goes wrong with bots like this one,
// and looks afterwards whether anything was lost, doubled or joined. docs/faults.md tells the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"regexp"
	"sync"
	"syscall"
	"time"

	"huiyin/bench/crowd"
)

// options are the command line.
type options struct {
	people, officers int
	houses           int
	seed             uint64
	only             string
	binary           string
	list, keep       bool
	patience         time.Duration
	mix              time.Duration // how long faults are drawn; 0: each once
	record, page     string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// run carries out a command line: 0 when nothing was found, 1 when something was or the run failed, 2 for a wrong
// command line.
func run(ctx context.Context, args []string, out io.Writer) int {
	var o options
	f := flag.NewFlagSet("faults", flag.ContinueOnError)
	f.SetOutput(out)
	f.IntVar(&o.people, "people", 8, "how many people file while a fault strikes, at least")
	f.IntVar(&o.officers, "officers", 6, "how many officers work their cases, at most one for each kind of matter")
	f.IntVar(&o.houses, "houses", 2, "how many houses are struck beside each other, each with everything of its own")
	f.Uint64Var(&o.seed, "seed", 1, "draws the moments at which random faults strike")
	f.StringVar(&o.only, "only", "", "run only the faults whose name this `expression` finds")
	f.StringVar(&o.binary, "binary", "", "the huiyin to run; default: built from this module")
	f.BoolVar(&o.list, "list", false, "only list the faults")
	f.BoolVar(&o.keep, "keep", false, "keep the folders of the houses, with the bot's log and, when something was found, what everybody saw")
	f.DurationVar(&o.mix, "for", 0, "instead of each fault once, draw them for so `long`, alone and in pairs: the first round by -seed, each next by the number after")
	f.DurationVar(&o.patience, "patience", 3*time.Minute, "how long one fault may take")
	f.StringVar(&o.record, "record", "", "add a line for each round to this `file`")
	f.StringVar(&o.page, "page", "", "write the table of this run into this `page`; with -for and -record, that of all rounds in the record")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	only, err := regexp.Compile(o.only)
	if err != nil || f.NArg() > 0 || o.people < 1 || o.houses < 1 || o.officers < 1 || o.officers > len(kinds) {
		f.Usage()
		return 2
	}
	if o.list {
		for _, one := range strikes(o.seed) {
			if only.MatchString(one.name) {
				_, _ = fmt.Fprintln(out, one.name) // a closed terminal has no use for an error
			}
		}
		return 0
	}
	ok, err := faults(ctx, o, only, out)
	if err != nil {
		_, _ = fmt.Fprintln(out, "FAILED", err)
	}
	if !ok || err != nil {
		return 1
	}
	return 0
}

// faults strikes with each of them, in houses beside each other, and prints a line for each; ok is false when anything was
// found.
func faults(ctx context.Context, o options, only *regexp.Regexp, out io.Writer) (ok bool, err error) {
	dir, err := os.MkdirTemp("", "huiyin-builds-")
	if err != nil {
		return false, fmt.Errorf("make a folder for builds: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o.binary == "" {
		if o.binary, err = crowd.Build(ctx, dir); err != nil {
			return false, err
		}
	}
	r := &runner{o: o, table: newTable(out, o), builds: &builds{dir: dir, made: map[string]string{}}}
	all := inTurn(o.seed, only)
	if o.mix > 0 {
		all = drawn(o, only)
	}
	var stop func()
	r.next, stop = iter.Pull2(all)
	defer stop()
	errs := make(chan error)
	for range o.houses {
		go func() { errs <- r.house(ctx) }()
	}
	for range o.houses {
		err = errors.Join(err, <-errs)
	}
	return !r.table.found, errors.Join(err, r.table.end())
}

// runner hands the faults of a run out to its houses.
type runner struct {
	o      options
	table  *table
	builds *builds
	mu     sync.Mutex
	next   func() (uint64, fault, bool)
}

func (r *runner) draw() (uint64, fault, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next()
}

// house strikes one house until no fault is left.
func (r *runner) house(ctx context.Context) (err error) {
	h, err := openHouse(ctx, r.o.binary)
	if err != nil {
		return err
	}
	h.builds = r.builds
	if h.keep = r.o.keep; h.keep {
		r.table.kept(h.dir)
	}
	defer func() { err = errors.Join(err, h.close()) }()
	w, err := newWorld(h, r.o.officers)
	if err != nil {
		return err
	}
	if err := h.arrange(ctx, 1, false); err != nil {
		return err
	}
	if err := w.hire(ctx); err != nil {
		return err
	}
	for seed, one, more := r.draw(); more; seed, one, more = r.draw() {
		began := time.Now()
		v, failed := w.round(ctx, one, r.o)
		if errors.Is(failed, errNotHere) {
			r.table.leftOut(one, failed)
			continue
		}
		if v == nil {
			v = &verdict{people: one.crowd(r.o)}
		}
		if err := r.table.add(one, seed, time.Since(began), v, failed); err != nil {
			return err
		}
		if failed == nil {
			continue
		}
		if err := w.repair(); err != nil || ctx.Err() != nil {
			return fmt.Errorf("%s: %w", one.name, errors.Join(err, context.Cause(ctx)))
		}
	}
	return nil
}

// errNotHere says that this machine does not allow what a fault needs. The fault is left out, and the table says so.
var errNotHere = errors.New("not possible on this machine")

// round runs one fault from a healthy house to a healthy house, and judges.
func (w *world) round(ctx context.Context, one fault, o options) (*verdict, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.patience, fmt.Errorf("it took longer than %s", o.patience))
	defer cancel()
	if one.prepare != nil {
		strike, undo, err := one.prepare(ctx, w)
		defer undo()
		if err != nil {
			return nil, err
		}
		if strike != nil {
			one.strike = strike
		}
		defer func() { w.extra = nil }()
	}
	if err := w.arrange(ctx, one.replicas, one.polling); err != nil {
		return nil, err
	}
	r := w.newRound(one, one.crowd(o))
	err := r.play(ctx)
	w.telegram.Heal()
	w.telegram.Clock().Real()
	if err == nil {
		err = r.settle(ctx)
	}
	v, wrong := r.judge(context.WithoutCancel(ctx), one.repeats)
	return v, errors.Join(err, wrong)
}

// crowd is how many people file.
func (f fault) crowd(o options) int { return max(o.people, f.people) }

// inTurn gives every chosen fault once, and the seed.
func inTurn(seed uint64, only *regexp.Regexp) iter.Seq2[uint64, fault] {
	return func(yield func(uint64, fault) bool) {
		for _, one := range strikes(seed) {
			if only.MatchString(one.name) && !yield(seed, one) {
				return
			}
		}
	}
}

// drawn gives faults for as long as the options say, each round with a seed of its own by which it is drawn again.
func drawn(o options, only *regexp.Regexp) iter.Seq2[uint64, fault] {
	return func(yield func(uint64, fault) bool) {
		end := time.Now().Add(o.mix)
		for seed := o.seed; time.Now().Before(end) && yield(seed, mixed(seed, only)); seed++ {
		}
	}
}
