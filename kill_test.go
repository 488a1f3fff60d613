package main

import (
	"context"
	"encoding/base64"
	bytesOf "encoding/binary"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/sim"
)

// A step is one thing a person does on the way from the first word to the reference.
type filingStep struct {
	tap  string // the end of a button's data
	say  string
	file string
}

func (s filingStep) do(p person) {
	p.t.Helper()
	switch {
	case s.tap != "":
		p.tap(s.tap)
	case s.file != "":
		p.SendFile("document", s.file, []byte("%PDF-1.4 report"), "", "")
	default:
		p.Send(s.say)
	}
}

// filing is one whole confidential complaint about safety.
var filing = []filingStep{
	{say: "/start"},
	{tap: "h.lang.en"},
	{tap: "h.file"},
	{tap: "o.confidential"},
	{tap: "o.ok"},
	{tap: "o.safety"},
	{tap: "o.machine"},
	{tap: "o.no"},
	{say: "The guard of press 3 has been off since the spring."},
	{say: "The shift lead knows and says it is faster that way."},
	{tap: "done"}, // what happened
	{tap: "o.ongoing"},
	{say: "Hall B, line 2"}, // where
	{tap: "skip"},           // who is involved
	{say: "Put the guard back."},
	{tap: "o.raised_here"},
	{file: "inspection.pdf"},
	{tap: "done"}, // evidence
	{say: "Sam Example"},
	{tap: "skip"},
	{tap: "skip"},
	{tap: "send"},
}

// looksLike leaves out of a screen what differs between two people: the reference.
func looksLike(m sim.Message) string {
	text := refPattern.ReplaceAllString(m.Text, "{case}")
	return text + "\n" + strings.Join(m.Labels(), "|")
}

// walk files once with nothing going wrong and gives the screen after every step.
func walk(t *testing.T, w *world) []string {
	p := w.person(sim.Profile{ID: 990001, Name: "Ann", Username: "ann", Language: "en"})
	var screens []string
	for n, s := range filing {
		s.do(p)
		w.settle()
		screens = append(screens, looksLike(p.screen()))
		if n > 0 && screens[n] == screens[n-1] && s.say == "" {
			t.Fatalf("step %d (%+v) changes nothing:\n%s", n, s, p.reads())
		}
	}
	if refPattern.FindString(p.screen().Text) == "" {
		t.Fatalf("the filing does not end with a reference:\n%s", p.reads())
	}
	return screens
}

// TestKilledBetweenSteps files once and kills the program after every single step: the person goes on at the same
// question, and nothing that was answered is asked again.
func TestKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	t.Run("stores stay", func(t *testing.T) { t.Parallel(); killBetweenSteps(t, false) })
	t.Run("Redis is emptied", func(t *testing.T) { t.Parallel(); killBetweenSteps(t, true) })
}

func killBetweenSteps(t *testing.T, flush bool) {
	w := newWorld(t, false)
	w.serve()
	want := walk(t, w)
	p := w.person(sim.Profile{ID: 990002, Name: "Sam", Username: "sam", Language: "en"})
	shown := map[string]int{} // question → the step that put it up
	for n, s := range filing {
		s.do(p)
		p.sees(want[n])
		if strings.HasPrefix(want[n], "Step ") {
			if before, again := shown[want[n]]; again {
				t.Errorf("step %d shows the question of step %d again:\n%s", n, before, want[n])
			}
			shown[want[n]] = n
		}
		if flush && n >= 4 && n < len(filing)-1 { // nothing is kept before the mode is accepted
			w.checkpointed(p.ID())
		}
		w.process.kill()
		if flush && n >= 4 {
			if err := w.redis.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		w.serve()
		w.settle()
		if n < len(filing)-1 && p.question() != question(want[n]) {
			t.Fatalf("after the restart the person is not where they were:\n%s\nthe phone:\n%s", want[n], p.reads())
		}
	}
	list, err := w.store.ByReporter(t.Context(), w.reporter(p.ID()))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d cases were filed, want 1; the phone:\n%s", len(list), p.reads())
	}
	w.hasAnswers(list[0])
	for _, m := range p.Messages() {
		if m.From == "bot" {
			for _, ref := range refPattern.FindAllString(m.Text, -1) {
				if ref != string(list[0].Ref) {
					t.Errorf("the phone shows %s, the case is %s", ref, list[0].Ref)
				}
			}
		}
	}
}

// question is what a screen is about, whatever note stands above it: the buttons, which differ at every step.
func question(screen string) string { return screen[strings.LastIndex(screen, "\n")+1:] }

func (p person) question() string { return question(looksLike(p.screen())) }

// sees waits until the person is asked this.
func (p person) sees(screen string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience/2)
	defer cancel()
	if err := p.Await(ctx, func([]sim.Message) bool { return looksLike(p.screen()) == screen }); err != nil {
		p.t.Fatalf("the person is not asked\n%s\nbut\n%s\nthe phone:\n%s", screen, looksLike(p.screen()), p.reads())
	}
}

// checkpointed waits until Postgres keeps the session of a phone's chat at the very revision that Redis holds.
func (w *world) checkpointed(phone int64) {
	w.t.Helper()
	name := w.keys.Name("session", strconv.FormatInt(w.telegram.BotID(), 10), strconv.FormatInt(phone, 10))
	key := "hy:s:{" + base64.RawURLEncoding.EncodeToString(name[:]) + "}"
	until(w.t, "the checkpoint", func(ctx context.Context) (bool, error) {
		head, err := w.redis.GetRange(ctx, key, 0, 7).Bytes() // the revision stands before the sealed body
		if err != nil || len(head) != 8 {
			return false, err
		}
		var kept bool
		err = w.db.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM drafts WHERE name = $1 AND rev = $2 AND body IS NOT NULL)",
			name[:], int64(bytesOf.BigEndian.Uint64(head))).Scan(&kept)
		return kept, err
	})
}

