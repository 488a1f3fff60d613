package postgres

import (
	"bytes"
	"cmp"
	"container/list"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/failpoint"
	"huiyin/store/postgres/db"
)

const (
	draftBatch = 100 // entries written at once
	// What waits while Postgres is away is bounded; beyond it the bodies put longest ago are let go.
	maxPendingDrafts = 10_000
	maxPendingBytes  = 64 << 20
	minDraftBackoff  = 200 * time.Millisecond
	maxDraftBackoff  = 5 * time.Second
)

// Drafts keeps sealed checkpoints of drafts by name, so that a lost session can be rebuilt. Puts are
// written behind, in batches; the newest revision of a name wins everywhere, and a tombstone wins over
// all that is not newer. It is safe for concurrent use.
//
// Revisions of one name must grow, across Drop too: a Put at or below a tombstone's revision is
// ignored. Rev gives the number to go on from.
type Drafts struct {
	s *Store

	mu      sync.Mutex
	pending map[string]*list.Element // of *checkpoint
	order   *list.List               // longest untouched first
	bytes   int
	flying  map[string]*checkpoint // being written
	lost    int64
	closed  bool

	writing chan struct{} // holds a token while a batch is being written
	wake    chan struct{} // something is pending
	full    chan struct{} // a whole batch is pending
	quit    context.CancelFunc
	done    chan struct{}
}

// checkpoint is one write to come. A nil body is a tombstone.
type checkpoint struct {
	name string
	rev  int64
	body []byte
}

func (c *checkpoint) size() int { return len(c.name) + len(c.body) }

// beats says whether c is to be kept when o is known too.
func (c *checkpoint) beats(o *checkpoint) bool {
	return o == nil || c.rev > o.rev || c.rev == o.rev && c.body == nil
}

func newDrafts(s *Store) *Drafts {
	ctx, quit := context.WithCancel(context.Background())
	d := &Drafts{
		s: s, pending: map[string]*list.Element{}, order: list.New(), flying: map[string]*checkpoint{},
		writing: make(chan struct{}, 1), wake: make(chan struct{}, 1), full: make(chan struct{}, 1),
		quit: quit, done: make(chan struct{}),
	}
	go d.run(ctx)
	return d
}

// Get gives the newest checkpoint of a name; found is false when there is none or it was dropped.
// What this process has put is seen at once. Error: Away.
func (d *Drafts) Get(ctx context.Context, name []byte) (sealed []byte, found bool, err error) {
	c, err := d.newest(ctx, name)
	if err != nil || c == nil || c.body == nil {
		return nil, false, err
	}
	return bytes.Clone(c.body), true, nil
}

// Rev gives the highest revision known of a name, dropped or not; 0 when there is none. Error: Away.
func (d *Drafts) Rev(ctx context.Context, name []byte) (int64, error) {
	c, err := d.newest(ctx, name)
	if err != nil || c == nil {
		return 0, err
	}
	return c.rev, nil
}

func (d *Drafts) newest(ctx context.Context, name []byte) (*checkpoint, error) {
	here := d.here(string(name)) // before the table: what is written meanwhile is in one of the two
	ctx, cancel := d.s.limit(ctx)
	defer cancel()
	row, err := d.s.q.GetDraft(ctx, d.s.pool, name)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return here, nil
	case err != nil && here != nil:
		return here, nil
	case err != nil:
		return nil, safe("read a draft", err)
	}
	there := &checkpoint{name: string(name), rev: row.Rev, body: row.Body}
	if here != nil && !there.beats(here) {
		return here, nil
	}
	return there, nil
}

func (d *Drafts) here(name string) *checkpoint {
	d.mu.Lock()
	defer d.mu.Unlock()
	if el := d.pending[name]; el != nil {
		return el.Value.(*checkpoint)
	}
	return d.flying[name]
}

// Put takes a checkpoint to be written soon. It never waits and never fails: while Postgres is away
// the newest bodies are kept in memory, within bounds. An empty body is ignored.
func (d *Drafts) Put(name []byte, rev int64, sealed []byte) {
	if len(name) == 0 || len(sealed) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.enqueue(&checkpoint{name: string(name), rev: rev, body: bytes.Clone(sealed)})
	}
}

// enqueue keeps c unless something newer is known; mu is held.
func (d *Drafts) enqueue(c *checkpoint) {
	if !c.beats(d.flying[c.name]) {
		return
	}
	if el := d.pending[c.name]; el != nil {
		if !c.beats(el.Value.(*checkpoint)) {
			return
		}
		d.remove(el)
	}
	d.pending[c.name] = d.order.PushBack(c)
	d.bytes += c.size()
	for d.order.Len() > maxPendingDrafts || d.bytes > maxPendingBytes && d.order.Len() > 1 {
		d.remove(d.order.Front())
		d.lost++
	}
	signal(d.wake)
	if d.order.Len() >= draftBatch {
		signal(d.full)
	}
}

