package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"huiyin/bench/crowd"
	"huiyin/sim"
)

// whole says whether want stands in texts byte for byte: within one of them, or cut into several in their order, other
// texts between them allowed. Where a letter is cut into messages Telegram trims white space, and only there it may be
// missing. The error says how far the words agree and holds none of them.
func whole(want string, texts []string) error {
	furthest := 0
	for i, t := range texts {
		if t != "" && strings.Contains(t, want) {
			return nil
		}
		rest, found := want, false
		for _, t := range texts[i:] {
			next := rest
			if found {
				next = strings.TrimLeft(rest, " \n")
			}
			if t == "" || !strings.HasPrefix(next, t) {
				if !found {
					break // a letter begins with its first message
				}
				continue
			}
			rest, found = next[len(t):], true
			if strings.Trim(rest, " \n") == "" {
				return nil
			}
		}
		furthest = max(furthest, len(want)-len(rest))
	}
	return fmt.Errorf("the words agree for %d of %d bytes", furthest, len(want))
}

// inOrder says whether every piece is one of texts, byte for byte, in their order.
func inOrder(pieces, texts []string) error {
	for n, piece := range pieces {
		i := slices.Index(texts, piece)
		if i < 0 {
			return fmt.Errorf("message %d of %d is not there as it was sent", n+1, len(pieces))
		}
		texts = texts[i+1:]
	}
	return nil
}

// told gives the place in a chat where a case's letter stands whole: in a message that names the case, or, for letters
// that fill more than one, in messages after one that names it.
func told(want, ref string, texts []string) (int, error) {
	err := errors.New("no message names the case")
	for i, t := range texts {
		if !strings.Contains(t, ref) {
			continue
		}
		if strings.Contains(t, want) {
			return i, nil
		}
		if units(want) > messageLimit/2 { // shorter words travel in the message that names the case
			if err = whole(want, texts[i+1:]); err == nil {
				return i, nil
			}
		} else {
			err = fmt.Errorf("no message about the case holds the %d bytes", len(want))
		}
	}
	return -1, err
}

// doubled counts the messages about a case that came more than once: notices begin with its reference and an event's number.
func doubled(ref string, messages []sim.Message) error {
	seen := map[string]bool{}
	for _, m := range messages {
		if m.Edited || !strings.HasPrefix(m.Text, ref) {
			continue
		}
		if seen[m.Text] {
			return fmt.Errorf("message %d says what an earlier one said", m.ID)
		}
		seen[m.Text] = true
	}
	return nil
}

// finding is one check: how often it was made, and what failed.
type finding struct {
	name   string
	made   int
	failed []string
}

// check adds one outcome.
func (f *finding) check(err error, format string, args ...any) {
	f.made++
	if err != nil {
		f.failed = append(f.failed, fmt.Sprintf(format, args...)+": "+err.Error())
	}
}

// judge compares what was sent with what was read, on both sides, for every matter.
func judge(w *world) []*finding {
	filed := &finding{name: "every row became a case"}
	unique := &finding{name: "references are unique"}
	closed := &finding{name: "every case was worked to its end"}
	filing := &finding{name: "the officer reads the complaint whole"}
	respond := &finding{name: "the officer reads the answer whole"}
	reply := &finding{name: "the reporter reads the reply whole"}
	question := &finding{name: "the reporter reads the question whole"}
	closing := &finding{name: "the reporter reads the closing whole"}
	order := &finding{name: "letters come in the order they were written"}
	once := &finding{name: "no letter comes twice"}
	chats := map[*line][]string{}
	for _, m := range w.matters {
		at := func(f *finding, err error) { f.check(err, "row %d (%s, %s)", m.number, m.mode, m.ref) }
		at(filed, unless(m.ref != "", "no reference"))
		at(closed, unless(m.closed, "not closed"))
		at(unique, unless(!slices.Contains(w.ledger.twice, m.ref), "another row has it too"))
		if m.ref == "" {
			continue
		}
		if len(m.filing) > 1 {
			at(filing, inOrder(m.filing, m.sawFiling))
		} else {
			at(filing, whole(m.words, m.sawFiling))
		}
		if m.asked {
			at(respond, whole(m.respond, m.sawRespond))
		}
		if m.mode.Nameless() {
			at(reply, whole(m.sentReply(), m.sawReply))
			at(closing, whole(m.closing, m.sawClosing))
			if m.asked {
				at(question, whole(m.question, m.sawQuestion))
			}
			continue
		}
		texts, ok := chats[m.person.line]
		if !ok {
			texts = m.person.line.texts(0)
			chats[m.person.line] = texts
		}
		last, late := -1, error(nil)
		reads := func(f *finding, want string) {
			place, err := told(want, m.ref, texts)
			at(f, err)
			if err == nil && place < last {
				late = errors.New("a later letter came before this one: " + f.name)
			}
			last = max(last, place)
		}
		if m.asked {
			reads(question, m.question)
		}
		reads(reply, m.sentReply())
		reads(closing, m.closing)
		at(order, late)
		at(once, doubled(m.ref, m.person.line.since(0)))
	}
	return []*finding{filed, unique, closed, filing, respond, reply, question, closing, order, once}
}

