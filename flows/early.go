package flows

import (
	"strings"

	"golang.org/x/text/width"
)

// sentence is how wide words are that say more than a mistyped answer, in Latin letters; Chinese ones count two.
const sentence = 24

// Tells says whether words say more than a mistyped answer does.
func Tells(words string) bool { return telling(words) >= sentence }

func telling(words string) (wide int) {
	for _, r := range strings.TrimSpace(words) {
		wide++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			wide++
		}
	}
	return wide
}

// early keeps words that answer nothing but tell something for the step that asks what happened: who is upset tells
// the story first, whatever was asked. Shorter ones are missed answers, with the note.
func (t *turn) early(cur *step, note string) {
	if !Tells(t.in.Text) || !t.shelf(cur, t.f.story) {
		t.miss(note)
		return
	}
	t.forLater(t.f.story, Part{Message: t.in.Message, Text: t.in.Text}, noteWordsTaken)
}

// shelf says whether what comes at a question may be kept for the step that takes its like (-1: there is none). What is
// sent at a question about the person says who they are: it must not get among what officers read.
func (t *turn) shelf(cur *step, to int) bool {
	return to >= 0 && cur.Sets != factIdentity && !t.f.steps[to].barred(t.f.mode(t.d)) && t.f.reachable(t.d)[to]
}

// evidence keeps a file that came at another question for the step that takes files.
func (t *turn) evidence(cur *step, p Part) {
	if !t.shelf(cur, t.f.files) {
		t.miss(noteFileNotHere)
		return
	}
	t.forLater(t.f.files, p, noteFileTaken)
}

// forLater adds what came at another question to the answer of its own step, which is asked later all the same; one that
// is answered already stays so.
func (t *turn) forLater(to int, p Part, note string) {
	s := t.f.steps[to]
	a, given := t.d.Answers[s.ID]
	closed := given && !a.Open
	t.part(s, p)
	if t.note != noteReceived {
		return
	}
	a = t.d.Answers[s.ID]
	a.Open = !closed
	t.d.Answers[s.ID] = a
	t.note, t.data = note, nil
}
