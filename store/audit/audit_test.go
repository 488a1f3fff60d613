package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"huiyin/store/audit"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 1000, time.UTC)

func event() audit.Event {
	return audit.Event{
		Case: "c", Seq: 2, Kind: "asked", At: noon, Party: "office", Officer: 7, Role: "lead", ByDepartment: "hr",
		Status: "waiting", To: 8, Department: "safety", Code: "code", Body: audit.BodyHash([]byte("sealed")), Key: "k",
	}
}

// changedFields gives copies of v in each of which one field is another.
func changedFields[T any](t *testing.T, v T) map[string]T {
	t.Helper()
	out := map[string]T{}
	for i := range reflect.TypeFor[T]().NumField() {
		changed := v
		f := reflect.ValueOf(&changed).Elem().Field(i)
		switch x := f.Interface().(type) {
		case string:
			f.SetString(x + "x")
		case int64:
			f.SetInt(x + 1)
		case time.Time:
			f.Set(reflect.ValueOf(x.Add(time.Microsecond)))
		case []byte:
			f.SetBytes(append(slices.Clone(x), 'x'))
		case audit.Hash:
			x[31] ^= 1
			f.Set(reflect.ValueOf(x))
		default:
			t.Fatalf("a field of type %T", x)
		}
		out[reflect.TypeFor[T]().Field(i).Name] = changed
	}
	return out
}

func TestEveryFieldIsHashed(t *testing.T) {
	t.Parallel()
	prev := audit.CaseStart("c")
	seen := map[audit.Hash]string{audit.EventHash(prev, event()): "itself"}
	note := func(what string, h audit.Hash) {
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the hash of %s", what, other)
		}
		seen[h] = what
	}
	for name, e := range changedFields(t, event()) {
		note("event "+name, audit.EventHash(prev, e))
	}
	note("another before it", audit.EventHash(audit.CaseStart("d"), event()))
	account := audit.Account{Seq: 1, Kind: "joined", At: noon, Officer: 2, By: 3, Role: "lead", Department: "hr", Code: "x"}
	note("account", audit.AccountHash(prev, account))
	for name, a := range changedFields(t, account) {
		note("account "+name, audit.AccountHash(prev, a))
	}
	note("another account before it", audit.AccountHash(audit.AccountStart(), account))
	for _, kind := range []string{audit.LeafEvent, audit.LeafAccount, audit.LeafCommitment} {
		note("leaf "+kind, audit.LeafHash(kind, prev))
	}
}

// Moving a letter from one field to the next is another event.
func TestFieldsDoNotRunTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, 6, -1)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		cut := rapid.IntRange(0, len(a+b)).Draw(t, "cut")
		one, two := event(), event()
		one.Role, one.ByDepartment = a, b
		two.Role, two.ByDepartment = (a + b)[:cut], (a + b)[cut:]
		same := audit.EventHash(audit.Hash{}, one) == audit.EventHash(audit.Hash{}, two)
		if same != (cut == len(a)) {
			t.Fatalf("%q|%q and cut at %d: same hash %v", a, b, cut, same)
		}
	})
}

// The hashes that stand in databases must stay what they are. These were computed by another program.
func TestHashesAreStable(t *testing.T) {
	t.Parallel()
	for what, pair := range map[string][2]string{
		"case":    {audit.CaseStart("c").String(), "c283520fff843ceea47f0ea313c81713b946c1d9e2787e8d7c7e7f84d32fc3d3"},
		"event":   {audit.EventHash(audit.CaseStart("c"), event()).String(), "fa66042945a616aef3e69889d0b32aca05105d6ca79326d42cff135c868df991"},
		"account": {audit.AccountHash(audit.AccountStart(), audit.Account{Seq: 1, Kind: "joined", At: noon}).String(), "fe58959993065738be146720bd58cf98653f22974a6c5fa8515511e6f2d86f70"},
		"leaf":    {audit.LeafHash(audit.LeafEvent, audit.Hash{}).String(), "4a135d5cd1e938d3eeb8a31b3eedb281154e2d5ecaa73aa5e8a0b8a78889a539"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s", what, pair[0])
		}
	}
	if audit.BodyHash(nil) != (audit.Hash{}) || audit.BodyHash([]byte{}) == (audit.Hash{}) {
		t.Error("no words and empty words")
	}
	zoned := event()
	zoned.At = zoned.At.In(time.FixedZone("", 8*3600))
	if audit.EventHash(audit.Hash{}, zoned) != audit.EventHash(audit.Hash{}, event()) {
		t.Error("the time zone is hashed")
	}
}

// log is a tree whose stored hashes are kept, and its blocks.
type log struct {
	tree   *audit.Tree
	stored []audit.Hash
	blocks []audit.Block
}

func (l *log) read(index []int64) ([]audit.Hash, error) {
	out := make([]audit.Hash, len(index))
	for i, x := range index {
		if x >= int64(len(l.stored)) {
			return nil, fmt.Errorf("hash %d is not stored", x)
		}
		out[i] = l.stored[x]
	}
	return out, nil
}