func unless(ok bool, why string) error {
	if ok {
		return nil
	}
	return errors.New(why)
}

// complaints are the messages by which the bot tells that something went wrong.
var complaints = []string{"error.", "desk.worn", "desk.moved_on", "desk.lost.", "desk.not_as_it_stands", "note.form_closed", "note.already_answered", "note.not_understood", "note.too_"}

// grumbles finds such messages on every phone.
func grumbles(w *world) *finding {
	f := &finding{name: "no phone was told of an error"}
	said := map[string][]string{} // key → its fixed parts
	for _, lang := range w.config.Languages {
		for _, key := range w.config.Messages.Keys(lang) {
			if slices.ContainsFunc(complaints, func(p string) bool { return strings.HasPrefix(key, p) }) {
				if parts := crowd.Fixed(w.config.Messages.Label(lang, key)); len(parts) > 0 && key != "error.group_open" {
					said[lang+"/"+key] = parts
				}
			}
		}
	}
	for _, l := range w.lines {
		l.mu.Lock()
		alerts := slices.Clone(l.alerts)
		l.mu.Unlock()
		for _, text := range append(l.texts(0), alerts...) {
			f.made++
			for key, parts := range said {
				if holds(text, parts) {
					f.failed = append(f.failed, fmt.Sprintf("phone %d was told %s", l.phone.ID(), key))
				}
			}
		}
	}
	return f
}

// holds says whether parts stand in a text in their order, the first at the beginning of a line.
func holds(text string, parts []string) bool {
	rest := "\n" + text
	for i, p := range parts {
		if i == 0 {
			p = "\n" + p
		}
		at := strings.Index(rest, p)
		if at < 0 {
			return false
		}
		rest = rest[at+len(p):]
	}
	return true
}

// leakLength is how many characters of a person's words are looked for in the log.
const leakLength = 20

// leaks looks for people's words and for secrets in what the bot's process has printed.
func leaks(logFile string, w *world, secrets ...string) (*finding, error) {
	f := &finding{name: "no words and no secret in the log"}
	raw, err := os.ReadFile(logFile)
	if err != nil {
		return f, fmt.Errorf("read the bot's log: %w", err)
	}
	log := string(raw)
	look := func(needle, format string, args ...any) {
		escaped, err := json.Marshal(needle)
		if err == nil && needle != "" && (strings.Contains(log, needle) || strings.Contains(log, strings.Trim(string(escaped), `"`))) {
			err = errors.New("it stands in the log")
		}
		f.check(err, format, args...)
	}
	for _, m := range w.matters {
		look(start(m.words), "row %d, complaint", m.number)
		look(start(m.answer), "row %d, reply", m.number)
		look(m.receipt, "row %d, receipt", m.number)
		if m.asked {
			look(start(m.respond), "row %d, answer", m.number)
		}
	}
	for n, s := range secrets {
		look(s, "secret %d", n+1)
	}
	return f, nil
}

// start is the beginning of a text's first line that is long enough to be told from chance, or "".
func start(s string) string {
	for line := range strings.SplitSeq(s, "\n") {
		if r := []rune(line); len(r) >= 6 {
			return string(r[:min(len(r), leakLength)])
		}
	}
	return ""
}
