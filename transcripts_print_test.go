package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/sim"
)

// print writes what changed on every phone.
func (s *stage) print() {
	for _, p := range cast {
		phone := s.house.telegram.Phone(p.ID)
		var b strings.Builder
		here := map[int]bool{}
		var came []string
		for _, m := range phone.Messages() {
			here[m.ID] = true
			if m.From == "me" {
				s.seen[p.Username][m.ID] = ""
				continue
			}
			now := s.shown(p.Username, m)
			for _, row := range m.Buttons {
				for _, b := range row {
					s.gone[p.Username] = append(s.gone[p.Username], pressed{m.ID, s.names.replace(b.Text), b.Data})
				}
			}
			before, known := s.seen[p.Username][m.ID]
			switch {
			case !known:
				came = append(came, prefix("<", now))
			case before != now:
				came = append(came, prefix("<~", now))
			}
			s.seen[p.Username][m.ID] = now
		}
		b.WriteString(strings.Join(inOrder(came), ""))
		for _, id := range slices.Sorted(maps.Keys(s.seen[p.Username])) {
			if before := s.seen[p.Username][id]; !here[id] {
				what := "(her own message is gone)"
				if before != "" {
					first, _, _ := strings.Cut(before, "\n")
					what = "(gone) " + first
				}
				b.WriteString("<- " + what + "\n")
				delete(s.seen[p.Username], id)
			}
		}
		answers := phone.Answers()
		for _, a := range answers[s.said[p.Username]:] {
			if a.Text == "" {
				continue
			}
			if wrong := unfinished(a.Text); wrong != "" {
				s.t.Errorf("a press is answered with %q", a.Text)
			}
			sign := "<? "
			if a.Alert {
				sign = "<! "
			}
			b.WriteString(sign + s.names.replace(a.Text) + "\n")
		}
		s.said[p.Username] = len(answers)
		if b.Len() > 0 {
			if phone != s.phone {
				s.out.WriteString("-- " + p.Username + "\n")
			}
			s.out.WriteString(b.String())
		}
	}
}

// inOrder puts messages in a row that begin alike in an order of their own: notices about several cases come as they come.
func inOrder(came []string) []string {
	first := func(m string) string { line, _, _ := strings.Cut(m, "\n"); return line }
	for i := 0; i < len(came); {
		j := i + 1
		for j < len(came) && first(came[j]) == first(came[i]) {
			j++
		}
		slices.Sort(came[i:j])
		i = j
	}
	return came
}

// unfinished gives a message key or a template where words should stand, or "".
func unfinished(s string) string {
	// Looking for a dot is cheap, and few texts have one before a letter.
	for dot := strings.IndexByte(s, '.'); dot >= 0 && dot+1 < len(s); {
		if next := s[dot+1]; next == '_' || next == '.' || 'a' <= next && next <= 'z' {
			if key := messageKey.FindString(s); key != "" {
				return key
			}
			break
		}
		more := strings.IndexByte(s[dot+1:], '.')
		if more < 0 {
			break
		}
		dot += 1 + more
	}
	for _, left := range []string{"<no value>", "%!"} {
		if strings.Contains(s, left) {
			return left
		}
	}
	return ""
}

var messageKey = regexp.MustCompile(`(?m)^(note|kept|digest|together|intake|joint|join|desk|desk_[a-z]+|reception|error|complaint|add|answer|rate|withdraw|prompt|way|word|notice|status|event|clock|command|option|code)\.[a-z_.]+`)

var grown = regexp.MustCompile(`\{(long|lines) (\d+)\}`)

// grow makes the long texts that a script names by their size. They are numbered, so that a lost piece would show.
func grow(words string) string {
	return grown.ReplaceAllStringFunc(words, func(m string) string {
		parts := grown.FindStringSubmatch(m)
		n, _ := strconv.Atoi(parts[2])
		var b strings.Builder
		if parts[1] == "lines" {
			for i := range n {
				fmt.Fprintf(&b, "line %d\n", i+1)
			}
			return strings.TrimRight(b.String(), "\n")
		}
		for i := 1; b.Len() < n; i++ {
			fmt.Fprintf(&b, "word%d ", i)
		}
		return b.String()[:n]
	})
}

