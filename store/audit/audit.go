// Package audit is the arithmetic of the tamper-evident record: what the hash of an event is, how events hang
// together in chains, how chains hang in one Merkle tree, and how the tree is sealed in blocks. It is pure.
//
// Three layers hold each other. Every event's hash covers its row and the hash of the event before it, so a case
// cannot lose or change one in the middle. Every event's hash is a leaf of the tree (golang.org/x/mod/sumdb/tlog,
// RFC 6962), so a case cannot lose its newest event or vanish. Every block names the tree's root and the block before
// it, so one hash, the head, stands for all that was ever written. Who can rewrite the database can compute all three
// anew; a head that was published earlier is what they cannot rewrite.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// String gives 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText gives 64 hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads 64 hexadecimal digits.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 2*len(h) {
		return errHash
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return errHash // the decoder quotes what it read
	}
	return nil
}

var errHash = errors.New("a hash has 64 hexadecimal digits")

// HashOf gives the hash that b is; false when b is not 32 bytes long.
func HashOf(b []byte) (Hash, bool) {
	if len(b) != sha256.Size {
		return Hash{}, false
	}
	return Hash(b), true
}

// The domains keep one kind of value from passing for another. Their number is the version of the encoding: a field
// more or less is another number.
const (
	domainCase     = "huiyin/audit/case/1"
	domainEvent    = "huiyin/audit/event/1"
	domainEventTwo = "huiyin/audit/event/2" // an event that says more
	domainAccounts = "huiyin/audit/accounts/1"
	domainAccount  = "huiyin/audit/account/1"
	domainLeaf     = "huiyin/audit/leaf/1"
	domainBlock    = "huiyin/audit/block/1"
)

// Event is a row of a case's events as it is hashed.
type Event struct {
	Case         string // row id
	Seq          int64
	Kind         string
	At           time.Time // to the microsecond
	Party        string
	Officer      int64 // 0 is nobody
	Role         string
	ByDepartment string
	Status       string
	To           int64 // 0 is nobody
	Department   string
	Code         string
	Body         Hash // BodyHash of the sealed words
	Key          string
	More         []byte // further details, as they are stored; nil for none
}

// BodyHash is the SHA-256 of sealed words, and zero when there are none.
func BodyHash(sealed []byte) Hash {
	if sealed == nil {
		return Hash{}
	}
	return sha256.Sum256(sealed)
}

// CaseStart is what the first event of a case hangs on.
func CaseStart(caseID string) Hash { return new(encoder).text(domainCase).text(caseID).sum() }

// EventHash is the hash of an event that comes after the one with the hash prev.
func EventHash(prev Hash, e Event) Hash {
	domain := domainEvent
	if e.More != nil {
		domain = domainEventTwo
	}
	sum := new(encoder).text(domain).hash(prev).
		text(e.Case).number(e.Seq).text(e.Kind).time(e.At).text(e.Party).number(e.Officer).text(e.Role).
		text(e.ByDepartment).text(e.Status).number(e.To).text(e.Department).text(e.Code).hash(e.Body).text(e.Key)
	if e.More != nil {
		sum = sum.field(e.More)
	}
	return sum.sum()
}

// Account is a row of what happened to officers' accounts and to the keys, as it is hashed.
type Account struct {
	Seq        int64 // from 1, without a gap
	Kind       string
	At         time.Time // to the microsecond
	Officer    int64     // whose account; 0 when it is nobody's (yet)
	By         int64     // 0 is whoever has the command line, or the house itself
	Role       string
	Department string
	Code       string
}

// AccountStart is what the first account event hangs on.
func AccountStart() Hash { return new(encoder).text(domainAccounts).sum() }

// AccountHash is the hash of an account event that comes after the one with the hash prev.
func AccountHash(prev Hash, a Account) Hash {
	return new(encoder).text(domainAccount).hash(prev).
		number(a.Seq).text(a.Kind).time(a.At).number(a.Officer).number(a.By).text(a.Role).text(a.Department).text(a.Code).sum()
}

// encoder joins fields, each preceded by its length as 8 bytes, so that no two lists of fields look alike.
type encoder struct{ b []byte }

func (e *encoder) field(b []byte) *encoder {
	e.b = append(binary.BigEndian.AppendUint64(e.b, uint64(len(b))), b...)
	return e
}

func (e *encoder) text(s string) *encoder    { return e.field([]byte(s)) }
func (e *encoder) hash(h Hash) *encoder      { return e.field(h[:]) }
func (e *encoder) time(t time.Time) *encoder { return e.number(t.UnixMicro()) }
func (e *encoder) number(n int64) *encoder {
	return e.field(binary.BigEndian.AppendUint64(nil, uint64(n)))
}
func (e *encoder) sum() Hash { return sha256.Sum256(e.b) }
