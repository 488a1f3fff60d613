package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"unicode"
)

// Receipt is the secret way back to a case, in canonical form: 16 Crockford base32 characters
// (80 bits) and a check character, no separators. At least two of the 16 are among 2–9, which is
// how a receipt is told from a word when it stands in a longer text.
//
// String gives the form to show the person; slog is given "[receipt]" only.
type Receipt string

const (
	crockford     = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	receiptData   = 16 // characters that carry the secret
	receiptLength = receiptData + 1
	receiptGroup  = 4 // characters between two dashes of the shown form
	receiptDigits = 2 // least number of characters among 2–9
	minSecret     = 16
)

var receiptEncoding = base32.NewEncoding(crockford).WithPadding(base32.NoPadding)

// NewReceipt gives the receipt of a draft. The same secret gives the same receipt, so a repeated
// submission shows the one the person has noted already. draftSecret is random, one per draft; it
// panics when that has fewer than 16 bytes, because two people could then hold one receipt.
func (k *Keyset) NewReceipt(draftSecret []byte) Receipt {
	if len(draftSecret) < minSecret {
		panic("seal: a draft secret has at least 16 bytes")
	}
	for try := 0; ; try++ {
		sum := k.name("huiyin/receipt/1", "draft", string(draftSecret), strconv.Itoa(try))
		data := receiptEncoding.EncodeToString(sum[:receiptData*5/8])
		if digits(data) >= receiptDigits { // 94 of 100 at the first try
			return Receipt(data + string(crockford[checkValue(data)]))
		}
	}
}

