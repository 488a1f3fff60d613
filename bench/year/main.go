// Command year lets a company of ten thousand live through a year with the real stores, in minutes.
//
// Time is an argument of the store, so a day passes as quickly as its work is done: employees file, officers work in
// their hours on working days, are away, forget things and miss dates; reporters answer, are satisfied or ask for a second
// look; and the house does at night and in the morning what dates ask for. Everything goes through store/postgres into a real
// Postgres. At the end the promises are held against what is stored. Telegram has no part in it: bench/replay is for that.
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// options are the command line.
type options struct {
	people  int
	days    int
	seed    uint64
	from    string
	picture string
	page    string
}

// run carries out a command line: 0 when every promise was kept or told of, 1 when not, 2 for a wrong command line.
func run(ctx context.Context, args []string, out io.Writer) int {
	var o options
	f := flag.NewFlagSet("year", flag.ContinueOnError)
	f.SetOutput(out)
	f.IntVar(&o.people, "people", 10_000, "employees")
	f.IntVar(&o.days, "days", 365, "days that pass")
	f.Uint64Var(&o.seed, "seed", 1, "chance")
	f.StringVar(&o.from, "from", "2026-01-01", "the first day")
	f.StringVar(&o.picture, "picture", "", "write a chart (SVG) to this `file`")
	f.StringVar(&o.page, "page", "", "write the tables (Markdown) to this `file`")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || f.NArg() > 0 {
		return 2
	}
	began := time.Now()
	y, err := live(ctx, o)
	if err != nil {
		_, _ = fmt.Fprintf(out, "FAILED %v\n", err)
		return 1
	}
	defer y.close()
	found, err := y.check(ctx)
	if err == nil {
		err = y.tell(ctx, out, o, time.Since(began))
	}
	if err != nil {
		_, _ = fmt.Fprintf(out, "FAILED %v\n", err)
		return 1
	}
	for _, f := range found {
		_, _ = fmt.Fprintf(out, "WRONG %s\n", f)
	}
	if len(found) > 0 {
		return 1
	}
	_, _ = fmt.Fprintln(out, "Every case has an end or a next date; every reporter has an answer or was told of the delay; every reminder came once.")
	return 0
}
