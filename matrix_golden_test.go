package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/sim"
)

// golden collects what the bot answers and folds equal answers of several people and situations into one entry.
type golden struct {
	mu      sync.Mutex
	entries map[string][]entry // file → in the order in which they came
	// people and places are all there are, in the order in which an entry names them.
	people, places []string
	first          string // language, in which every cell is tried
}

// entry is one cell: who asked, about a case in which situation ("" for none), and what came.
type entry struct{ command, who, place, answer string }

// add writes a cell down. In another language than the first it stands for all that were answered alike in the first.
func (g *golden) add(command, lang string, e entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	file := command + "." + lang
	if lang == g.first {
		g.entries[file] = append(g.entries[file], e)
		return
	}
	for _, like := range g.alike(command, e) {
		like.answer = e.answer
		g.entries[file] = append(g.entries[file], like)
	}
}

// alike are the cells that were answered like one in the first language, that one among them.
func (g *golden) alike(command string, e entry) (out []entry) {
	all := g.entries[command+"."+g.first]
	i := slices.IndexFunc(all, func(o entry) bool { return o.command == e.command && o.who == e.who && o.place == e.place })
	if i < 0 {
		return []entry{e}
	}
	for _, o := range all {
		if o.command == e.command && o.answer == all[i].answer {
			out = append(out, o)
		}
	}
	return out
}

