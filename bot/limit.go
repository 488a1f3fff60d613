package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"huiyin/bot/telegram"
	"huiyin/flows"
)

// What is limited for each chat. How much is allowed stands with the store that counts.
const (
	LimitUpdates     = "updates"
	LimitBacklog     = "backlog" // messages that waited while we were away
	LimitDesk        = "desk"    // updates of officers
	LimitSubmissions = "submissions"
	LimitFiles       = "files"
	LimitBytes       = "bytes"
)

// Limits counts what a chat does, never by content.
type Limits interface {
	// Allow takes cost units from a chat's share of what; cost 0 only asks whether one more would be allowed.
	// ok is false when the share is used up; retry says how long to wait, and first that the person has not
	// been told yet. With an error nothing is known, and the chat passes.
	Allow(ctx context.Context, name [32]byte, what string, cost int) (ok bool, retry time.Duration, first bool, err error)
	// Enter is Allow of one unit, and reads the session under session in the same round trip. load gives what was read, as
	// Sessions.Load would; it is there with an error too.
	Enter(ctx context.Context, name [32]byte, what string, session [32]byte) (ok bool, retry time.Duration, first bool, load loader, err error)
}

// loader gives a session as Sessions.Load does.
type loader = func(context.Context) (flows.Session, error)

// LimitMetrics counts what the limits did. A nil *LimitMetrics counts nothing.
type LimitMetrics struct {
	limited *prometheus.CounterVec
	shed    prometheus.Counter
}

// NewLimitMetrics makes the metrics and registers them on reg; the error is reg's.
func NewLimitMetrics(reg prometheus.Registerer) (*LimitMetrics, error) {
	m := &LimitMetrics{
		limited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_limited_total",
			Help: "Updates over a chat's share by what was limited and outcome (told, silent), or let pass because the counts are away (away).",
		}, []string{"what", "outcome"}),
		shed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "huiyin_updates_shed_total",
			Help: "Updates over this process's ceiling, given back to Telegram to be delivered again.",
		}),
	}
	for _, c := range []prometheus.Collector{m.limited, m.shed} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	for _, what := range []string{LimitUpdates, LimitBacklog, LimitDesk, LimitSubmissions, LimitFiles, LimitBytes} {
		m.limited.WithLabelValues(what, "told") // there from the start
	}
	return m, nil
}

func (m *LimitMetrics) count(what, outcome string) {
	if m != nil {
		m.limited.WithLabelValues(what, outcome).Inc()
	}
}

// defaultCeiling is far above what one process has ever been seen to handle in a second.
const defaultCeiling = 5000

// errShed asks for redelivery: nothing is dropped, and a webhook says after how many seconds to come again.
var errShed = fmt.Errorf("over the process's ceiling: %w", telegram.ErrAway)

func newCeiling(perSecond int) *rate.Limiter {
	if perSecond <= 0 {
		perSecond = defaultCeiling
	}
	return rate.NewLimiter(rate.Limit(perSecond), perSecond)
}

// shed says whether the process has too much to do to look at another update.
func (r *Router) shed() bool {
	if r.ceiling.Allow() {
		return false
	}
	if r.LimitMetrics != nil {
		r.LimitMetrics.shed.Inc()
	}
	return true
}

// heldUp is from which age on a message has waited for us: how fast such ones come says nothing about the person.
const heldUp = 10 * time.Second

// admit says whether an update of a private chat is within the chat's share, and gives what reads its session. If not, it
// is acknowledged without a turn, so nothing that is stored changes, and the person is told once in a while.
func (r *Router) admit(ctx context.Context, in incoming) (load loader, ok bool) {
	session := r.session(in)
	if r.Limits == nil {
		return func(ctx context.Context) (flows.Session, error) { return r.Sessions.Load(ctx, session) }, true
	}
	what := LimitUpdates
	if !in.sent.IsZero() && r.Now().Sub(in.sent) > heldUp {
		what = LimitBacklog
	}
	name := r.share(in)
	ok, retry, first, load, err := r.Limits.Enter(ctx, name, what, session)
	ok = r.passes(what, ok, err)
	if !ok && what == LimitUpdates && r.isOfficer(ctx, in) {
		what = LimitDesk
		ok, retry, first = r.allow(ctx, name, what, 1)
	}
	if !ok {
		r.refuse(ctx, in, what, first, "error.too_fast", "Seconds", upTo(retry, time.Second))
		return nil, false
	}
	if !handsIn(in.turn.In) {
		return load, true
	}
	for _, what := range []string{LimitFiles, LimitBytes} {
		if ok, retry, first := r.allow(ctx, name, what, 0); !ok {
			r.refuse(ctx, in, what, first, "error.too_many_files", "Hours", upTo(retry, time.Hour))
			return nil, false
		}
	}
	return load, true
}

