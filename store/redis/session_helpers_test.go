package redis

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"huiyin/flows"
	"huiyin/store/redis/local"
	"huiyin/store/redis/redistest"
)

// gcm seals as store/seal does: bound to the name, never twice alike.
type gcm struct{ cipher.AEAD }

func newSealer(t testing.TB) gcm {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return gcm{a}
}

func (g gcm) SealSession(name, plain []byte) ([]byte, error) {
	nonce := make([]byte, g.NonceSize())
	_, _ = rand.Read(nonce)
	return g.Seal(nonce, nonce, plain, name), nil
}

func (g gcm) OpenSession(name, sealed []byte) ([]byte, error) {
	if len(sealed) < g.NonceSize() {
		return nil, errors.New("too short")
	}
	return g.Open(nil, sealed[:g.NonceSize()], sealed[g.NonceSize():], name)
}

// memory is a Backup that obeys the rules of one.
type memory struct {
	mu     sync.Mutex
	rows   map[string]row
	broken error
}

type row struct {
	rev    int64
	sealed []byte // nil for a tombstone
}

func newMemory() *memory { return &memory{rows: map[string]row{}} }

func (m *memory) Get(_ context.Context, name []byte) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[string(name)]
	return bytes.Clone(r.sealed), r.sealed != nil, m.broken
}

func (m *memory) Rev(_ context.Context, name []byte) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[string(name)].rev, m.broken
}

func (m *memory) Put(name []byte, rev int64, sealed []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if rev > m.rows[string(name)].rev {
		m.rows[string(name)] = row{rev, bytes.Clone(sealed)}
	}
}

func (m *memory) Drop(_ context.Context, name []byte, rev int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if rev >= m.rows[string(name)].rev {
		m.rows[string(name)] = row{rev: rev}
	}
	return nil
}

func (m *memory) has(name [32]byte) bool {
	_, found, _ := m.Get(context.Background(), name[:])
	return found
}

// bundle is a store on a Redis of the test's own.
type bundle struct {
	ctx    context.Context
	c      goredis.UniversalClient
	backup *memory
	seal   gcm
	prefix string
	s      *Sessions
	name   [32]byte
}

// everywhere runs a test on the server inside the process (or that of TEST_REDIS_URL), and on a real one.
func everywhere(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Parallel()
	t.Run("any", func(t *testing.T) {
		t.Parallel()
		url, prefix := redistest.New(t)
		test(t, setup(t, url, prefix))
	})
	if _, err := exec.LookPath("redis-server"); err != nil && os.Getenv("CI") == "" {
		t.Log("left out: no redis-server on PATH")
		return
	}
	t.Run("redis-server", func(t *testing.T) {
		t.Parallel()
		test(t, setup(t, startReal(t), "hy:test:"))
	})
}

func setup(t testing.TB, url, prefix string) *bundle {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c, err := Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	b := &bundle{
		ctx: ctx, c: c, backup: newMemory(), seal: newSealer(t), prefix: prefix,
		name: sha256.Sum256([]byte(t.Name())),
	}
	b.s = NewSessions(NewRounds(c), b.seal, b.backup, Options{TTL: time.Hour, Prefix: prefix})
	return b
}

func (b *bundle) save(t testing.TB, sess flows.Session) flows.Session {
	t.Helper()
	saved, err := b.s.Save(b.ctx, b.name, sess)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func (b *bundle) load(t testing.TB) flows.Session {
	t.Helper()
	sess, err := b.s.Load(b.ctx, b.name)
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

// lose forgets the session as a flushed Redis does, without touching other tests' keys.
func (b *bundle) lose(t testing.TB) {
	t.Helper()
	if err := b.c.Del(b.ctx, b.s.key(b.name)).Err(); err != nil {
		t.Fatal(err)
	}
}

// guesses counts under the test's own prefix.
func (b *bundle) guesses() *Guesses {
	g := NewGuesses(b.c)
	g.prefix = b.prefix + "{g}:"
	return g
}

const marker = "MARKER-龘-words-of-a-person"

// typical is a session in the middle of a complaint.
func typical(mode string) flows.Session {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	return flows.Session{
		Lang: "zh-Hans", Active: "5b1c2f7e-8a2f-4b44-9e5e-0d6c9a3b7f10",
		Seen: []int64{870123401, 870123402, 870123403, 870123404, 870123405, 870123406},
		Drafts: []flows.Draft{{
			ID: "5b1c2f7e-8a2f-4b44-9e5e-0d6c9a3b7f10", Nonce: "k3v9", Turn: 9, Flow: "complaint", Version: 1, State: "when",
			Answers: map[string]flows.Answer{
				"mode": {Option: mode}, "mode_info": {Option: "ok"}, "kind": {Option: "pay"}, "matter": {Option: "overtime"},
				"amount": {Parts: []flows.Part{{Message: 411, Text: "三月到五月，大约四千元"}}},
				"what": {Parts: []flows.Part{
					{Message: 413, Text: marker + " 车间主任从三月起要求我们每天多干两小时，工资单上没有加班费，问了两次都说下个月补。"},
					{Message: 415, Text: "同组的六个人都是这样，考勤机上有记录。"},
				}},
			},
			Started: at, Touched: at.Add(9 * time.Minute),
		}},
	}
}

// servers starts what the benchmarks compare.
func servers(t testing.TB) map[string]func(testing.TB) string {
	t.Helper()
	all := map[string]func(testing.TB) string{
		"any": func(t testing.TB) string { url, _ := redistest.New(t); return url },
	}
	if _, err := exec.LookPath("redis-server"); err == nil {
		all["redis-server"] = startReal
	}
	return all
}

// startReal gives the URL of a redis-server of the test's own.
func startReal(t testing.TB) string {
	t.Helper()
	server, err := local.StartServer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server.URL()
}
