package paper

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// hanFont gives the font for Chinese that .ci/setup installs. Where it is missing and that is allowed, its tests are left out.
func hanFont(t testing.TB) []byte {
	t.Helper()
	path := os.Getenv("HUIYIN_FONT")
	if path == "" {
		path = "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		if os.Getenv("CI") != "true" && os.Getenv("HUIYIN_NO_PRINT") != "" {
			t.Skip("LEFT OUT: HUIYIN_NO_PRINT=1, and there is no font for Chinese (.ci/setup says how to get one)")
		}
		t.Fatalf("no font for Chinese; .ci/setup installs one: %v", err)
	}
	return raw
}

// typefaces are made once, of the same bytes always: that is slow, and nothing changes them.
var (
	typefaces *Fonts
	made      sync.Once
)

func fonts(t testing.TB) *Fonts {
	t.Helper()
	raw := hanFont(t)
	var err error
	made.Do(func() { typefaces, err = NewFonts(bytes.NewReader(raw)) })
	if err != nil || typefaces == nil {
		t.Fatalf("fonts: %v", err)
	}
	return typefaces
}

// printed prints a document, checks it, and gives its bytes and the text of its pages, as the system's reader finds it.
func printed(t testing.TB, f *Fonts, d Document) ([]byte, []string) {
	t.Helper()
	var b bytes.Buffer
	if err := f.Print(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), pages(t, b.Bytes())
}

func pages(t testing.TB, raw []byte) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("pdftotext", "-layout", "-enc", "UTF-8", file, "-")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" && os.Getenv("HUIYIN_NO_PRINT") != "" {
		t.Skip("LEFT OUT: HUIYIN_NO_PRINT=1, and there is no pdftotext (.ci/setup says how to get it)")
	}
	if err != nil || complaint.Len() > 0 {
		t.Fatalf("pdftotext; .ci/setup installs it: %v %s", err, complaint.String())
	}
	all := strings.Split(string(out), "\f")
	return all[:len(all)-1]
}

// squeezed is text without white space: where lines end is for the printer.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

var day = time.Date(2026, 11, 24, 22, 41, 7, 0, time.FixedZone("", 8*3600))

func letterEN() Document {
	return Document{
		Lang:  "en",
		Head:  Head{Name: "Echo Group, Office for Employees' Concerns", Lines: []string{"18 Renmin Road, Suzhou 215000", "Telephone 0512-5555 0101"}},
		Title: "Answer to your matter HY-7K2M-9QXD",
		Facts: []Fact{{"Reference", "HY-7K2M-9QXD"}, {"Date", "24 November 2026"}, {"What it was about", "Pay and working hours"}, {"What we found", "partly substantiated"}},
		Parts: []Part{
			{Text: []string{"You brought a matter to us. This is our answer."}},
			{Title: "Our answer", Quote: true, Text: []string{"The overtime of October was counted wrongly (two Saturdays).\n\nIt is paid with the wages of December."}},
			{Title: "What you can do now", Text: []string{"If you are not content, ask for a second look until 24 December 2026."}},
		},
		Close: []string{"Human Resources", "24 November 2026"},
		Foot:  "HY-7K2M-9QXD", Lost: "Signs that cannot be printed are shown as a box.", Day: day,
	}
}

func letterZH() Document {
	return Document{
		Lang:  "zh-Hans",
		Head:  Head{Name: "回音集团　员工诉求办公室", Lines: []string{"苏州市人民路18号（215000）", "电话：0512-5555 0101"}},
		Title: "关于 HY-7K2M-9QXD 号诉求的答复",
		Facts: []Fact{{"编号", "HY-7K2M-9QXD"}, {"日期", "2026年11月24日"}, {"反映的事", "工资、工时"}, {"查明", "部分属实"}},
		Parts: []Part{
			{Text: []string{"您反映的事，我们已经查过，现答复如下。"}},
			{Title: "答复", Quote: true, Text: []string{"经查，十月份两个周六的加班漏算，情况属实；夜班补贴已按规定发放。漏算的加班费随12月工资补发，负责人：“人力资源部”王某（Wang）。"}},
			{Title: "您还可以", Text: []string{"如对答复不满意，可在2026年12月24日前申请复查。"}},
		},
		Close: []string{"人力资源部", "2026年11月24日"},
		Foot:  "HY-7K2M-9QXD", Lost: "无法打印的字符以方框代替。", Day: day,
	}
}