// hasAnswers compares the case with what the steps said.
func (w *world) hasAnswers(c cases.Case) {
	w.t.Helper()
	events, err := w.store.Events(w.t.Context(), c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(events) == 0 || events[0].Body == nil {
		w.t.Fatalf("the case holds nothing: %+v", events)
	}
	var said strings.Builder
	for _, f := range events[0].Body.Fields {
		said.WriteString(strings.Join(f.Text, "\n") + "\n")
	}
	for _, s := range filing {
		if s.say != "" && s.say != "/start" && s.say != "Sam Example" && strings.Count(said.String(), s.say) != 1 {
			w.t.Errorf("%q stands %d times in the case, want once", s.say, strings.Count(said.String(), s.say))
		}
	}
	if n := len(events[0].Body.Files); n != 1 {
		w.t.Errorf("%d files in the case, want 1", n)
	}
	if c.Mode != cases.Confidential || c.Kind != "safety" || c.Matter != "machine" || c.Urgent {
		w.t.Errorf("the case is %s %s %s urgent=%v", c.Mode, c.Kind, c.Matter, c.Urgent)
	}
}

// fingerprints are the sealed sessions as they lie in Redis; they differ after every write.
func (w *world) fingerprints(ctx context.Context) (string, error) {
	keys, err := w.redis.Keys(ctx, "hy:s:*").Result()
	if err != nil {
		return "", err
	}
	slices.Sort(keys)
	var all strings.Builder
	for _, k := range keys {
		raw, err := w.redis.Dump(ctx, k).Result()
		if err != nil {
			return "", err
		}
		all.WriteString(k + raw)
	}
	return all.String(), nil
}

// TestKilledInFlight kills the program when an update is stored and its answer is not out: the update is delivered
// again, takes effect once, and the answer comes.
func TestKilledInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.serve()
	want := walk(t, w)
	p := w.person(sim.Profile{ID: 990003, Name: "Kim", Username: "kim", Language: "en"})
	for n, s := range filing {
		said, sent := s.say != "" && s.say != "/start", n == len(filing)-1
		if !said && !sent {
			s.do(p)
			w.settle()
			continue
		}
		before, err := w.fingerprints(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.telegram.Fail(sim.Fault{Kind: sim.FaultLatency, Chat: p.ID(), Delay: time.Hour})
		s.do(p)
		until(t, "the session is stored", func(ctx context.Context) (bool, error) {
			now, err := w.fingerprints(ctx)
			return now != before, err
		})
		w.process.kill()
		w.telegram.Heal()
		w.serve()
		w.settle()
		if !sent && p.question() != question(want[n]) {
			t.Fatalf("step %d: the person does not see\n%s\nthe phone:\n%s", n, want[n], p.reads())
		}
	}
	list, err := w.store.ByReporter(t.Context(), w.reporter(p.ID()))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d cases were filed, want 1; the phone:\n%s", len(list), p.reads())
	}
	w.hasAnswers(list[0])
	p.wants(string(list[0].Ref))
}

// TestKilledBeforeTheReceiptIsSafe kills the program right after an anonymous reporter was shown the receipt, which
// exists nowhere else: it is shown again, the same one, and opens the one case.
func TestKilledBeforeTheReceiptIsSafe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.serve()
	p := w.person(sim.Profile{ID: 990004, Name: "Nobody", Username: "nobody", Language: "en"})
	for _, s := range []filingStep{
		{say: "/start"}, {tap: "h.lang.en"}, {tap: "h.file"}, {tap: "o.anonymous"}, {tap: "o.ok"}, {tap: "o.anonymous"}, {tap: "o.facilities"},
		{tap: "o.canteen"}, {say: "The canteen serves what fell on the floor."}, {tap: "done"}, {tap: "skip"}, {tap: "skip"},
		{tap: "skip"}, {tap: "skip"}, {tap: "o.first_time"}, {tap: "skip"},
	} {
		s.do(p)
		w.settle()
	}
	w.telegram.Fail(sim.Fault{Kind: sim.FaultTimeout, Method: "sendMessage", Chat: p.ID(), Delay: time.Hour})
	p.tap("send")
	first := p.receipt(0)
	w.process.kill()
	w.telegram.Heal()
	w.serve()
	w.settle()
	second := p.receipt(1)
	if first != second {
		t.Errorf("the receipt was %q and is %q after the restart", first, second)
	}
	if n := w.count("SELECT count(*) FROM cases"); n != 1 {
		t.Errorf("%d cases were filed, want 1", n)
	}
	if n := w.count("SELECT count(*) FROM drafts WHERE body IS NOT NULL"); n != 0 {
		t.Errorf("%d drafts of an anonymous reporter are kept in Postgres", n)
	}
	p.tap("saved." + strings.NewReplacer("HY-", "", "-", "").Replace(refPattern.FindString(p.wholeChat())))
	w.settle()
	p.Send(second)
	p.wants(refPattern.FindString(p.wholeChat()))
}

// receipt waits for the nth receipt (counted from 0) the bot has shown.
func (p person) receipt(nth int) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	var found []string
	err := p.Await(ctx, func([]sim.Message) bool {
		found = receiptPattern.FindAllString(p.wholeChat(), -1)
		return len(found) > nth
	})
	if err != nil {
		p.t.Fatalf("no receipt; the phone:\n%s", p.reads())
	}
	return found[nth]
}

// wholeChat is all that the bot says on the phone.
func (p person) wholeChat() string {
	var b strings.Builder
	for _, m := range p.Messages() {
		if m.From == "bot" {
			b.WriteString(m.Text + m.Caption + "\n")
		}
	}
	return b.String()
}
