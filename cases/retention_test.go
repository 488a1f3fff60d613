package cases

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRetentionNext(t *testing.T) {
	t.Parallel()
	const d = 24 * time.Hour
	r := Retention{ID: "year", Keep: 365, Warn: 30}
	end := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) // 2028 has a 29th of February
	due := time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)
	closed := func(change func(*Case)) Case {
		c := Case{Mode: Named, Status: StatusClosed, Ended: end}
		if change != nil {
			change(&c)
		}
		return c
	}
	warned := func(at time.Time) func(*Case) { return func(c *Case) { c.Warned = at } }
	nameless := func(at time.Time, prompt bool) func(*Case) {
		return func(c *Case) { c.Mode, c.Prompt, c.Warned = Anonymous, prompt, at }
	}
	for name, tt := range map[string]struct {
		c    Case
		now  time.Time
		want Action
	}{
		"just ended":                 {closed(nil), end, ""},
		"before the warning":         {closed(nil), due.Add(-30*d - 1), ""},
		"warning":                    {closed(nil), due.Add(-30 * d), Warn},
		"warning, late":              {closed(nil), due.Add(100 * d), Warn},
		"warned":                     {closed(warned(due.Add(-30 * d))), due.Add(-29 * d), ""},
		"before the end":             {closed(warned(due.Add(-30 * d))), due.Add(-1), ""},
		"the end, on a leap day":     {closed(warned(due.Add(-30 * d))), due, Shred},
		"after the end":              {closed(warned(due.Add(-30 * d))), due.Add(400 * d), Shred},
		"warned late":                {closed(warned(due.Add(-2 * d))), due.Add(28*d - 1), ""},
		"warned late, told":          {closed(warned(due.Add(-2 * d))), due.Add(28 * d), Shred},
		"anonymous, in the quiet":    {closed(nameless(due.Add(-30*d), false)), due.Add(2 * d), ""},
		"anonymous, told":            {closed(nameless(due.Add(-30*d), false)), due.Add(2*d + time.Hour), Shred},
		"anonymous, prompt":          {closed(nameless(due.Add(-30*d), true)), due, ""},
		"anonymous, prompt, told":    {closed(nameless(due.Add(-30*d), true)), due.Add(2*d + time.Hour), Shred},
		"open":                       {closed(func(c *Case) { c.Status = StatusInvestigating }), due, ""},
		"reopened":                   {closed(func(c *Case) { c.Status, c.Ended = StatusInvestigating, time.Time{} }), due, ""},
		"never ended":                {closed(func(c *Case) { c.Ended = time.Time{} }), due, ""},
		"on hold":                    {closed(func(c *Case) { c.Held = true }), due, ""},
		"on hold, warned":            {closed(func(c *Case) { c.Held, c.Warned = true, due.Add(-30*d) }), due, ""},
		"unread":                     {closed(func(c *Case) { c.Unread = true }), due, ""},
		"unread, warned":             {closed(func(c *Case) { c.Unread, c.Warned = true, due.Add(-30*d) }), due, ""},
		"shredded":                   {closed(func(c *Case) { c.Shredded, c.Warned = true, due.Add(-30*d) }), due, ""},
		"withdrawn":                  {closed(func(c *Case) { c.Status = StatusWithdrawn }), due, Warn},
		"the clock of the other end": {closed(func(c *Case) { c.Ended = end.Add(d) }), due.Add(-30 * d), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := r.Next(tt.c, tt.now); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Reopening starts the clock anew, and what was said of destroying is void.
func TestRetentionReopened(t *testing.T) {
	t.Parallel()
	c := at(t, StatusClosed)
	must(t, &c, ready(Open, ming))
	if !c.Ended.Equal(day(2)) {
		t.Fatalf("ended %v", c.Ended)
	}
	if e := must(t, &c, Act{Action: Warn, By: system}); !c.Warned.Equal(e.At) {
		t.Errorf("warned %v", c.Warned)
	}
	_, err := c.Do(Act{Action: Warn, By: system}, book(), day(3))
	wantCode(t, err, NotNow)
	must(t, &c, ready(Reopen, lead))
	if !c.Ended.IsZero() || !c.Warned.IsZero() {
		t.Errorf("reopened: ended %v, warned %v", c.Ended, c.Warned)
	}
	must(t, &c, ready(Propose, ming))
	if _, err := c.Do(ready(Satisfy, reporter), book(), day(9)); err != nil || !c.Ended.Equal(day(9)) {
		t.Errorf("ended again %v, %v", c.Ended, err)
	}
	// Talk after the end does not move it.
	if _, err := c.Do(ready(Add, reporter), book(), day(12)); err != nil || !c.Ended.Equal(day(9)) {
		t.Errorf("ended %v, %v", c.Ended, err)
	}
}

// The retention's look at a case may be older than what happened since; the case itself says no.
func TestShred(t *testing.T) {
	t.Parallel()
	shred := Act{Action: Shred, By: system}
	old := at(t, StatusClosed)
	must(t, &old, ready(Open, ming))
	must(t, &old, Act{Action: Warn, By: system})
	for name, tt := range map[string]struct {
		since []Act
		want  Code
	}{
		"nothing since":  {nil, ""},
		"words since":    {[]Act{ready(Add, reporter)}, NotNow},
		"words, read":    {[]Act{ready(Add, reporter), ready(Open, lead)}, ""},
		"held since":     {[]Act{ready(Hold, lead)}, NotNow},
		"held, lifted":   {[]Act{ready(Hold, lead), ready(LiftHold, lead)}, NotNow},
		"warned anew":    {[]Act{ready(Hold, lead), ready(LiftHold, lead), {Action: Warn, By: system}}, ""},
		"reopened since": {[]Act{ready(Reopen, lead)}, NotNow},
		"closed anew":    {[]Act{ready(Reopen, lead), ready(Propose, lead), ready(Satisfy, reporter)}, NotNow},
		"shredded since": {[]Act{shred}, NotFound},
	} {
		c := old
		for _, a := range tt.since {
			must(t, &c, a)
		}
		if _, err := c.Do(shred, book(), day(3)); CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}

	c := at(t, StatusWithdrawn)
	held := c
	must(t, &held, ready(Hold, lead))
	_, err := held.Do(Act{Action: Shred, By: reporter}, book(), day(3))
	wantCode(t, err, NotNow)
	e := must(t, &c, Act{Action: Shred, By: reporter})
	if !c.Shredded || c.Reachable() || e.Kind != ShreddedEvent || len(Notices(c, e)) != 0 {
		t.Errorf("taken back: %+v tells %v", c, Notices(c, e))
	}
	for _, by := range []Actor{reporter, system, ming, lead, admin, keeper} {
		for _, a := range Actions() {
			if _, err := c.Do(ready(a, by), book(), day(3)); CodeOf(err) != NotFound {
				t.Errorf("%s by %+v of what is shredded: %v", a, by, err)
			}
		}
	}
}

func TestRetentionCheck(t *testing.T) {
	t.Parallel()
	for want, profiles := range map[string][]Retention{
		"":                         {{"default", 1095, 30}, {"a", 2, 1}, {"long", 3650, 3649}},
		"an id is":                 {{"", 1095, 30}, {"De Fault", 1095, 30}},
		"want 1 <= warn_days < ke": {{"a", 10, 0}, {"a", 10, -1}, {"a", 10, 10}, {"a", 10, 11}, {"a", 0, 1}, {"a", 3651, 30}},
	} {
		for _, r := range profiles {
			switch err := r.Check(); {
			case (err == nil) != (want == ""), err != nil && !strings.Contains(err.Error(), want):
				t.Errorf("%+v: %v, want %q", r, err, want)
			}
		}
	}
}

// Day after day retention looks at a case to which anything happens: words are destroyed only after the reporter was told
// for the whole time, and in the end they are.
func TestRetentionProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := Retention{ID: "r", Keep: rapid.IntRange(2, 40).Draw(t, "keep")}
		r.Warn = rapid.IntRange(1, r.Keep-1).Draw(t, "warn")
		f := filing(rapid.SampledFrom(Modes()).Draw(t, "mode"))
		f.Case.Prompt = rapid.Bool().Draw(t, "prompt")
		now := day(1)
		if _, err := f.Begin(book(), Quiet{}, now); err != nil {
			t.Fatal(err)
		}
		c := f.Case
		var told time.Time // when the warning has surely reached the reporter
		do := func(a Act) bool {
			at := Dated(c.Mode, a.By.Party, now, time.UTC)
			if at.Before(c.Updated) {
				at = c.Updated
			}
			e, err := c.Do(a, book(), at)
			if err == nil && e.Kind == WarnedEvent {
				told = hours.Due(c, e, ToReporter, now, time.Time{}, time.UTC, func(n int64) int64 { return n - 1 })
			}
			return err == nil
		}
		run := func() {
			before := c
			switch a := r.Next(c, now); a {
			case "":
			case Warn:
				if !do(Act{Action: Warn, By: system}) {
					t.Fatalf("warning was refused: %+v", c)
				}
			case Shred:
				if before.Status.Open() || before.Held || before.unheard() || before.Warned.IsZero() {
					t.Fatalf("shreds %+v", before)
				}
				if now.Sub(told) < time.Duration(r.Warn)*24*time.Hour {
					t.Fatalf("told at %v, shredded at %v", told, now)
				}
				if now.Sub(before.Ended) < time.Duration(r.Keep)*24*time.Hour {
					t.Fatalf("ended at %v, shredded at %v", before.Ended, now)
				}
				if !do(Act{Action: Shred, By: system}) {
					t.Fatalf("shredding was refused: %+v", c)
				}
			default:
				t.Fatalf("retention asks for %q", a)
			}
		}
		actions := []Action{
			Accept, Ask, Close, Propose, Satisfy, AskSecondLook, AnswerSecondLook, AskFinalReview, Take, Reopen, Hold, LiftHold,
			Open, Add, Rate, Withdraw,
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 72*60).Draw(t, "minutes")) * time.Minute)
			if rapid.Bool().Draw(t, "act") {
				by := lead
				a := rapid.SampledFrom(actions).Draw(t, "action")
				if slices.Contains([]Action{Add, Rate, Withdraw, Satisfy, AskSecondLook, AskFinalReview}, a) {
					by = reporter
				}
				do(ready(a, by))
			}
			run()
		}
		if c.Shredded {
			return
		}
		// Whatever is open comes to its end.
		do(ready(LiftHold, lead))
		do(ready(Withdraw, reporter))
		do(ready(Open, lead))
		for range r.Keep + r.Warn + 3 {
			now = now.Add(24 * time.Hour)
			run()
		}
		if !c.Shredded {
			t.Fatalf("kept for ever: %+v", c)
		}
	})
}
