package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"huiyin/bench/crowd"
)

// row is one round, as a record keeps it.
type row struct {
	Seed     uint64        `json:"seed"`
	Faults   []string      `json:"faults"`
	Times    int           `json:"times"` // rounds, in a sum of several
	Took     time.Duration `json:"took"`
	People   int           `json:"people"`
	Officers int           `json:"officers"`
	Cases    int           `json:"cases"`
	Lost     int           `json:"lost"`
	Doubled  int           `json:"doubled"`
	Wrong    int           `json:"wrong"`
	Silence  time.Duration `json:"silence"`
	Failed   bool          `json:"failed,omitempty"`
}

// with adds another round.
func (r row) with(o row) row {
	r.Times, r.Took, r.People, r.Cases = r.Times+o.Times, r.Took+o.Took, r.People+o.People, r.Cases+o.Cases
	r.Lost, r.Doubled, r.Wrong = r.Lost+o.Lost, r.Doubled+o.Doubled, r.Wrong+o.Wrong
	r.Silence, r.Failed = max(r.Silence, o.Silence), r.Failed || o.Failed
	return r
}

// table prints rounds as they end, and keeps them.
type table struct {
	mu    sync.Mutex
	found bool // something, or a round failed
	o     options
	out   io.Writer
	tabs  *tabwriter.Writer
	rows  []row
	notes []string
}

var heads = []string{"took", "people", "cases", "lost", "doubled", "wrong", "longest silence"}

func newTable(out io.Writer, o options) *table {
	t := &table{o: o, out: out, tabs: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	t.line(append([]string{"fault"}, heads...)...)
	return t
}

// line prints cells under each other; the first is padded because a line is printed before the next is known.
func (t *table) line(cells ...string) {
	for i, c := range cells {
		width := 7
		if i == 0 {
			width = 44
		}
		_, _ = fmt.Fprintf(t.tabs, "%-*s\t", width, c) // a closed terminal has no use for an error
	}
	_, _ = fmt.Fprintln(t.tabs)
	_ = t.tabs.Flush()
}

func (t *table) say(format string, args ...any) { _, _ = fmt.Fprintf(t.out, "  "+format+"\n", args...) }

// add prints a round with all that was found and how it is run again, and adds it to the record.
func (t *table) add(one fault, seed uint64, took time.Duration, v *verdict, failed error) error {
	r := row{
		Seed: seed, Faults: strings.Split(one.name, " + "), Times: 1, Took: took, People: v.people, Officers: t.o.officers, Cases: v.cases,
		Lost: len(v.lost), Doubled: len(v.doubled), Wrong: len(v.wrong), Silence: v.silence, Failed: failed != nil,
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, r)
	t.found = t.found || failed != nil || !v.ok()
	name := one.name
	if t.o.mix > 0 {
		name = fmt.Sprintf("%d %s", seed, name)
	}
	t.line(append([]string{name}, r.cells()...)...)
	for _, found := range []struct {
		kind string
		list []string
	}{{"LOST", v.lost}, {"DOUBLED", v.doubled}, {"WRONG", v.wrong}} {
		for _, why := range found.list {
			t.say("%s %s", found.kind, why)
		}
	}
	if failed != nil {
		t.say("FAILED %v", failed)
	}
	if failed != nil || !v.ok() {
		how := fmt.Sprintf("-only '^%s$'", one.name)
		if t.o.mix > 0 {
			how = fmt.Sprintf("-for 1s -only '%s'", t.o.only)
		}
		t.say("again: make faults FAULTS=\"%s -seed %d -people %d -officers %d\"", how, seed, t.o.people, t.o.officers)
	}
	if t.o.record == "" {
		return nil
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("record a round: %w", err)
	}
	f, err := os.OpenFile(t.o.record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // holds nobody's words
	if err != nil {
		return fmt.Errorf("record a round: %w", err)
	}
	_, err = f.Write(append(raw, '\n'))
	return errors.Join(err, f.Close())
}

// kept says where a house's folder is.
func (t *table) kept(dir string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.say("a folder is kept: %s", dir)
}

// leftOut says that a fault was not run, and why.
func (t *table) leftOut(one fault, why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line(one.name, "left out: "+why.Error())
	t.notes = append(t.notes, fmt.Sprintf("Left out, because it was %v: %s.", why, one.name))
}

func (r row) cells() []string {
	return []string{
		r.Took.Round(100 * time.Millisecond).String(), fmt.Sprint(r.People), fmt.Sprint(r.Cases), fmt.Sprint(r.Lost), fmt.Sprint(r.Doubled),
		fmt.Sprint(r.Wrong), r.Silence.Round(100 * time.Millisecond).String(),
	}
}

// end prints the sum, and writes the page.
func (t *table) end() error {
	var sum row
	for _, r := range t.rows {
		sum = sum.with(r)
	}
	t.line(append([]string{fmt.Sprintf("all %d", sum.Times)}, sum.cells()...)...)
	if t.o.page == "" {
		return nil
	}
	if t.o.mix == 0 {
		place := map[string]int{}
		for n, one := range strikes(t.o.seed) {
			place[one.name] = n
		}
		slices.SortFunc(t.rows, func(a, b row) int { return cmp.Compare(place[a.Faults[0]], place[b.Faults[0]]) })
		return crowd.IntoPage(t.o.page, "faults", t.markdown(t.rows, false))
	}
	rows := t.rows
	if t.o.record != "" {
		var err error
		if rows, err = readRecord(t.o.record); err != nil {
			return err
		}
	}
	return crowd.IntoPage(t.o.page, "faults mixed", t.markdown(byFault(rows), true))
}

func readRecord(name string) ([]row, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	defer func() { _ = f.Close() }()
	var rows []row
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("read the record: %w", err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// byFault sums rounds up by fault, a pair under both of its faults, and all of them in the last row.
func byFault(rows []row) []row {
	sums := map[string]row{}
	var all row
	for _, r := range rows {
		all = all.with(r)
		for _, name := range r.Faults {
			one := sums[name].with(r)
			one.Faults = []string{name}
			sums[name] = one
		}
	}
	var out []row
	for _, r := range sums {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b row) int { return cmp.Compare(a.Faults[0], b.Faults[0]) })
	all.Faults = []string{"all"}
	return append(out, all)
}

// markdown is the table for a page. Of summed rows it tells the times, of single rounds how long each took.
func (t *table) markdown(rows []row, summed bool) string {
	head := slices.Clone(heads)
	if summed {
		head[0] = "times"
	}
	lines := []string{"| fault | " + strings.Join(head, " | ") + " |", "| --- |" + strings.Repeat(" --: |", len(head))}
	for _, r := range rows {
		cells := r.cells()
		if summed {
			cells[0] = fmt.Sprint(r.Times)
		}
		lines = append(lines, "| "+strings.Join(r.Faults, " + ")+" | "+strings.Join(cells, " | ")+" |")
	}
	if last := rows[len(rows)-1]; summed {
		lines = append(lines, "", fmt.Sprintf("%d rounds in %s.", last.Times, last.Took.Round(time.Minute)))
	}
	return strings.Join(append(append(lines, ""), t.notes...), "\n")
}
