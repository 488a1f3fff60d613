package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"huiyin/bench/crowd"
)

// results are all runs of a comparison.
type results struct {
	runs    map[string][]measured
	redis   []float64 // pairs of GET and SET a second
	commits []float64 // a second
}

// names are the bots in the order of the tables.
var names = []string{"huiyin", "telegraf", "grammy", "go-telegram", "bare"}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// of gives the median of a figure of a bot.
func (r *results) of(name string, figure func(measured) float64) float64 {
	var all []float64
	for _, m := range r.runs[name] {
		all = append(all, figure(m))
	}
	return median(all)
}

// ratio is the median, over the rounds, of Huiyin's figure by the other's of the same round.
func (r *results) ratio(name string, figure func(measured) float64) float64 {
	var all []float64
	for i, m := range r.runs[name] {
		if i < len(r.runs["huiyin"]) && figure(m) > 0 {
			all = append(all, figure(r.runs["huiyin"][i])/figure(m))
		}
	}
	return median(all)
}

func quantile(m measured, percent float64) float64 {
	if len(m.Took) == 0 {
		return 0
	}
	return float64(m.Took[min(int(float64(len(m.Took))*percent/100), len(m.Took)-1)].Microseconds()) / 1000
}

func calls(m measured) float64 {
	n := 0
	for method, k := range m.Calls {
		if !strings.HasSuffix(method, " in body") {
			n += k
		}
	}
	return float64(n) / float64(max(m.Updates, 1))
}

// target is one of the promises of speed.
type target struct {
	what      string
	want, got float64
	atMost    bool
}

func (t target) met() bool {
	return t.got > 0 && (t.atMost && t.got <= t.want || !t.atMost && t.got >= t.want)
}

func (r *results) targets() []target {
	h := func(figure func(measured) float64) float64 { return r.of("huiyin", figure) }
	return []target{
		{"filings/s by telegraf's", 2.5, r.ratio("telegraf", measured.filings), false},
		{"filings/s by grammY's", 5, r.ratio("grammy", measured.filings), false},
		{"updates/s by the bare call's", 0.6, r.ratio("bare", measured.updates), false},
		{"µs of CPU per update", 110, h(measured.each), true},
		{"MB resident, all drafts open", 40, h(func(m measured) float64 { return float64(m.drafts.Resident) / 1e6 }), true},
		{"Bot API calls per question", 1.2, h(calls), true},
		{"KB of a session in Redis", 1.5, h(func(m measured) float64 { return m.session / 1000 }), true},
	}
}

// tell prints the tables, and puts them and the chart where o says.
func (r *results) tell(out io.Writer, o options) error {
	var t strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	line("%d people without a pause for thought, %d rounds of %s, medians. Machine: %s.", o.people, o.rounds, o.span, machine())
	line("")
	line("| | filings/s | updates/s | CPU per update | p50 | p99 | resident | session | calls per update | filings/s of Huiyin by it |")
	line("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |")
	for _, name := range names {
		if len(r.runs[name]) == 0 {
			continue
		}
		of := func(figure func(measured) float64) float64 { return r.of(name, figure) }
		filings, ratio := fmt.Sprintf("%.1f", of(measured.filings)), fmt.Sprintf("%.2f", r.ratio(name, measured.filings))
		session := fmt.Sprintf("%.0f B", of(func(m measured) float64 { return m.session }))
		if name == "bare" {
			filings, session, ratio = "", "", fmt.Sprintf("updates: %.2f", r.ratio(name, measured.updates))
		}
		line("| %s | %s | %.0f | %.0f µs | %.0f ms | %.0f ms | %.0f MB | %s | %.2f | %s |", name, filings, of(measured.updates), of(measured.each),
			of(func(m measured) float64 { return quantile(m, 50) }), of(func(m measured) float64 { return quantile(m, 99) }),
			of(func(m measured) float64 { return float64(m.drafts.Resident) / 1e6 }), session, of(calls), ratio)
	}
	line("")
	line("Floors: %.0f pairs of Redis GET and SET a second, %.0f commits of one row a second, %.0f bare calls a second.",
		median(r.redis), median(r.commits), r.of("bare", measured.updates))
	line("")
	line("| target | wanted | measured | |")
	line("| --- | --: | --: | --- |")
	for _, g := range r.targets() {
		sign, said := "≥", "met"
		if g.atMost {
			sign = "≤"
		}
		if !g.met() {
			said = "not met"
		}
		line("| %s | %s %g | %.2f | %s |", g.what, sign, g.want, g.got, said)
	}
	if _, err := io.WriteString(out, "\n"+t.String()); err != nil {
		return fmt.Errorf("tell: %w", err)
	}
	if o.picture != "" {
		if err := os.WriteFile(o.picture, []byte(r.draw()), 0o644); err != nil { //nolint:gosec // a picture for everybody
			return fmt.Errorf("draw: %w", err)
		}
	}
	if o.page == "" {
		return nil
	}
	return crowd.IntoPage(o.page, "bench-peers", t.String())
}

// machine says what the figures were measured on.
func machine() string {
	model := "unknown processor"
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(raw)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d × %s, %s; %s", runtime.NumCPU(), model, runtime.GOOS, strings.Join(versions(context.Background()), ", "))
}

func firstLine(raw []byte) string {
	line, _, _ := strings.Cut(string(raw), "\n")
	if v, ok := strings.CutPrefix(line, "Redis server "); ok {
		line, _, _ = strings.Cut(v, " sha")
	}
	return strings.TrimSpace(line)
}

// draw makes a chart of filings a second and of CPU per update, a bar for each bot.
func (r *results) draw() string {
	var s strings.Builder
	const width, bar, left, room = 720, 26, 130, 420
	y := 34
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">`+"\n", width, 420)
	fmt.Fprintf(&s, `<rect width="%d" height="420" fill="#fff"/>`+"\n", width)
	for _, c := range []struct {
		title, unit string
		figure      func(measured) float64
		skip        string
	}{
		{"Filings a second (more is better)", "", measured.filings, "bare"},
		{"CPU of the bot per update (less is better)", " µs", measured.each, ""},
	} {
		fmt.Fprintf(&s, `<text x="10" y="%d" font-weight="bold">%s</text>`+"\n", y-10, html.EscapeString(c.title))
		top := 0.0
		for _, name := range names {
			if name != c.skip {
				top = max(top, r.of(name, c.figure))
			}
		}
		for _, name := range names {
			if name == c.skip || len(r.runs[name]) == 0 {
				continue
			}
			v := r.of(name, c.figure)
			colour := "#9aa5b1"
			if name == "huiyin" {
				colour = "#0b7285"
			}
			fmt.Fprintf(&s, `<text x="10" y="%d">%s</text><rect x="%d" y="%d" width="%.0f" height="%d" fill="%s"/><text x="%.0f" y="%d">%.0f%s</text>`+"\n",
				y+16, name, left, y, max(v/max(top, 1)*room, 1), bar-6, colour, left+v/max(top, 1)*room+6, y+16, v, c.unit)
			y += bar
		}
		y += 50
	}
	s.WriteString("</svg>\n")
	return s.String()
}
