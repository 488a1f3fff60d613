package seal

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sample is a receipt whose check character fits, with 0 and 1 in it to be misread.
const sample = "7K3M9Q2X401TBVZD"

func sampleReceipt() Receipt { return Receipt(sample + string(crockford[checkValue(sample)])) }

var secretBytes = rapid.SliceOfN(rapid.Byte(), minSecret, 40)

func TestNewReceipt(t *testing.T) {
	t.Parallel()
	k, other := generate(t), generate(t)
	shown := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]$`)
	rapid.Check(t, func(t *rapid.T) {
		secret := secretBytes.Draw(t, "secret")
		r := k.NewReceipt(secret)
		if r != k.NewReceipt(secret) {
			t.Fatal("the same draft has two receipts")
		}
		if !shown.MatchString(r.String()) {
			t.Fatalf("shown form %q", r)
		}
		if r == other.NewReceipt(secret) {
			t.Fatal("another keyset gives the same receipt")
		}
		if r == k.NewReceipt(append([]byte{1}, secret...)) {
			t.Fatal("another draft has the same receipt")
		}
		for _, s := range []string{string(r), r.String()} {
			if got, ok := ParseReceipt(s); !ok || got != r {
				t.Fatalf("ParseReceipt(%q) = %q, %v", s, got, ok)
			}
		}
		if got, ok := FindReceipt("My receipt is " + r.String() + ", is there an answer?"); !ok || got != r {
			t.Fatalf("FindReceipt in a sentence = %q, %v, want %q", got, ok, r)
		}
		lookup, key := k.ReceiptLookup(r), k.ReceiptKey(r)
		if lookup != k.ReceiptLookup(r) || key != k.ReceiptKey(r) {
			t.Fatal("lookup or key change")
		}
		if lookup == key || lookup == other.ReceiptLookup(r) || key == other.ReceiptKey(r) {
			t.Fatal("lookup and key are not apart")
		}
		commitment := k.Commitment(r)
		if commitment != k.Commitment(r) {
			t.Fatal("commitment changes")
		}
		if commitment == lookup || commitment == key || commitment == other.Commitment(r) {
			t.Fatal("commitment is not apart from lookup and key")
		}
	})
}

func TestNewReceiptWantsASecret(t *testing.T) {
	t.Parallel()
	k := generate(t)
	for _, secret := range [][]byte{nil, make([]byte, minSecret-1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a secret of %d bytes was taken", len(secret))
				}
			}()
			k.NewReceipt(secret)
		}()
	}
}

// TestReceiptMistakes proves what checkValue promises: every wrong character and every swap of two
// characters is found.
func TestReceiptMistakes(t *testing.T) {
	t.Parallel()
	k := generate(t)
	rapid.Check(t, func(t *rapid.T) {
		r := k.NewReceipt(secretBytes.Draw(t, "secret"))
		for i := range len(r) {
			for _, c := range []byte(crockford) {
				wrong := []byte(r)
				wrong[i] = c
				if _, ok := ParseReceipt(string(wrong)); ok && c != r[i] {
					t.Fatalf("%s with %c at %d is taken", r, c, i)
				}
			}
			for j := range i {
				swapped := []byte(r)
				swapped[i], swapped[j] = r[j], r[i]
				if _, ok := ParseReceipt(string(swapped)); ok && r[i] != r[j] {
					t.Fatalf("%s with %d and %d swapped is taken", r, i, j)
				}
			}
		}
	})
}

func TestReceiptPrinting(t *testing.T) {
	t.Parallel()
	r := sampleReceipt()
	if got, want := r.String(), "7K3M-9Q2X-401T-BVZD-"+string(r[16:]); got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	var out strings.Builder
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "receipt", r)
	fmt.Fprintf(&out, "%#v", struct{ R Receipt }{r})
	if strings.Contains(out.String(), "7K3M") || !strings.Contains(out.String(), "[receipt]") {
		t.Errorf("logged %q", out.String())
	}
}

// forms writes the sample receipt in many ways; whole says that nothing else stands beside it.
func forms() map[string]struct {
	text  string
	whole bool
} {
	r := sampleReceipt()
	c := string(r[16:])
	shown := r.String()
	wide := strings.Map(func(c rune) rune { return c + 0xFEE0 }, shown)
	return map[string]struct {
		text  string
		whole bool
	}{
		"as shown":            {shown, true},
		"bare":                {string(r), true},
		"lower case":          {strings.ToLower(shown), true},
		"spaces":              {strings.ReplaceAll(shown, "-", " "), true},
		"spaced dashes":       {strings.ReplaceAll(shown, "-", " - "), true},
		"em dashes":           {strings.ReplaceAll(shown, "-", "—"), true},
		"minus signs":         {strings.ReplaceAll(shown, "-", "−"), true},
		"full width":          {wide, true},
		"ideographic spaces":  {strings.ReplaceAll(shown, "-", "\u3000"), true},
		"O for zero":          {strings.ReplaceAll(shown, "0", "O"), true},
		"I for one":           {strings.ReplaceAll(shown, "1", "I"), true},
		"small l for one":     {strings.ReplaceAll(shown, "1", "l"), true},
		"own grouping":        {"7K3M9Q 2X401TB VZD" + c, true},
		"a space after each":  {strings.Join(strings.Split(string(r), ""), " "), true},
		"zero width inside":   {strings.ReplaceAll(shown, "M", "M\u200b\u2060"), true},
		"two lines":           {strings.Replace(shown, "X-", "X\n", 1), true},
		"around spaces":       {"  " + shown + "\n", true},
		"in a sentence":       {"my receipt " + shown + " please", false},
		"in Chinese":          {"我的回执是" + shown + "，谢谢", false},
		"in Chinese, wide":    {"回执：" + wide + "。", false},
		"bare in a sentence":  {"see " + string(r) + ".", false},
		"spaces in sentence":  {"it is " + strings.ReplaceAll(shown, "-", " ") + " I think", false},
		"after a command":     {"/receipt " + shown, false},
		"in brackets":         {"(" + shown + ")", false},
		"in code marks":       {"`" + shown + "`", false},
		"after a wrong one":   {"7K3M-9Q2X-401T-BVZE-" + c + " no, " + shown, false},
		"after a dashed word": {"x-" + shown, false},
		"emoji around":        {"🙂" + shown + "🙂", false},
	}
}

func TestReceiptForms(t *testing.T) {
	t.Parallel()
	want := sampleReceipt()
	for name, tt := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := FindReceipt(tt.text); !ok || got != want {
				t.Errorf("FindReceipt(%q) = %q, %v", tt.text, got, ok)
			}
			got, ok := ParseReceipt(tt.text)
			if ok != tt.whole || (ok && got != want) {
				t.Errorf("ParseReceipt(%q) = %q, %v, want taken: %v", tt.text, got, ok, tt.whole)
			}
		})
	}
}

func TestReceiptRefuses(t *testing.T) {
	t.Parallel()
	r := sampleReceipt()
	shown := r.String()
	letters := "ABCDABCDABCDABCD"
	for name, text := range map[string]string{
		"nothing":                "",
		"gaps only":              " - - ",
		"one short":              string(r[:16]),
		"one more":               string(r) + "7",
		"glued before":           "A" + string(r),
		"glued after":            shown + "U",
		"U inside":               strings.Replace(shown, "M", "U", 1),
		"other sign inside":      strings.Replace(shown, "-", "*", 1),
		"too many gaps":          "it is " + strings.Replace(shown, "-", " -- - ", 1),
		"broken inside a group":  "it is " + strings.Replace(shown, "7K", "7 K", 1),
		"letters only, fitting":  letters + string(crockford[checkValue(letters)]),
		"zeros":                  strings.Repeat("0", 17),
		"a case reference":       "HY-7K3M-9Q2X",
		"a phone number":         "+86 138 0013 8000",
		"plain words":            "they have been that I would like some more time",
		"arabic-indic digits":    strings.Repeat("٣", 17),
		"a long number":          "01234567890123456789",
		"words, one after other": strings.Repeat("word ", 200),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := ParseReceipt(text); ok {
				t.Errorf("ParseReceipt(%q) = %q", text, got)
			}
			if got, ok := FindReceipt(text); ok {
				t.Errorf("FindReceipt(%q) = %q", text, got)
			}
		})
	}
}

func FuzzReceipt(f *testing.F) {
	for _, tt := range forms() {
		f.Add(tt.text)
	}
	f.Add("\xff\xfe7K3M")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := ParseReceipt(text)
		found, fok := FindReceipt(text)
		if ok && (!fok || found != r) {
			t.Fatalf("parsed %q but found %q, %v", r, found, fok)
		}
		if !fok {
			return
		}
		// Whatever was found is a receipt in canonical form.
		for _, s := range []string{string(found), found.String(), strings.ToLower(found.String())} {
			if again, ok := ParseReceipt(s); !ok || again != found {
				t.Fatalf("%q is not canonical: %q, %v", found, again, ok)
			}
		}
		if len(found) != receiptLength || strings.Trim(string(found), crockford) != "" {
			t.Fatalf("%q is not of the alphabet", found)
		}
	})
}
