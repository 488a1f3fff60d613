package desk_test

import (
	"strings"
	"testing"

	"huiyin/cases"
)

// What is typed is read as words, kinds and conditions, in both languages, and what cannot be read is said.
func TestSearchReadsWhatIsTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "en")
	ref := string(w.safety(1, cases.Named, false))
	for typed, found := range map[string]bool{
		"guard": true, "gua": true, "类别：安全 guard": true, "kind:safety state:open": true, "state:ended": false, "kind:pay": false,
		"after:2020-01-01": true, "before:2020-01-01": false, "guard nothing-like-it": false, "Safety": true, ref[3:6]: true, ref[3:5]: false,
	} {
		got := w.says(officerID, "/search "+typed)
		if strings.Contains(got, ref) != found {
			t.Errorf("%q: found %v, want %v:\n%s", typed, !found, found, got)
		}
		if strings.Contains(got, "Chen") {
			t.Errorf("%q shows words:\n%s", typed, got)
		}
	}
	if got := w.says(officerID, "/search kind:zzz guard"); !strings.Contains(got, "left out: kind:zzz") || !strings.Contains(got, ref) {
		t.Error(got)
	}
	if got := w.says(officerID, "/search kind:zzz"); !strings.Contains(got, "left out: kind:zzz") || !strings.Contains(got, "Type words") {
		t.Error(got)
	}
	if got := w.says(officerID, "/search 7k"); !strings.Contains(got, "at least 3 of its characters") {
		t.Error(got)
	}
	for _, id := range []int64{adminID, otherID} {
		if got := w.says(id, "/search guard"); strings.Contains(got, ref) {
			t.Errorf("%d finds by words:\n%s", id, got)
		}
	}
	for _, m := range w.chats[officerID] {
		for _, b := range m.buttons {
			if strings.Contains(b.Data, "guard") {
				t.Errorf("a button carries what was searched for: %s", b.Data)
			}
		}
	}
}
