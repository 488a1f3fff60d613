// Scale measures how the store answers officers when there are many cases, and what one more costs: it fills databases of
// several sizes, asks through the store's own methods in the desk's role, prints how long the slowest calls took and by
// which plans, and files new cases in the intake's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"huiyin/store/postgres"
	"huiyin/store/postgres/local"
)

type options struct {
	sizes   []int
	calls   int
	workers int
	words   int
	events  int
	times   int
	filings int
	plans   bool
	spent   bool
	hold    bool
	url     string
	texts   string
	seed    uint64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func read(args []string) (o options, err error) {
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	sizes := flags.String("cases", "10000,100000,1000000", "how many cases, one database after the other")
	flags.IntVar(&o.calls, "calls", 500, "how often each question is asked")
	flags.IntVar(&o.workers, "workers", 2, "how many officers ask at once")
	flags.IntVar(&o.words, "words", 100_000, "of how many cases, the newest, the words are kept; 0 does not search for words")
	flags.IntVar(&o.events, "events", len(story), "how many events a case has at most")
	flags.IntVar(&o.times, "times", 1, "every case is written so often, under other names: a quick way to more")
	flags.IntVar(&o.filings, "filings", 1000, "how many cases are filed in the end, by several at once; 0 files none")
	flags.BoolVar(&o.plans, "plans", true, "print the plans for the largest size")
	flags.BoolVar(&o.spent, "spent", false, "print what each statement takes")
	flags.BoolVar(&o.hold, "hold", false, "fill the databases, print where they are, and keep them until interrupted")
	flags.StringVar(&o.url, "database", "", "measure this database, which another run holds, and fill none")
	flags.StringVar(&o.texts, "texts", "", "a CSV file with a column named text, of which words are made; otherwise invented ones")
	flags.Uint64Var(&o.seed, "seed", 1, "the same seed gives the same cases")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	for _, s := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 100 {
			return o, errors.New("-cases takes numbers of at least 100")
		}
		o.sizes = append(o.sizes, n)
	}
	if o.calls < 1 || o.workers < 1 || o.filings < 0 {
		return o, errors.New("-calls and -workers take numbers of at least 1, -filings of at least 0")
	}
	if o.events < 1 || o.events > len(story) || o.times < 1 || o.times > 32 {
		return o, fmt.Errorf("-events takes 1 to %d, -times 1 to 32", len(story))
	}
	return o, nil
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := read(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	said, err := openTexts(o.texts)
	if err != nil {
		return err
	}
	if o.url != "" {
		return known(ctx, o, said, out)
	}
	server, err := local.Start(ctx, local.Options{Settings: map[string]string{
		"shared_buffers": "1GB", "wal_level": "minimal", "max_wal_senders": "0", "full_page_writes": "off", "max_wal_size": "8GB", "effective_cache_size": "8GB", "work_mem": "16MB", "random_page_cost": "1.1",
	}})
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		err = errors.Join(err, server.Stop(end))
	}()
	for i, n := range o.sizes {
		name := fmt.Sprintf("scale_%d", n)
		if err := server.CreateDatabase(ctx, name); err != nil {
			return err
		}
		if err := one(ctx, server.URL(name), o, n, said, out, o.plans && i == len(o.sizes)-1); err != nil {
			return err
		}
	}
	return nil
}

// known measures a database that is filled already.
func known(ctx context.Context, o options, said *texts, out io.Writer) error {
	v, err := newVault()
	if err != nil {
		return err
	}
	f := &filler{url: o.url, vault: v, said: said, words: o.words, times: 1, seed: o.seed, now: time.Now().UTC()}
	if err := f.recall(ctx); err != nil {
		return err
	}
	return ask(ctx, f, o, out, o.plans)
}

// one fills one database, asks it, and prints what came of it.
func one(ctx context.Context, url string, o options, n int, said *texts, out io.Writer, plans bool) error {
	if err := postgres.Migrate(ctx, url); err != nil {
		return err
	}
	v, err := newVault()
	if err != nil {
		return err
	}
	began := time.Now()
	f := &filler{
		url: url, n: n, vault: v, said: said, words: o.words, most: o.events, times: o.times, seed: o.seed, now: time.Now().UTC().Truncate(time.Microsecond),
	}
	if err := f.fill(ctx); err != nil {
		return err
	}
	say(out, "\nFilled with %d cases in %s.", n*o.times, time.Since(began).Round(time.Second))
	if o.hold {
		say(out, "%s", url)
		if n == o.sizes[len(o.sizes)-1] {
			<-ctx.Done()
		}
		return nil
	}
	return ask(ctx, f, o, out, plans)
}

func ask(ctx context.Context, f *filler, o options, out io.Writer, plans bool) error {
	sizes, err := f.sizes(ctx)
	if err != nil {
		return err
	}
	say(out, "\n## %d cases, %d events\n\n%s\n", f.n*f.times, f.events, sizes)
	m := &measure{f: f, o: o, out: out, heard: &listener{}}
	defer m.close()
	if err := m.open(ctx); err != nil {
		return err
	}
	if err := m.all(ctx); err != nil {
		return err
	}
	if plans {
		if err := m.plans(ctx); err != nil {
			return err
		}
	}
	return m.fileNew(ctx)
}

func say(out io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
