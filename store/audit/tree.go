package audit

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Leaf kinds.
const (
	LeafEvent      = "event"      // an event of a case
	LeafAccount    = "account"    // an event of the accounts
	LeafCommitment = "commitment" // 32 bytes that only the holder of a receipt can name
)

// LeafHash is the hash of the tree's record for a leaf. It names no case: who is given a path through the tree learns
// hashes only.
func LeafHash(kind string, h Hash) Hash {
	return Hash(tlog.RecordHash(new(encoder).text(domainLeaf).text(kind).hash(h).b))
}

// Reader gives stored hashes by their index in the order in which Tree.Add returned them.
type Reader func(index []int64) ([]Hash, error)

func (r Reader) tlog() tlog.HashReader {
	return tlog.HashReaderFunc(func(index []int64) ([]tlog.Hash, error) {
		hashes, err := r(index)
		if err != nil {
			return nil, err
		}
		out := make([]tlog.Hash, len(hashes))
		for i, h := range hashes {
			out[i] = tlog.Hash(h)
		}
		return out, nil
	})
}

// Tree is the growing edge of the Merkle tree: enough to add records and to tell the root, in constant memory. The
// zero value is the empty tree.
type Tree struct {
	size int64
	edge [64]tlog.Hash // by level: the newest whole subtree of 2^level records
}

// Resume gives the tree of a size from its stored hashes.
func Resume(size int64, read Reader) (*Tree, error) {
	t := &Tree{size: size}
	var index []int64
	var levels []int
	for level := range bits.Len64(uint64(size)) {
		if size>>level&1 == 1 {
			index, levels = append(index, tlog.StoredHashIndex(level, size>>level-1)), append(levels, level)
		}
	}
	if len(index) == 0 {
		return t, nil
	}
	hashes, err := read(index)
	if err != nil {
		return nil, err
	}
	if len(hashes) != len(index) {
		return nil, errors.New("a hash of the tree's edge is missing")
	}
	for i, h := range hashes {
		t.edge[levels[i]] = tlog.Hash(h)
	}
	return t, nil
}

// Size is the number of records.
func (t *Tree) Size() int64 { return t.size }

// Stored is the number of hashes that are stored for the records.
func (t *Tree) Stored() int64 { return StoredCount(t.size) }

// StoredCount is the number of hashes that are stored for a number of records.
func StoredCount(size int64) int64 { return tlog.StoredHashCount(size) }

// Add appends a record and gives the hashes to store, in order: the record's own first, then those of the subtrees it
// completes.
func (t *Tree) Add(record Hash) ([]Hash, error) {
	stored, err := tlog.StoredHashesForRecordHash(t.size, tlog.Hash(record), t)
	if err != nil {
		return nil, fmt.Errorf("grow the tree: %w", err)
	}
	t.size++
	out := make([]Hash, len(stored))
	for level, h := range stored {
		t.edge[level], out[level] = h, Hash(h)
	}
	return out, nil
}

// Root is the hash of the whole tree.
func (t *Tree) Root() (Hash, error) {
	h, err := tlog.TreeHash(t.size, t)
	if err != nil {
		return Hash{}, fmt.Errorf("root of the tree: %w", err)
	}
	return Hash(h), nil
}

// ReadHashes serves tlog: it only ever asks for the edge.
func (t *Tree) ReadHashes(index []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(index))
	for i, x := range index {
		level, n := tlog.SplitStoredHashIndex(x)
		if n != t.size>>level-1 {
			return nil, errors.New("not on the edge of the tree")
		}
		out[i] = t.edge[level]
	}
	return out, nil
}
