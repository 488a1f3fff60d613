// Command load has many people file with Huiyin in a closed loop and tells how fast it is and what it takes.
//
// `huiyin serve` runs as a process of its own against a real Postgres and a real redis-server; Telegram is a stand-in
// that does as little as it can, in this process. README.md beside this file tells the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"huiyin/bench/loop"
)

// options are the command line.
type options struct {
	people  int
	think   time.Duration
	span    time.Duration
	polling bool
	several int
	binary  string
	profile string
	spent   bool
	timeout time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// run carries out a command line: 0 when every reply was right, 1 when one was not or the run failed, 2 for a wrong
// command line.
func run(ctx context.Context, args []string, out io.Writer) int {
	var o options
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.SetOutput(out)
	f.IntVar(&o.people, "people", 2000, "how many people file at once")
	f.DurationVar(&o.think, "think", 0, "how long people think on average before an answer; 0 is not at all")
	f.DurationVar(&o.span, "span", 20*time.Second, "for how long they file")
	f.BoolVar(&o.polling, "polling", false, "updates come by long polling instead of a webhook")
	f.IntVar(&o.several, "replicas", 1, "how many processes of the bot there are")
	f.StringVar(&o.binary, "binary", "", "the huiyin to run; default: built from this module")
	f.StringVar(&o.profile, "profile", "", "write a CPU profile of the bot and its allocations to `file` and file.allocs")
	f.BoolVar(&o.spent, "spent", false, "print what Postgres did, by statement; it takes some CPU of its own")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "how long the run may take")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || f.NArg() > 0 || o.people < 1 || o.several < 1 {
		return 2
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("the run took longer than %s", o.timeout))
	defer cancel()
	figures, err := load(ctx, o)
	if err != nil {
		_, _ = fmt.Fprintf(out, "FAILED %v\n", err)
		return 1
	}
	figures.tell(out)
	return 0
}

// load does one run.
func load(ctx context.Context, o options) (_ figures, err error) {
	f := figures{options: o}
	script, err := loop.Intake()
	if err != nil {
		return f, err
	}
	dir, err := os.MkdirTemp("", "huiyin-load-")
	if err != nil {
		return f, fmt.Errorf("make a folder for the run: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o.binary == "" {
		o.binary = dir + "/huiyin"
		if err := loop.Build(ctx, o.binary, "huiyin"); err != nil {
			return f, err
		}
	}
	var settings map[string]string
	if o.spent {
		settings = statements
	}
	stores, err := loop.OpenStores(ctx, settings)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	database, err := stores.Database(ctx, "load")
	if err != nil {
		return f, err
	}
	c, err := loop.New(loop.Options{Script: script, People: o.people, Think: o.think, Polling: o.polling, Replicas: o.several})
	if err != nil {
		return f, err
	}
	defer c.Close()
	profiler, err := loop.FreeAddress(ctx)
	if err != nil {
		return f, err
	}
	bot, err := loop.Huiyin(ctx, o.binary, dir, c.URL(), database, stores.Redis(), o.polling, "HUIYIN_PPROF_ADDR="+profiler)
	if err != nil {
		return f, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\nthe bot said last:\n%s", err, bot.Tail())
		}
		err = errors.Join(err, bot.Stop())
	}()
	bots := []*loop.Process{bot}
	for range o.several - 1 {
		another, failed := loop.Replica(ctx, bot)
		if failed != nil {
			return f, failed
		}
		defer func() { err = errors.Join(err, another.Stop()) }()
		bots = append(bots, another)
	}
	if err := c.Greet(ctx); err != nil {
		return f, err
	}
	if err := f.before(ctx, database); err != nil {
		return f, err
	}
	profiled := make(chan error, 1)
	if o.profile != "" {
		go func() { profiled <- fetch(ctx, profiler, o.profile, o.span) }()
	} else {
		profiled <- nil
	}
	var asked error
	f.Load, err = c.File(ctx, o.span, func() {
		f.measure(ctx, bots, stores, profiler)
		if o.spent && asked == nil {
			f.statements, asked = spent(ctx, database)
		}
	})
	err = errors.Join(err, asked)
	if err == nil {
		err = <-profiled
	}
	if err != nil {
		return f, err
	}
	return f, f.after(ctx, stores, database, bots, c.Filed())
}
