package bot

import "time"

// forecast estimates how many messages are still to be sent to those who wait now, until each has come to the end of their
// form. It lives in memory, and only of those whose answers wait.
type forecast struct {
	open   map[int64]way
	length float64 // of forms, in questions: what somebody has before them who has not begun
	moved  float64 // questions by which people came nearer to the end
	cost   float64 // messages that it took
}

// way is how far somebody is from the end of a form.
type way struct {
	left int
	seen time.Time
}

// priorMoves is how many questions of one message each the estimate begins with.
const priorMoves = 20

func newForecast() forecast {
	return forecast{open: map[int64]way{}, moved: priorMoves, cost: priorMoves}
}

// saw notes where somebody is whose answer waits: at a question of so many, at the end of a form, or, with neither, before
// its beginning.
func (f *forecast) saw(chat int64, at, of int, ended bool, now time.Time) {
	was, known := f.open[chat]
	left := int(f.length)
	switch {
	case ended:
		left = 0
	case of > 0:
		left = of - at + 1
		if f.length == 0 {
			f.length = float64(of)
		}
		f.length += (float64(of) - f.length) / 50
	}
	if known && left < was.left {
		f.moved += float64(was.left - left)
	}
	f.open[chat] = way{left: left, seen: now}
}

// sent notes that a chat was sent messages.
func (f *forecast) sent(chat int64, messages int) {
	w, known := f.open[chat]
	if !known {
		return
	}
	f.cost += float64(messages)
	if w.left == 0 {
		delete(f.open, chat)
	}
}

// left is how many messages are still to be sent, when an answer waits for so long: who has not been heard of for more
// than twice that and two minutes has gone away.
func (f *forecast) left(now time.Time, wait time.Duration) float64 {
	questions := 0
	for chat, w := range f.open {
		if now.Sub(w.seen) > 2*wait+2*time.Minute {
			delete(f.open, chat)
			continue
		}
		questions += w.left
	}
	return float64(questions) * f.cost / f.moved
}