// shrink writes long texts by their beginning, end and size.
func shrink(text string) string {
	lines := strings.Split(text, "\n")
	if n := len(lines); n > 100 {
		lines = append(append(lines[:3:3], fmt.Sprintf("(… %d lines in all …)", n)), lines[n-2:]...)
	}
	for i, l := range lines {
		if r := []rune(l); len(r) > 300 {
			lines[i] = fmt.Sprintf("%s (… %d characters in all …) %s", string(r[:40]), len(r), string(r[len(r)-20:]))
		}
	}
	return strings.Join(lines, "\n")
}

func prefix(sign, message string) string {
	lines := strings.Split(message, "\n")
	for i, l := range lines {
		if i == 0 {
			lines[i] = sign + " " + l
		} else {
			lines[i] = "  " + l
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), " ") + "\n"
}

// shown is a message as it was printed, unless it has changed since.
func (s *stage) shown(phone string, m sim.Message) string {
	key := printedKey{phone, m.ID}
	c, ok := s.printed[key]
	if !ok || c.text != m.Text || c.caption != m.Caption || !slices.EqualFunc(c.buttons, m.Buttons, slices.Equal) {
		c = printed{m.Text, m.Caption, m.Buttons, s.message(m)}
		s.printed[key] = c
	}
	return c.words
}

type printedKey struct {
	phone string
	id    int
}

// printed is a message and how it was written down.
type printed struct {
	text, caption string
	buttons       [][]sim.Button
	words         string
}

// arrivals of notices, as they stand behind an event on an officer's card, in both languages.
var arrival = regexp.MustCompile(`(?m)^(.+) – (?:on its way to the reporter|reached the reporter|goes out tomorrow at a drawn hour|` +
	`the reporter was told that there is news|not delivered: the reporter blocked the chat|正在送达反映人|已送达反映人|` +
	`明天随机的时间送出|已告知反映人有新消息|没有送到：反映人屏蔽了对话)$`)

// titled finds the case that a card is about.
var titled = regexp.MustCompile(`\{case \d+\}`)

// arrivals leaves open where a notice is on a card that came in the same breath as its event: it may be on its way or
// there. Everything has settled by the next line of the script, and what a card then says is written down.
func (s *stage) arrivals(message string) string {
	if !strings.Contains(message, " – ") {
		return message
	}
	title := titled.FindString(message)
	return arrival.ReplaceAllStringFunc(message, func(line string) string {
		event := arrival.FindStringSubmatch(line)[1]
		key := title + "\n" + event
		if first, ok := s.events[key]; ok && first < s.line {
			return line
		}
		s.events[key] = s.line
		return event + " – {on its way or there}"
	})
}

func (s *stage) message(m sim.Message) string {
	text := m.Text
	if m.Media != nil {
		text = "(" + m.Media.Kind + " " + m.Media.Name + ") " + m.Caption
	}
	if wrong := unfinished(text); wrong != "" {
		s.t.Errorf("a message shows %q:\n%s", wrong, text)
	}
	if m.Protected {
		text = "(protected) " + text
	}
	out := shrink(s.arrivals(s.names.replace(text)))
	for _, row := range m.Buttons {
		out += "\n|"
		for _, b := range row {
			if wrong := unfinished(b.Text); wrong != "" {
				s.t.Errorf("a button shows %q", wrong)
			}
			out += " [" + s.names.replace(b.Text) + "]"
		}
	}
	return out
}

// naming gives what is random or depends on the day a name that stays.
type naming struct {
	refs    map[string]string
	receipt string
	invite  string
	today   time.Time
	known   map[string]string // what was replaced before: a screen is written down again and again
}

