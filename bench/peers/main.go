// Command peers runs the same form of ten questions in Huiyin and in bots as others write them, one after another in
// rounds on the same machine, and tells how they compare. README.md beside this file is the specification.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"huiyin/bench/loop"
)

// options are the command line.
type options struct {
	people  int
	rounds  int
	span    time.Duration
	page    string
	picture string
	timeout time.Duration
	only    string
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "bare" { // this program again, as the floor
		if err := bare(); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// run carries out a command line: 0 when every reply of every bot was right, 1 when one was not or a run failed, 2 for a
// wrong command line.
func run(ctx context.Context, args []string, out io.Writer) int {
	var o options
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(out)
	f.IntVar(&o.people, "people", 2000, "how many people file at once")
	f.IntVar(&o.rounds, "rounds", 5, "how many rounds; each runs every bot once")
	f.DurationVar(&o.span, "span", 10*time.Second, "for how long each bot is measured in a round")
	f.StringVar(&o.page, "page", "", "put the tables into this Markdown `file`, between its marks")
	f.StringVar(&o.picture, "picture", "", "draw a chart (SVG) into this `file`")
	f.StringVar(&o.only, "only", "", "run this bot alone")
	f.DurationVar(&o.timeout, "timeout", time.Hour, "how long all of it may take")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || f.NArg() > 0 || o.people < 1 || o.rounds < 1 {
		return 2
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("it took longer than %s", o.timeout))
	defer cancel()
	results, err := compare(ctx, o, out)
	if err == nil {
		err = results.tell(out, o)
	}
	if err != nil {
		_, _ = fmt.Fprintf(out, "FAILED %v\n", err)
		return 1
	}
	return 0
}

// place is where a bot runs: what it needs to know.
type place struct {
	dir, apiURL, database, redis string
}

// peer is one way to answer people.
type peer struct {
	name     string
	sessions string // what the keys of its sessions begin with
	script   loop.Script
	start    func(context.Context, place) (*loop.Process, error)
}

// measured is one run of a bot.
type measured struct {
	loop.Load
	cpu     time.Duration
	drafts  loop.Usage // with everybody's draft open
	session float64    // bytes in Redis
}

func (m measured) filings() float64 { return float64(m.Filings) / m.Span.Seconds() }
func (m measured) updates() float64 { return float64(m.Updates) / m.Span.Seconds() }
func (m measured) each() float64 {
	return float64(m.cpu.Microseconds()) / float64(max(m.Updates, 1))
}

// compare runs everybody in rounds: the order turns, so that nobody is always the one who comes after the slowest.
func compare(ctx context.Context, o options, out io.Writer) (_ *results, err error) {
	dir, err := os.MkdirTemp("", "huiyin-peers-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the run: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	stores, err := loop.OpenStores(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	peers, err := everybody(ctx, dir, o.only)
	if err != nil {
		return nil, err
	}
	r := &results{runs: map[string][]measured{}}
	for round := range o.rounds {
		for i := range peers {
			p := peers[(i+round)%len(peers)]
			m, err := one(ctx, o, p, stores, filepath.Join(dir, fmt.Sprintf("%s-%d", p.name, round)), fmt.Sprintf("%s_%d", p.name, round))
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", p.name, round+1, err)
			}
			r.runs[p.name] = append(r.runs[p.name], m)
			_, _ = fmt.Fprintf(out, "round %d  %-14s %8.1f filings/s %9.1f updates/s %7.1f µs CPU per update\n",
				round+1, p.name, m.filings(), m.updates(), m.each()) // a closed terminal has no use for an error
		}
		if err := r.floors(ctx, stores, fmt.Sprintf("floor_%d", round)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// one measures a bot once, as a process of its own with a database of its own and an empty Redis.
func one(ctx context.Context, o options, p peer, stores *loop.Stores, dir, database string) (m measured, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return m, fmt.Errorf("make a folder for the run: %w", err)
	}
	at := place{dir: dir, redis: stores.Redis()}
	if at.database, err = stores.Database(ctx, database); err != nil {
		return m, err
	}
	c, err := loop.New(loop.Options{Script: p.script, People: o.people})
	if err != nil {
		return m, err
	}
	defer c.Close()
	at.apiURL = c.URL()
	bot, err := p.start(ctx, at)
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\nthe bot said last:\n%s", err, bot.Tail())
		}
		err = errors.Join(err, bot.Stop())
	}()
	if err := c.Greet(ctx); err != nil {
		return m, err
	}
	var marks []time.Duration
	var unread error
	m.Load, err = c.File(ctx, o.span, func() {
		u, err := bot.Usage()
		marks, unread = append(marks, u.CPU), cmp.Or(unread, err)
	})
	if err = errors.Join(err, unread); err != nil {
		return m, err
	}
	m.cpu = marks[1] - marks[0]
	if m.drafts, err = bot.Usage(); err != nil {
		return m, err
	}
	_, m.session, err = stores.Sessions(ctx, p.sessions)
	return m, err
}
