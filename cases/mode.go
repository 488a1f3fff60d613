package cases

import "slices"

// Mode is how much of the reporter is known, chosen before the first question.
type Mode string

// The modes, from the most that is kept of a reporter to the least.
const (
	Named        Mode = "named"        // officers who work the case see who filed it
	Confidential Mode = "confidential" // the identity is sealed to a custodian; officers do not see it
	Anonymous    Mode = "anonymous"    // no identity; a sealed address that only the postman opens, and a receipt
	Dark         Mode = "dark"         // nothing but a receipt leads back
)

// Modes lists the modes, from the most that is kept of a reporter to the least.
func Modes() []Mode { return []Mode{Named, Confidential, Anonymous, Dark} }

// Below says whether m keeps less of the reporter than other.
func (m Mode) Below(other Mode) bool {
	return slices.Index(Modes(), m) > slices.Index(Modes(), other)
}

// Nameless says whether nobody at work may learn who filed: no identity, no keyed name, no hour of the day.
func (m Mode) Nameless() bool { return m == Anonymous || m == Dark }

// Reachable says whether a return address is kept.
func (m Mode) Reachable() bool { return m != Dark }

// Way is what is kept beside a case and leads back to its reporter. What each mode holds:
//
//	              Identity  Reporter  Address  Receipt
//	named         yes       yes       yes      no
//	confidential  yes       yes       yes      no
//	anonymous     no        no        yes      yes
//	dark          no        no        no       yes
type Way struct {
	// Identity is who the reporter said they are. It is sealed to the custodian in confidential cases.
	Identity *Identity
	// Reporter is the keyed name of the reporter's chat, by which they find their cases.
	Reporter []byte
	// Address is the sealed return address.
	Address []byte
	// Receipt is the lookup value of the receipt.
	Receipt []byte
}

// lacks names the first part that a mode must hold and w does not, or holds and must not; "" when all is well.
// An identity may be missing: a reporter may leave every question about themself out.
func (w Way) lacks(m Mode) string {
	for _, part := range []struct {
		name        string
		held, wants bool
	}{
		{"reporter", len(w.Reporter) != 0, !m.Nameless()},
		{"address", len(w.Address) != 0, m.Reachable()},
		{"receipt", len(w.Receipt) != 0, m.Nameless()},
		{"identity", w.Identity != nil, w.Identity != nil && !m.Nameless()},
	} {
		if part.held != part.wants {
			return part.name
		}
	}
	return ""
}

// changes names the first part that going from one mode to another needs and w does not hold; "" when all is well.
// What both modes hold stays as it is stored. A custodian's seal is not opened for a reporter, so who goes from
// confidential to named says anew who they are.
func (w Way) changes(from, to Mode) string {
	for _, part := range []struct {
		name  string
		held  bool
		wants bool
	}{
		{"reporter", len(w.Reporter) != 0, from.Nameless() && !to.Nameless()},
		{"address", len(w.Address) != 0, to.Reachable() && (!from.Reachable() || from.Nameless() != to.Nameless())},
		{"receipt", len(w.Receipt) != 0, to.Nameless() && !from.Nameless()},
		{"identity", w.Identity != nil, !to.Nameless() && to != from && !to.Below(from)},
	} {
		if part.wants && !part.held {
			return part.name
		}
	}
	return ""
}
