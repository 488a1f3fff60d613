package seal

import (
	"errors"
	"fmt"
)

// Roles of processes, each with the parts of a keyset it needs. Every role holds the case keys, the
// names and the public keys of postman and custodian. RoleAll is the whole keyset.
const (
	RoleAll     = "all"
	RoleIntake  = "intake"
	RoleDesk    = "desk"
	RolePostman = "postman"
)

// ErrNotHeld says that a keyset lacks the key for what was asked of it.
var ErrNotHeld = errors.New("this keyset does not hold the key for that")

// parts are the secrets that not every role holds.
type parts uint8

const (
	partSessions parts = 1 << iota
	partReceipts       // both peppers
	partPostman        // the private key, as for the custodian
	partCustodian
)

// roles says what each role holds of the parts. Files written once are read by this table, so a
// part taken from a role makes its files refused.
var roles = map[string]parts{
	RoleAll:     partSessions | partReceipts | partPostman | partCustodian,
	RoleIntake:  partSessions | partReceipts,
	RoleDesk:    partSessions | partCustodian,
	RolePostman: partPostman,
}

// Role gives the role that the keyset is for.
func (k *Keyset) Role() string { return k.s().role }

// HoldsReceipts says whether ReceiptLookup, ReceiptKey and Commitment work with this keyset.
func (k *Keyset) HoldsReceipts() bool { return k.s().held&partReceipts != 0 }

// For gives a keyset that holds what a process of role needs and nothing else. A keyset that is
// split already is given for its own role only, and otherwise is an error that matches ErrNotHeld.
// One that lacks the custodian's keys can be had for RoleAll only, until Upgrade.
func (k *Keyset) For(role string) (*Keyset, error) {
	want, ok := roles[role]
	if !ok {
		return nil, errors.New("this role is not known: want intake, desk, postman or all")
	}
	have := k.s()
	if role == have.role {
		return k, nil
	}
	if have.role != RoleAll {
		return nil, fmt.Errorf("the keyset is split for the role %q and cannot serve as %q: %w", have.role, role, ErrNotHeld)
	}
	if have.custodian == nil {
		return nil, errors.New("the keyset has no custodian's keys and cannot be split: run \"huiyin keys upgrade\"")
	}
	s := secrets{
		role: role, held: want, kek: have.kek,
		casesHandle: have.casesHandle, names: have.names,
		postmanPublic: have.postmanPublic, custodianPublic: have.custodianPublic,
	}
	if want&partSessions != 0 {
		s.sessionsHandle = have.sessionsHandle
	}
	if want&partReceipts != 0 {
		s.receiptLookup, s.receiptKey = have.receiptLookup, have.receiptKey
	}
	if want&partPostman != 0 {
		s.postman = have.postman
	}
	if want&partCustodian != 0 {
		s.custodian = have.custodian
	}
	return assemble(&s)
}

// needReceipts panics when the peppers are not held. Without them every receipt would get the same
// name, which must not pass for an answer.
func (k *Keyset) needReceipts() {
	if !k.HoldsReceipts() {
		panic(ErrNotHeld)
	}
}
