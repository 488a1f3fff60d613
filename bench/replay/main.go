// Command replay files real complaints through the real bot and compares every word that comes back by its bytes.
//
// `huiyin serve` runs as a process of its own against real stores; Telegram is the stand-in of huiyin/sim, in this
// process, with a phone for everybody. People file, officers work the cases and send the real replies. README.md beside
// this file tells the rest.
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

	"huiyin/configs"
	"huiyin/sim"
)

// options are the command line.
type options struct {
	csv              string
	columns          columns
	rows             int
	people, officers int
	webhook, polling bool
	database, redis  string
	binary           string
	keep             bool
	timeout          time.Duration
	logLevel         string
	token            string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// run carries out a command line: 0 when every check passed, 1 when one failed or the run did, 2 for a wrong command line.
func run(ctx context.Context, args []string, out io.Writer) int {
	o, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 2 // flag has said why
	}
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(out, format+"\n", args...) // a closed terminal has no use for an error
	}
	result, err := replay(ctx, o, say)
	ok := result != nil && report(out, result.figures, result.found)
	if err != nil {
		say("FAILED %v", err)
	}
	if !ok || err != nil {
		return 1
	}
	say("Every word came back whole.")
	return 0
}

func parse(args []string, out io.Writer) (options, error) {
	o := options{token: "7000000009:replay-of-real-input"}
	f := flag.NewFlagSet("replay", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&o.csv, "csv", "", "the `file`: CSV with a header (needed)")
	f.StringVar(&o.columns.text, "text", "text", "the `column` of the complaint")
	f.StringVar(&o.columns.reply, "reply", "reply", "the `column` of the reply; without one a reply is made of the complaint's sentences")
	f.StringVar(&o.columns.title, "title", "title", "the `column` of the title; may be missing")
	f.IntVar(&o.rows, "rows", 500, "how many rows to file; 0 is all")
	f.IntVar(&o.people, "people", 50, "how many people file at once")
	f.IntVar(&o.officers, "officers", 3, "how many officers work the cases")
	f.BoolVar(&o.webhook, "webhook", true, "updates come over a webhook")
	f.BoolVar(&o.polling, "polling", false, "updates come by long polling, instead of -webhook")
	f.StringVar(&o.database, "database", "", "`URL` of an empty Postgres database; default: a private server")
	f.StringVar(&o.redis, "redis", "", "`URL` of a Redis; default: a private server")
	f.StringVar(&o.binary, "binary", "", "the huiyin to run; default: built from this module")
	f.BoolVar(&o.keep, "keep", false, "keep the run's folder (binary, keyset, log)")
	f.DurationVar(&o.timeout, "timeout", 30*time.Minute, "how long the run may take")
	f.StringVar(&o.logLevel, "log-level", "info", "LOG_LEVEL of the bot")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.polling = o.polling || !o.webhook
	if o.csv == "" || o.people < 1 || o.officers < 1 || f.NArg() > 0 {
		f.Usage()
		return o, errors.New("wrong command line")
	}
	return o, nil
}

// outcome is what a run brought.
type outcome struct {
	figures figures
	found   []*finding
	world   *world
}

// replay does one run. An outcome beside an error tells how far it came.
func replay(ctx context.Context, o options, say func(string, ...any)) (_ *outcome, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("the run took longer than %s", o.timeout))
	defer cancel()
	rows, left, err := readFile(o)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("the file has no row that a person could file")
	}
	config, err := configs.Load(os.Getenv("HUIYIN_CONFIG_DIR"))
	if err != nil {
		return nil, err
	}
	// Every message of every chat is kept: the chats are what the checks read.
	telegram := sim.New(sim.Options{Token: o.token, LogCalls: -1, NoHTML: true})
	defer telegram.Close()
	apiURL, err := telegram.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h, err := openHouse(ctx, o, apiURL, say)
	if err != nil {
		return nil, err
	}
	defer func() {
		if o.keep {
			say("The run's folder is kept: %s", h.dir)
		}
		err = errors.Join(err, h.close())
	}()
	w := newWorld(telegram, config, rows, o.people, o.officers)
	if err := h.serve(ctx); err != nil {
		return nil, err
	}
	for _, officer := range w.officers {
		token, err := h.invite(ctx, officer.name, officer.department)
		if err == nil {
			err = officer.join(ctx, token)
		}
		if err != nil {
			return nil, err
		}
	}
	say("%d people file %d rows; %d officers answer.", len(w.people), len(rows), len(w.officers))
	began := time.Now()
	played := w.play(ctx)
	f := measure(w, began)
	f.left, f.redis, f.way, f.peakKB = left, h.redis, "webhook", h.peakMemory()
	if o.polling {
		f.way = "polling"
	}
	forms := &finding{name: "nobody is left with an unfinished form"}
	if played == nil {
		unfinished, err := w.goHome(ctx)
		forms.made = len(w.people) + len(w.officers)
		for range unfinished {
			forms.failed = append(forms.failed, "a form waits on somebody's first screen")
		}
		played = err
	}
	stopped := &finding{name: "the bot stops when it is asked to"}
	f.cpu, err = h.stopServing()
	stopped.check(err, "stop")
	leaked, err := leaks(h.logFile, w, o.token, h.secret)
	return &outcome{figures: f, found: append(judge(w), grumbles(w), forms, leaked, stopped), world: w}, errors.Join(played, err)
}

func readFile(o options) ([]row, int, error) {
	file, err := os.Open(o.csv)
	if err != nil {
		return nil, 0, fmt.Errorf("open the complaints: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	rows, left, err := readRows(file, o.columns, o.rows)
	if err != nil {
		return nil, 0, fmt.Errorf("read the complaints: %w", err)
	}
	return rows, left, nil
}
