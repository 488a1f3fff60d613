package cases

import (
	"fmt"
	"slices"
	"testing"
)

func TestModes(t *testing.T) {
	t.Parallel()
	for i, m := range Modes() {
		for j, other := range Modes() {
			if m.Below(other) != (i > j) {
				t.Errorf("%s below %s: %v", m, other, m.Below(other))
			}
		}
		if m.Nameless() != (m == Anonymous || m == Dark) || m.Reachable() != (m != Dark) {
			t.Errorf("%s: nameless %v, reachable %v", m, m.Nameless(), m.Reachable())
		}
		if got := (Case{Mode: m}).Reachable(); got != (m != Dark) {
			t.Errorf("a case that is %s: reachable %v", m, got)
		}
		if (Case{Mode: m, Shredded: true}).Reachable() {
			t.Errorf("%s: shredded and reachable", m)
		}
	}
}

// only keeps the parts of a full way that are named.
func only(parts ...string) Way {
	var w Way
	for _, p := range parts {
		switch p {
		case "identity":
			w.Identity = &Identity{}
		case "reporter":
			w.Reporter = []byte("chat")
		case "address":
			w.Address = []byte("sealed")
		case "receipt":
			w.Receipt = []byte("receipt")
		}
	}
	return w
}

// A mode holds what the table in mode.go says, all of it and nothing else.
func TestWayLacks(t *testing.T) {
	t.Parallel()
	must := map[Mode][]string{
		Named: {"reporter", "address"}, Confidential: {"reporter", "address"},
		Anonymous: {"address", "receipt"}, Dark: {"receipt"},
	}
	may := map[Mode][]string{Named: {"identity"}, Confidential: {"identity"}}
	parts := []string{"reporter", "address", "receipt", "identity"} // in the order in which they are missed
	for _, m := range Modes() {
		for bits := range 1 << len(parts) {
			var held []string
			want := ""
			for i, p := range parts {
				has := bits&(1<<i) != 0
				if has {
					held = append(held, p)
				}
				wrong := has && !slices.Contains(must[m], p) && !slices.Contains(may[m], p) || !has && slices.Contains(must[m], p)
				if wrong && want == "" {
					want = p
				}
			}
			if got := only(held...).lacks(m); got != want {
				t.Errorf("%s with %v: lacks %q, want %q", m, held, got, want)
			}
		}
	}
}

// needs is what each change of mode must bring.
var needs = map[Mode]map[Mode][]string{
	Named:        {Named: nil, Confidential: nil, Anonymous: {"address", "receipt"}, Dark: {"receipt"}},
	Confidential: {Named: {"identity"}, Confidential: nil, Anonymous: {"address", "receipt"}, Dark: {"receipt"}},
	Anonymous: {
		Named: {"reporter", "address", "identity"}, Confidential: {"reporter", "address", "identity"},
		Anonymous: nil, Dark: nil,
	},
	Dark: {
		Named: {"reporter", "address", "identity"}, Confidential: {"reporter", "address", "identity"},
		Anonymous: {"address"}, Dark: nil,
	},
}

func TestWayChanges(t *testing.T) {
	t.Parallel()
	for _, from := range Modes() {
		for _, to := range Modes() {
			want := needs[from][to]
			if got := only(want...).changes(from, to); got != "" {
				t.Errorf("%s to %s with %v: lacks %q", from, to, want, got)
			}
			for _, left := range want {
				rest := slices.DeleteFunc(slices.Clone(want), func(p string) bool { return p == left })
				if got := only(rest...).changes(from, to); got != left {
					t.Errorf("%s to %s without %s: lacks %q", from, to, left, got)
				}
			}
			// What is kept and what is brought make up the new mode.
			kept := way(from)
			brought := only(want...)
			if to.Nameless() {
				kept.Reporter, kept.Identity = nil, nil
			} else {
				kept.Receipt = nil
			}
			if !to.Reachable() {
				kept.Address = nil
			}
			if brought.Address != nil {
				kept.Address = brought.Address
			}
			if brought.Receipt != nil {
				kept.Receipt = brought.Receipt
			}
			if brought.Reporter != nil {
				kept.Reporter = brought.Reporter
			}
			if got := kept.lacks(to); got != "" {
				t.Errorf("%s to %s leaves a case without %s", from, to, got)
			}
		}
	}
}

// Every pair of modes, by Lower and by Reveal.
func TestLowerAndReveal(t *testing.T) {
	t.Parallel()
	for _, from := range Modes() {
		for _, to := range Modes() {
			for action, kind := range map[Action]EventKind{Lower: Lowered, Reveal: Revealed} {
				t.Run(fmt.Sprintf("%s %s to %s", action, from, to), func(t *testing.T) {
					t.Parallel()
					c, _ := begun(t, from)
					want := Incomplete
					switch {
					case action == Lower && to.Below(from), action == Reveal && from.Below(to):
						want = ""
					case action == Lower && from == Dark, action == Reveal && from == Named:
						want = NotNow
					}
					e, err := c.Do(Act{Action: action, By: reporter, Code: string(to), Way: only(needs[from][to]...)}, book(), day(2))
					wantCode(t, err, want)
					if want != "" {
						if c.Mode != from || c.Version != 1 {
							t.Errorf("is %s at %d", c.Mode, c.Version)
						}
						return
					}
					if c.Mode != to || e.Kind != kind || e.Code != string(to) || c.Reachable() != (to != Dark) || e.Status != StatusReceived {
						t.Errorf("is %s after %+v", c.Mode, e)
					}
				})
				for _, part := range needs[from][to] {
					c, _ := begun(t, from)
					rest := slices.DeleteFunc(slices.Clone(needs[from][to]), func(p string) bool { return p == part })
					_, err := c.Do(Act{Action: action, By: reporter, Code: string(to), Way: only(rest...)}, book(), day(2))
					if CodeOf(err) == "" || c.Mode != from {
						t.Errorf("%s %s to %s without %s: %v", action, from, to, part, err)
					}
				}
			}
		}
	}
}

// A mode is the reporter's to change, at any time, and nobody else's.
func TestModeIsTheReporters(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		c := at(t, s)
		for _, by := range []Actor{ming, lead, admin, keeper, system, stranger} {
			for _, a := range []Action{Lower, Reveal} {
				if _, err := c.Do(ready(a, by), book(), day(3)); err == nil {
					t.Errorf("%s by %+v in %s", a, by, s)
				}
			}
		}
		must(t, &c, ready(Lower, reporter))
		if c.Mode != Dark || c.Reachable() || c.Status != s {
			t.Errorf("%s: %+v", s, c)
		}
		must(t, &c, ready(Reveal, reporter))
		if c.Mode != Named || !c.Reachable() {
			t.Errorf("%s: %+v", s, c)
		}
	}
}
