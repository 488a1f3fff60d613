package cases

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

var called = Names{
	Kinds:       map[string][]string{"pay": {"Pay and overtime", "工资与加班"}, "safety": {"Safety", "安全生产"}, "conduct": {"Conduct", "作风"}},
	Departments: map[string][]string{"hr": {"Human Resources", "人力资源部"}, "safety": {"Safety and Environment", "安全环保部"}},
	Statuses:    map[string][]string{"received": {"received", "已收到"}, "closed": {"closed", "已办结案"}},
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("CST", 8*3600)
	on := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, zone) }
	ref, err := NewReference(nothing{})
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]Query{
		"":                        {},
		"  ":                      {},
		"？！":                      {},
		string(ref):               {Ref: ref},
		"case " + string(ref):     {Ref: ref},
		"7K3M":                    {Part: "7K3M"},
		"7k3m-9q":                 {Part: "7K3M9Q"},
		"HY-ABCD":                 {Part: "ABCD"},
		"ｈｙ－７ｋ３":                  {Part: "7K3"},
		"HY-7K":                   {Words: []string{"HY-7K"}, Short: true},
		"7k":                      {Words: []string{"7k"}, Short: true},
		"7":                       {Words: []string{"7"}, Short: true},
		"ay":                      {Words: []string{"ay"}, Short: true, Else: &Query{Kind: "pay"}},
		"7k 9q":                   {Words: []string{"7k", "9q"}},
		"uu":                      {Words: []string{"uu"}},
		"加班费":                     {Words: []string{"加班费"}},
		"拖欠 加班费":                  {Words: []string{"拖欠", "加班费"}},
		"wages":                   {Words: []string{"wages"}, Else: &Query{Part: "WAGES"}},
		"2026":                    {Words: []string{"2026"}, Else: &Query{Part: "2026"}},
		"safety":                  {Kind: "safety"},
		"安全生产":                    {Kind: "safety"},
		"工资":                      {Words: []string{"工资"}, Else: &Query{Kind: "pay"}},
		"pay":                     {Kind: "pay"},
		"overtime":                {Words: []string{"overtime"}, Else: &Query{Kind: "pay", Else: &Query{Part: "0VERT1ME"}}},
		"kind:pay":                {Kind: "pay"},
		"类别：工资":                   {Kind: "pay"},
		"Kind:PAY 罚款":             {Kind: "pay", Words: []string{"罚款"}},
		"kind:zzz 罚款":             {Words: []string{"罚款"}, Unread: []string{"kind:zzz"}},
		"kind:":                   {Unread: []string{"kind:"}},
		"部门：安全":                   {Department: "safety"},
		"state:open":              {State: StateOpen},
		"状态：已收到":                  {Status: StatusReceived},
		"state:ended 从：2026年1月":   {State: StateEnded, From: on(2026, 1, 1)},
		"after:2026-01-02":        {From: on(2026, 1, 2)},
		"before:2026-01-02":       {To: on(2026, 1, 3)},
		"before:2025":             {To: on(2026, 1, 1)},
		"after:2026-13-02":        {Unread: []string{"after:2026-13-02"}},
		"after:yesterday":         {Unread: []string{"after:yesterday"}},
		"http://example.com/wage": {Words: []string{"http://example.com/wage"}},
	} {
		if got := ParseQuery(typed, called, zone); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %+v, want %+v", typed, got, want)
		}
	}
}

// nothing is a source of references that is not random.
type nothing struct{}

func (nothing) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestWordsAreFound(t *testing.T) {
	t.Parallel()
	body := &Body{Text: "Boss owes me OVERTIME, three months.", Fields: []Field{{Text: []string{"三个月没有发工资。", "Ａ3区的班长扣钱"}}}}
	held := Grams(body)
	for word, want := range map[string]bool{
		"工资": true, "没有发": true, "overtime": true, "over": true, "Ow": true, "three months": true, "扣钱": true, "A3区": true,
		"time": false, "工钱": false, "overtimes": false, "月工资": false, "": false, "。": false, "三月": false,
	} {
		q := Query{Words: []string{word}}
		if got := q.Said([]*Body{{Text: "other"}, body}); got != want {
			t.Errorf("%q: said %v", word, got)
		}
		if want && slices.ContainsFunc(q.Grams(), func(g string) bool { return !slices.Contains(held, g) }) {
			t.Errorf("%q: grams %q are not all kept", word, q.Grams())
		}
	}
	if got := (Query{Words: []string{"钱", "。"}}).Grams(); len(got) != 0 {
		t.Errorf("one character has grams %q", got)
	}
	both := Query{Words: []string{"overtime", "工资"}}
	if !both.Said([]*Body{{Text: "overtime"}, {Text: "工资"}}) || both.Said([]*Body{{Text: "overtime"}}) {
		t.Error("all words of a query stand somewhere in a case, and not in one message")
	}
}

// Whatever is read out of a text is found in it: the grams leave no case out.
func TestGramsLeaveNothingOut(t *testing.T) {
	t.Parallel()
	text := rapid.StringOfN(rapid.SampledFrom([]rune("工资加班费拖欠abcÄ1２ ，.-")), 1, 60, -1)
	rapid.Check(t, func(t *rapid.T) {
		b := &Body{Text: text.Draw(t, "text")}
		pieces := strings.Fields(spacedOut(b.Text))
		if len(pieces) == 0 {
			return
		}
		word := []rune(rapid.SampledFrom(pieces).Draw(t, "word"))
		from := 0
		if isHan(word[0]) {
			from = rapid.IntRange(0, len(word)-1).Draw(t, "from")
		}
		q := Query{Words: []string{string(word[from:rapid.IntRange(from+1, len(word)).Draw(t, "to")])}}
		if !q.Said([]*Body{b}) {
			t.Fatalf("%q is not said in %q", q.Words, b.Text)
		}
		held := Grams(b)
		for _, g := range q.Grams() {
			if !slices.Contains(held, g) {
				t.Fatalf("%q: gram %q is not kept of %q", q.Words, g, b.Text)
			}
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"", "7K3M", "HY-7K3M-9Q2X", "kind:pay after:2026-01-01", "类别：工资 拖欠", "工资\x00", "\xff:", "state:state:open"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		q := ParseQuery(typed, called, time.UTC)
		for at := &q; at != nil; at = at.Else {
			if len(at.Words) > mostWords || len(at.Grams()) > mostAsked {
				t.Errorf("%q asks for too much", typed)
			}
			for _, w := range at.Words {
				if !utf8.ValidString(w) {
					t.Errorf("%q: a word is no text", typed)
				}
			}
			if at.Part != "" && (len(at.Part) < LeastPart || len(at.Part) > referenceLength || partCheck(at.Part)) {
				t.Errorf("%q: %q is no part of a reference", typed, at.Part)
			}
			if _, ok := called.Kinds[at.Kind]; at.Kind != "" && !ok {
				t.Errorf("%q: kind %q", typed, at.Kind)
			}
			at.Said([]*Body{{Text: typed}})
		}
	})
}

func partCheck(s string) bool {
	return slices.ContainsFunc([]rune(s), func(r rune) bool { return !slices.Contains([]rune(crockford), r) })
}
