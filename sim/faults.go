package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Kinds of faults. The first group answers calls of the bot, the second bends
// the delivery of updates to it, FaultLimits switches Telegram's rate limits on.
const (
	FaultTooMany    = "too_many"  // 429 with RetryAfter
	FaultForbidden  = "forbidden" // 403, Description or "bot was blocked by the user"
	FaultError      = "error"     // a refusal with Code and Description
	FaultServer     = "server"    // Code (500, 502) with an HTML body; the call is not executed
	FaultTimeout    = "timeout"   // executed, then silence: the connection closes after Delay
	FaultReset      = "reset"     // not executed, connection reset
	FaultLatency    = "latency"   // executed after Delay
	FaultDuplicate  = "duplicate" // an update is delivered twice with the same id
	FaultRepress    = "repress"   // a press comes again under another update id
	FaultSwap       = "swap"      // an update waits until one of the same person's other queue was delivered
	FaultLimits     = "limits"    // global (30/s), per chat (1/s, Burst) and per group (20/min) limits
	floodGroupLimit = 20.0 / 60
)

// Fault makes the server misbehave. Zero fields match everything: no Method
// means every method, no Chat every chat, no Count until it is removed.
type Fault struct {
	ID          string        `json:"id,omitempty"`
	Kind        string        `json:"kind"`
	Method      string        `json:"method,omitempty"`
	Chat        int64         `json:"chat,omitempty"`
	Count       int           `json:"count,omitempty"`
	Every       int           `json:"every,omitempty"` // only every n-th match
	RetryAfter  int           `json:"retry_after,omitempty"`
	Code        int           `json:"code,omitempty"`
	Description string        `json:"description,omitempty"`
	Delay       time.Duration `json:"-"`
	Update      string        `json:"update,omitempty"` // update kind, for delivery faults: message, callback_query…
	Global      float64       `json:"global,omitempty"`
	PerChat     float64       `json:"per_chat,omitempty"`
	Burst       float64       `json:"burst,omitempty"`
}

type faultJSON Fault

// MarshalJSON writes Delay as a duration text ("1.5s").
func (f Fault) MarshalJSON() ([]byte, error) {
	delay := ""
	if f.Delay != 0 {
		delay = f.Delay.String()
	}
	return json.Marshal(struct {
		faultJSON
		Delay string `json:"delay,omitempty"`
	}{faultJSON(f), delay})
}

// UnmarshalJSON reads Delay as a duration text.
func (f *Fault) UnmarshalJSON(raw []byte) error {
	v := struct {
		*faultJSON
		Delay string `json:"delay"`
	}{faultJSON: (*faultJSON)(f)}
	if err := json.Unmarshal(raw, &v); err != nil {
		return fmt.Errorf("decode fault: %w", err)
	}
	if v.Delay == "" {
		return nil
	}
	d, err := time.ParseDuration(v.Delay)
	if err != nil {
		return fmt.Errorf("decode fault: delay: %w", err)
	}
	f.Delay = d
	return nil
}

type fault struct {
	Fault
	seen, left int
	limits     *limiter
}

type faults struct {
	clock  *Clock
	active atomic.Int32 // lets calls pass without the lock when there is no fault
	mu     sync.Mutex
	list   []*fault
	next   int
}

// Fail adds a fault; remove ends it.
func (s *Server) Fail(f Fault) (remove func()) {
	id := s.faults.add(f)
	return func() { s.faults.remove(id) }
}

// Heal removes every fault.
func (s *Server) Heal() { s.faults.remove("") }

func (fs *faults) add(f Fault) string {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.next++
	f.ID = strconv.Itoa(fs.next)
	entry := &fault{Fault: f, left: f.Count}
	if f.Kind == FaultLimits {
		entry.limits = newLimiter(f)
	}
	fs.list = append(fs.list, entry)
	fs.active.Store(int32(len(fs.list)))
	return f.ID
}

func (fs *faults) remove(id string) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	before := len(fs.list)
	fs.list = slices.DeleteFunc(fs.list, func(f *fault) bool { return id == "" || f.ID == id })
	fs.active.Store(int32(len(fs.list)))
	return len(fs.list) < before
}

func (fs *faults) all() []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	out := make([]Fault, 0, len(fs.list))
	for _, f := range fs.list {
		out = append(out, f.Fault)
	}
	return out
}

// take says whether the fault strikes now and uses up one of its Count.
func (f *fault) take() bool {
	f.seen++
	if f.Every > 1 && f.seen%f.Every != 0 {
		return false
	}
	if f.Count > 0 {
		if f.left == 0 {
			return false
		}
		f.left--
	}
	return true
}

