package postgres_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// hours are what organisations set: the queue at eight, notices from nine to nine.
func hours() cases.Quiet { return cases.Quiet{Queue: 480, From: 540, To: 1260} }

// shanghai is where the days of these tests end.
func shanghai() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// dial is a clock that a test turns.
type dial struct {
	mu sync.Mutex
	at time.Time
}

func (d *dial) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func (d *dial) set(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = at
}

func quietSetup(t *testing.T, at time.Time) (*bundle, *dial) {
	clock := &dial{at: at}
	return setup(t, func(o *postgres.Options) {
		o.Quiet, o.Location, o.Now = hours(), shanghai(), clock.now
		o.Retentions = map[string]cases.Retention{"default": {ID: "default", Keep: 1000, Warn: 30}}
	}), clock
}

func TestAnonymousCasesComeInTheirSlot(t *testing.T) {
	t.Parallel()
	filed := time.Date(2026, 3, 3, 14, 21, 7, 0, shanghai())
	b, clock := quietSetup(t, filed)
	lin := b.officer("Lin Tao", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Anonymous, "d"))
	if want := time.Date(2026, 3, 3, 0, 0, 0, 0, shanghai()); !c.Filed.Equal(want) || !c.Unqueued {
		t.Errorf("filed %s, unqueued %v", c.Filed, c.Unqueued)
	}
	if _, err := b.CaseByRef(b.ctx, lin.Actor(), c.Ref); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("before its slot: %v", err)
	}
	if _, ok, err := b.Next(b.ctx, lin.Actor(), "k"); ok || err != nil {
		t.Errorf("taken before its slot: %v, %v", ok, err)
	}
	slot := time.Date(2026, 3, 4, 8, 0, 0, 0, shanghai())
	if n := b.count(`SELECT count(*) FROM river_job WHERE kind = 'enqueue' AND scheduled_at = $1 AND created_at = $1`, slot); n != 1 {
		t.Errorf("%d jobs for the slot that tell nothing but the slot", n)
	}
	if n := b.count("SELECT count(*) FROM notices"); n != 0 {
		t.Errorf("%d notices before the slot", n)
	}
	clock.set(slot)
	for range 2 {
		if err := b.Enqueue(b.ctx, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.count("SELECT count(*) FROM notices WHERE recipient = 'department' AND officer = $1", lin.ID); n != 1 {
		t.Errorf("%d notices at the slot", n)
	}
	if got, ok, err := b.Next(b.ctx, lin.Actor(), "k2"); !ok || err != nil || got.ID != c.ID {
		t.Errorf("next at the slot: %v, %v", ok, err)
	}
	// What the reporter writes reaches the officer's phone in a slot too.
	clock.set(time.Date(2026, 3, 5, 11, 11, 11, 0, shanghai()))
	if _, _, _, err := b.ActByID(b.ctx, c.ID, cases.Act{
		Action: cases.Add, By: cases.Actor{Party: cases.Reporter}, Body: &cases.Body{Text: "more"}, Key: "more",
	}); err != nil {
		t.Fatal(err)
	}
	if n := b.count("SELECT count(*) FROM notices WHERE recipient = 'owner' AND due_at = $1 AND updated_at = $1",
		time.Date(2026, 3, 6, 8, 0, 0, 0, shanghai())); n != 1 {
		t.Errorf("%d notices of the addition in the slot", n)
	}
	if n := b.count(`SELECT count(*) FROM events WHERE party <> 'office' AND at <> date_trunc('day', at AT TIME ZONE INTERVAL '8 hours') AT TIME ZONE INTERVAL '8 hours'
		AND at NOT IN (SELECT at FROM events WHERE party = 'office')`); n != 0 {
		t.Errorf("%d events of the reporter tell their hour", n)
	}
	// In danger, by the reporter's own choice, nothing waits.
	f := filing(cases.Dark, "danger")
	f.Case.Prompt, f.Case.Urgent = true, true
	if c := b.file(f); c.Unqueued {
		t.Error("danger waits for a slot")
	}
}

func TestNewsIsOneQuietMessage(t *testing.T) {
	t.Parallel()
	act := time.Date(2026, 3, 3, 10, 0, 0, 0, shanghai())
	b, clock := quietSetup(t, act)
	lin := b.officer("Lin Tao", cases.RoleOfficer, "hr").Actor()
	f := filing(cases.Anonymous, "d")
	f.Case.Prompt = false
	c := b.file(f)
	if err := b.Enqueue(b.ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	b.act(c.Ref, cases.Act{Action: cases.Take, By: lin, Key: "1"})
	b.act(c.Ref, cases.Act{Action: cases.Accept, By: lin, Key: "2"})
	b.act(c.Ref, cases.Act{Action: cases.Reply, By: lin, Key: "3", Body: &cases.Body{Text: "r"}})
	if n := b.count("SELECT count(DISTINCT due_at) FROM notices WHERE recipient = 'reporter'"); n != 1 {
		t.Fatalf("%d times for two pieces of news", n)
	}
	var got []cases.Notice
	var mu sync.Mutex
	w := &wire{answer: func(n cases.Notice, _ int) (cases.Delivery, error) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, n)
		return cases.Sent, nil
	}}
	// An officer acts just before the drawn time: it waits for another day.
	var due time.Time
	b.beside(func(conn *pgx.Conn) error {
		return conn.QueryRow(b.ctx, "SELECT min(due_at) FROM notices WHERE recipient = 'reporter'").Scan(&due)
	})
	clock.set(due.Add(-10 * time.Minute))
	b.act(c.Ref, cases.Act{Action: cases.Note, By: lin, Key: "4", Body: &cases.Body{Text: "n"}})
	clock.set(due.Add(time.Second))
	// River looks at its own clock for when a job is due; the jobs' times are of the year 2026.
	b.exec("UPDATE river_job SET scheduled_at = now(), state = 'available' WHERE kind = 'notice'")
	b.start(w)
	b.until("moved to another day", func() bool {
		return b.count("SELECT count(*) FROM notices WHERE recipient = 'reporter' AND state = 'waiting' AND due_at > $1", due) == 2
	})
	mu.Lock()
	for _, n := range got {
		if n.To == cases.ToReporter {
			t.Error("sent within half an hour of an officer's act")
		}
	}
	mu.Unlock()
	clock.set(due.Add(48 * time.Hour))
	b.until("all told of", func() bool {
		b.exec("UPDATE river_job SET scheduled_at = now(), state = 'available' WHERE kind = 'notice' AND state = 'scheduled'")
		return b.count("SELECT count(*) FROM notices WHERE recipient = 'reporter' AND state = 'sent'") == 2
	})
	mu.Lock()
	defer mu.Unlock()
	news := 0
	for _, n := range got {
		if n.To == cases.ToReporter {
			news++
			if !n.Quiet {
				t.Error("an anonymous reporter is told what of")
			}
		}
	}
	if news != 1 {
		t.Errorf("%d messages for what one tells", news)
	}
}

