package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-analyze/charts"
)

// preface is what stands above the tables of the page.
const preface = `# A year of an office

` + "`make year`" + ` lets a company live through a year in fake time, through the real store and a real Postgres: 3 departments with
an officer or two who forget things, absences, holidays with their shifted working days, missed dates, panels, extensions,
second looks and final reviews. Then every stored case is held against the promises: it has an end or a next date and
somebody's hands or a queue; whoever waited longer than promised was told so first and given a new date; every reminder came
once; the events make the case. One wrong ends the run with an error.

![week by week](%[1]s)

%[2]s`

func cutCode(code string) (clock, whom string) {
	clock, whom, _ = strings.Cut(code, ".")
	return clock, whom
}

// tell prints what the year was like and draws it.
func (y *year) tell(ctx context.Context, out io.Writer, o options, took time.Duration) error {
	var page strings.Builder
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(&page, format+"\n", args...) // a builder takes everything
	}
	say("| what | how many |")
	say("|---|---|")
	say("| employees, days | %d, %d |", o.people, o.days)
	say("| cases filed | %d |", y.filed.Load())
	say("| acts of people | %d |", y.acts.Load())
	say("| acts of time | %d |", y.ticks.Load())
	say("| took | %s |", took.Round(100*time.Millisecond))
	say("")
	for _, table := range []struct{ title, sql string }{
		{"status at the end", "SELECT status, count(*) FROM cases GROUP BY 1 ORDER BY 2 DESC, 1"},
		{"what happened", "SELECT kind, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC, 1"},
		{"missed dates, by reason", "SELECT more->>'reason', count(*) FROM events WHERE kind = 'missed' GROUP BY 1 ORDER BY 2 DESC, 1"},
	} {
		rows, err := y.db.Query(ctx, table.sql)
		if err != nil {
			return err
		}
		say("| %s | |\n|---|---|", table.title)
		for rows.Next() {
			var what string
			var n int
			if err := rows.Scan(&what, &n); err != nil {
				return err
			}
			say("| %s | %d |", what, n)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		say("")
	}
	if _, err := io.WriteString(out, page.String()); err != nil {
		return err
	}
	if o.page != "" {
		text := fmt.Sprintf(preface, strings.TrimPrefix(o.picture, "docs/"), page.String())
		if err := os.WriteFile(o.page, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if o.picture == "" {
		return nil
	}
	svg, err := y.draw()
	if err != nil {
		return err
	}
	return os.WriteFile(o.picture, svg, 0o644)
}

// draw makes one chart of the weeks.
func (y *year) draw() ([]byte, error) {
	names := []string{"open", "nobody's yet", "filed", "answered", "missed dates"}
	values := make([][]float64, len(names))
	var weeks []string
	for _, w := range y.weekly {
		weeks = append(weeks, w.ends.Format("2 Jan"))
		for i, v := range []int{w.open, w.queue, w.filed, w.answered, w.missed} {
			values[i] = append(values[i], float64(v))
		}
	}
	opt := charts.NewLineChartOptionWithData(values)
	opt.Title.Text = "A year of an office, week by week"
	opt.Legend.SeriesNames = slices.Clone(names)
	opt.Legend.Offset = charts.OffsetStr{Left: charts.PositionRight}
	opt.XAxis.Labels = weeks
	opt.Symbol = charts.Symbol{Shape: charts.SymbolNone}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: 1000, Height: 500})
	if err := p.LineChart(opt); err != nil {
		return nil, fmt.Errorf("draw the year: %w", err)
	}
	return p.Bytes()
}