func commitment(i int) (h audit.Hash) {
	copy(h[:], fmt.Sprintf("commitment %d", i))
	return h
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

// grow seals one block of n commitments, resuming the tree from what is stored.
func (l *log) grow(t fataler, n int) {
	t.Helper()
	var last audit.Block
	if len(l.blocks) > 0 {
		last = l.blocks[len(l.blocks)-1]
	}
	var err error
	if l.tree, err = audit.Resume(last.Size, l.read); err != nil {
		t.Fatal(err)
	}
	for range n {
		if l.tree.Stored() != int64(len(l.stored)) {
			t.Fatal("the tree stores another number of hashes than it says")
		}
		add, err := l.tree.Add(audit.LeafHash(audit.LeafCommitment, commitment(int(l.tree.Size()))))
		if err != nil {
			t.Fatal(err)
		}
		l.stored = append(l.stored, add...)
	}
	b, err := last.Next(l.tree, noon.Add(time.Duration(last.N)*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !b.Follows(last) {
		t.Fatal("the block does not follow the one it was made after")
	}
	l.blocks = append(l.blocks, b)
}

// The tree is tlog's, whatever the blocks; every record proves itself against every later head, and every head grows
// out of every earlier one.
func TestTreeAndProofs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var l log
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 20), 1, 6).Draw(t, "blocks") {
			l.grow(t, n)
		}
		for i, b := range l.blocks {
			want, err := tlog.TreeHash(b.Size, tlog.HashReaderFunc(func(index []int64) ([]tlog.Hash, error) {
				hashes, err := l.read(index)
				out := make([]tlog.Hash, len(hashes))
				for i, h := range hashes {
					out[i] = tlog.Hash(h)
				}
				return out, err
			}))
			if err != nil || audit.Hash(want) != b.Root {
				t.Fatalf("block %d has another root than tlog's tree, %v", i, err)
			}
			for record := range b.Size {
				p, err := audit.Prove(commitment(int(record)), record, b, l.read)
				if err != nil {
					t.Fatal(err)
				}
				if err := audit.CheckProof(p, b); err != nil {
					t.Fatalf("record %d in block %d: %v", record, i, err)
				}
				wrong := p
				wrong.Commitment = commitment(int(record) + 1)
				if audit.CheckProof(wrong, b) == nil {
					t.Fatal("another commitment is proven by the same path")
				}
			}
			for j, older := range l.blocks[:i+1] {
				growth, err := audit.ProveGrowth(older, b, l.read)
				if err != nil {
					t.Fatal(err)
				}
				if err := audit.CheckGrowth(growth, older, b); err != nil {
					t.Fatalf("block %d grows out of %d: %v", i, j, err)
				}
				if j < i && audit.CheckGrowth(growth, b, older) == nil {
					t.Fatal("a tree shrinks")
				}
			}
		}
	})
}

func TestAnotherTreeDoesNotGrow(t *testing.T) {
	t.Parallel()
	var ours, theirs log
	ours.grow(t, 3)
	theirs.grow(t, 2)
	ours.grow(t, 5)
	theirs.grow(t, 6)
	growth, err := audit.ProveGrowth(ours.blocks[0], ours.blocks[1], ours.read)
	if err != nil {
		t.Fatal(err)
	}
	if audit.CheckGrowth(growth, theirs.blocks[0], ours.blocks[1]) == nil {
		t.Error("a tree that was never ours is said to be")
	}
	unsound := ours.blocks[0]
	unsound.Size--
	if audit.CheckGrowth(growth, unsound, ours.blocks[1]) == nil {
		t.Error("an unsound head is taken")
	}
}

func TestBlocksHoldTheirFields(t *testing.T) {
	t.Parallel()
	var l log
	l.grow(t, 4)
	l.grow(t, 4)
	for name, b := range changedFields(t, l.blocks[1]) {
		if b.Sound() {
			t.Errorf("%s changed, and the block is sound", name)
		}
	}
	if l.blocks[1].Follows(audit.Block{}) || l.blocks[0].Follows(l.blocks[1]) {
		t.Error("a block follows what it was not made after")
	}
}

func TestHeadsAsLines(t *testing.T) {
	t.Parallel()
	var l log
	l.grow(t, 4)
	h := l.blocks[0].Head()
	line := h.String()
	got, err := audit.ParseHead(" " + line + "\r\n")
	if err != nil || got.String() != line || got.Hash != h.Hash || got.Size != 4 || !got.Sealed.Equal(h.Sealed) {
		t.Errorf("%q read as %v, %v", line, got, err)
	}
	for _, bad := range []string{"", "x", line + " more", line[1:], strings.Replace(line, "block 1", "block 01", 1), line[:len(line)-1]} {
		if _, err := audit.ParseHead(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func proof(t testing.TB) []byte {
	t.Helper()
	var l log
	l.grow(t, 13)
	p, err := audit.Prove(commitment(5), 5, l.blocks[0], l.read)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func holds(b []byte) error {
	p, err := audit.ParseProof(b)
	if err != nil {
		return err
	}
	return audit.CheckProof(p, p.Head)
}

// No byte of a proof can be another: its form is the only one, and every value counts.
func TestAProofWithAnyByteChangedFails(t *testing.T) {
	t.Parallel()
	good := proof(t)
	if err := holds(append(append([]byte("\n"), good...), "\r\n"...)); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			if holds(bad) == nil {
				t.Errorf("byte %d changed from %q to %q: still a proof", i, good[i], bad[i])
			}
		}
		if holds(append(bytes.Clone(good[:i]), good[i+1:]...)) == nil {
			t.Errorf("byte %d left out: still a proof", i)
		}
	}
	var one log
	one.grow(t, 1)
	p, err := audit.Prove(commitment(0), 0, one.blocks[0], one.read)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(p); err != nil || holds(b) != nil {
		t.Errorf("a tree of one record: %s, %v, %v", b, err, holds(b))
	}
}

func FuzzParseProof(f *testing.F) {
	f.Add(proof(f))
	f.Add([]byte(`{"kind":"huiyin audit proof","version":1,"path":null,"head":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := audit.ParseProof(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(p)
		if err != nil || !bytes.Equal(again, bytes.TrimSpace(b)) {
			t.Fatalf("read, and written as another: %v", err)
		}
		_ = audit.CheckProof(p, p.Head) // must not panic
	})
}
