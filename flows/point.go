package flows

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	listedPointers = 6
	aroundPointer  = 12 // characters before and after a passage
	longestPointer = 40 // characters of a passage that are shown
)

// point asks, once for the same passages, whether to send what could point to a person who wants to be hidden from
// those who read it. false: there is nothing to ask.
func (t *turn) point() bool {
	switch t.f.mode(t.d) {
	case ModeConfidential, ModeAnonymous, ModeDark:
	default:
		return false
	}
	found := t.e.Pointers(*t.d)
	sum := digest(t.f.mode(t.d), t.d, found)
	if len(found) == 0 || sum == t.d.Warned {
		return false
	}
	t.d.Warned = sum
	t.d.cover(askPointers)
	return true
}

// Pointers are the passages of a draft that could point to the person who wrote it, whatever its mode.
func (e *Engine) Pointers(d Draft) []Pointer {
	f, ok := e.flows[d.Flow]
	if !ok {
		return nil
	}
	var path []StepDefinition
	for _, n := range f.shown(&d) {
		path = append(path, f.steps[n].StepDefinition)
	}
	return Pointers(d, path, About{Size: e.places.Size})
}

// digest tells passages apart without holding them.
func digest(mode string, d *Draft, found []Pointer) string {
	h := sha256.New()
	write := func(s string) { h.Write([]byte(strconv.Itoa(len(s)) + ":" + s)) }
	write(mode)
	for _, p := range found {
		_, hit, _ := passage(d, p)
		write(p.Step)
		write(string(p.Rule))
		write(hit)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// passage is what a pointer points at, with a little of what stands around it, in one line.
func passage(d *Draft, p Pointer) (before, hit, after string) {
	a := d.Answers[p.Step]
	if p.Part < 0 || p.Part >= len(a.Parts) {
		return "", "", ""
	}
	part := a.Parts[p.Part]
	text := []rune(part.Text)
	switch p.Rule {
	case RuleVoice:
		return "", "", ""
	case RuleFile:
		text = []rune(part.File.Name)
	}
	from, to := min(p.From, len(text)), min(p.To, len(text))
	left, right := max(from-aroundPointer, 0), min(to+aroundPointer, len(text))
	// A number is not cut: half of a date is another date.
	for left > 0 && unicode.IsDigit(text[left-1]) && unicode.IsDigit(text[left]) && from-left < longestPointer {
		left--
	}
	for right < len(text) && unicode.IsDigit(text[right-1]) && unicode.IsDigit(text[right]) && right-to < longestPointer {
		right++
	}
	before, hit, after = oneLine(text[left:from]), oneLine(text[from:to]), oneLine(text[to:right])
	if left > 0 {
		before = "…" + before
	}
	if right < len(text) {
		after += "…"
	}
	if r := []rune(hit); len(r) > longestPointer {
		hit = string(r[:longestPointer-1]) + "…"
	}
	return before, hit, after
}

func oneLine(r []rune) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, string(r))
}

// changes are the steps that hold pointers, each once, in the order of the path.
func (f *Flow) changes(found []Pointer) []*step {
	var steps []*step
	for _, p := range found {
		if s := f.steps[f.index[p.Step]]; !slices.Contains(steps, s) {
			steps = append(steps, s)
		}
	}
	return steps
}

// pointed fills the page that lists the passages.
func (e *Engine) pointed(p *Prompt, f *Flow, d *Draft) {
	found := e.Pointers(*d)
	for _, at := range found[:min(len(found), listedPointers)] {
		l := PointerLine{Step: at.Step, Title: f.key(at.Step, "title"), Rule: at.Rule.Key()}
		l.Before, l.Hit, l.After = passage(d, at)
		if at.Part < 0 {
			l.Option = f.OptionKey(at.Step, d.Answers[at.Step].Option)
		}
		p.Pointers = append(p.Pointers, l)
	}
	p.PointersMore = max(len(found)-listedPointers, 0)
	for _, s := range f.changes(found) {
		p.Changes = append(p.Changes, Change{Title: f.key(s.ID, "title"), Edit: d.button(OpEdit, s.ID, "way.edit")})
	}
}

// mark remembers where the texts that stay hold what an answer about the person said that goes now with the mode.
// The answer is gone after this; that its words stand in the story is known to whoever reads the story.
func (f *Flow) mark(d *Draft) {
	mode := f.mode(d)
	if !hidden(mode) {
		return
	}
	var who []StepDefinition
	goes := false
	for _, s := range f.steps {
		if s.Sets == factIdentity {
			who = append(who, s.StepDefinition)
			_, given := d.Answers[s.ID]
			goes = goes || given && s.barred(mode)
		}
	}
	if !goes {
		return
	}
	own := ownWords(*d, who)
	d.Marks = nil
	for _, s := range f.steps {
		if s.Sets == factIdentity || s.barred(mode) {
			continue
		}
		for _, p := range d.Answers[s.ID].Parts {
			for _, at := range ownPlaces([]rune(narrow(p.Text)), own) {
				if p.Message != 0 && len(d.Marks) < maxPointers {
					d.Marks = append(d.Marks, Mark{Step: s.ID, Message: p.Message, From: at.From, To: at.To})
				}
			}
		}
	}
}

// unmark forgets the marks of a message whose words were changed.
func (d *Draft) unmark(message int) {
	d.Marks = slices.DeleteFunc(slices.Clone(d.Marks), func(m Mark) bool { return m.Message == message })
	if len(d.Marks) == 0 {
		d.Marks = nil
	}
}