func TestLetterSaysWhatItHolds(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]Document{"en": letterEN(), "zh": letterZH()} {
		raw, text := printed(t, fonts(t), d)
		if len(raw) > 200_000 {
			t.Errorf("%s: %d bytes", name, len(raw))
		}
		if len(text) != 1 {
			t.Fatalf("%s: %d pages", name, len(text))
		}
		all := squeezed(text[0])
		for _, want := range said(d) {
			for line := range strings.SplitSeq(want, "\n") {
				// The bar and broken lines do not stand between words that were typed together.
				if !strings.Contains(all, squeezed(line)) {
					t.Errorf("%s: lacks %q in\n%s", name, line, text[0])
				}
			}
		}
		if strings.Contains(all, d.Lost) || strings.ContainsRune(all, box) {
			t.Errorf("%s: says that something was lost:\n%s", name, text[0])
		}
		if dir := os.Getenv("HUIYIN_PRINT_TO"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".pdf"), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// said lists everything a document says.
func said(d Document) []string {
	out := []string{d.Head.Name, d.Title, d.Foot}
	out = append(out, d.Head.Lines...)
	facts := d.Facts
	for _, p := range d.Parts {
		out = append(append(out, p.Title), p.Text...)
		facts = append(facts[:len(facts):len(facts)], p.Facts...)
	}
	for _, f := range facts {
		out = append(out, f.Label, f.Said)
	}
	return append(out, d.Close...)
}

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	d := letterZH()
	d.Mark = []string{"王琳 2026-11-24 22:41"}
	first, _ := printed(t, fonts(t), d)
	for range 5 {
		if again, _ := printed(t, fonts(t), d); !bytes.Equal(first, again) {
			t.Fatal("the second copy differs")
		}
	}
	for _, hint := range []string{"FPDF", "fpdf", "go-pdf", "22:41", "2241", "Droid", "/Creator"} {
		if bytes.Contains(first, []byte(hint)) {
			t.Errorf("the file tells %q", hint)
		}
	}
	if !bytes.Contains(first, []byte("D:20261124000000")) {
		t.Error("the file does not tell its day")
	}
}

func TestWithoutAFontForChinese(t *testing.T) {
	t.Parallel()
	f, err := NewFonts(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, text := printed(t, f, letterEN()); !strings.Contains(text[0], "overtime of October") {
		t.Error("an English letter needs no font")
	}
	if err := f.Print(&bytes.Buffer{}, letterZH()); !errors.Is(err, ErrNoFont) {
		t.Errorf("a Chinese letter: %v", err)
	}
	mixed := letterEN()
	mixed.Parts[1].Text = []string{"工资补发。"}
	if err := f.Print(&bytes.Buffer{}, mixed); !errors.Is(err, ErrNoFont) {
		t.Errorf("an English letter with Chinese words: %v", err)
	}
}

func TestFontsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	latin, err := fonts(t).plain.bytes()
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"empty": {}, "postscript": []byte("OTTO........"), "collection": []byte("ttcf........"),
		"text": []byte("this is no font"), "cut": hanFont(t)[:5000], "other": latin,
	} {
		if _, err := NewFonts(bytes.NewReader(raw)); err == nil {
			t.Errorf("%s: is taken", name)
		}
	}
}

func TestLongTextsGoOnOverPages(t *testing.T) {
	t.Parallel()
	d := letterZH()
	want := strings.Repeat("我们已经查明，情况如下（第一点）：加班费漏算，The payroll system was wrong. ", 200)
	d.Parts[1].Text = []string{want}
	raw, text := printed(t, fonts(t), d)
	if len(text) < 4 {
		t.Fatalf("%d pages", len(text))
	}
	var all strings.Builder
	for i, p := range text {
		// Every page bears the reference and its number.
		for _, must := range []string{"HY-7K2M-9QXD", fmt.Sprintf("%d/%d", i+1, len(text))} {
			if !strings.Contains(squeezed(p), must) {
				t.Errorf("page %d lacks %q", i+1, must)
			}
		}
		all.WriteString(p)
	}
	if n := strings.Count(squeezed(all.String()), "情况如下（第一点）：加班费漏算，Thepayrollsystemwaswrong."); n < 190 {
		t.Errorf("of 200 sentences %d are in one piece", n) // the foot of a page stands in the middle of some
	}
	if len(raw) > 200_000 {
		t.Errorf("%d bytes", len(raw))
	}
}

