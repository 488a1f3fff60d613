package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-analyze/charts"
)

// dashboard is what is read of Grafana's file.
type dashboard struct {
	Panels []panel
}

type panel struct {
	Type, Title string
	FieldConfig struct{ Defaults struct{ Unit string } }
	Targets     []struct{ Expr, LegendFormat string }
}

func readDashboard(file string) (dashboard, error) {
	var d dashboard
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	return d, err
}

const (
	across, wide, high, headline = 3, 460, 230, 34
	points                       = 90
)

// draw asks for every panel and puts them side by side, as the dashboard has them. empty are the titles of those of which
// nothing is known.
func draw(ctx context.Context, d dashboard, watcher string, from, to time.Time) (picture []byte, empty []string, err error) {
	down := func(place func(p panel, x, y int) error) (height int, err error) {
		x, y := 0, 0
		for _, p := range d.Panels {
			if p.Type == "row" {
				if x > 0 {
					y += high
				}
				err = place(p, 0, y)
				x, y = 0, y+headline
			} else {
				err = place(p, x*wide, y)
				if x++; x == across {
					x, y = 0, y+high
				}
			}
			if err != nil {
				return 0, err
			}
		}
		if x > 0 {
			y += high
		}
		return y, nil
	}
	height, err := down(func(panel, int, int) error { return nil })
	if err != nil {
		return nil, nil, err
	}
	canvas := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: across * wide, Height: height, Theme: charts.GetTheme(charts.ThemeLight)})
	_, err = down(func(p panel, x, y int) error {
		if p.Type == "row" {
			canvas.Text(p.Title, x+14, y+24, 0, charts.NewFontStyleWithSize(16).WithColor(charts.ColorBlack))
			return nil
		}
		names, values, err := p.ask(ctx, watcher, from, to)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Title, err)
		}
		if len(values) == 0 {
			empty = append(empty, p.Title)
		}
		names, values = foremost(names, values)
		return p.draw(canvas.Child(charts.PainterBoxOption(charts.NewBox(x, y, x+wide, y+high))), names, values, from, to)
	})
	if err != nil {
		return nil, nil, err
	}
	picture, err = canvas.Bytes()
	return picture, empty, err
}

func (p panel) draw(on *charts.Painter, names []string, values [][]float64, from, to time.Time) error {
	if len(values) == 0 {
		names, values = []string{"none"}, [][]float64{make([]float64, points)}
	}
	opt := charts.NewLineChartOptionWithData(values)
	opt.Padding = charts.NewBox(14, 10, 18, 6)
	opt.Title.Text = p.Title
	opt.Title.FontStyle = charts.NewFontStyleWithSize(11).WithColor(charts.ColorBlack)
	opt.Legend.SeriesNames = names
	opt.Legend.FontStyle = charts.NewFontStyleWithSize(7)
	opt.Legend.Offset = charts.OffsetStr{Left: charts.PositionLeft, Top: charts.PositionBottom}
	opt.Symbol = charts.Symbol{Shape: charts.SymbolNone}
	opt.LineStrokeWidth = 1.4
	opt.XAxis.Labels = nil
	for i := range points {
		opt.XAxis.Labels = append(opt.XAxis.Labels, fmt.Sprintf("%.0fs", to.Sub(from).Seconds()*float64(i)/(points-1)))
	}
	opt.XAxis.LabelCount, opt.XAxis.LabelFontStyle = 6, charts.NewFontStyleWithSize(7)
	floor, ceiling := 0.0, 1.0
	if most := highest(values); most > 0 {
		ceiling = most * 1.15
	}
	opt.YAxis = []charts.YAxisOption{{Min: &floor, Max: &ceiling, LabelCount: 5, LabelFontStyle: charts.NewFontStyleWithSize(7)}}
	opt.ValueFormatter = func(v float64) string { return inUnits(v, p.FieldConfig.Defaults.Unit) }
	return on.LineChart(opt)
}

// foremost leaves out lines that are zero throughout where there are others, and all but the highest: a legend on paper
// cannot be folded.
func foremost(names []string, values [][]float64) ([]string, [][]float64) {
	const most = 7
	tops := make([]float64, len(values))
	order := make([]int, len(values))
	for i := range values {
		tops[i] = highest(values[i : i+1])
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(tops[b], tops[a]) })
	var keptNames []string
	var kept [][]float64
	for _, i := range order[:min(len(order), most)] {
		if tops[i] > 0 || len(kept) == 0 {
			keptNames, kept = append(keptNames, names[i]), append(kept, values[i])
		}
	}
	return keptNames, kept
}

// highest is the highest value of some lines, 0 where there is none.
func highest(lines [][]float64) (most float64) {
	for _, line := range lines {
		for _, v := range line {
			if v != charts.GetNullValue() {
				most = max(most, v)
			}
		}
	}
	return most
}

// inUnits writes a value as Grafana would, about.
func inUnits(v float64, unit string) string {
	short := func(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }
	switch unit {
	case "s":
		if math.Abs(v) < 1 && v != 0 {
			return short(v*1000) + " ms"
		}
		return short(v) + " s"
	case "ops":
		return short(v) + "/s"
	case "percentunit":
		return short(v*100) + " %"
	case "bytes":
		return short(v/(1<<20)) + " MiB"
	}
	return short(v)
}

// answer is what Prometheus says to a question about a range.
type answer struct {
	Status, Error string
	Data          struct {
		Result []struct {
			Metric map[string]string
			Values [][2]any // seconds, and the value as text
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// ask gives the lines of a panel with their names, each at the same points in time.
func (p panel) ask(ctx context.Context, watcher string, from, to time.Time) (names []string, values [][]float64, err error) {
	step := to.Sub(from) / (points - 1)
	for _, t := range p.Targets {
		q := url.Values{
			"query": {strings.ReplaceAll(t.Expr, "$__rate_interval", "20s")}, "step": {strconv.FormatFloat(step.Seconds(), 'f', 3, 64)},
			"start": {strconv.FormatFloat(float64(from.UnixMilli())/1000, 'f', 3, 64)}, "end": {strconv.FormatFloat(float64(to.UnixMilli())/1000, 'f', 3, 64)},
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, watcher+"/api/v1/query_range?"+q.Encode(), nil)
		if err != nil {
			return nil, nil, err
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, nil, err
		}
		var a answer
		err = json.NewDecoder(got.Body).Decode(&a)
		_ = got.Body.Close() // read to its end
		if err != nil || a.Status != "success" {
			return nil, nil, fmt.Errorf("%s: %s %w", t.Expr, a.Error, err)
		}
		for _, series := range a.Data.Result {
			line := make([]float64, points)
			for i := range line {
				line[i] = charts.GetNullValue()
			}
			known := false
			for _, v := range series.Values {
				at, _ := v[0].(float64)
				text, _ := v[1].(string)
				n, err := strconv.ParseFloat(text, 64)
				i := int(math.Round((at - float64(from.UnixMilli())/1000) / step.Seconds()))
				if err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) && i >= 0 && i < points {
					line[i], known = n, true
				}
			}
			if !known {
				continue
			}
			values = append(values, line)
			names = append(names, strings.TrimSpace(placeholder.ReplaceAllStringFunc(t.LegendFormat, func(s string) string {
				return series.Metric[placeholder.FindStringSubmatch(s)[1]]
			})))
		}
	}
	return names, values, nil
}
