package cases

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Reference is the public name of a case, "HY-7K3M-9Q2X": random, unrelated to time, row and receipt.
type Reference string

const (
	// crockford is the alphabet of references: no I, L, O or U, which are misread.
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	// referenceLength counts seven random characters and one check character.
	referenceLength = 8
	// maxTypedReference bounds, in bytes, what is worth reading.
	maxTypedReference = 128
)

// NewReference draws a reference; rand must be cryptographic. An error is rand's.
func NewReference(rand io.Reader) (Reference, error) {
	var random [5]byte // 40 bits, of which 35 are used
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return "", fmt.Errorf("draw a reference: %w", err)
	}
	var bits uint64
	for _, b := range random {
		bits = bits<<8 | uint64(b)
	}
	var body [referenceLength]byte
	for i := range referenceLength - 1 {
		body[i] = byte(bits >> (5 * i) & 31)
	}
	body[referenceLength-1] = syndrome(body[:]) // the check character's own weight is 1, and minus is plus
	return shown(body), nil
}

// ParseReference reads a reference as people type it: any case, full width, with or without prefix, spaces and dashes,
// O for 0 and I or L for 1. ok is false when it is none; one wrong character, or two neighbours swapped, never passes.
func ParseReference(s string) (ref Reference, ok bool) {
	if len(s) > maxTypedReference {
		return "", false
	}
	var typed []rune
	for _, r := range s {
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		switch r = unicode.ToUpper(r); {
		case unicode.IsSpace(r), unicode.In(r, unicode.Pd, unicode.Cf), r == '−', r == '_', r == '·':
			continue
		}
		typed = append(typed, r)
	}
	if len(typed) == referenceLength+2 && typed[0] == 'H' && typed[1] == 'Y' {
		typed = typed[2:]
	}
	if len(typed) != referenceLength {
		return "", false
	}
	var body [referenceLength]byte
	for i, r := range typed {
		switch r {
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		at := strings.IndexRune(crockford, r)
		if at < 0 {
			return "", false
		}
		body[i] = byte(at)
	}
	if syndrome(body[:]) != 0 {
		return "", false
	}
	return shown(body), true
}

// shown writes a body the way people see it.
func shown(body [referenceLength]byte) Reference {
	for i, v := range body {
		body[i] = crockford[v]
	}
	return Reference("HY-" + string(body[:4]) + "-" + string(body[4:]))
}

// syndrome is the weighted sum of the characters over the field of 32 elements; 0 for a valid reference.
// The weights are powers of x, the last is 1: all differ and none is zero, so a single wrong character and
// a swap of any two different ones both leave a rest.
func syndrome(body []byte) byte {
	var sum byte
	for _, v := range body {
		sum <<= 1 // times x
		if sum&32 != 0 {
			sum ^= 32 | 5 // modulo x^5 + x^2 + 1, whose x generates all 31 others
		}
		sum ^= v
	}
	return sum
}
