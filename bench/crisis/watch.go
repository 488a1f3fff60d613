package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"huiyin/bench/crowd"
	"huiyin/sim"
)

// seen is what was seen of an hour. Times are real ones, since it began.
type seen struct {
	answers []answered
	sent    []time.Duration // when messages were sent or edited
	looks   []look
	filed   int
	worked  int
	lost    []error
	lapsed  int // updates that grew too old before the bot took them

	casesBefore, cases   int
	atStart, noticesLeft int
	lastFiled, over      time.Duration
}

// answered is one thing done, and how long its answer took.
type answered struct{ at, took time.Duration }

// look is what the bot said of itself at a moment.
type look struct {
	at             time.Duration
	waiting        int           // chats
	wait, ends     time.Duration // as foreseen
	notices        float64       // settled so far
	noticesWaiting float64
	oldest         time.Duration // for which the oldest notice has been due
	calls, refused float64       // messages sent or edited, and those that Telegram refused as too many
	merged, aside  float64
}

func (h *hour) begin() { h.began = time.Now() }

func (h *hour) asked(_ crowd.Step, at time.Time, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = append(h.answers, answered{at.Sub(h.began), took})
}

// hear notes every message that the bot puts before somebody.
func (h *hour) hear(e sim.Event) {
	if e.Kind != "edited" && (e.Kind != "message" || e.Message.From != "bot") {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = append(h.sent, time.Since(h.began))
}

// watch asks the bot twice a second how it is.
func (h *hour) watch(ctx context.Context) {
	for (crowd.Pace{Pause: 500 * time.Millisecond}).Wait(ctx) {
		l, err := h.look(ctx)
		if err != nil {
			continue // who watches is in no hurry
		}
		h.mu.Lock()
		h.looks = append(h.looks, l)
		filed, lost := h.filed, len(h.lost)
		h.mu.Unlock()
		if len(h.looks)%20 == 1 {
			_, _ = fmt.Fprintf(h.out, "minute %2.0f: %d filed, %d lost; %d wait for an answer, for %s, until minute %.0f; %.0f notices wait\n",
				h.slow(l.at).Minutes(), filed, lost, l.waiting, whole(h.slow(l.wait)), h.slow(l.at+l.ends).Minutes(), l.noticesWaiting)
		}
	}
}

func (h *hour) look(ctx context.Context) (l look, err error) {
	at := time.Since(h.began)
	raw, err := h.get(ctx, "/healthz")
	if err != nil {
		return l, err
	}
	var health struct {
		Answers map[string]struct {
			Waiting int     `json:"waiting"`
			Wait    float64 `json:"wait_seconds"`
			Ends    float64 `json:"ends_in_seconds"`
		} `json:"answers"`
	}
	if err := json.Unmarshal(raw, &health); err != nil {
		return l, err
	}
	a := health.Answers["bot"]
	l = look{at: at, waiting: a.Waiting, wait: seconds(a.Wait), ends: seconds(a.Ends)}
	if raw, err = h.get(ctx, "/metrics"); err != nil {
		return l, err
	}
	for in := bufio.NewScanner(bytes.NewReader(raw)); in.Scan(); {
		name, number, _ := strings.Cut(in.Text(), " ")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			continue
		}
		switch base, _, _ := strings.Cut(name, "{"); base {
		case "huiyin_notices_settled_total":
			l.notices += v
		case "huiyin_notices_waiting":
			l.noticesWaiting = v
		case "huiyin_notices_oldest_seconds":
			l.oldest = seconds(v)
		case "huiyin_answers_owed_total":
			if strings.Contains(name, `"merged"`) {
				l.merged = v
			}
		case "huiyin_telegram_updates_total":
			if strings.Contains(name, `"aside"`) {
				l.aside += v
			}
		case "huiyin_telegram_calls_total":
			if strings.Contains(name, `"sendMessage"`) || strings.Contains(name, `"editMessageText"`) {
				l.calls += v
				if strings.Contains(name, `"rate_limited"`) {
					l.refused += v
				}
			}
		}
	}
	return l, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (h *hour) get(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.listen+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // all was read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
