package postgres

import (
	"context"
	"sync"
	"time"
)

// officerKeysFor is how long it may take until a process hears of an officer who joined through another one.
const officerKeysFor = time.Second

// officerKeys knows whose account is surely no officer's, so that not every tap of every reporter asks the database
// who they are. Whoever may be an officer is asked for each time: an access that was ended is ended at once.
type officerKeys struct {
	mu    sync.Mutex
	at    time.Time // when known was asked for
	sure  bool      // known is what the database said then
	known map[string]struct{}
}

// none says that key is no active officer's, as of at most officerKeysFor ago.
func (s *Store) none(ctx context.Context, key []byte) bool {
	k := &s.officerKeys
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.at) >= officerKeysFor {
		k.known, k.sure = map[string]struct{}{}, false
		keys, err := s.q.ActiveOfficerKeys(ctx, s.pool)
		if err == nil {
			k.sure = true
		}
		// After a failure too: those who wait here are not to fail one after another.
		k.at = time.Now()
		for _, key := range keys {
			k.known[string(key)] = struct{}{}
		}
	}
	_, may := k.known[string(key)]
	return k.sure && !may
}

// forget has the next question asked of the database: somebody has joined.
func (k *officerKeys) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = time.Time{}
}