func (d *Drafts) remove(el *list.Element) {
	c := d.order.Remove(el).(*checkpoint)
	delete(d.pending, c.name)
	d.bytes -= c.size()
}

// Drop leaves a tombstone at once. It beats whatever is stored up to revision rev, what this process
// has pending or in flight at any revision, and every later Put up to the tombstone's revision. After
// an error (Away) the tombstone is still written as soon as possible; Drop may be called again.
func (d *Drafts) Drop(ctx context.Context, name []byte, rev int64) error {
	c := &checkpoint{name: string(name), rev: rev}
	d.mu.Lock()
	if el := d.pending[c.name]; el != nil {
		c.rev = max(c.rev, el.Value.(*checkpoint).rev)
		d.remove(el)
	}
	if f := d.flying[c.name]; f != nil {
		c.rev = max(c.rev, f.rev)
	}
	d.mu.Unlock()

	ctx, cancel := d.s.limit(ctx)
	defer cancel()
	err := d.save(ctx, d.s.pool, []*checkpoint{c})
	if err != nil {
		d.mu.Lock()
		d.enqueue(c)
		d.mu.Unlock()
	}
	return err
}

// dropTx leaves a tombstone within a transaction; an empty name is none.
func (s *Store) dropTx(ctx context.Context, tx pgx.Tx, name []byte, rev int64) error {
	if len(name) == 0 {
		return nil
	}
	if c := s.drafts.here(string(name)); c != nil {
		rev = max(rev, c.rev)
	}
	return s.drafts.save(ctx, tx, []*checkpoint{{name: string(name), rev: rev}})
}

// forget lets go of what is pending for a name that a committed dropTx has ended.
func (d *Drafts) forget(name []byte, rev int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if el := d.pending[string(name)]; el != nil && el.Value.(*checkpoint).rev <= rev {
		d.remove(el)
	}
}

// Flush writes all that was pending when it was called. Error: Away, and what is not written stays pending.
func (d *Drafts) Flush(ctx context.Context) error {
	for {
		n, err := d.write(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

// Close takes no more puts, writes what is pending and ends the background work. On an error what
// could not be written is lost.
func (d *Drafts) Close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	err := d.Flush(ctx)
	d.stop()
	return err
}

func (d *Drafts) stop() {
	d.quit()
	<-d.done
}

// run writes batches: one when a batch is full or DraftDelay after the first put.
func (d *Drafts) run(ctx context.Context) {
	defer close(d.done)
	backoff := minDraftBackoff
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		}
		delay := time.NewTimer(d.s.opts.DraftDelay)
		select {
		case <-ctx.Done():
			delay.Stop()
			return
		case <-delay.C:
		case <-d.full:
			delay.Stop()
		}
		for {
			n, err := d.write(ctx)
			if err == nil {
				backoff = minDraftBackoff
				if n == 0 {
					break
				}
				continue
			}
			if ctx.Err() != nil {
				return
			}
			d.s.log.WarnContext(ctx, "drafts not written", "error", err, "lost", d.lostSoFar())
			select {
			case <-ctx.Done():
				return
			case <-time.After(backoff):
			}
			backoff = min(2*backoff, maxDraftBackoff)
		}
	}
}

// write writes one batch and says how many entries it held.
func (d *Drafts) write(ctx context.Context) (int, error) {
	ctx, cancel := d.s.limit(ctx)
	defer cancel()
	select {
	case d.writing <- struct{}{}:
		defer func() { <-d.writing }()
	case <-ctx.Done():
		return 0, safe("write drafts", ctx.Err())
	}
	d.mu.Lock()
	var batch []*checkpoint
	for d.order.Len() > 0 && len(batch) < draftBatch {
		c := d.order.Front().Value.(*checkpoint)
		d.remove(d.order.Front())
		d.flying[c.name] = c
		batch = append(batch, c)
	}
	d.mu.Unlock()
	if len(batch) == 0 {
		return 0, nil
	}
	failpoint.At(failpoint.DraftsWrite)
	err := d.save(ctx, d.s.pool, batch)
	failpoint.At(failpoint.DraftsWritten)
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.flying)
	if err != nil {
		for _, c := range batch {
			d.enqueue(c) // loses against what has come meanwhile
		}
	}
	return len(batch), err
}

func (d *Drafts) save(ctx context.Context, to db.DBTX, batch []*checkpoint) error {
	// In one order everywhere, so that two writers do not lock each other out.
	slices.SortFunc(batch, func(a, b *checkpoint) int { return cmp.Compare(a.name, b.name) })
	var names, bodies [][]byte
	var revs []int64
	for _, c := range batch {
		names = append(names, []byte(c.name))
		revs = append(revs, c.rev)
		bodies = append(bodies, c.body)
	}
	return safe("write drafts", d.s.q.SaveDrafts(ctx, to, names, revs, bodies))
}

func (d *Drafts) lostSoFar() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
