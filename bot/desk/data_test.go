package desk

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"huiyin/cases"
)

func anyReference(t *rapid.T) cases.Reference {
	ref, err := cases.NewReference(strings.NewReader(string(rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "ref"))))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// Every button fits Telegram's limit and comes back as it was, also with the longest of everything.
func TestDataProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := data{
			what:   rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "what"),
			number: rapid.IntRange(0, maxNumber).Draw(t, "number"),
			word:   rapid.StringMatching(`[A-Za-z0-9_-]{0,34}`).Draw(t, "word"),
		}
		if rapid.Bool().Draw(t, "has ref") {
			d.ref = anyReference(t)
		}
		s := d.String()
		if len(s) > maxData {
			t.Fatalf("%q is %d bytes", s, len(s))
		}
		got, ok := parse(s)
		if !ok || got != d {
			t.Fatalf("%q: got %+v, %v, want %+v", s, got, ok, d)
		}
	})
}

func TestViewProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := view{
			owner:  rapid.SampledFrom([]cases.OwnerFilter{cases.OwnedByAnyone, cases.OwnedByMe, cases.OwnedByNobody}).Draw(t, "owner"),
			due:    rapid.SampledFrom([]cases.DueFilter{cases.DueAnyTime, cases.DueOverdue, cases.DueSoon}).Draw(t, "due"),
			days:   rapid.SampledFrom(ages).Draw(t, "days"),
			closed: rapid.Bool().Draw(t, "closed"),
			kind:   tag(rapid.String().Draw(t, "kind")), department: tag(rapid.String().Draw(t, "department")),
		}
		s := v.String()
		if len(s) > maxWord || !isWord(s) {
			t.Fatalf("%q does not fit a button", s)
		}
		if got := parseView(s); got != v {
			t.Fatalf("%q: got %+v, want %+v", s, got, v)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "d", "d.", "h.home", "d.toolongname", "d.take.SHORT", "d.take.7K3M9Q2X", "d.take..-1", "d.take..0", "d.take..0a",
		"d.queue..1.a b", "d.queue..1.a.b", "d.queue..zzzzzzzz", "d.q\x00", "d.queue...漢", "d.queue..." + strings.Repeat("a", 60),
	} {
		if d, ok := parse(s); ok {
			t.Errorf("%q is read as %+v", s, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"d.home", "d.take.0000000.1", "d.queue..2.aaao-abc-def", "d....", "d.asgo.ABCDEFGH.z.zz", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parse(s)
		if !ok {
			return
		}
		if again, ok := parse(d.String()); !ok || again != d || len(d.String()) > maxData {
			t.Errorf("%q becomes %q", s, d.String())
		}
		_ = parseView(d.word).String()
	})
}
