package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/bench/loop"
)

// figures are what a run brought.
type figures struct {
	loop.Load
	options options

	cpu     [2]usage // when the span began and ended
	mallocs [2]int64 // objects allocated by the bot
	marks   int

	statements []statement // of the span
	drafts     loop.Usage  // of the bot, with everybody's draft open
	session    float64     // bytes of a session in Redis
	perCase    float64     // bytes of a case in Postgres
	empty      int64       // bytes of the database before the first case
}

// usage is CPU taken.
type usage struct{ bot, postgres, redis time.Duration }

// measure notes what the bot and the stores have taken so far.
func (f *figures) measure(ctx context.Context, bots []*loop.Process, stores *loop.Stores, profiler string) {
	if f.marks >= len(f.cpu) {
		return
	}
	at := &f.cpu[f.marks]
	if u, err := all(bots); err == nil {
		at.bot = u.CPU
	}
	if postgres, redis, err := stores.Usage(ctx); err == nil {
		at.postgres, at.redis = postgres, redis
	}
	f.mallocs[f.marks] = mallocs(ctx, profiler)
	f.marks++
}

// all is what several processes have taken together.
func all(bots []*loop.Process) (sum loop.Usage, err error) {
	for _, b := range bots {
		u, err := b.Usage()
		if err != nil {
			return sum, err
		}
		sum.CPU, sum.Resident, sum.Peak = sum.CPU+u.CPU, sum.Resident+u.Resident, sum.Peak+u.Peak
	}
	return sum, nil
}

// databaseSize gives the bytes of a database, tables and indexes.
func databaseSize(ctx context.Context, url string) (n int64, err error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("measure the database: %w", err)
	}
	defer func() { _ = c.Close(ctx) }() // all was read
	if err := c.QueryRow(ctx, `SELECT pg_database_size(current_database())`).Scan(&n); err != nil {
		return 0, fmt.Errorf("measure the database: %w", err)
	}
	return n, nil
}

func (f *figures) before(ctx context.Context, database string) (err error) {
	f.empty, err = databaseSize(ctx, database)
	return err
}

// after measures what the run has left: everybody has a draft open.
func (f *figures) after(ctx context.Context, stores *loop.Stores, database string, bots []*loop.Process, filed int) (err error) {
	if f.drafts, err = all(bots); err != nil {
		return err
	}
	full, err := databaseSize(ctx, database)
	if err != nil {
		return err
	}
	f.perCase = float64(full-f.empty) / float64(max(filed, 1))
	_, f.session, err = stores.Sessions(ctx, "hy:s:")
	return err
}

// tell prints the figures.
func (f *figures) tell(out io.Writer) {
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(out, format+"\n", args...) // a closed terminal has no use for an error
	}
	way := "webhook"
	if f.options.polling {
		way = "polling"
	}
	calls, inBody := 0, 0
	for _, method := range slices.Sorted(maps.Keys(f.Calls)) {
		switch n := f.Calls[method]; {
		case method == "getUpdates":
		case len(method) > 8 && method[len(method)-8:] == " in body":
			inBody += n
		default:
			calls += n
		}
	}
	seconds, updates := f.Span.Seconds(), float64(max(f.Updates, 1))
	filings := float64(max(f.Filings, 1))
	if n := f.options.several; n > 1 {
		way = fmt.Sprintf("%s, %d replicas", way, n)
	}
	say("%d people, %s, thinking %s, %.0f s", f.options.people, way, f.options.think, seconds)
	say("filings/s                 %10.1f", float64(f.Filings)/seconds)
	say("updates/s                 %10.1f", updates/seconds)
	for _, p := range []float64{50, 99, 99.9} {
		say("input to reply p%-5v     %10.1f ms", p, milliseconds(f.Took, p))
	}
	took := usage{f.cpu[1].bot - f.cpu[0].bot, f.cpu[1].postgres - f.cpu[0].postgres, f.cpu[1].redis - f.cpu[0].redis}
	say("CPU of the bot per update %10.1f µs", float64(took.bot.Microseconds())/updates)
	say("CPU per filing            %10.2f ms (bot %.2f, Postgres %.2f, Redis %.2f)", ms(took.bot+took.postgres+took.redis)/filings,
		ms(took.bot)/filings, ms(took.postgres)/filings, ms(took.redis)/filings)
	if f.mallocs[1] > 0 {
		say("allocations per update    %10.1f", float64(f.mallocs[1]-f.mallocs[0])/updates)
	}
	say("Bot API calls per filing  %10.2f (and %.2f in the body of a response)", float64(calls)/filings, float64(inBody)/filings)
	say("Bot API calls per question%10.2f", float64(calls)/updates)
	say("resident, all drafts open %10.1f MB (peak %.1f MB)", float64(f.drafts.Resident)/1e6, float64(f.drafts.Peak)/1e6)
	say("a session in Redis        %10.0f bytes", f.session)
	say("a case in Postgres        %10.0f bytes, indexes too", f.perCase)
	if f.Redelivered > 0 {
		say("deliveries refused        %10d", f.Redelivered)
	}
	for _, method := range slices.Sorted(maps.Keys(f.Calls)) {
		if f.Calls[method] > 0 {
			say("  %-32s %d", method, f.Calls[method])
		}
	}
	for i, s := range f.statements {
		if i == 0 {
			say("a filing's calls, µs (on the clock, not of CPU) and KB of WAL by statement:")
		}
		say("%8.2f %8.1f %8.2f  %s", float64(s.calls)/filings, s.took/filings, float64(s.wal)/filings/1000, s.text)
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// milliseconds is a percentile of sorted times.
func milliseconds(sorted []time.Duration, percent float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := min(int(float64(len(sorted))*percent/100), len(sorted)-1)
	return float64(sorted[i].Microseconds()) / 1000
}

var mallocsLine = regexp.MustCompile(`(?m)^# Mallocs = (\d+)$`)

// mallocs asks the profiler how many objects were allocated; 0 when there is none.
func mallocs(ctx context.Context, profiler string) int64 {
	raw, err := get(ctx, "http://"+profiler+"/debug/pprof/allocs?debug=1")
	if err != nil {
		return 0
	}
	m := mallocsLine.FindSubmatch(raw)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(m[1]), 10, 64) // the expression takes digits only
	return n
}

// fetch writes the bot's profiles of a span.
func fetch(ctx context.Context, profiler, file string, span time.Duration) error {
	for name, query := range map[string]string{
		file:             fmt.Sprintf("profile?seconds=%d", int(span.Seconds())),
		file + ".allocs": "allocs",
	} {
		raw, err := get(ctx, "http://"+profiler+"/debug/pprof/"+query)
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			return fmt.Errorf("write the profile: %w", err)
		}
	}
	return nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // all was read
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("profile: status %d: %w", resp.StatusCode, err)
	}
	return raw, nil
}
