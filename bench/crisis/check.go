package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// promise is one thing that was promised, and what was found.
type promise struct {
	what, wanted, found string
	kept                bool
}

// rush gives the time in which more answers waited than leave in a second: it begins when that is first so, and ends when
// nobody waits any more.
func (h *hour) rush() (from, to time.Duration) {
	for _, l := range h.looks {
		if l.waiting >= h.rate*h.speed {
			if from == 0 {
				from = l.at
			}
			to = l.at
		}
	}
	return from, to
}

// minute is what happened in a minute of the hour.
type minute struct {
	answers             []time.Duration // how long they took, sorted, of what was done in it
	sent                int
	median, p90, worst  time.Duration
	oldest              time.Duration // notice
	waiting             int
	foreseen            time.Duration // the end of the backlog since the beginning, as it was foreseen
	notices, noticesOut float64
}

// minutes cuts the hour up.
func (h *hour) minutes() []minute {
	each := h.fast(time.Minute)
	all := make([]minute, h.over/each+1)
	at := func(d time.Duration) *minute { return &all[min(max(int(d/each), 0), len(all)-1)] }
	for _, a := range h.answers {
		m := at(a.at)
		m.answers = append(m.answers, h.slow(a.took))
	}
	for _, s := range h.sent {
		at(s).sent++
	}
	for _, l := range h.looks {
		m := at(l.at)
		m.oldest, m.waiting, m.notices, m.noticesOut = h.slow(l.oldest), l.waiting, l.noticesWaiting, l.notices
		if l.waiting > 0 {
			m.foreseen = h.slow(l.at + l.ends)
		}
	}
	for i := range all {
		m := &all[i]
		slices.Sort(m.answers)
		m.median, m.p90, m.worst = quantile(m.answers, 50), quantile(m.answers, 90), quantile(m.answers, 100)
	}
	return all
}

func quantile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

// check holds the promises against what was seen.
func (h *hour) check() []promise {
	from, to := h.rush()
	var out []promise
	add := func(kept bool, what, wanted, format string, args ...any) {
		out = append(out, promise{what, wanted, fmt.Sprintf(format, args...), kept})
	}
	sent := 0
	for _, s := range h.sent {
		if s >= from && s < to {
			sent++
		}
	}
	busy := float64(sent) / (float64(h.rate*h.speed) * max((to-from).Seconds(), 1))
	add(busy >= 0.95, "allowed rate used while answers wait", "≥ 95 %", "%.1f %%", 100*busy)

	// The first and last of the rush: what was asked before the line formed, or when it is gone, has no median to speak of.
	worst, when := 0.0, 0
	for i, m := range h.minutes() {
		begins, ends := h.fast(time.Duration(i)*time.Minute), h.fast(time.Duration(i+1)*time.Minute)
		if begins < from || ends > to || len(m.answers) < 20 {
			continue
		}
		// A second of real time is the grain in which Telegram says how long to wait.
		if r := float64(m.worst-h.slow(time.Second)) / float64(m.median); r > worst {
			worst, when = r, i
		}
	}
	add(worst > 0 && worst <= 2, "slowest answer by the median of those who asked in the same minute", "≤ 2", "%.2f (minute %d)", worst, when)

	before, after := h.between(from, to)
	share := (after.notices - before.notices) / math.Max(float64(sent), 1)
	add(share <= 0.01, "notices among what is sent while answers wait", "≤ 1 %", "%.2f %% (%.0f)", 100*share, after.notices-before.notices)

	lost := len(h.lost) + h.lapsed + h.noticesLeft
	stored := h.cases - h.casesBefore
	found := fmt.Sprintf("%d of %d filed, %d cases stored, %d updates too old, %d notices left", h.filed, h.people, stored, h.lapsed, h.noticesLeft)
	if len(h.lost) > 0 {
		found += "; first: " + h.lost[0].Error()
	}
	add(lost == 0 && stored == h.people && h.filed == h.people && h.aside() == 0, "nothing lost", "everybody filed once", "%s", found)

	off, at := h.foresight()
	add(off <= 0.15, "end of the backlog foreseen, from when all have come", "within 15 %", "off by at most %.1f %% (minute %.0f)", 100*off, h.slow(at).Minutes())
	return out
}

// between gives what the bot said of itself at the beginning and the end of a time.
func (h *hour) between(from, to time.Duration) (first, last look) {
	for _, l := range h.looks {
		if l.at <= from || first.at == 0 {
			first = l
		}
		if l.at <= to {
			last = l
		}
	}
	return first, last
}

func (h *hour) aside() float64 {
	if len(h.looks) == 0 {
		return 0
	}
	return h.looks[len(h.looks)-1].aside
}

// ended is when nobody waited any more.
func (h *hour) ended() (at time.Duration) {
	for _, l := range h.looks {
		if l.waiting > 0 {
			at = l.at
		}
	}
	return at
}

// foresight says by how much of the whole the foreseen end was off at worst, from when all people have come.
func (h *hour) foresight() (worst float64, at time.Duration) {
	end := h.ended()
	for _, l := range h.looks {
		if l.at < h.fast(h.arrive+time.Minute) || l.at > end {
			continue
		}
		if off := math.Abs((l.at + l.ends - end).Seconds()) / end.Seconds(); off > worst {
			worst, at = off, l.at
		}
	}
	return worst, at
}
