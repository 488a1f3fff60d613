// Command crisis lets 5,000 people file within ten minutes, after an accident, while Telegram takes 30 messages a second.
//
// `huiyin serve` runs as a process of its own on a webhook, against a real Postgres and a real redis-server. Telegram is
// huiyin/sim with its limits enforced, in this process: 30 messages a second in all, one a second for each chat. Fifty
// officers work and thousands of notices wait. The hour passes -speed times as fast, honestly: the limits are raised and
// people's pauses shortened by the same factor, and nothing else. At the end the promises are held against what was seen.
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
)

// options are the command line.
type options struct {
	people   int
	officers int
	notices  int
	arrive   time.Duration
	rate     int
	speed    int
	page     string
	picture  string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// run carries out a command line: 0 when every promise was kept, 1 when not, 2 for a wrong command line.
func run(ctx context.Context, args []string, out io.Writer) int {
	var o options
	f := flag.NewFlagSet("crisis", flag.ContinueOnError)
	f.SetOutput(out)
	f.IntVar(&o.people, "people", 5000, "how many file")
	f.IntVar(&o.officers, "officers", 50, "how many work")
	f.IntVar(&o.notices, "notices", 2000, "how many notices wait when it begins, at least")
	f.DurationVar(&o.arrive, "within", 10*time.Minute, "the time within which people begin")
	f.IntVar(&o.rate, "rate", 30, "how many messages Telegram takes in a second of the hour")
	f.IntVar(&o.speed, "speed", 12, "how many times as fast the hour passes")
	f.StringVar(&o.page, "page", "", "write the table between the marks of this `file`")
	f.StringVar(&o.picture, "picture", "", "write a chart (SVG) to this `file`")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || f.NArg() > 0 || o.people < 1 || o.officers < 1 || o.speed < 1 || o.rate < 1 {
		return 2
	}
	h, err := hold(ctx, o, out)
	if err != nil {
		_, _ = fmt.Fprintf(out, "FAILED %v\n", err)
		return 1
	}
	promises := h.check()
	if err := h.tell(out, promises); err != nil {
		_, _ = fmt.Fprintf(out, "FAILED %v\n", err)
		return 1
	}
	for _, p := range promises {
		if !p.kept {
			return 1
		}
	}
	return 0
}