// asks says whether a cell is to be tried in a language: all are in the first, and in others the first of those that were
// answered alike. Which language is spoken decides nothing but the words.
func (g *golden) asks(command, lang string, e entry) bool {
	if lang == g.first {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at := func(e entry) []int { return []int{slices.Index(g.people, e.who), slices.Index(g.places, e.place)} }
	for _, like := range g.alike(command, e) {
		if slices.Compare(at(like), at(e)) < 0 {
			return false
		}
	}
	return true
}

// matrixSigns stand at the head of every file.
const matrixSigns = `# What the bot answers when somebody types a command. Written by the test (go test . -run TestMatrix -update), to be read by people.
# "> what is typed", then who typed it and in which situations the case is, "< what the bot says", "| [its buttons]".
# {waiting} is the case that waits for its reporter, and so on. (the card), (the desk), (home) is what these show by themselves; where
# they differ, "+" is a line more and "-" a line less. In the house's own language everybody is asked about everything; in others the
# first of each entry stands for it.
`

// write gives a file as it is to be read.
func (g *golden) write(file string) string {
	type answer struct {
		text   string
		places map[string][]string // who → situations
	}
	var b strings.Builder
	b.WriteString(matrixSigns)
	var commands []string
	byCommand := map[string][]*answer{}
	for _, e := range g.entries[file] {
		list, known := byCommand[e.command]
		if !known {
			commands = append(commands, e.command)
		}
		i := slices.IndexFunc(list, func(a *answer) bool { return a.text == e.answer })
		if i < 0 {
			list, i = append(list, &answer{e.answer, map[string][]string{}}), len(list)
		}
		list[i].places[e.who] = append(list[i].places[e.who], e.place)
		byCommand[e.command] = list
	}
	slices.Sort(commands)
	for _, c := range commands {
		list := byCommand[c]
		slices.SortStableFunc(list, func(a, b *answer) int { return cmpRank(g.rank(a.places), g.rank(b.places)) })
		fmt.Fprintf(&b, "\n> %s\n", c)
		for _, a := range list {
			fmt.Fprintf(&b, "\n%s\n%s", g.heading(a.places), a.text)
		}
	}
	return b.String()
}

func cmpRank(a, b [2]int) int { return slices.Compare(a[:], b[:]) }

// rank orders entries by the first who and the first situation.
func (g *golden) rank(places map[string][]string) [2]int {
	best := [2]int{len(g.people), len(g.places)}
	for who, list := range places {
		for _, p := range list {
			if at := [2]int{slices.Index(g.people, who), slices.Index(g.places, p)}; cmpRank(at, best) < 0 {
				best = at
			}
		}
	}
	return best
}

// heading says of whom and where an entry tells: "owner, lead: received, waiting; admin: everywhere".
func (g *golden) heading(places map[string][]string) string {
	var order []string
	people := map[string][]string{}
	for _, who := range g.people {
		if len(places[who]) == 0 {
			continue
		}
		list := slices.Clone(places[who])
		slices.SortFunc(list, func(a, b string) int { return slices.Index(g.places, a) - slices.Index(g.places, b) })
		where := strings.Join(list, ", ")
		switch missing := slices.DeleteFunc(slices.Clone(g.places), func(p string) bool { return p == "" || slices.Contains(list, p) }); {
		case where == "" || len(list) == 1:
		case len(missing) == 0:
			where = "everywhere"
		case len(missing) < len(list)/2:
			where = "everywhere but " + strings.Join(missing, ", ")
		}
		if len(people[where]) == 0 {
			order = append(order, where)
		}
		people[where] = append(people[where], who)
	}
	var parts []string
	for _, where := range order {
		part := strings.Join(people[where], ", ")
		if where != "" {
			part += ": " + where
		}
		parts = append(parts, part)
	}
	return "== " + strings.Join(parts, "; ")
}

// check compares all files with what they were, or writes them.
func (g *golden) check(t *testing.T, dir string) {
	t.Helper()
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	names := slices.Sorted(maps.Keys(g.entries))
	for _, name := range names {
		file, got := filepath.Join(dir, name+".txt"), g.write(name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v: run the test with -update, and read what it writes", err)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s: the bot answers something else (-want +got):\n%s", file, diff)
		}
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(old) != len(names) {
		t.Errorf("%s holds %d files, and there are %d: run the test with -update", dir, len(old), len(names))
	}
}

var digitsOnly = regexp.MustCompile(`\d+`)

// daysLeft are fewer when a test runs over midnight.
var daysLeft = regexp.MustCompile(`\(in \d+ days?\)|（还有 \d+ 天）`)

var anyDayZH = regexp.MustCompile(`\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}月\d{1,2}日`)

// plain names what differs from run to run: references by the situation of their case, days, times, receipts, links, keys.
func (m *matrixHouse) plain(s string) string {
	m.mu.Lock()
	s = refPattern.ReplaceAllStringFunc(s, func(ref string) string {
		if name, ok := m.names[ref]; ok {
			return "{" + name + "}"
		}
		return ref
	})
	m.mu.Unlock()
	s = invitePattern.ReplaceAllString(s, "?start={invite}")
	s = receiptPattern.ReplaceAllStringFunc(s, func(r string) string {
		if r == "7K3M-9Q2X-4TBW-6HDN-5" { // the example in a text
			return r
		}
		return "{receipt}"
	})
	s = weekdayEN.ReplaceAllString(weekdayZH.ReplaceAllString(s, ""), "")
	s = daysLeft.ReplaceAllStringFunc(s, func(d string) string { return digitsOnly.ReplaceAllString(d, "{n}") })
	s = dayEN.ReplaceAllString(anyDayZH.ReplaceAllString(s, "{day}"), "{day}")
	s = dayISO.ReplaceAllString(weekday.ReplaceAllString(s, "{weekday}"), "{day}")
	return codeKey.ReplaceAllString(clockTime.ReplaceAllString(s, "{time}"), "{key}")
}

// written is a message as the files show it, line by line.
func (m *matrixHouse) written(msg sim.Message) []string {
	text := msg.Text
	if msg.Media != nil {
		text = "(" + msg.Media.Kind + " " + msg.Media.Name + ") " + msg.Caption
	}
	if msg.Protected {
		text = "(protected) " + text
	}
	lines := strings.Split(m.plain(text), "\n")
	for _, row := range msg.Buttons {
		line := "|"
		for _, b := range row {
			line += " [" + m.plain(b.Text) + "]"
		}
		lines = append(lines, line)
	}
	return lines
}

// about writes {case} for the case that a message is about.
func about(place string, lines []string) []string {
	if place == "" {
		return lines
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.ReplaceAll(l, "{"+place+"}", "{case}")
	}
	return out
}

// page is a message that many answers consist of: it is written out once and named afterwards.
type page struct {
	name  string
	lines []string
}

// told writes down what was heard about the case that is in a situation, "" for none. Pages are known ones, the more likely
// first.
func (m *matrixHouse) told(h heard, place string, pages ...page) string {
	var b strings.Builder
	for _, a := range h.answers {
		sign := "<?"
		if a.Alert {
			sign = "<!"
		}
		b.WriteString(prefix(sign, m.plain(a.Text)))
	}
	for _, msg := range h.messages {
		lines := about(place, m.written(msg))
		for _, p := range pages {
			if short, ok := p.within(lines); ok {
				lines = short
				break
			}
		}
		b.WriteString(prefix("<", strings.Join(lines, "\n")))
	}
	if b.Len() == 0 {
		return "< (nothing)\n"
	}
	return b.String()
}

// within says a message by what it has more and less than a page; ok is false when it is another message. The first line of
// a page says which it is.
func (p page) within(lines []string) (short []string, ok bool) {
	if len(p.lines) == 0 {
		return nil, false
	}
	more, less := unlike(lines, p.lines)
	if slices.Contains(less, p.lines[0]) || len(less) > len(p.lines)/2 || len(more) > len(p.lines)*2/3 {
		return nil, false
	}
	short = []string{"(" + p.name + ")"}
	for _, l := range more {
		short = append(short, "+ "+l)
	}
	for _, l := range less {
		short = append(short, "- "+l)
	}
	return short, true
}

// unlike gives the lines of a that b has not, and those of b that a has not; empty ones do not count.
func unlike(a, b []string) (more, less []string) {
	count := map[string]int{}
	for _, l := range b {
		count[l]++
	}
	for _, l := range a {
		if count[l] > 0 {
			count[l]--
		} else if l != "" {
			more = append(more, l)
		}
	}
	for _, l := range b {
		if count[l] > 0 && l != "" {
			count[l]--
			less = append(less, l)
		}
	}
	return more, less
}