// String gives the shown form, "7K3M-9Q2X-4HTB-V0ZD-C".
func (r Receipt) String() string {
	var b strings.Builder
	for i, c := range string(r) {
		if i > 0 && i%receiptGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// LogValue gives "[receipt]" to slog.
func (Receipt) LogValue() slog.Value { return slog.StringValue("[receipt]") }

// GoString keeps a receipt out of %#v dumps of structs.
func (Receipt) GoString() string { return "[receipt]" }

// ReceiptLookup gives the name under which the case of a receipt is found: HMAC with pepper A. It
// panics with ErrNotHeld in a keyset without the peppers (HoldsReceipts), as ReceiptKey and
// Commitment do: any value in their place would be one name for all receipts.
func (k *Keyset) ReceiptLookup(r Receipt) [32]byte {
	k.needReceipts()
	mac := hmac.New(sha256.New, k.s().receiptLookup[:])
	mac.Write(appendParts(nil, "huiyin/receipt/lookup/1", string(r)))
	var out [32]byte
	mac.Sum(out[:0])
	return out
}

// ReceiptKey gives the key that a receipt holds: HKDF with pepper B. Who knows only the lookup,
// even with pepper A, does not have it.
func (k *Keyset) ReceiptKey(r Receipt) [32]byte {
	k.needReceipts()
	key, err := hkdf.Key(sha256.New, []byte(r), k.s().receiptKey[:], "huiyin/receipt/key/1", 32)
	if err != nil {
		// Only a length beyond 255 hashes is refused, and 32 is a constant.
		panic(fmt.Sprintf("seal: receipt key: %v", err))
	}
	return [32]byte(key)
}

// Commitment gives what may be published of a receipt's case, so that its filing can be proved later:
// who holds the receipt and the keyset computes it again. Without the keyset it can be tried against
// no receipt, and it leads neither to the lookup nor to the key.
func (k *Keyset) Commitment(r Receipt) [32]byte {
	key := k.ReceiptKey(r)
	sum, err := hkdf.Expand(sha256.New, key[:], "huiyin/receipt/commitment/1", 32)
	if err != nil {
		panic(fmt.Sprintf("seal: commitment: %v", err)) // as in ReceiptKey
	}
	return [32]byte(sum)
}

// ParseReceipt reads a receipt that is the whole of s, as people write one: any case, spaces and
// dashes anywhere or nowhere, full-width characters, O for 0, I or L for 1. It is false unless the
// check character fits.
func ParseReceipt(s string) (Receipt, bool) {
	var symbols [receiptLength]byte
	n := 0
	for _, c := range s {
		switch kind, symbol := classify(c); {
		case kind == runeSymbol && n < receiptLength:
			symbols[n] = symbol
			n++
		case kind == runeGap || kind == runeInvisible:
		default:
			return "", false
		}
	}
	return checked(symbols[:n])
}

// FindReceipt finds a receipt anywhere in text: the whole of it as ParseReceipt reads it, or a
// part that stands apart from other letters and digits and has gaps at most between its groups.
// Elsewhere it is stricter than ParseReceipt, so that plain sentences are not taken for one. Of
// several the first is given.
func FindReceipt(text string) (Receipt, bool) {
	if r, ok := ParseReceipt(text); ok {
		return r, true
	}
	runes := []rune(text)
	inWord := false // the last visible character was a letter or digit
	for i, c := range runes {
		kind, _ := classify(c)
		if kind == runeSymbol && !inWord {
			if r, ok := receiptAt(runes[i:]); ok {
				return r, true
			}
		}
		if kind != runeInvisible {
			inWord = kind == runeSymbol || kind == runeOtherAlnum
		}
	}
	return "", false
}

// maxGap is how many characters may stand between two groups, " - " being the longest common way.
const maxGap = 3

// receiptAt reads a receipt from the start of text, which goes on after it with no letter or digit.
func receiptAt(text []rune) (Receipt, bool) {
	var symbols [receiptLength]byte
	n, gap := 0, 0
	for _, c := range text {
		kind, symbol := classify(c)
		if kind == runeInvisible {
			continue
		}
		if n == receiptLength {
			if kind == runeSymbol || kind == runeOtherAlnum {
				return "", false
			}
			break
		}
		switch {
		case kind == runeSymbol:
			symbols[n] = symbol
			n++
			gap = 0
		case kind == runeGap && n%receiptGroup == 0 && gap < maxGap:
			gap++
		default:
			return "", false
		}
	}
	return checked(symbols[:n])
}

func checked(symbols []byte) (Receipt, bool) {
	if len(symbols) != receiptLength {
		return "", false
	}
	data := string(symbols[:receiptData])
	if crockford[checkValue(data)] != symbols[receiptData] || digits(data) < receiptDigits {
		return "", false
	}
	return Receipt(symbols), true
}

// digits counts the characters of data that no letter is read as.
func digits(data string) int {
	n := 0
	for i := range len(data) {
		if data[i] >= '2' && data[i] <= '9' {
			n++
		}
	}
	return n
}

// checkValue computes the check character of data, as an index into crockford: the value that
// makes the sum of value(i)·2^(len-i) zero in the field of 32 elements. As the weights differ and
// none is zero, every single wrong character and every swap of two is found, and the check stays
// within the alphabet, where Crockford's own (mod 37) needs signs like * and $.
func checkValue(data string) byte {
	var sum byte
	for i := range len(data) {
		sum = double(sum ^ byte(strings.IndexByte(crockford, data[i])))
	}
	return sum
}

// double multiplies by 2 in GF(2^5) with the polynomial x^5+x^2+1, in which 2 has order 31.
func double(v byte) byte {
	v <<= 1
	if v >= 32 {
		v ^= 0b100101
	}
	return v
}

type runeKind int

const (
	runeOther      runeKind = iota
	runeSymbol              // stands for a character of the alphabet
	runeOtherAlnum          // a latin letter or digit outside it, like U
	runeGap                 // a space or dash
	runeInvisible           // zero width
)

// classify says what c is within a receipt and, for a symbol, which.
func classify(c rune) (runeKind, byte) {
	switch {
	case c >= 0xFF01 && c <= 0xFF5E: // full-width forms of ASCII
		c -= 0xFEE0
	case unicode.Is(unicode.Cf, c): // zero-width spaces, soft hyphens, direction marks
		return runeInvisible, 0
	}
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	switch {
	case c == 'O':
		return runeSymbol, '0'
	case c == 'I' || c == 'L':
		return runeSymbol, '1'
	case c == 'U':
		return runeOtherAlnum, 0
	case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
		return runeSymbol, byte(c)
	case unicode.IsSpace(c), unicode.Is(unicode.Pd, c), c == '_', c == '−', c == 'ー', c == 'ｰ', c == '·':
		return runeGap, 0
	}
	return runeOther, 0
}
