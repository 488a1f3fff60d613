package telegram

import (
	"container/list"
	"sync"
)

// attempts counts failures per update id for a bounded number of updates; the
// one untouched for longest is forgotten first. An update that is put aside
// stays marked so that its redelivery does not begin again.
type attempts struct {
	mu   sync.Mutex
	cap  int
	byID map[int64]*list.Element
	seen *list.List // of *attempt, latest first
}

type attempt struct {
	id    int64
	n     int
	aside bool
}

func newAttempts(capacity int) *attempts {
	return &attempts{cap: capacity, byID: make(map[int64]*list.Element), seen: list.New()}
}

// entry gives the entry of id, made when missing. The lock is held.
func (a *attempts) entry(id int64) *attempt {
	if e, ok := a.byID[id]; ok {
		a.seen.MoveToFront(e)
		return e.Value.(*attempt)
	}
	if a.seen.Len() >= a.cap {
		last := a.seen.Back()
		delete(a.byID, last.Value.(*attempt).id)
		a.seen.Remove(last)
	}
	v := &attempt{id: id}
	a.byID[id] = a.seen.PushFront(v)
	return v
}

// add counts one failure and gives their number.
func (a *attempts) add(id int64) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.entry(id)
	v.n++
	return v.n
}

func (a *attempts) setAside(id int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry(id).aside = true
}

func (a *attempts) isAside(id int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok := a.byID[id]
	return ok && e.Value.(*attempt).aside
}

func (a *attempts) forget(id int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e, ok := a.byID[id]; ok {
		delete(a.byID, id)
		a.seen.Remove(e)
	}
}
