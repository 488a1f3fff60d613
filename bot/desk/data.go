package desk

import (
	"hash/fnv"
	"strconv"
	"strings"

	"huiyin/cases"
)

// Buttons of the desk carry "d.<what>.<reference>.<number>.<word>", empty ends cut off. The reference stands without
// "HY-" and dash, the number in base 36: the case's version for acts, a page for lists. Whatever a client sends back
// is read by parse, which knows nothing but this form; what it names is checked again where it is used.
const (
	prefix = "d."
	// maxData is Telegram's limit for callback data, in bytes.
	maxData = 64
	maxWhat = 8
	maxWord = 34
	// maxNumber keeps numbers within seven characters.
	maxNumber = 36*36*36*36*36*36*36 - 1
)

// data is a button of the desk.
type data struct {
	what   string
	ref    cases.Reference // "" for buttons that concern no case
	number int             // not negative
	word   string
}

// String is the callback data, at most 64 bytes for every value that parse gives back.
func (d data) String() string {
	number := ""
	if d.number > 0 {
		number = strconv.FormatInt(int64(d.number), 36)
	}
	s := prefix + d.what + "." + short(d.ref) + "." + number + "." + d.word
	return strings.TrimRight(s, ".")
}

// parse reads callback data; ok is false for anything that is no button of the desk.
func parse(s string) (d data, ok bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(s) > maxData {
		return data{}, false
	}
	parts := strings.Split(rest, ".")
	if len(parts) > 4 || len(parts[0]) > maxWhat || !isWord(parts[0]) || parts[0] == "" {
		return data{}, false
	}
	d.what = parts[0]
	if len(parts) > 1 && parts[1] != "" {
		if d.ref, ok = cases.ParseReference(parts[1]); !ok || short(d.ref) != parts[1] {
			return data{}, false
		}
	}
	if len(parts) > 2 && parts[2] != "" {
		n, err := strconv.ParseInt(parts[2], 36, 64)
		if err != nil || n < 1 || n > maxNumber || strconv.FormatInt(n, 36) != parts[2] {
			return data{}, false
		}
		d.number = int(n)
	}
	if len(parts) > 3 {
		if len(parts[3]) > maxWord || !isWord(parts[3]) {
			return data{}, false
		}
		d.word = parts[3]
	}
	return d, true
}

// Reads says whether callback data is a button of the desk's, by its form alone.
func Reads(s string) bool {
	_, ok := parse(s)
	return ok
}

func isWord(s string) bool {
	for i := range len(s) {
		ch := s[i]
		if (ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9') && ch != '_' && ch != '-' {
			return false
		}
	}
	return true
}

// short is a reference without prefix and dash.
func short(ref cases.Reference) string {
	return strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
}

// tag stands for an id of the configuration, which may be longer than a button can hold; at most seven characters.
func tag(id string) string {
	if id == "" {
		return ""
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// view is a filtered list as a button carries it.
type view struct {
	owner      cases.OwnerFilter
	due        cases.DueFilter
	days       int    // least age
	closed     bool   // ended cases too
	kind       string // tag of a kind
	department string // tag of a department
	tag        string // tag of a tag
	aside      bool   // what was put aside too
}

// ages are the steps of the age filter, in days.
var ages = []int{0, 3, 7, 30}

func (v view) String() string {
	letters := []byte{'a', 'a', 'a', 'o'}
	switch v.owner {
	case cases.OwnedByMe:
		letters[0] = 'm'
	case cases.OwnedByNobody:
		letters[0] = 'n'
	case cases.OfferedToUs:
		letters[0] = 't'
	}
	switch v.due {
	case cases.DueOverdue:
		letters[1] = 'o'
	case cases.DueSoon:
		letters[1] = 's'
	}
	for i, days := range ages {
		if v.days == days {
			letters[2] = 'a' + byte(i)
		}
	}
	if v.closed {
		letters[3] = 'c'
	}
	if v.aside {
		letters = append(letters, 's')
	}
	return strings.TrimRight(string(letters)+"-"+v.kind+"-"+v.department+"-"+v.tag, "-")
}

// parseView reads a view; what it cannot read is left out, because a list that shows more loses nothing.
func parseView(s string) view {
	var v view
	letters, tags, _ := strings.Cut(s, "-")
	v.kind, tags, _ = strings.Cut(tags, "-")
	v.department, v.tag, _ = strings.Cut(tags, "-")
	if len(letters) != 4 && len(letters) != 5 {
		return v
	}
	v.aside = letters[4:] == "s"
	switch letters[0] {
	case 'm':
		v.owner = cases.OwnedByMe
	case 'n':
		v.owner = cases.OwnedByNobody
	case 't':
		v.owner = cases.OfferedToUs
	}
	switch letters[1] {
	case 'o':
		v.due = cases.DueOverdue
	case 's':
		v.due = cases.DueSoon
	}
	if i := int(letters[2] - 'a'); i >= 0 && i < len(ages) {
		v.days = ages[i]
	}
	v.closed = letters[3] == 'c'
	return v
}
func base36(n int64) string { return strconv.FormatInt(n, 36) }
