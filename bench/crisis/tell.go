package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-analyze/charts"
)

const (
	beginMark = "<!-- crisis begins: written by `make crisis` -->\n"
	endMark   = "<!-- crisis ends -->\n"
)

// tell prints the tables, and puts them and the chart where the command line says.
func (h *hour) tell(out io.Writer, promises []promise) error {
	var t strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	from, to := h.rush()
	messages, took := 0, make([]time.Duration, 0, len(h.answers))
	for _, s := range h.sent {
		if s < to {
			messages++
		}
	}
	for _, a := range h.answers {
		took = append(took, h.slow(a.took))
	}
	slices.Sort(took)
	_, last := h.between(0, h.over)
	line("| promise | wanted | found | |")
	line("| --- | --- | --- | --- |")
	for _, p := range promises {
		said := "kept"
		if !p.kept {
			said = "**broken**"
		}
		line("| %s | %s | %s | %s |", p.what, p.wanted, p.found, said)
	}
	line("")
	line("| what | how much |")
	line("| --- | --- |")
	line("| people, officers, notices waiting at the start | %d, %d, %d |", h.people, len(h.officers), h.atStart)
	line("| answers to people who file | %d |", len(h.answers))
	line("| messages and edits for each filing, while answers wait | %.1f |", float64(messages)/float64(max(h.filed, 1)))
	line("| waiting for an answer: median, 90 %%, slowest | %s, %s, %s |", whole(quantile(took, 50)), whole(quantile(took, 90)), whole(quantile(took, 100)))
	line("| answers wait from, and until, in the hour | %s, %s |", whole(h.slow(from)), whole(h.slow(to)))
	line("| last case filed, last notice sent, in the hour | %s, %s |", whole(h.slow(h.lastFiled)), whole(h.slow(h.over)))
	line("| answers made needless by a later one | %.0f |", last.merged)
	line("| calls that Telegram refused as too many | %.0f of %.0f |", last.refused, last.calls)
	line("| cases that officers took, accepted and asked about | %d |", h.worked)
	line("| CPU of the bot | %.1f s of %.0f s |", h.cpu.Seconds(), h.over.Seconds())
	line("")
	line("| minute | answers asked for | median | 90 %% | slowest | messages sent, of %d | chats waiting | end foreseen | notices waiting |", h.rate*60)
	line("| --: | --: | --: | --: | --: | --: | --: | --: | --: |")
	for i, m := range h.minutes() {
		if i%5 != 0 {
			continue
		}
		end := ""
		if m.foreseen > 0 {
			end = fmt.Sprintf("minute %.0f", m.foreseen.Minutes())
		}
		line("| %d | %d | %s | %s | %s | %d | %d | %s | %.0f |", i, len(m.answers), whole(m.median), whole(m.p90), whole(m.worst), m.sent, m.waiting, end, m.notices)
	}
	if _, err := io.WriteString(out, "\n"+t.String()); err != nil {
		return err
	}
	if h.picture != "" {
		svg, err := h.draw()
		if err != nil {
			return err
		}
		if err := os.WriteFile(h.picture, svg, 0o644); err != nil {
			return err
		}
	}
	if h.page == "" {
		return nil
	}
	raw, err := os.ReadFile(h.page)
	if err != nil {
		return err
	}
	head, rest, ok := bytes.Cut(raw, []byte(beginMark))
	_, tail, closed := bytes.Cut(rest, []byte(endMark))
	if !ok || !closed {
		return fmt.Errorf("%s lacks its marks", h.page)
	}
	return os.WriteFile(h.page, []byte(string(head)+beginMark+"\n"+t.String()+"\n"+endMark+string(tail)), 0o644)
}

func whole(d time.Duration) string {
	if d < 2*time.Minute {
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Second).String(), "m0s")
}

// draw makes three charts of the hour, one under the other.
func (h *hour) draw() ([]byte, error) {
	all := h.minutes()
	to := h.ended()
	var labels []string
	line := func(f func(minute) float64) (v []float64) {
		for _, m := range all {
			v = append(v, f(m))
		}
		return v
	}
	for i := range all {
		labels = append(labels, fmt.Sprint(i))
	}
	unless := func(v float64) float64 {
		if v == 0 {
			return charts.GetNullValue()
		}
		return v
	}
	const wide, high = 1000, 330
	canvas := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: wide, Height: 3 * high, Theme: charts.GetTheme(charts.ThemeLight)})
	for i, c := range []struct {
		title string
		names []string
		lines [][]float64
	}{
		{"How long answers took that were asked for in a minute of the hour (seconds)", []string{"median", "90 %", "slowest"}, [][]float64{
			line(func(m minute) float64 { return m.median.Seconds() }),
			line(func(m minute) float64 { return m.p90.Seconds() }),
			line(func(m minute) float64 { return m.worst.Seconds() }),
		}},
		{"Messages a second: sent, and allowed", []string{"sent", "allowed"}, [][]float64{
			line(func(m minute) float64 { return float64(m.sent) / 60 }),
			line(func(minute) float64 { return float64(h.rate) }),
		}},
		{"When nobody will wait any more, as foreseen, and as it was; how long the oldest notice waits (minutes)", []string{"foreseen end", "end", "oldest notice"}, [][]float64{
			line(func(m minute) float64 { return unless(m.foreseen.Minutes()) }),
			line(func(minute) float64 { return h.slow(to).Minutes() }),
			line(func(m minute) float64 { return m.oldest.Minutes() }),
		}},
	} {
		opt := charts.NewLineChartOptionWithData(c.lines)
		opt.Title.Text = c.title
		opt.Title.FontStyle = charts.NewFontStyleWithSize(13)
		opt.Legend.SeriesNames = c.names
		opt.Legend.Offset = charts.OffsetStr{Left: charts.PositionRight}
		opt.XAxis.Labels, opt.XAxis.LabelCount = labels, 15
		opt.Symbol = charts.Symbol{Shape: charts.SymbolNone}
		floor := 0.0
		opt.YAxis = []charts.YAxisOption{{Min: &floor}}
		on := canvas.Child(charts.PainterBoxOption(charts.NewBox(0, i*high, wide, (i+1)*high)))
		if err := on.LineChart(opt); err != nil {
			return nil, fmt.Errorf("draw the hour: %w", err)
		}
	}
	return canvas.Bytes()
}
