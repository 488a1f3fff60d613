package cases

import (
	"slices"
	"testing"
	"time"
)

// asked is a confidential case of ming's, who asks for something with a reason.
func asked(t testing.TB, what string) Case {
	t.Helper()
	c, _ := begun(t, Confidential)
	must(t, &c, ready(Take, ming))
	must(t, &c, Act{Action: AskCustody, By: ming, Code: what, Body: words("a witness is wanted")})
	return c
}

func TestCustodyGranted(t *testing.T) {
	t.Parallel()
	for _, what := range Custodies() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c := asked(t, what)
			if c.Custody != (Custody{What: what, By: ming.Officer}) || !c.Custody.Asked() {
				t.Fatalf("asked: %+v", c.Custody)
			}
			for _, by := range []Actor{ming, lead} {
				_, err := c.Do(Act{Action: AskCustody, By: by, Code: what, Body: words("why")}, book(), day(2))
				wantCode(t, err, NotNow) // one at a time
				_, err = c.Do(Act{Action: OpenCustody, By: by, Code: what}, book(), day(2))
				wantCode(t, err, NotNow)
				_, err = c.Do(Act{Action: GrantCustody, By: by}, book(), day(2))
				wantCode(t, err, NotAllowed)
			}
			e := must(t, &c, Act{Action: GrantCustody, By: keeper})
			if e.Code != what || e.To != ming.Officer || c.Custody.Asked() {
				t.Errorf("granted: %+v, %+v", e, c.Custody)
			}
			for name, tt := range map[string]struct {
				act   Act
				after time.Duration
				want  Code
			}{
				"at once":               {Act{Action: OpenCustody, By: ming, Code: what}, 0, ""},
				"just in time":          {Act{Action: OpenCustody, By: ming, Code: what}, 24*time.Hour - time.Microsecond, ""},
				"after a day":           {Act{Action: OpenCustody, By: ming, Code: what}, 24 * time.Hour, NotNow},
				"nothing":               {Act{Action: OpenCustody, By: ming}, 0, NotNow},
				"something else":        {Act{Action: OpenCustody, By: ming, Code: other(what)}, 0, NotNow},
				"the lead did not ask":  {Act{Action: OpenCustody, By: lead, Code: what}, 0, NotNow},
				"a colleague":           {Act{Action: OpenCustody, By: hua, Code: what}, 0, NotAllowed},
				"the custodian":         {Act{Action: OpenCustody, By: keeper, Code: what}, 0, NotFound},
				"another department":    {Act{Action: OpenCustody, By: far, Code: what}, 0, NotFound},
				"granted twice":         {Act{Action: GrantCustody, By: keeper}, 0, NotFound},
				"refused after granted": {Act{Action: RefuseCustody, By: warden}, 0, NotFound},
			} {
				c := c
				e, err := c.Do(tt.act, book(), day(2).Add(tt.after))
				if CodeOf(err) != tt.want {
					t.Errorf("%s: got %v, want %q", name, err, tt.want)
				}
				if err == nil && (e.Kind != CustodyOpened || e.Code != what || len(Notices(c, e)) != 1 || Notices(c, e)[0].To != ToReporter) {
					t.Errorf("%s: %+v tells %v", name, e, Notices(c, e))
				}
			}
		})
	}
}

func other(what string) string {
	return Custodies()[1-slices.Index(Custodies(), what)]
}

func TestCustodyRefused(t *testing.T) {
	t.Parallel()
	c := asked(t, CustodyIdentity)
	e := must(t, &c, Act{Action: RefuseCustody, By: keeper, Body: words("ask them first")})
	if e.To != ming.Officer || e.Code != CustodyIdentity || c.Custody != (Custody{}) {
		t.Errorf("refused: %+v, %+v", e, c.Custody)
	}
	_, err := c.Do(Act{Action: OpenCustody, By: ming, Code: CustodyIdentity}, book(), day(2))
	wantCode(t, err, NotNow)
	must(t, &c, Act{Action: AskCustody, By: lead, Code: CustodyIdentity, Body: words("again")})
}

// An identity is sealed in confidential cases alone; originals may be asked for in any.
func TestCustodyByMode(t *testing.T) {
	t.Parallel()
	for _, m := range Modes() {
		for what, want := range map[string]Code{CustodyIdentity: NotNow, CustodyOriginals: ""} {
			if m == Confidential {
				want = ""
			}
			c, _ := begun(t, m)
			_, err := c.Do(Act{Action: AskCustody, By: lead, Code: what, Body: words("why")}, book(), day(2))
			if CodeOf(err) != want {
				t.Errorf("%s of a case that is %s: %v", what, m, err)
			}
		}
	}
}

