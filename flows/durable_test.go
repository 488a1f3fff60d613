package flows

import "testing"

func TestDurable(t *testing.T) {
	t.Parallel()
	chosen := func(mode string) Draft { return Draft{Answers: map[string]Answer{"mode": {Option: mode}}} }
	given := func(mode string) Draft { return Draft{Context: map[string]string{"mode": mode}} }
	both := chosen("anonymous")
	both.Context = map[string]string{"mode": "named"}
	drafts := func(d ...Draft) Session { return Session{Drafts: d} }
	named := chosen("named")

	for name, tt := range map[string]struct {
		session Session
		want    bool
	}{
		"empty":                           {Session{Lang: "en"}, false},
		"named":                           {drafts(named), true},
		"confidential":                    {drafts(chosen("confidential")), true},
		"anonymous":                       {drafts(chosen("anonymous")), false},
		"dark":                            {drafts(Draft{Answers: map[string]Answer{"mode": {Option: "anonymous"}, "reach": {Option: "dark"}}}), false},
		"a dark reporter's answer":        {drafts(given("dark")), false},
		"mode not chosen":                 {drafts(Draft{}), false},
		"unknown mode":                    {drafts(chosen("secret")), false},
		"officer's form":                  {drafts(given("office")), true},
		"anonymous reporter's answer":     {drafts(given("anonymous")), false},
		"the answer outweighs context":    {drafts(both), false},
		"one anonymous among others":      {drafts(named, chosen("anonymous"), given("office")), false},
		"all kept":                        {drafts(named, given("office")), true},
		"case opened by its receipt":      {Session{Drafts: []Draft{named}, Opened: &Opened{Case: "c"}}, false},
		"receipt waiting":                 {Session{Drafts: []Draft{named}, Filed: &Filed{Receipt: "r"}}, false},
		"filed by name, next draft begun": {Session{Drafts: []Draft{named}, Filed: &Filed{Ref: "HY"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.session.Durable(); got != tt.want {
				t.Errorf("Durable() = %v, want %v", got, tt.want)
			}
		})
	}
}
