package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	proofKind    = "huiyin audit proof"
	proofVersion = 1
	// maxProof bounds what is read: a path has at most 63 hashes.
	maxProof = 1 << 14
)

// Proof shows that a commitment is in the tree of a head. It names no case. Whoever holds it needs nothing else but
// the head as it was published.
type Proof struct {
	Commitment Hash
	Index      int64 // of the record
	Path       []Hash
	Head       Block
}

// document is the stored form of a proof.
type document struct {
	Kind       string `json:"kind"`
	Version    int    `json:"version"`
	Commitment Hash   `json:"commitment"`
	Index      int64  `json:"index"`
	Path       []Hash `json:"path"`
	Head       Block  `json:"head"`
}

// Prove makes the proof that the record at index, a commitment, is in the tree that head sealed.
func Prove(commitment Hash, index int64, head Block, read Reader) (Proof, error) {
	path, err := tlog.ProveRecord(head.Size, index, read.tlog())
	if err != nil {
		return Proof{}, fmt.Errorf("prove a record: %w", err)
	}
	p := Proof{Commitment: commitment, Index: index, Path: make([]Hash, len(path)), Head: head}
	for i, h := range path {
		p.Path[i] = Hash(h)
	}
	return p, nil
}

// CheckProof says whether p proves its commitment to be in the tree of head, which the caller trusts or goes on to
// compare with what was published.
func CheckProof(p Proof, head Block) error {
	if !head.Sound() || !p.Head.Sound() {
		return errors.New("the head is not as it was sealed")
	}
	if p.Head.Hash != head.Hash {
		return errors.New("the proof is for another head")
	}
	path := make(tlog.RecordProof, len(p.Path))
	for i, h := range p.Path {
		path[i] = tlog.Hash(h)
	}
	leaf := LeafHash(LeafCommitment, p.Commitment)
	if err := tlog.CheckRecord(path, head.Size, tlog.Hash(head.Root), p.Index, tlog.Hash(leaf)); err != nil {
		return errors.New("the path does not lead from the commitment to the head")
	}
	return nil
}

// MarshalJSON gives the stored form, in one line.
func (p Proof) MarshalJSON() ([]byte, error) {
	d := document{proofKind, proofVersion, p.Commitment, p.Index, p.Path, p.Head}
	if d.Path == nil {
		d.Path = []Hash{} // a tree of one record has an empty path
	}
	return json.Marshal(d)
}

// ParseProof reads the stored form, and only that: the same proof written in another way is refused, so that no byte
// of it can be changed without notice. White space around it is allowed. It checks nothing; CheckProof does.
func ParseProof(b []byte) (Proof, error) {
	b = bytes.TrimSpace(b)
	if len(b) > maxProof {
		return Proof{}, errors.New("longer than any proof")
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Proof{}, errors.New("not a proof: its form is another") // the decoder quotes what it read
	}
	if d.Kind != proofKind || d.Version != proofVersion {
		return Proof{}, errors.New("not a proof that this build reads")
	}
	d.Head.Sealed = d.Head.Sealed.UTC()
	p := Proof{d.Commitment, d.Index, d.Path, d.Head}
	again, err := json.Marshal(p)
	if err != nil || !bytes.Equal(again, b) {
		return Proof{}, errors.New("not a proof as it was written")
	}
	return p, nil
}

// ProveGrowth makes the proof that the tree of newer begins with the whole tree of older.
func ProveGrowth(older, newer Block, read Reader) ([]Hash, error) {
	proof, err := tlog.ProveTree(newer.Size, older.Size, read.tlog())
	if err != nil {
		return nil, fmt.Errorf("prove growth: %w", err)
	}
	out := make([]Hash, len(proof))
	for i, h := range proof {
		out[i] = Hash(h)
	}
	return out, nil
}

// CheckGrowth says whether proof shows that the tree of newer begins with the whole tree of older.
func CheckGrowth(proof []Hash, older, newer Block) error {
	if !older.Sound() || !newer.Sound() {
		return errors.New("a head is not as it was sealed")
	}
	path := make(tlog.TreeProof, len(proof))
	for i, h := range proof {
		path[i] = tlog.Hash(h)
	}
	if err := tlog.CheckTree(path, newer.Size, tlog.Hash(newer.Root), older.Size, tlog.Hash(older.Root)); err != nil {
		return errors.New("the newer tree does not begin with the older one")
	}
	return nil
}
