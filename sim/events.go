package sim

import "time"

// Event is something a phone notices.
type Event struct {
	ID      int64     // counts up per phone
	Kind    string    // message, edited, deleted, answer, action, commands, phone
	Chat    string    // "bot" or the group's id
	Message *Message  // message, edited; shared between readers, do not change
	IDs     []int     // deleted
	Answer  *Answer   // answer
	Action  string    // action
	At      time.Time // server clock
}

// Answer is the bot's answer to a press.
type Answer struct {
	Query string `json:"query"`
	Text  string `json:"text"`
	Alert bool   `json:"alert"`
	URL   string `json:"url,omitempty"`
}

// keptEvents bounds what a stream that comes back can still get.
const keptEvents = 256

// On calls f for every event of the phone, in order and outside all locks, so
// f may use the phone. f should return soon: the phone's later events wait for it.
func (p *Phone) On(f func(Event)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on = append(p.on, f)
}

// Heard says whether the callbacks of On have been given every event there was.
func (p *Phone) Heard() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.draining
}

func (p *Phone) emit(e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastID++
	e.ID, e.At = p.lastID, p.srv.clock.Now()
	if len(p.events) == 2*keptEvents {
		p.events = append(p.events[:0], p.events[keptEvents:]...)
	}
	p.events = append(p.events, e)
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
	if len(p.on) == 0 {
		return
	}
	p.queue = append(p.queue, e)
	if !p.draining {
		p.draining = true
		go p.drain()
	}
}

// drain hands queued events to the callbacks one after another.
func (p *Phone) drain() {
	for {
		p.mu.Lock()
		if len(p.queue) == 0 {
			p.draining = false
			p.mu.Unlock()
			return
		}
		batch, on := p.queue, p.on
		p.queue = nil
		p.mu.Unlock()
		for _, e := range batch {
			for _, f := range on {
				f(e)
			}
		}
	}
}

func (p *Phone) answered(a Answer) {
	p.mu.Lock()
	p.answers = append(p.answers, a)
	if len(p.answers) > 2*keptEvents {
		p.answers = append(p.answers[:0], p.answers[keptEvents:]...)
	}
	p.mu.Unlock()
	p.emit(Event{Kind: "answer", Chat: "bot", Answer: &a})
}

// since returns the kept events after id and a channel closed at the next one.
func (p *Phone) since(id int64) ([]Event, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	for i, e := range p.events {
		if e.ID > id {
			return append([]Event(nil), p.events[i:]...), p.changed
		}
	}
	return nil, p.changed
}

func (p *Phone) newestEvent() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lastID
}