// TestNoticesDoNotFollowActs files a thousand anonymous cases, lets officers act at hours of their own, and asks whether
// the hour of a notice says anything of the hour of the act. The same question finds a leak that is planted.
func TestNoticesDoNotFollowActs(t *testing.T) {
	t.Parallel()
	const n = 1000
	b, clock := quietSetup(t, time.Date(2026, 3, 2, 9, 0, 0, 0, shanghai()))
	lin := b.officer("Lin Tao", cases.RoleOfficer, "hr").Actor()
	conn := b.conn()
	var acts, sends []float64
	for i := range n {
		// Officers work in the morning mostly, and never at night.
		minute := 8*60 + (i*i*7)%(9*60)*(1+i%2)/2
		at := time.Date(2026, 3, 2+i%20, 0, minute, i%60, 0, shanghai())
		clock.set(at)
		c := b.file(filing(cases.Anonymous, fmt.Sprint("d", i)))
		if err := b.Enqueue(b.ctx, c.ID); err != nil {
			t.Fatal(err)
		}
		b.act(c.Ref, cases.Act{Action: cases.Take, By: lin, Key: fmt.Sprint("t", i)})
		b.act(c.Ref, cases.Act{Action: cases.Accept, By: lin, Key: fmt.Sprint("a", i)})
		var due time.Time
		if err := conn.QueryRow(b.ctx, "SELECT due_at FROM notices WHERE case_id = $1 AND recipient = 'reporter'", c.ID).Scan(&due); err != nil {
			t.Fatal(err)
		}
		if due.Sub(at) < cases.Gap {
			t.Fatalf("a notice %s after the act", due.Sub(at))
		}
		due = due.In(shanghai())
		if day := due.Sub(time.Date(2026, 3, 2+i%20, 0, 0, 0, 0, shanghai())); day < 24*time.Hour || day > 48*time.Hour {
			t.Fatalf("a notice on another day than the next: %s", day)
		}
		acts = append(acts, at.Sub(time.Date(2026, 3, 2+i%20, 0, 0, 0, 0, shanghai())).Minutes())
		sends = append(sends, float64(due.Hour()*60+due.Minute()))
	}
	if leak := leaks(acts, sends); leak != "" {
		t.Error(leak)
	}
	// Planted: notices that leave a day after the act, with an hour and a half of jitter.
	for i := range sends {
		sends[i] = acts[i] + float64((i*37)%90)
	}
	if leaks(acts, sends) == "" {
		t.Error("the test does not find a leak that is there")
	}
}

// leaks says how the hours of sends tell of the hours of acts: by rank (Spearman), or by differing between the earlier
// and the later half of the acts (Kolmogorov-Smirnov). The bounds let an honest thousand through but once in 10,000 times.
func leaks(acts, sends []float64) string {
	n := float64(len(acts))
	if rho := correlation(ranks(acts), ranks(sends)); math.Abs(rho) > 4/math.Sqrt(n) {
		return fmt.Sprintf("the later an act, the later its notice: rank correlation %.3f", rho)
	}
	order := make([]int, len(acts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, acts[a]-acts[b])) })
	var early, late []float64
	for k, i := range order {
		if k < len(order)/2 {
			early = append(early, sends[i])
		} else {
			late = append(late, sends[i])
		}
	}
	if d := distance(early, late); d > 2.23*math.Sqrt(2/(n/2)) {
		return fmt.Sprintf("notices of early and of late acts leave at different hours: distance %.3f", d)
	}
	return ""
}

func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case v[a] < v[b]:
			return -1
		case v[a] > v[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(v))
	for r, i := range order {
		out[i] = float64(r)
	}
	return out
}

func correlation(a, b []float64) float64 {
	mean := float64(len(a)-1) / 2
	var ab, aa, bb float64
	for i := range a {
		ab += (a[i] - mean) * (b[i] - mean)
		aa += (a[i] - mean) * (a[i] - mean)
		bb += (b[i] - mean) * (b[i] - mean)
	}
	return ab / math.Sqrt(aa*bb)
}

// distance is the greatest difference of two empirical distributions.
func distance(a, b []float64) (most float64) {
	slices.Sort(a)
	slices.Sort(b)
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		x := min(a[i], b[j])
		for i < len(a) && a[i] <= x {
			i++
		}
		for j < len(b) && b[j] <= x {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}