func newNaming() *naming {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	now := time.Now().In(zone)
	return &naming{refs: map[string]string{}, known: map[string]string{}, today: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)}
}

var (
	refPattern     = regexp.MustCompile(`HY-[0-9A-Z]{4}-[0-9A-Z]{4}`)
	invitePattern  = regexp.MustCompile(`\?start=([A-Za-z0-9_-]{20,64})`)
	receiptPattern = regexp.MustCompile(`\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}-[0-9A-Z]\b`)
	dayZH          = regexp.MustCompile(`(\d{4})年(\d{1,2})月(\d{1,2})日`)
	dayEN          = regexp.MustCompile(`(\d{1,2}) (January|February|March|April|May|June|July|August|September|October|November|December) (\d{4})`)
	weekday        = regexp.MustCompile(`\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|周[一二三四五六日]`)
	dayISO         = regexp.MustCompile(`\b20\d\d-\d\d-\d\d\b`) // in names of files
	weekdayZH      = regexp.MustCompile(`（星期[一二三四五六日]）`)
	weekdayEN      = regexp.MustCompile(`\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day `)
	clockTime      = regexp.MustCompile(`\b([01]\d|2[0-3]):[0-5]\d\b`)
)

func (n *naming) replace(s string) string {
	named, ok := n.known[s]
	if !ok {
		named = n.name(s)
		n.known[s] = named
	}
	return named
}

func (n *naming) name(s string) string {
	if m := invitePattern.FindStringSubmatch(s); m != nil {
		n.invite = m[1]
		s = invitePattern.ReplaceAllString(s, "?start={invite}")
	}
	s = receiptPattern.ReplaceAllStringFunc(s, func(r string) string {
		if r != "7K3M-9Q2X-4TBW-6HDN-5" { // the example in a text
			n.receipt = r
			return "{receipt}"
		}
		return r
	})
	s = refPattern.ReplaceAllStringFunc(s, func(r string) string {
		if r == "HY-7K3M-9Q2X" { // the example in a text
			return r
		}
		if _, ok := n.refs[r]; !ok {
			n.refs[r] = fmt.Sprintf("{case %d}", len(n.refs)+1)
		}
		return n.refs[r]
	})
	s = weekdayEN.ReplaceAllString(weekdayZH.ReplaceAllString(s, ""), "") // which one depends on the day of the test
	if !strings.ContainsAny(s, "0123456789") {                            // most labels: nothing that has a number in it needs to be looked for
		return codeKey.ReplaceAllString(weekday.ReplaceAllString(s, "{weekday}"), "{key}")
	}
	s = dayZH.ReplaceAllStringFunc(s, func(d string) string {
		t, err := time.ParseInLocation("2006年1月2日", d, n.today.Location())
		return n.day(d, t, err)
	})
	s = dayEN.ReplaceAllStringFunc(s, func(d string) string {
		t, err := time.ParseInLocation("2 January 2006", d, n.today.Location())
		return n.day(d, t, err)
	})
	s = weekday.ReplaceAllString(s, "{weekday}")
	s = dayISO.ReplaceAllStringFunc(s, func(d string) string {
		t, err := time.ParseInLocation(time.DateOnly, d, n.today.Location())
		return n.day(d, t, err)
	})
	return codeKey.ReplaceAllString(clockTime.ReplaceAllString(s, "{time}"), "{key}")
}

// day names dates by their distance from today; those long past are what people typed and stay.
func (n *naming) day(d string, t time.Time, err error) string {
	days := int(t.Sub(n.today).Hours() / 24)
	if err != nil || days < -7 {
		return d
	}
	return fmt.Sprintf("{day %+d}", days)
}

// expand puts a case's real reference where a script says {case 1}.
func (n *naming) expand(s string) string {
	for ref, name := range n.refs {
		s = strings.ReplaceAll(s, name, ref)
	}
	if n.receipt != "" {
		s = strings.ReplaceAll(s, "{receipt}", n.receipt)
	}
	return s
}
