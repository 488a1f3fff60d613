package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figures are what a run measured.
type figures struct {
	rows, left, people, officers int
	way                          string // webhook or polling
	redis                        string
	filing, wall                 time.Duration // until the last filing; until the last letter was read
	inputs                       int64
	calls                        map[string]int
	took                         []time.Duration // from an input to the bot's next message
	filings                      []time.Duration // from /file to the receipt
	out, back                    int             // bytes of words filed and answered; of words replied, asked and closed with
	peakKB                       int             // resident memory of the bot, 0 when not known
	cpu                          time.Duration   // of the bot
}

// measure gathers the figures that the world holds.
func measure(w *world, began time.Time) figures {
	f := figures{
		rows: len(w.matters), people: len(w.people), officers: len(w.officers),
		wall: time.Since(began), inputs: w.meter.inputs.Load(), calls: w.telegram.Calls(),
		took: w.meter.took, filings: w.filings.all,
	}
	for _, m := range w.matters {
		f.filing = max(f.filing, m.filedAt.Sub(began))
		for _, s := range m.filing {
			f.out += len(s)
		}
		for _, s := range m.reply {
			f.back += len(s)
		}
		f.back += len(m.closing)
		if m.asked {
			f.out += len(m.respond)
			f.back += len(m.question)
		}
	}
	return f
}

// report prints the figures and the checks, and says whether all of them passed.
func report(to io.Writer, f figures, found []*finding) (ok bool) {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) // into memory
	}
	line("rows", "%d (%d left out: nobody could file them)", f.rows, f.left)
	line("people, officers", "%d, %d", f.people, f.officers)
	line("way, Redis", "%s, %s", f.way, f.redis)
	line("wall time", "%s until the last filing, %s until the last letter was read", f.filing.Round(time.Millisecond), f.wall.Round(time.Millisecond))
	line("filings", "%.1f a second; one took p50 %s, p99 %s", perSecond(f.rows, f.filing), quantile(f.filings, 50), quantile(f.filings, 99))
	line("inputs (updates)", "%d, %.0f a second", f.inputs, perSecond(int(f.inputs), f.wall))
	line("input to next message", "p50 %s, p90 %s, p99 %s, worst %s", quantile(f.took, 50), quantile(f.took, 90), quantile(f.took, 99), quantile(f.took, 100))
	all := 0
	for _, method := range slices.Sorted(maps.Keys(f.calls)) {
		all += f.calls[method]
	}
	line("Bot API calls", "%d, %.1f a filing", all, float64(all)/float64(max(f.rows, 1)))
	for _, method := range slices.Sorted(maps.Keys(f.calls)) {
		line("  "+method, "%d", f.calls[method])
	}
	line("words", "%d bytes to the office, %d bytes to the reporters", f.out, f.back)
	if f.peakKB > 0 {
		line("the bot's memory at its peak", "%.1f MB", float64(f.peakKB)/1024)
	}
	if f.cpu > 0 && f.inputs > 0 {
		line("the bot's CPU time", "%s, %s an update", f.cpu.Round(time.Millisecond), (f.cpu / time.Duration(f.inputs)).Round(time.Microsecond))
	}
	line("", "")
	ok = true
	for _, c := range found {
		state := "ok"
		if len(c.failed) > 0 {
			state, ok = fmt.Sprintf("%d FAILED", len(c.failed)), false
		}
		line(c.name, "%d checked, %s", c.made, state)
	}
	_ = t.Flush() // into memory
	for _, c := range found {
		for n, why := range c.failed {
			if n == 10 {
				fmt.Fprintf(&b, "  ... and %d more\n", len(c.failed)-n)
				break
			}
			fmt.Fprintf(&b, "FAILED %s: %s\n", c.name, why)
		}
	}
	_, _ = io.WriteString(to, b.String()) // a closed terminal has no use for an error
	return ok
}

func perSecond(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// quantile is the smallest duration that at least p of a hundred do not exceed.
func quantile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	at := (len(sorted)*p + 99) / 100
	d := sorted[min(max(at-1, 0), len(sorted)-1)]
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}