func TestEveryPageBearsTheMark(t *testing.T) {
	t.Parallel()
	plain, marked := letterEN(), letterEN()
	plain.Parts[1].Text = []string{strings.Repeat("Words. ", 2000)}
	marked.Parts[1].Text = plain.Parts[1].Text
	marked.Mark = []string{"MARKED BY WANG LIN"}
	_, without := printed(t, fonts(t), plain)
	_, with := printed(t, fonts(t), marked)
	if len(with) != len(without) || len(with) < 3 {
		t.Fatalf("%d pages, %d without the mark", len(with), len(without))
	}
	// The reader lays slanted words out letter by letter: count the letters of the mark that the words have not.
	letters := func(s string) int { return strings.Count(s, "M") + strings.Count(s, "K") + strings.Count(s, "Y") }
	for i := range with {
		if letters(with[i])-letters(without[i]) < 12 {
			t.Errorf("page %d bears no mark", i+1)
		}
	}
}

func TestSignsThatCannotBePrinted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, typed, shown string
		lost               bool
	}{
		{"emoji", "paid 👍🏽 soon", "paid □ soon", true},
		{"family", "a👩\u200d👧b", "a□□b", true},
		{"right to left", "a\u202egnp.exe\u202c b", "agnp.exe b", false},
		{"hebrew", "שלום", "□□□□", true},
		{"arabic", "سلام", "□□□□", true},
		{"beyond sixteen bits", "𠮷野", "□野", true},
		{"controls", "a\x00\x01\x07b\x1b[31mc\x7f", "ab[31mc", false},
		{"zero width", "a\u200bb\ufeffc\u00add", "abcd", false},
		{"tab", "a\tb", "a    b", false},
		{"decomposed", "cafe\u0301", "café", false},
		{"not text", "a\xff\xfeb", "a□□b", true},
		{"operators", `) Tj ET Q (hacked \(\) /Im1 Do`, `) Tj ET Q (hacked \(\) /Im1 Do`, false},
		{"name", "%PDF-1.4 endobj stream <</JS(app.alert(1))>>", "%PDF-1.4 endobj stream <</JS(app.alert(1))>>", false},
		{"braces", "{nb} {{.Name}} <b>&amp;", "{nb} {{.Name}} <b>&amp;", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := letterEN()
			d.Lost = "LOST"
			d.Parts = []Part{{Text: []string{"<<" + c.typed + ">>"}}}
			raw, text := printed(t, fonts(t), d)
			if !strings.Contains(squeezed(text[0]), squeezed("<<"+c.shown+">>")) {
				t.Errorf("shows\n%s", text[0])
			}
			if strings.Contains(text[0], "LOST") != c.lost {
				t.Errorf("says that something is lost: %v", !c.lost)
			}
			if bytes.Contains(raw, []byte("/JS")) || bytes.Contains(raw, []byte("hacked")) {
				t.Error("words stand in the file as they were typed")
			}
		})
	}
}

func TestTitlesAreNoMarkup(t *testing.T) {
	t.Parallel()
	d := letterEN()
	d.Title = ") /OpenAction << /S /JavaScript /JS (x) >> \\"
	raw, text := printed(t, fonts(t), d)
	if bytes.Contains(raw, []byte("/JavaScript")) || !strings.Contains(text[0], "OpenAction") {
		t.Error("a title gets into the file as it is")
	}
}

