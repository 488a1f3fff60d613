// Command watched draws the dashboard from a real run.
//
// `huiyin serve` runs as a process of its own against a real Postgres and a real redis-server; phones of the stand-in for
// Telegram file grievances and work them; Telegram is slow for a while and then not to be reached; and a real Prometheus
// with the alarms of deploy/prometheus scrapes it all. At the end every panel of deploy/grafana/huiyin.json is asked for
// what it shows, and drawn. Needs prometheus and redis-server in the path. The picture differs from run to run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"huiyin/sim"
)

type options struct {
	lasts     time.Duration
	people    int
	dashboard string
	rules     string
	picture   string
}

func main() {
	var o options
	flag.DurationVar(&o.lasts, "for", 5*time.Minute, "how long people are busy")
	flag.IntVar(&o.people, "people", 40, "how many file at once")
	flag.StringVar(&o.dashboard, "dashboard", "deploy/grafana/huiyin.json", "the dashboard whose panels are drawn")
	flag.StringVar(&o.rules, "rules", "deploy/prometheus/rules.yml", "the alarms")
	flag.StringVar(&o.picture, "picture", "docs/img/watching.png", "the picture to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "watched:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	board, err := readDashboard(o.dashboard)
	if err != nil {
		return err
	}
	telegram := sim.New(sim.Options{Token: token, LogCalls: -1, NoHTML: true})
	defer telegram.Close()
	api, err := telegram.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	h := &house{}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.open(ctx, api); err != nil {
		return err
	}
	watcher, err := h.watch(ctx, o.rules)
	if err != nil {
		return err
	}
	token, err := h.invite(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	fmt.Printf("%d people file for %s\n", o.people, o.lasts)
	filed, worked, err := busy(ctx, telegram, token, o)
	fmt.Printf("%d cases filed, %d worked\n", filed, worked)
	if err != nil {
		return err
	}
	picture, empty, err := draw(ctx, board, watcher, began, time.Now())
	if err != nil {
		return err
	}
	for _, title := range empty {
		fmt.Println("nothing to draw:", title)
	}
	return os.WriteFile(o.picture, picture, 0o644)
}