// handsIn says whether a message brings a file that we will fetch.
func handsIn(in flows.Input) bool { return in.File != nil && !in.TooBig && !in.Edited }

// allow asks the limits; when they are away everybody passes.
func (r *Router) allow(ctx context.Context, name [32]byte, what string, cost int) (ok bool, retry time.Duration, first bool) {
	ok, retry, first, err := r.Limits.Allow(ctx, name, what, cost)
	return r.passes(what, ok, err), retry, first
}

// passes is ok, or that nothing is known.
func (r *Router) passes(what string, ok bool, err error) bool {
	if err != nil {
		r.LimitMetrics.count(what, "away")
	}
	return ok || err != nil
}

// isOfficer is asked only about somebody who is over a reporter's share.
func (r *Router) isOfficer(ctx context.Context, in incoming) bool {
	person := r.person(in.user)
	_, ok, err := r.Officers.OfficerByKey(ctx, person[:], false)
	return ok || err != nil // when it cannot be known, the larger share
}

// refuse acknowledges an update that is over the share: told the first time, without a word after that.
func (r *Router) refuse(ctx context.Context, in incoming, what string, first bool, key string, data ...any) {
	outcome := "silent"
	if first {
		outcome = "told"
	}
	r.LimitMetrics.count(what, outcome)
	if !first {
		if err := r.answerOnly(ctx, in); err != nil {
			r.Log.Warn("press not answered", "class", string(telegram.ClassOf(err)))
		}
		return
	}
	t := r.aside(ctx, in)
	t.Alert(key, data...)
	if err := r.perform(ctx, in, t); err != nil {
		r.Log.Warn("limit not told", "class", string(telegram.ClassOf(err)))
	}
}

// full says whether a chat has handed in its share of cases for today. Then the form stays as it is, ready to be
// sent, and the person is told. Effects that file nothing are never held back.
func (r *Router) full(ctx context.Context, t *Turn, effects []flows.Effect) bool {
	if r.Limits == nil {
		return false
	}
	for _, e := range effects {
		if s, ok := e.(flows.Submit); !ok || !files(s.Draft) {
			continue
		}
		ok, retry, _ := r.allow(ctx, t.share, LimitSubmissions, 0)
		if ok {
			return false
		}
		r.LimitMetrics.count(LimitSubmissions, "told")
		t.Alert("error.too_many_cases", "Hours", upTo(retry, time.Hour))
		t.Ask()
		return true
	}
	return false
}

// files says whether sending a draft makes a case of it: all others concern a case that there is.
func files(d flows.Draft) bool {
	return !ofDesk(d) && d.Context["case"] == ""
}

// spend takes from a chat's share what a stored turn has used. A turn played twice, or delivered again because a
// store was away, is paid once.
func (r *Router) spend(ctx context.Context, t *Turn) {
	if r.Limits == nil {
		return
	}
	if handsIn(t.In) && t.Officer == nil {
		r.allow(ctx, t.share, LimitFiles, 1)
		r.allow(ctx, t.share, LimitBytes, int(max(t.In.File.Size, 1)))
	}
	if t.filed {
		r.allow(ctx, t.share, LimitSubmissions, 1)
	}
}

// aside is a turn for a word outside any turn: the session is looked at for its language only.
func (r *Router) aside(ctx context.Context, in incoming) *Turn {
	lang := r.Book.Match(in.hint)
	if s, err := r.Sessions.Load(ctx, r.session(in)); err == nil && s.Lang != "" {
		lang = s.Lang
	}
	return &Turn{Pressed: in.turn.Pressed, In: in.turn.In, book: r.Book, Session: flows.Session{Lang: lang}}
}

// upTo gives a time in whole units, rounded up.
func upTo(d, unit time.Duration) int { return int((d + unit - 1) / unit) }
