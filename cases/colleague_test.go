package cases

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJoiningLacks(t *testing.T) {
	t.Parallel()
	joining := func(m Mode, change func(*Joining)) Joining {
		j := Joining{Draft: "d2", Mode: m, Language: "en", Way: way(m)}
		change(&j)
		return j
	}
	as := func(*Joining) {}
	for name, tt := range map[string]struct {
		j    Joining
		want string
	}{
		"named":               {joining(Named, as), ""},
		"confidential":        {joining(Confidential, as), ""},
		"anonymous":           {joining(Anonymous, as), ""},
		"dark":                {joining(Dark, as), ""},
		"no draft":            {joining(Named, func(j *Joining) { j.Draft = "" }), "draft"},
		"no mode":             {joining("", as), "mode"},
		"no such mode":        {joining("loud", as), "mode"},
		"no language":         {joining(Dark, func(j *Joining) { j.Language = "" }), "language"},
		"a chat, yet no name": {joining(Dark, func(j *Joining) { j.Reporter = []byte("chat") }), "reporter"},
		"no address":          {joining(Anonymous, func(j *Joining) { j.Address = nil }), "address"},
	} {
		err := tt.j.Check()
		if got := CodeOf(err); (got == Incomplete) != (tt.want != "") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "join: "+tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestJoinToken(t *testing.T) {
	t.Parallel()
	token := JoinToken([]byte("secret"))
	if token != JoinToken([]byte("secret")) || token == JoinToken([]byte("secrets")) {
		t.Error("a secret makes one token, and another secret another")
	}
	if start := JoinStart + token; len(start) > 64 || strings.Trim(start, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		t.Errorf("%q is no start parameter of Telegram's", start)
	}
}

func TestMayAsColleague(t *testing.T) {
	t.Parallel()
	for _, a := range Actions() {
		if got, want := MayAsColleague(a), slices.Contains([]Action{Add, Leave, Lower, Reveal}, a); got != want {
			t.Errorf("%s: %v", a, got)
		}
		c := at(t, StatusAccepted)
		act := ready(a, reporter)
		act.Colleague = 1
		if _, err := c.Do(act, book(), day(9)); !MayAsColleague(a) && err == nil {
			t.Errorf("a colleague may %s", a)
		}
	}
	c := at(t, StatusAccepted)
	e, err := c.Do(Act{Action: Add, By: reporter, Colleague: 2, Body: words("me too"), Key: "k"}, book(), day(9))
	if err != nil || e.Colleague != 2 || !c.Unread {
		t.Errorf("a colleague adds: %+v, %v", e, err)
	}
	if e, err := c.Do(Act{Action: Note, By: ming, Colleague: 2, Body: words("note"), Key: "n"}, book(), day(9)); err != nil || e.Colleague != 0 {
		t.Errorf("an officer is no colleague of the reporter's: %+v, %v", e, err)
	}
}

func TestCaseAsAndThrough(t *testing.T) {
	t.Parallel()
	prompt := Case{Mode: Anonymous, Prompt: true}
	for name, tt := range map[string]struct{ got, want Case }{
		"as the first":                    {prompt.As(Colleague{Mode: Named}), prompt},
		"as a colleague":                  {prompt.As(Colleague{Number: 2, Mode: Dark}), Case{Mode: Dark, Colleague: 2}},
		"through names":                   {Case{Mode: Confidential}.Through(Named), Case{Mode: Confidential}},
		"through a nameless colleague":    {Case{Mode: Named}.Through(Dark), Case{Mode: Dark}},
		"through a nameless first":        {Case{Mode: Anonymous}.Through(Named), Case{Mode: Anonymous}},
		"at once, a named colleague":      {prompt.Through(Named), prompt},
		"at once is the first one's wish": {prompt.Through(Anonymous), Case{Mode: Anonymous}},
	} {
		if !cmp.Equal(tt.want, tt.got) {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(tt.want, tt.got))
		}
	}
}

// joint is a case's history with two colleagues, one of whom has left.
func joint() []Event {
	joins := func(k EventKind, n int, m Mode, body *Body) Event {
		return Event{Kind: k, By: system, Code: string(m), Body: body, More: More{Colleague: n}}
	}
	add := func(n int, s string) Event {
		return Event{Kind: Added, By: reporter, Body: words(s), Key: "key", More: More{Colleague: n}}
	}
	events := []Event{
		{Kind: Filed, By: reporter, Body: words("the first one's story")},
		{Kind: Taken, By: ming},
		joins(Joined, 1, Named, words("the first colleague's words")),
		joins(Joined, 2, Dark, nil),
		{Kind: Asked, By: ming, Body: words("a question")},
		{Kind: Answered, By: reporter, Body: words("an answer")},
		add(0, "the first one's addition"), add(1, "one adds"), add(2, "two adds"),
		{Kind: Replied, By: ming, Body: words("a reply")},
		{Kind: Noted, By: ming, Body: words("a note")},
		joins(Left, 1, Named, nil),
		{Kind: Relayed, By: system, Body: words("the answer of another case")},
		{Kind: Satisfied, By: reporter, Body: words("thanks")},
	}
	for i := range events {
		events[i].Seq = i + 1
	}
	return events
}

func TestColleaguesOfEvents(t *testing.T) {
	t.Parallel()
	want := []Colleague{{Number: 1, Mode: Named, Since: 3, Left: true}, {Number: 2, Mode: Dark, Since: 4}}
	if got := Colleagues(joint()); !cmp.Equal(want, got) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
	back := joint()
	slices.Reverse(back) // a slot put the second before the first
	if got := Colleagues(back); len(got) != 2 || got[0].Number != 1 {
		t.Errorf("out of order: %+v", got)
	}
	if got := Colleagues(joint()[:2]); got != nil {
		t.Errorf("nobody joined: %+v", got)
	}
}

func TestColleagueTimeline(t *testing.T) {
	t.Parallel()
	said := func(n int) (kinds []EventKind, words []string) {
		for _, e := range ColleagueTimeline(joint(), Colleague{Number: n, Mode: Named}) {
			kinds = append(kinds, e.Kind)
			if e.Body != nil {
				words = append(words, e.Body.Text)
			}
			if e.By.Officer != 0 || e.Key != "" {
				t.Errorf("colleague %d sees who works: %+v", n, e)
			}
		}
		return kinds, words
	}
	for n, want := range map[int][]string{
		0: {"a reply", "the answer of another case"}, // who has no number has no words here
		1: {"the first colleague's words", "one adds", "a reply", "the answer of another case"},
		2: {"two adds", "a reply", "the answer of another case"},
	} {
		if kinds, got := said(n); !slices.Equal(got, want) || slices.Contains(kinds, Noted) || slices.Contains(kinds, Asked) {
			t.Errorf("colleague %d reads %q of %v", n, got, kinds)
		}
	}
	// One request opened who all are that are sealed; each of them sees it, and nobody who had nothing to open.
	opening := []Event{{Kind: CustodyOpened, By: ming, Code: CustodyIdentity, Body: words("why")}, {Kind: CustodyOpened, By: ming, Code: "originals"}}
	for _, m := range Modes() {
		got := ColleagueTimeline(opening, Colleague{Number: 1, Mode: m})
		if want := m == Confidential; (len(got) == 1) != want || want && (got[0].Code != CustodyIdentity || got[0].Body == nil || got[0].By.Officer != 0) {
			t.Errorf("%s: sees %+v of what was opened", m, got)
		}
	}
	// The other way round: what the first reporter sees of them is that they came and went.
	for _, e := range Timeline(joint(), Reporter) {
		if e.Colleague > 0 && (e.Kind == Added || e.Code != "" || e.Body != nil) {
			t.Errorf("the first reporter sees %+v", e)
		}
	}
}

func TestWhatColleaguesAreTold(t *testing.T) {
	t.Parallel()
	told := map[EventKind]bool{
		Accepted: true, NotAccepted: true, Redirected: true, Investigating: true, Replied: true, ClosedEvent: true, Reopened: true,
		WarnedEvent: true, Merged: true, Proposed: true, Lapsed: true, SecondLookAnswered: true, FinalReviewAnswered: true,
		Relayed: true, Transferred: true, ExtensionGranted: true, Convened: true, Mediating: true, Unsettled: true, Settled: true,
		Missed: true, WithdrawnBy: true, Satisfied: true,
	}
	for _, k := range EventKinds() {
		e := Event{Kind: k, By: system}
		for _, m := range Modes() { // however the first reporter is reached
			if got := ToldColleagues(Case{Mode: m}, e); got != told[k] {
				t.Errorf("%s, %s: told %v", k, m, got)
			}
		}
		if ToldColleagues(Case{Mode: Named, Shredded: true}, e) {
			t.Errorf("%s: told of a case that is destroyed", k)
		}
		if e.Colleague = 1; ToldColleagues(Case{Mode: Named}, e) {
			t.Errorf("%s: told of each other", k)
		}
	}
	for _, m := range Modes() {
		o := Colleague{Number: 1, Mode: m}
		for code, want := range map[string]bool{CustodyIdentity: m == Confidential, CustodyOriginals: false} {
			e := Event{Kind: CustodyOpened, Code: code, By: ming}
			if o.Told(Case{Mode: Named}, e) != want || o.Told(Case{Mode: Named, Shredded: true}, e) {
				t.Errorf("%s, %s opened: told %v", m, code, !want)
			}
		}
		if !o.Told(Case{}, Event{Kind: Replied, By: ming}) {
			t.Errorf("%s: not told of a reply", m)
		}
	}
}

func TestSealedColleagues(t *testing.T) {
	t.Parallel()
	c := at(t, StatusAccepted) // by name
	ask := Act{Action: AskCustody, By: ming, Code: CustodyIdentity, Body: words("why"), Key: "ask"}
	join := func(a Action, n int, m Mode) {
		t.Helper()
		if _, err := c.Do(Act{Action: a, By: system, Colleague: n, Code: string(m), Key: string(a) + string(m)}, book(), day(9)); err != nil {
			t.Fatal(err)
		}
	}
	join(JoinAs, 1, Anonymous)
	if _, err := c.Do(ask, book(), day(9)); CodeOf(err) != NotNow {
		t.Errorf("nobody is sealed: %v", err)
	}
	join(JoinAs, 2, Confidential)
	if c.Colleagues != 2 || c.Sealed != 1 || !c.HoldsSealed() {
		t.Errorf("%d joined, %d sealed", c.Colleagues, c.Sealed)
	}
	before := c
	if _, err := c.Do(ask, book(), day(9)); err != nil {
		t.Errorf("one is sealed: %v", err)
	}
	c = before
	join(Leave, 2, Confidential)
	if c.Colleagues != 1 || c.HoldsSealed() {
		t.Errorf("who left is asked for: %d joined, %d sealed", c.Colleagues, c.Sealed)
	}
	if !(Case{Mode: Confidential}).HoldsSealed() {
		t.Error("the first reporter is sealed")
	}
}

// Less or more is kept of a colleague alone: the case is what it was, but for how many are sealed.
func TestAColleaguesMode(t *testing.T) {
	t.Parallel()
	for _, from := range Modes() {
		for _, to := range Modes() {
			act := Act{Action: Reveal, By: reporter, Colleague: 1, Own: from, Code: string(to), Key: "k", Way: only(needs[from][to]...)}
			want := EventKind(Revealed)
			if to.Below(from) {
				act.Action, want = Lower, Lowered
			}
			c := at(t, StatusAccepted)
			c.Custody = Custody{What: CustodyIdentity, By: ming.Officer}
			if _, err := c.Do(Act{Action: JoinAs, By: system, Colleague: 1, Code: string(from), Key: "j"}, book(), day(9)); err != nil {
				t.Fatal(err)
			}
			before := c
			e, err := c.Do(act, book(), day(9))
			if from == to {
				if err == nil {
					t.Errorf("%s again", from)
				}
				continue
			}
			if err != nil || e.Kind != want || e.Code != string(to) || e.Was != from {
				t.Errorf("%s to %s: %+v, %v", from, to, e, err)
			}
			sealed := 0
			if to == Confidential {
				sealed = 1
			}
			if c.Mode != before.Mode || c.Colleagues != 1 || c.Sealed != sealed || !cmp.Equal(c.Custody, before.Custody) {
				t.Errorf("%s to %s leaves %s, %d joined, %d sealed, %+v", from, to, c.Mode, c.Colleagues, c.Sealed, c.Custody)
			}
			for name, eyes := range map[string][]Event{"the first": Timeline([]Event{e}, Reporter), "another": ColleagueTimeline([]Event{e}, Colleague{Number: 2})} {
				if len(eyes) != 0 {
					t.Errorf("%s to %s: %s of the reporters sees it", from, to, name)
				}
			}
			if own := ColleagueTimeline([]Event{e}, Colleague{Number: 1, Mode: to}); len(own) != 1 {
				t.Errorf("%s to %s: they do not see it themself", from, to)
			}
		}
	}
}

// A custodian's yes is for those who were sealed then.
func TestGrantedTo(t *testing.T) {
	t.Parallel()
	events := []Event{
		{Seq: 2, Kind: Joined, Code: string(Confidential), More: More{Colleague: 1}},
		{Seq: 3, Kind: Joined, Code: string(Anonymous), More: More{Colleague: 2}},
		{Seq: 4, Kind: CustodyGranted, Code: CustodyIdentity},
		{Seq: 5, Kind: Revealed, Code: string(Confidential), More: More{Colleague: 2, Was: Anonymous}},
	}
	one, two := Colleagues(events)[0], Colleagues(events)[1]
	if !one.GrantedTo(events) || two.GrantedTo(events) || two.Mode != Confidential || one.GrantedTo(events[:2]) {
		t.Errorf("%+v, %+v", one, two)
	}
	if again := append(events, Event{Seq: 6, Kind: CustodyGranted, Code: CustodyIdentity}); !two.GrantedTo(again) {
		t.Error("a new yes is for both")
	}
}
