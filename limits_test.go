package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"huiyin/bot"
	"huiyin/sim"
	"huiyin/store/redis"
	"huiyin/store/redis/redistest"
)

// What the bot limits, the store has numbers for.
func TestEveryLimitHasANumber(t *testing.T) {
	t.Parallel()
	url, _ := redistest.New(t)
	c, err := redis.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	limits := redis.NewLimits(redis.NewRounds(c))
	for _, what := range []string{
		bot.LimitUpdates, bot.LimitBacklog, bot.LimitDesk, bot.LimitSubmissions, bot.LimitFiles, bot.LimitBytes,
	} {
		if ok, _, _, err := limits.Allow(context.Background(), [32]byte{1}, what, 0); !ok || err != nil {
			t.Errorf("%s: %v, %v", what, ok, err)
		}
	}
}

// A flood is told once that it is one, and all its updates are confirmed; the person beside it feels nothing, and
// what was answered before the flood is still there.
func TestFlood(t *testing.T) {
	t.Parallel()
	h := startHouse(t)
	flood := h.telegram.AddPhone(sim.Profile{ID: 880101, Name: "Flood", Username: "flood", Language: "en"})
	other := h.telegram.AddPhone(sim.Profile{ID: 880102, Name: "Other", Username: "other", Language: "en"})
	for _, p := range []*sim.Phone{flood, other} {
		p.Send("/start")
		h.settle()
		if err := p.Tap("English"); err != nil {
			t.Fatal(err)
		}
		h.settle()
	}
	if err := flood.Tap("File a grievance"); err != nil {
		t.Fatal(err)
	}
	h.settle()
	open := flood.Last().Text
	told := func(p *sim.Phone) (n int) {
		for _, m := range p.Messages() {
			if m.From == "bot" && strings.Contains(m.Text, "faster than I can follow") {
				n++
			}
		}
		return n
	}
	wave := func(size int) {
		for i := range size {
			flood.Send(fmt.Sprint("again ", i))
		}
	}
	// In waves that a slow machine is through with in seconds: what has waited longer for us is not held against anybody.
	for waves := 0; told(flood) == 0; waves++ {
		if waves == 100 {
			t.Fatal("the flood is never told")
		}
		wave(20)
		h.settle()
	}
	wave(100)
	if err := other.Tap("File a grievance"); err != nil {
		t.Fatal(err)
	}
	h.settle()
	// On a machine so slow that half a minute goes by, it is told again.
	if n := told(flood); n < 1 || n > 3 {
		t.Errorf("the flood was told %d times", n)
	}
	if n := told(other); n != 0 || other.Last().Text != open {
		t.Errorf("the other person was told %d times and sees:\n%s", n, other.Last().Text)
	}
}

// forgetPace lets a phone begin anew with its share of updates.
func (h *testHouse) forgetPace(chat int64) {
	h.t.Helper()
	name := h.keys.Name("limit", strconv.FormatInt(h.telegram.BotID(), 10), strconv.FormatInt(chat, 10))
	key := "hy:l:{" + base64.RawURLEncoding.EncodeToString(name[:]) + "}:" + bot.LimitUpdates
	if err := h.redis.Del(context.Background(), key).Err(); err != nil {
		h.t.Fatal(err)
	}
}
