package cases

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// Query is what an officer searches for. All that is set must hold. What an officer may not see is never found.
type Query struct {
	Ref  Reference // whole
	Part string    // part of a reference, without "HY-" and dashes
	// Words stand somewhere in what was said. Only who may open a case finds it by its words, and restricted cases are
	// never found by them.
	Words      []string
	Kind       string
	Department string
	Status     Status
	State      State
	From, To   time.Time // filed from From on and before To
	// Else is searched for when nothing is found: words may be the name of a kind, or part of a reference.
	Else *Query
	// Short says that the one word typed may be part of a reference, and is too little of one to be searched for.
	Short bool
	// Unread are the conditions that could not be read ("kind:zzz"); they narrow nothing.
	Unread []string
}

// State narrows by whether a case has ended.
type State string

// The states.
const (
	AnyState   State = ""
	StateOpen  State = "open"
	StateEnded State = "ended"
)

// Names say what people call things, in every language, by id.
type Names struct {
	Kinds, Departments, Statuses map[string][]string
}

const (
	// mostTyped bounds what is read of a search, in characters.
	mostTyped = 200
	// mostWords is how many words are looked for.
	mostWords = 8
)

// LeastPart is the least of a reference that is searched for, in characters: fewer stand in thousands of references.
const LeastPart = 3

// conditions are the words before a colon, in the languages of officers.
var conditions = map[string]string{
	"kind": "kind", "类别": "kind", "类型": "kind", "事项": "kind",
	"department": "department", "dept": "department", "部门": "department",
	"state": "state", "status": "state", "状态": "state",
	"after": "after", "since": "after", "from": "after", "从": "after", "自": "after", "之后": "after",
	"before": "before", "until": "before", "to": "before", "到": "before", "至": "before", "之前": "before",
}

var states = map[string]State{
	"open": StateOpen, "办理中": StateOpen, "未结": StateOpen, "没结束": StateOpen,
	"ended": StateEnded, "done": StateEnded, "已结": StateEnded, "已办结": StateEnded, "结束": StateEnded,
}

// ParseQuery reads what an officer types: a reference or part of one, words, and conditions like "kind:pay",
// "state:open", "after:2026-01-01", "类别：工资", in any order. Days begin in zone. It reads everything as something.
func ParseQuery(typed string, names Names, zone *time.Location) Query {
	if r := []rune(strings.ToValidUTF8(typed, " ")); len(r) > mostTyped {
		typed = string(r[:mostTyped])
	} else {
		typed = string(r)
	}
	if ref, ok := ParseReference(typed); ok {
		return Query{Ref: ref}
	}
	var q Query
	var words []string
	for _, token := range strings.FieldsFunc(typed, func(r rune) bool { return unicode.IsSpace(r) || r == 0 }) {
		key, value, ok := strings.Cut(strings.Replace(token, "：", ":", 1), ":")
		if condition := conditions[strings.ToLower(key)]; ok && condition != "" {
			if value == "" || !q.narrow(condition, value, names, zone) {
				q.Unread = append(q.Unread, token)
			}
			continue
		}
		if ref, ok := ParseReference(token); ok && q.Ref == "" {
			q.Ref = ref
			continue
		}
		if strings.ContainsFunc(token, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) && len(words) < mostWords {
			words = append(words, token)
		}
	}
	if q.Ref != "" {
		return Query{Ref: q.Ref}
	}
	return q.guess(words, names)
}

// guess decides what words without a condition are.
func (q Query) guess(words []string, names Names) Query {
	if len(words) == 0 {
		return q
	}
	all := strings.Join(words, " ")
	kind := q
	if q.Kind == "" {
		kind.Kind = exactly(names.Kinds, all)
		if kind.Kind != "" {
			return kind
		}
		kind.Kind = like(names.Kinds, all)
	}
	part, sure := "", false
	if len(words) == 1 {
		part, sure = partOf(words[0])
	}
	short := part != "" && len(part) < LeastPart
	if short {
		part, sure = "", false
	}
	byPart := q
	byPart.Part = part
	if sure {
		return byPart
	}
	byWords := q
	byWords.Words, byWords.Short = words, short
	var other *Query
	if part != "" {
		other = &byPart
	}
	if q.Kind == "" && kind.Kind != "" {
		kind.Else = other
		other = &kind
	}
	byWords.Else = other
	return byWords
}

// partOf reads part of a reference; sure is false for what may as well be a word.
func partOf(word string) (part string, sure bool) {
	up := strings.ToUpper(strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		if unicode.In(r, unicode.Pd) {
			return -1
		}
		return r
	}, word))
	prefixed := strings.HasPrefix(up, "HY") && len(up) > 2
	if prefixed {
		up = up[2:]
	}
	digits, letters := strings.ContainsAny(up, "0123456789"), strings.Trim(up, "0123456789") != ""
	up = strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(up)
	if up == "" || len(up) > referenceLength || strings.Trim(up, crockford) != "" {
		return "", false
	}
	return up, prefixed || digits && letters
}

func (q *Query) narrow(condition, value string, names Names, zone *time.Location) bool {
	named := func(into *string, names map[string][]string) bool {
		id := exactly(names, value)
		if id == "" {
			id = like(names, value)
		}
		if id != "" {
			*into = id
		}
		return id != ""
	}
	switch condition {
	case "kind":
		return named(&q.Kind, names.Kinds)
	case "department":
		return named(&q.Department, names.Departments)
	case "state":
		if state, ok := states[strings.ToLower(value)]; ok {
			q.State = state
			return true
		}
		var status string
		ok := named(&status, names.Statuses)
		q.Status = Status(status)
		return ok
	case "after":
		from, _, ok := readDay(value, zone)
		q.From = from
		return ok
	default:
		_, to, ok := readDay(value, zone)
		q.To = to
		return ok
	}
}

// readDay reads a day, a month or a year; to is the first moment after it.
func readDay(s string, zone *time.Location) (from, to time.Time, ok bool) {
	s = strings.TrimRight(strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-").Replace(s), "-")
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006-1-2", 0, 0, 1}, {"2006-1", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.ParseInLocation(form.layout, s, zone); err == nil && t.Year() >= 1970 && t.Year() < 2200 {
			return t, t.AddDate(form.years, form.months, form.days), true
		}
	}
	return from, to, false
}

// exactly gives the id of what is called so; like of the one thing whose name holds it. "" when there is none.
func exactly(names map[string][]string, typed string) string {
	return find(names, func(name string) bool { return same(name, typed) })
}

func like(names map[string][]string, typed string) string {
	look := strings.Trim(spacedOut(typed), " ")
	if len([]rune(look)) < 2 { // one letter is in every name
		return ""
	}
	return find(names, func(name string) bool { return strings.Contains(spacedOut(name), look) })
}

func find(names map[string][]string, fits func(string) bool) string {
	var found []string
	for id, called := range names {
		if fits(id) || slices.ContainsFunc(called, fits) {
			found = append(found, id)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found) // the same every time
}