func TestVeryLongWords(t *testing.T) {
	t.Parallel()
	for _, word := range []string{strings.Repeat("a", 5000), strings.Repeat("（", 3000), strings.Repeat("。", 3000), strings.Repeat("W", 900) + " b"} {
		d := letterEN()
		d.Title, d.Head.Name = word[:min(len(word), 900)], "x"
		d.Title = strings.ToValidUTF8(d.Title, "")
		d.Facts = []Fact{{Label: strings.ToValidUTF8(word[:300], ""), Said: word}}
		d.Parts = []Part{{Text: []string{word}}}
		s := &sheet{fonts: fonts(t)}
		s.compose(d)
		for _, r := range s.rows {
			if !r.rule && r.x+long(r.line, r.size) > textWidth+0.01 {
				t.Fatalf("a line runs off the page: %.0f", r.x+long(r.line, r.size))
			}
		}
		printed(t, fonts(t), d)
	}
}

func TestLinesEndWherePeopleEndThem(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	set := setting{chinese: true}
	words := strings.Repeat("经查（属实），“加班费”漏算；已补发。OK, then we pay 12 yuan. ", 20)
	for width := 40.0; width < 300; width += 7 {
		for i, line := range fold(f.glyphs(words, &set)[0], 10, width) {
			if len(line) == 0 {
				t.Fatal("an empty line")
			}
			if i > 0 && strings.ContainsRune("，。；）”", line[0].r) || strings.ContainsRune("（“", line[len(line)-1].r) {
				t.Errorf("width %.0f: a line is %q", width, runes(line))
			}
		}
	}
	for _, line := range fold(f.glyphs("the quick brown fox jumps over the lazy dog", &set)[0], 10, 60) {
		for _, word := range strings.Fields(runes(line)) {
			if !strings.Contains(" the quick brown fox jumps over lazy dog ", " "+word+" ") {
				t.Errorf("%q is no whole word", word)
			}
		}
	}
}

func runes(line []glyph) string {
	var b strings.Builder
	for _, g := range line {
		b.WriteRune(g.r)
	}
	return b.String()
}

func TestHeadingsAreNotTheLastOnAPage(t *testing.T) {
	t.Parallel()
	for n := range 60 {
		s := &sheet{fonts: fonts(t)}
		d := letterEN()
		d.Parts = nil
		for range n {
			d.Parts = append(d.Parts, Part{Text: []string{"A line."}})
		}
		d.Parts = append(d.Parts, Part{Title: "Heading", Text: []string{"Below it."}})
		s.compose(d)
		for _, page := range paginate(s.rows) {
			last := page[len(page)-1]
			if last.keep {
				t.Errorf("%d lines: %q ends a page", n, runes(last.line))
			}
			if last.y > pageHeight-bottom+0.01 {
				t.Errorf("%d lines: runs off the page", n)
			}
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	d := letterZH()
	d.Parts[1].Text = []string{"𠮷先生 👍\n第二行"}
	var b strings.Builder
	if err := Text(&b, d); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"编号: HY-7K2M-9QXD\n", "== 答复\n", "| 𠮷先生 👍\n| 第二行\n", "人力资源部\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
}

// FuzzLetter prints whatever is typed: it never fails, never runs off the page, and what can be printed is on it.
func FuzzLetter(f *testing.F) {
	for _, s := range []string{
		"", "a", "工资", "a\nb", ") Tj", "\\", "\x00", "\u202e", "👍🏽", strings.Repeat("x", 300), "cafe\u0301", "\u3000。", "{nb}",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	all := fonts(f)
	f.Fuzz(func(t *testing.T, words string, chinese bool) {
		if len(words) > 4000 {
			return
		}
		d := Document{Lang: "en", Title: words, Head: Head{Name: words}, Facts: []Fact{{words, words}}, Lost: "lost",
			Parts: []Part{{Title: words, Text: []string{words}, Quote: true}}, Close: []string{words}, Foot: words, Mark: []string{words}, Day: day}
		if chinese {
			d.Lang = "zh-Hans"
		}
		s := &sheet{fonts: all, set: setting{chinese: chinese}}
		s.compose(d)
		for _, page := range paginate(s.rows) {
			for _, r := range page {
				if !r.rule && r.x+long(r.line, r.size) > textWidth+0.01 || r.y > pageHeight-bottom+0.01 || r.y < top {
					t.Fatalf("off the page: %q", runes(r.line))
				}
			}
		}
		var b bytes.Buffer
		if err := all.Print(&b, d); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(b.Bytes()), []byte("%%EOF")) {
			t.Fatal("is no whole file")
		}
	})
}
