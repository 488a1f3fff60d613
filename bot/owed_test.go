package bot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/flows"
)

// gate is a Queue that lets somebody go at every interval, in the order in which they came.
type gate struct {
	mu    sync.Mutex
	each  time.Duration
	next  time.Time
	wait  time.Duration
	since []time.Time
}

func (g *gate) Line() telegram.Line { return telegram.Line{Wait: g.wait, PerSecond: 30} }

func (g *gate) Turn(ctx context.Context, since time.Time) (context.Context, error) {
	g.mu.Lock()
	g.since = append(g.since, since)
	at := time.Now()
	if g.next.After(at) {
		at = g.next
	}
	g.next = at.Add(g.each)
	g.mu.Unlock()
	select {
	case <-time.After(time.Until(at) + g.each):
		return ctx, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// notes are Debts in memory.
type notes struct {
	mu   sync.Mutex
	by   map[int64]time.Time
	name map[[32]byte]int64
	away bool
}

func newNotes() *notes { return &notes{by: map[int64]time.Time{}, name: map[[32]byte]int64{}} }

func (n *notes) Owe(_ context.Context, name [32]byte, chat int64, by time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away {
		return errors.New("no Redis")
	}
	n.by[chat], n.name[name] = by, chat
	return nil
}

func (n *notes) Paid(_ context.Context, name [32]byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.by, n.name[name])
	return nil
}

func (n *notes) Overdue(_ context.Context, now, by time.Time, limit int) (late []int64, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for chat, at := range n.by {
		if !at.After(now) && len(late) < limit {
			late, n.by[chat] = append(late, chat), by
		}
	}
	slices.Sort(late)
	return late, nil
}

// owing is a router whose answers wait, and what its chats were sent.
type owing struct {
	*door
	gate  *gate
	notes *notes
	r     *Router
	mu    sync.Mutex
	sent  []string
}

func (o *owing) SendMessage(_ context.Context, p *tg.SendMessageParams) (*models.Message, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, fmt.Sprint(p.ChatID, " ", p.Text))
	return &models.Message{ID: len(o.sent)}, nil
}

func (o *owing) Screen(_ context.Context, t *Turn) error {
	t.Send("where you are")
	return nil
}

func newOwing(t *testing.T, wait time.Duration) *owing {
	t.Helper()
	o := &owing{door: &door{}, gate: &gate{each: time.Second, wait: wait}, notes: newNotes()}
	o.r = newDoor(t, o.door, func(opts *Options) {
		opts.Queue, opts.Debts, opts.Wire, opts.Now = o.gate, o.notes, o, time.Now
	})
	o.r.Intake = home{o}
	return o
}

// home shows where somebody is.
type home struct{ *owing }

func (h home) Screen(ctx context.Context, t *Turn) error { return h.owing.Screen(ctx, t) }

func (o *owing) hand(t *testing.T, chat int64, replies ...text.Reply) {
	t.Helper()
	turn := &Turn{book: o.r.Book, Session: flows.Session{Lang: "en"}, Replies: replies}
	if err := o.r.hand(t.Context(), incoming{chat: chat, private: true}, turn); err != nil {
		t.Error(err)
	}
}

func ask(words string) text.Reply  { return text.Reply{Do: text.Send, HTML: words, Asks: true} }
func tell(words string) text.Reply { return text.Reply{Do: text.Send, HTML: words} }

// TestOwedAnswers: what must wait is noted before the update counts as done; a chat is told the newest question only, and
// everything else once; after it the note is gone.
func TestOwedAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOwing(t, 5*time.Second)
		o.hand(t, 1, tell("sent"), ask("first"))
		o.hand(t, 2, ask("other"))
		o.hand(t, 1, ask("second"))
		o.hand(t, 1, tell("sent"))
		if len(o.notes.by) != 2 || len(o.sent) != 0 {
			t.Errorf("%d noted, %q sent", len(o.notes.by), o.sent)
		}
		if b := o.r.Backlog(); b.Waiting != 2 || b.Wait != 5*time.Second {
			t.Errorf("%+v", b)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		first := slices.DeleteFunc(slices.Clone(o.sent), func(s string) bool { return s == "2 other" })
		if want := []string{"1 second", "1 sent"}; len(o.sent) != 3 || !slices.Equal(first, want) {
			t.Errorf("sent %q, want %q beside the other chat's", o.sent, want)
		}
		if len(o.notes.by) != 0 || o.r.Backlog() != (Backlog{}) && o.gate.wait == 0 {
			t.Errorf("%v is still noted", o.notes.by)
		}
		if err := o.r.StopOwed(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestOwedIsNotLost: without a note the update is delivered again; what a process that ends still owes is brought by the
// next, as the screen where the person is.
func TestOwedIsNotLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOwing(t, time.Minute)
		o.notes.away = true
		turn := &Turn{book: o.r.Book, Replies: []text.Reply{ask("first")}}
		if err := o.r.hand(t.Context(), incoming{chat: 1}, turn); !errors.Is(err, telegram.ErrAway) {
			t.Errorf("acknowledged without a note: %v", err)
		}
		o.notes.away = false
		o.hand(t, 1, ask("first"))
		o.hand(t, 2, ask("first"))
		if err := o.r.StopOwed(t.Context()); err != nil {
			t.Error(err)
		}
		if len(o.sent) != 0 || len(o.notes.by) != 2 {
			t.Errorf("%q sent, %d noted", o.sent, len(o.notes.by))
		}
		next := newOwing(t, 0)
		next.r.Debts, next.notes = o.notes, o.notes
		if err := next.r.takeOver(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		slices.Sort(next.sent)
		if want := []string{"1 where you are", "2 where you are"}; !slices.Equal(next.sent, want) || len(o.notes.by) != 0 {
			t.Errorf("sent %q, %d still noted", next.sent, len(o.notes.by))
		}
		if err := next.r.StopOwed(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestForecast: from when everybody has come, the foreseen end of a crowd that is answered in turn is within a tenth of the
// real one, whatever the length of the form and how many messages a question takes.
func TestForecast(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 9))
		const rate, people = 30, 1500
		length, twice := 8+r.IntN(12), r.IntN(4) // every twice-th answer takes two messages, none for 0
		f := newForecast()
		start := time.Unix(0, 0)
		type someone struct{ at int }
		var line []int
		all := make([]someone, people)
		for i := range all {
			line = append(line, i)
		}
		type guess struct{ at, end time.Duration }
		var guesses []guess
		now := start
		for step := 0; len(line) > 0; step++ {
			i := line[0]
			line = line[1:]
			messages := 1
			if twice > 0 && r.IntN(twice+1) == 0 {
				messages = 2
			}
			now = now.Add(time.Duration(messages) * time.Second / rate)
			f.sent(int64(i), messages)
			if all[i].at < length {
				all[i].at++
				f.saw(int64(i), all[i].at, length, false, now)
				line = append(line, i)
			} else if all[i].at == length {
				all[i].at++
				f.saw(int64(i), 0, 0, true, now)
				line = append(line, i)
			}
			if step > 2*people && step%500 == 0 {
				wait := time.Duration(len(line)) * time.Second / rate
				guesses = append(guesses, guess{now.Sub(start), now.Sub(start) + wait + time.Duration(f.left(now, wait)/rate*float64(time.Second))})
			}
		}
		end := now.Sub(start)
		for _, g := range guesses {
			if off := math.Abs(float64(g.end-end)) / float64(end); off > 0.1 {
				t.Errorf("seed %d, %d questions: at %s the end was foreseen at %s, and came at %s", seed, length, g.at, g.end, end)
				break
			}
		}
	}
}
