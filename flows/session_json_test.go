package flows_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/mailru/easyjson"

	"huiyin/flows"
)

// everything is a session that uses all there is in one.
func everything() flows.Session {
	at := time.Date(2026, 3, 4, 5, 6, 7, 890, time.FixedZone("", 8*3600))
	return flows.Session{
		Rev: 7, Lang: "zh-Hans", Active: "d", Seen: flows.UpdateIDs{870123401, 870123399}, Screen: flows.Screen{Name: "case", Arg: "HY", Page: 2},
		Drafts: []flows.Draft{{
			ID: "d", Nonce: "n", Turn: 3, Secret: []byte{0, 255}, Flow: "complaint", Version: 2, State: "edit_what",
			Answers: map[string]flows.Answer{
				"what": {Parts: []flows.Part{{Message: 9, Text: "<b>工资 & \"加班\"</b>\u2028\n\\"}, {File: &flows.File{ID: "f", Kind: "voice", Name: "n", MIME: "m", Size: 5 << 30, Duration: 9}}}, Open: true},
				"when": {From: "2026-01-02", To: "2026-02-03", Ongoing: true, Skipped: true, Option: "o"},
			},
			Context: map[string]string{"case": "c"}, Asking: "voice", Held: []flows.Part{{Message: 10}}, Voiced: true,
			Marks: []flows.Mark{{Step: "what", Message: 9, From: 1, To: 4}}, Warned: "w", Aside: "a", Page: 1, Unit: "u", Album: "al",
			Misses: 2, Missed: 11, Started: at, Touched: at.Add(time.Minute),
		}},
		Filed: &flows.Filed{Case: "c", Colleague: 1, Ref: "HY", Receipt: "r", Mode: "dark", From: "named", Keep: true},
		Sent:  []flows.Sent{{Case: "c", Colleague: 1, Messages: []int{4, 5}}}, Opened: &flows.Opened{Case: "c", Colleague: 2, Until: at},
		Office: &flows.Office{Menu: "m", At: at, Sure: at, Step: 5, Wrong: 1, Wait: at, Secret: []byte("s")}, Kept: true,
	}
}

// FuzzSessionJSON: what is read without reflection is what encoding/json reads, and what is written is read by it the same.
// Where session_json.go was not made anew after a field came, everything shows it.
func FuzzSessionJSON(f *testing.F) {
	for _, s := range []flows.Session{{}, halfway(f), everything()} {
		raw, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var read, fast flows.Session
		if json.Unmarshal(raw, &read) != nil {
			_ = easyjson.Unmarshal(raw, &fast) // must not panic
			return
		}
		// As encoding/json writes it: names in their own case, whole characters, nothing twice.
		plain, err := json.Marshal(read)
		if err != nil {
			return // a year that no time can be written with
		}
		if err := easyjson.Unmarshal(plain, &fast); err != nil {
			t.Fatalf("%s is not read: %v", plain, err)
		}
		same := cmpopts.EquateEmpty()
		if diff := cmp.Diff(read, fast, same); diff != "" {
			t.Fatal(diff)
		}
		written, err := easyjson.Marshal(fast)
		if err != nil {
			t.Fatal(err)
		}
		var again flows.Session
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(read, again, same); diff != "" {
			t.Fatal(diff)
		}
		if len(written) > len(plain) {
			t.Errorf("%d bytes instead of %d", len(written), len(plain))
		}
	})
}
