package bot

import "sync"

// doneSet remembers the updates that this process has brought to their end, answer included.
type doneSet struct {
	mu    sync.Mutex
	ids   map[int64]struct{}
	order []int64
	next  int
}

func newDoneSet(size int) *doneSet {
	return &doneSet{ids: make(map[int64]struct{}, size), order: make([]int64, size)}
}

func (d *doneSet) has(id int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.ids[id]
	return ok
}

func (d *doneSet) add(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.ids, d.order[d.next])
	d.order[d.next] = id
	d.ids[id] = struct{}{}
	d.next = (d.next + 1) % len(d.order)
}