func validFault(f Fault) error {
	switch f.Kind {
	case FaultTooMany, FaultForbidden, FaultServer, FaultTimeout, FaultReset, FaultLatency, FaultDuplicate, FaultRepress, FaultSwap, FaultLimits:
	case FaultError:
		if f.Code < 400 || f.Description == "" {
			return fmt.Errorf("an error fault needs code and description")
		}
	default:
		return fmt.Errorf("unknown kind of fault %q", f.Kind)
	}
	return nil
}

// action is what the faults decided for one call.
type action struct {
	name   string
	delay  time.Duration
	reset  bool
	html   int
	err    error
	silent bool
	hold   time.Duration
}

func (a *action) wait(ctx context.Context) bool {
	if a.delay <= 0 {
		return true
	}
	t := time.NewTimer(a.delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// forCall decides what happens to a call; the first fault that strikes wins, latency adds up.
func (fs *faults) forCall(method string, chat int64) action {
	var a action
	if fs.active.Load() == 0 {
		return a
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if f.Method != "" && !strings.EqualFold(f.Method, method) || f.Chat != 0 && f.Chat != chat {
			continue
		}
		switch f.Kind {
		case FaultDuplicate, FaultRepress, FaultSwap:
			continue
		case FaultLimits:
			if wait := f.limits.over(method, chat, fs.clock.Now()); wait > 0 && a.name == "" {
				a.name, a.err = f.Kind, tooMany(wait)
			}
			continue
		}
		if a.name != "" || !f.take() {
			continue
		}
		switch f.Kind {
		case FaultLatency:
			a.delay += f.Delay
			continue
		case FaultTooMany:
			a.err = tooMany(max(f.RetryAfter, 1))
		case FaultForbidden:
			a.err = forbidden(orDefault(f.Description, "bot was blocked by the user"))
		case FaultError:
			a.err = &apiError{Code: f.Code, Desc: f.Description}
		case FaultServer:
			a.html = f.Code
			if a.html == 0 {
				a.html = http.StatusBadGateway
			}
		case FaultTimeout:
			a.silent, a.hold = true, f.Delay
		case FaultReset:
			a.reset = true
		}
		a.name = f.Kind
	}
	return a
}

func orDefault(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// forUpdate says whether a delivery fault strikes an update.
func (fs *faults) forUpdate(kind string, u *update) bool {
	if fs.active.Load() == 0 {
		return false
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if f.Kind == kind && (f.Chat == 0 || f.Chat == u.chat) && (f.Update == "" || f.Update == u.kind) && f.take() {
			return true
		}
	}
	return false
}

// limiter is a token bucket for all, for each chat and for each group.
type limiter struct {
	global, perChat, burst float64
	all                    bucket
	chats                  map[int64]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(f Fault) *limiter {
	l := &limiter{global: f.Global, perChat: f.PerChat, burst: f.Burst, chats: map[int64]*bucket{}}
	if l.global == 0 {
		l.global = 30
	}
	if l.perChat == 0 {
		l.perChat = 1
	}
	if l.burst == 0 {
		l.burst = 3
	}
	return l
}

// over takes a token from each bucket, or returns the seconds to wait.
func (l *limiter) over(method string, chat int64, now time.Time) int {
	m := strings.ToLower(method)
	if chat == 0 || !strings.HasPrefix(m, "send") && !strings.HasPrefix(m, "editmessage") && m != "copymessage" && m != "forwardmessage" || m == "sendchataction" {
		return 0
	}
	rate, burst := l.perChat, l.burst
	if chat < 0 {
		rate, burst = floodGroupLimit, 20
	}
	b := l.chats[chat]
	if b == nil {
		b = &bucket{}
		l.chats[chat] = b
	}
	wait := max(b.fill(now, rate, burst), l.all.fill(now, l.global, l.global))
	if wait > 0 {
		return int(math.Ceil(wait))
	}
	b.tokens--
	l.all.tokens--
	return 0
}

// fill tops the bucket up and returns the seconds until a token is there, 0 when one is.
func (b *bucket) fill(now time.Time, rate, burst float64) float64 {
	if b.at.IsZero() {
		b.tokens = burst
	} else {
		b.tokens = min(burst, b.tokens+now.Sub(b.at).Seconds()*rate)
	}
	b.at = now
	if b.tokens >= 1 {
		return 0
	}
	return (1 - b.tokens) / rate
}
