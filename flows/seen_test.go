package flows_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"huiyin/flows"
)

// TestUpdateIDs: what is written is read back, whatever the ids; a list of numbers is read as it stands.
func TestUpdateIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := flows.UpdateIDs(rapid.SliceOf(rapid.Int64()).Draw(t, "ids"))
		raw, err := json.Marshal(flows.Session{Seen: ids})
		if err != nil {
			t.Fatal(err)
		}
		var s flows.Session
		if err := json.Unmarshal(raw, &s); err != nil || !slices.Equal(s.Seen, ids) {
			t.Fatalf("%v comes back as %v, %v", ids, s.Seen, err)
		}
	})
	var s flows.Session
	if err := json.Unmarshal([]byte(`{"seen":[5,9,7]}`), &s); err != nil || fmt.Sprint(s.Seen) != "[5 9 7]" {
		t.Errorf("a list is read as %v, %v", s.Seen, err)
	}
	for _, broken := range []string{`{"seen":"?"}`, `{"seen":"gA"}`, `{"seen":{}}`, `{"seen":7}`} {
		if err := json.Unmarshal([]byte(broken), &s); err == nil {
			t.Errorf("%s is read as %v", broken, s.Seen)
		}
	}
	var many flows.UpdateIDs
	for i := range flows.MaxSeen {
		many = append(many, int64(870_123_401+1000*i))
	}
	if raw, err := json.Marshal(many); err != nil || len(raw) > 120 {
		t.Errorf("%d ids take %d bytes, %v", len(many), len(raw), err)
	}
}