// A custodian knows of cases about which somebody else asks, and may answer; nothing more.
func TestCustodiansSight(t *testing.T) {
	t.Parallel()
	sees := []Action{List, GrantCustody, RefuseCustody}
	look := func(name string, c Case, by Actor, want []Action) {
		t.Helper()
		for _, a := range Actions() {
			code := NotFound
			if want != nil {
				code = NotAllowed
			}
			if slices.Contains(want, a) {
				code = ""
			}
			if got := CodeOf(Can(by, a, c)); got != code {
				t.Errorf("%s: %s: got %q, want %q", name, a, got, code)
			}
		}
	}
	c, _ := begun(t, Confidential)
	look("nobody asked", c, keeper, nil)
	c = asked(t, CustodyIdentity)
	look("asked", c, keeper, sees)
	look("asked, custodian of the department", c, warden, sees)
	if got := Moves(c, keeper, day(3)); !slices.Equal(got, []Action{GrantCustody, RefuseCustody}) {
		t.Errorf("moves: %v", got)
	}
	restricted := c
	restricted.Restricted = true
	look("restricted", restricted, keeper, sees)
	unqueued := c
	unqueued.Unqueued = true
	look("before its slot", unqueued, keeper, nil)
	recused := c
	recused.Recused = []OfficerID{keeper.Officer}
	look("recused", recused, keeper, nil)
	shredded := c
	shredded.Shredded = true
	look("shredded", shredded, keeper, nil)

	// Who asked is no second person, even as a custodian since.
	promoted := Actor{Party: Office, Officer: ming.Officer, Role: RoleCustodian, Department: "hr"}
	look("asked oneself", c, promoted, nil)
	if _, err := c.Do(Act{Action: GrantCustody, By: promoted}, book(), day(2)); CodeOf(err) != NotFound {
		t.Errorf("granted oneself: %v", err)
	}
	for _, by := range []Actor{reporter, system, lead, admin, {}, {Party: Office, Role: RoleCustodian}, {Party: "moon", Officer: 9, Role: RoleCustodian}} {
		for _, a := range []Action{GrantCustody, RefuseCustody} {
			if Can(by, a, c) == nil {
				t.Errorf("%s by %+v", a, by)
			}
		}
	}
	must(t, &c, Act{Action: GrantCustody, By: keeper})
	look("answered", c, keeper, nil)
}

// What was granted about one mode is not good for another, and not for whoever is recused or moved away.
func TestCustodyEnds(t *testing.T) {
	t.Parallel()
	granted := func() Case {
		c := asked(t, CustodyIdentity)
		must(t, &c, Act{Action: GrantCustody, By: keeper})
		return c
	}
	open := Act{Action: OpenCustody, By: ming, Code: CustodyIdentity}

	c := granted()
	must(t, &c, Act{Action: Lower, By: reporter, Code: string(Anonymous), Way: only("address", "receipt")})
	if _, err := c.Do(open, book(), day(2)); c.Custody != (Custody{}) || CodeOf(err) != NotNow {
		t.Errorf("lowered: %+v, %v", c.Custody, err)
	}
	c = asked(t, CustodyIdentity)
	must(t, &c, Act{Action: Reveal, By: reporter, Code: string(Named), Way: only("identity")})
	if _, err := c.Do(Act{Action: GrantCustody, By: keeper}, book(), day(2)); c.Custody != (Custody{}) || CodeOf(err) != NotFound {
		t.Errorf("revealed: %+v, %v", c.Custody, err)
	}
	c = granted()
	must(t, &c, ready(Recuse, hua))
	if c.Custody.By != ming.Officer {
		t.Error("a colleague's recusal ends the grant")
	}
	must(t, &c, Act{Action: Recuse, By: system, To: ming.Officer})
	if _, err := c.Do(open, book(), day(2)); c.Custody != (Custody{}) || CodeOf(err) != NotFound {
		t.Errorf("recused: %+v, %v", c.Custody, err)
	}
	c = granted()
	must(t, &c, Act{Action: Assign, By: admin, ToDepartment: "safety"})
	if _, err := c.Do(open, book(), day(2)); CodeOf(err) != NotFound {
		t.Errorf("moved: %v", err)
	}
	c = granted()
	must(t, &c, Act{Action: Release, By: ming})
	if _, err := c.Do(open, book(), day(2)); CodeOf(err) != NotAllowed {
		t.Errorf("released: %v", err)
	}
}

func TestCustodyOpen(t *testing.T) {
	t.Parallel()
	if (Custody{}).Open("", 0, time.Time{}) || (Custody{}).Asked() {
		t.Error("nothing is open to anybody")
	}
	granted := Custody{What: CustodyIdentity, By: 1, Until: day(2)}
	if !granted.Open(CustodyIdentity, 1, day(1)) || granted.Open(CustodyIdentity, 2, day(1)) || granted.Open(CustodyOriginals, 1, day(1)) {
		t.Error("who asked opens what was asked for, and nobody and nothing else")
	}
	if (Custody{What: CustodyIdentity, By: 1}).Open(CustodyIdentity, 1, day(1)) {
		t.Error("what was asked for is open without an answer")
	}
}
