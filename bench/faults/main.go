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
	"math/rand/v2"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"
)

// options are the command line.
type options struct {
	people, officers int
	seed             uint64
	only             string
	binary           string
	list, keep       bool
	patience         time.Duration
	mix              time.Duration // how long pairs of faults are drawn; 0: each fault once
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
	f.IntVar(&o.people, "people", 8, "how many people file while a fault strikes")
	f.IntVar(&o.officers, "officers", 2, "how many officers work their cases")
	f.Uint64Var(&o.seed, "seed", 1, "draws the moments at which random faults strike")
	f.StringVar(&o.only, "only", "", "run only the faults whose name this `expression` finds")
	f.StringVar(&o.binary, "binary", "", "the huiyin to run; default: built from this module")
	f.BoolVar(&o.list, "list", false, "only list the faults")
	f.BoolVar(&o.keep, "keep", false, "keep the run's folder, with the bot's log")
	f.DurationVar(&o.mix, "for", 0, "instead of each fault once, draw pairs of faults for so `long`; -seed draws the same again")
	f.DurationVar(&o.patience, "patience", 3*time.Minute, "how long one fault may take")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	only, err := regexp.Compile(o.only)
	if err != nil || f.NArg() > 0 || o.people < 1 || o.officers < 1 {
		f.Usage()
		return 2
	}
	var chosen []fault
	for _, one := range strikes(o.seed) {
		if only.MatchString(one.name) {
			chosen = append(chosen, one)
		}
	}
	if o.list {
		for _, one := range chosen {
			_, _ = fmt.Fprintln(out, one.name) // a closed terminal has no use for an error
		}
		return 0
	}
	ok, err := faults(ctx, o, chosen, out)
	if err != nil {
		_, _ = fmt.Fprintln(out, "FAILED", err)
	}
	if !ok || err != nil {
		return 1
	}
	return 0
}

// faults strikes with each of them, in one house, and prints a line for each; ok is false when anything was found.
func faults(ctx context.Context, o options, chosen []fault, out io.Writer) (ok bool, err error) {
	h, err := openHouse(ctx, o.binary)
	if err != nil {
		return false, err
	}
	if h.keep = o.keep; h.keep {
		_, _ = fmt.Fprintln(out, "The run's folder is kept:", h.dir)
	}
	defer func() { err = errors.Join(err, h.close()) }()
	w, err := newWorld(h, o.officers)
	if err != nil {
		return false, err
	}
	if err := h.arrange(ctx, 1, false); err != nil {
		return false, err
	}
	if err := w.hire(ctx); err != nil {
		return false, err
	}
	ok = true
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(cells ...any) {
		for _, c := range cells {
			_, _ = fmt.Fprintf(table, "%v\t", c)
		}
		_, _ = fmt.Fprintln(table)
		_ = table.Flush() // as above
	}
	line(fmt.Sprintf("%-34s", "fault"), "took  ", "people", "cases", "lost", "doubled", "wrong", "longest silence")
	next := inTurn(chosen)
	if o.mix > 0 {
		next = drawn(o, chosen)
	}
	for one := range next {
		began := time.Now()
		v, err := w.round(ctx, one, o)
		if v == nil {
			v = &verdict{people: o.people}
		}
		line(fmt.Sprintf("%-34s", one.name), fmt.Sprintf("%-6s", time.Since(began).Round(100*time.Millisecond)), fmt.Sprintf("%-6d", v.people),
			fmt.Sprintf("%-5d", v.cases), fmt.Sprintf("%-4d", len(v.lost)), fmt.Sprintf("%-7d", len(v.doubled)), fmt.Sprintf("%-5d", len(v.wrong)),
			v.silence.Round(100*time.Millisecond))
		ok = ok && v.ok()
		for kind, list := range map[string][]string{"LOST": v.lost, "DOUBLED": v.doubled, "WRONG": v.wrong} {
			for _, why := range list {
				_, _ = fmt.Fprintf(out, "  %s %s\n", kind, why)
			}
		}
		if err != nil {
			ok = false
			_, _ = fmt.Fprintf(out, "  FAILED %v\n", err)
			if err := w.repair(); err != nil || ctx.Err() != nil {
				return false, fmt.Errorf("%s: %w", one.name, errors.Join(err, context.Cause(ctx)))
			}
		}
	}
	return ok, nil
}

// round runs one fault from a healthy house to a healthy house, and judges.
func (w *world) round(ctx context.Context, one fault, o options) (*verdict, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.patience, fmt.Errorf("it took longer than %s", o.patience))
	defer cancel()
	if one.prepare != nil {
		strike, undo, err := one.prepare(ctx, w.house)
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
	r := w.newRound(one, o.people)
	err := r.play(ctx)
	w.telegram.Heal()
	w.telegram.Clock().Real()
	if err == nil {
		err = r.settle(ctx)
	}
	v, wrong := r.judge(context.WithoutCancel(ctx), one.repeats)
	return v, errors.Join(err, wrong)
}

func inTurn(chosen []fault) iter.Seq[fault] { return slices.Values(chosen) }

// drawn are pairs of faults for as long as the options say.
func drawn(o options, chosen []fault) iter.Seq[fault] {
	draw := rand.New(rand.NewPCG(o.seed, 2))
	return func(yield func(fault) bool) {
		for end := time.Now().Add(o.mix); time.Now().Before(end) && yield(mixed(draw, chosen)); {
		}
	}
}
