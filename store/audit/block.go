package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Block seals the records that were added to the tree at one time. Its hash covers everything before it.
type Block struct {
	N      int64     `json:"n"`     // from 1
	First  int64     `json:"first"` // index of its first record: the size of the tree before
	Size   int64     `json:"size"`  // of the tree with it
	Root   Hash      `json:"root"`
	Prev   Hash      `json:"prev"` // hash of the block before; zero for block 1
	Sealed time.Time `json:"sealed"`
	Hash   Hash      `json:"hash"`
}

// Next gives the block that seals t after b; b is the zero Block when there is none.
func (b Block) Next(t *Tree, sealed time.Time) (Block, error) {
	root, err := t.Root()
	if err != nil {
		return Block{}, err
	}
	next := Block{
		N: b.N + 1, First: b.Size, Size: t.Size(), Root: root, Prev: b.Hash, Sealed: sealed.UTC().Truncate(time.Microsecond),
	}
	next.Hash = next.sum()
	return next, nil
}

// Sound says whether the block's hash is that of its other fields.
func (b Block) Sound() bool {
	return b.N >= 1 && b.First >= 0 && b.Size > b.First && b.Hash == b.sum()
}

// Follows says whether b is sound and hangs on prev, which is the zero Block for the first.
func (b Block) Follows(prev Block) bool {
	return b.Sound() && b.N == prev.N+1 && b.First == prev.Size && b.Prev == prev.Hash && !b.Sealed.Before(prev.Sealed)
}

func (b Block) sum() Hash {
	return new(encoder).text(domainBlock).number(b.N).number(b.First).number(b.Size).hash(b.Root).hash(b.Prev).time(b.Sealed).sum()
}

// Head is what is published of a block. Who has kept one can show later that nothing up to it was changed.
type Head struct {
	Block  int64
	Size   int64 // records in the tree
	Sealed time.Time
	Hash   Hash
}

// Head gives what is to be published of b.
func (b Block) Head() Head { return Head{Block: b.N, Size: b.Size, Sealed: b.Sealed, Hash: b.Hash} }

// String is the line that is published: "2026-11-25T00:10:00Z block 12 size 345 hash 9f86…". ParseHead reads it.
func (h Head) String() string {
	return fmt.Sprintf("%s block %d size %d hash %s", h.Sealed.UTC().Format(time.RFC3339Nano), h.Block, h.Size, h.Hash)
}

// ParseHead reads a line that Head.String wrote.
func ParseHead(line string) (Head, error) {
	var h Head
	var at, hash string
	line = strings.TrimSpace(line)
	_, err := fmt.Sscanf(line, "%s block %d size %d hash %s", &at, &h.Block, &h.Size, &hash)
	if err == nil {
		h.Sealed, err = time.Parse(time.RFC3339Nano, at)
	}
	if err == nil {
		err = h.Hash.UnmarshalText([]byte(hash))
	}
	if err != nil || h.String() != line {
		return Head{}, errors.New("not a head: want TIME block N size N hash HASH")
	}
	return h, nil
}
