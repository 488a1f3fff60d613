package text_test

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"huiyin/bot/text"
	"huiyin/flows"
)

// words that would break a screen that is put together carelessly.
const hostile = "<b>no</b> & {{.Ref}} 👩‍👩‍👧 مرحبا"

// TestEveryPromptOfEveryFlow presses every button of every form, answers every question in hostile words, and renders
// each screen that comes up in every language.
func TestEveryPromptOfEveryFlow(t *testing.T) {
	t.Parallel()
	book, c := realBook(t)
	engine, err := flows.NewEngine(c.Flows, c.Messages, c.Org)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, book.Zone())
	for _, f := range c.Flows {
		t.Run(f.ID(), func(t *testing.T) {
			t.Parallel()
			seed := flows.Seed{ID: "draft", Nonce: "nonce-of-16-char", Secret: []byte("sixteen bytes of it")}
			s, effects := engine.Begin(flows.Session{}, f.ID(), seed, map[string]string{"case": "id", "ref": "HY-7K3M-9Q2X", "mode": "named"}, now)
			w := &walk{t: t, book: book, engine: engine, now: now, seen: map[string]bool{}, strict: map[string]bool{}}
			w.visit(s, effects)
			if !w.reviewed {
				t.Error("the review was never reached")
			}
		})
	}
}

// walk goes through a form, once through each screen.
type walk struct {
	t        *testing.T
	book     *text.Book
	engine   *flows.Engine
	now      time.Time
	message  int
	seen     map[string]bool
	strict   map[string]bool // texts that were looked through
	reviewed bool
}

func (w *walk) visit(s flows.Session, effects []flows.Effect) {
	for _, e := range effects {
		ask, ok := e.(flows.Ask)
		if !ok {
			continue
		}
		p := ask.Prompt
		d := p.Draft
		w.check(p)
		key := strings.Join([]string{d.State, d.Asking, d.Aside, d.Unit, strconv.Itoa(d.Page), p.Note, d.Answers["mode"].Option, d.Answers["reach"].Option}, "|")
		if w.seen[key] {
			continue
		}
		w.seen[key] = true
		w.reviewed = w.reviewed || p.Kind == flows.Review
		all := append(append([]flows.Button{}, p.Options...), p.Ways...)
		for _, c := range p.Changes {
			all = append(all, c.Edit)
		}
		for _, b := range all {
			press, ok := flows.ParsePress(b.Data)
			if !ok {
				w.t.Fatalf("a button of %s cannot be read back: %s", d.State, b.Data)
			}
			w.visit(w.engine.Step(s, flows.Input{Press: press, Message: 1}, w.now))
		}
		for _, in := range []flows.Input{
			{Text: hostile}, {Text: strings.Repeat("很长的话 ", 800)}, {Other: "sticker"},
			{File: &flows.File{ID: "f", Kind: "voice", Name: hostile}, Text: hostile},
			{File: &flows.File{ID: "f", Kind: "photo"}, TooBig: true},
		} {
			w.message++
			in.Message = 100 + w.message
			w.visit(w.engine.Step(s, in, w.now))
		}
	}
}

func (w *walk) check(p flows.Prompt) {
	for _, lang := range w.book.Languages() {
		reply := w.book.Prompt(lang, p)
		if len(p.Pointers) > 0 { // which show only a part of the hostile words
			reply.HTML = strings.ReplaceAll(reply.HTML, "{{.R", "")
		}
		where := lang + " " + p.Flow + " " + p.Draft.State + " " + p.Note
		if !w.strict[reply.HTML] { // the same words come again and again
			w.strict[reply.HTML] = true
			if err := strict(strings.ReplaceAll(reply.HTML, "{{.Ref}}", "")); err != nil {
				w.t.Fatalf("%s: %v:\n%s", where, err, reply.HTML)
			}
			if n := len(utf16.Encode([]rune(reply.HTML))); n > 4096 {
				w.t.Fatalf("%s: %d units", where, n)
			}
		}
		if len(reply.Rows) == 0 {
			w.t.Fatalf("%s has no way out", where)
		}
		if n := utf8.RuneCountInString(reply.Placeholder); n > 64 {
			w.t.Fatalf("%s: a placeholder of %d characters", where, n)
		}
		for _, row := range reply.Rows {
			if len(row) == 0 || len(row) > 3 {
				w.t.Fatalf("%s: a row of %d buttons", where, len(row))
			}
			for _, b := range row {
				if b.Text == "" || b.Data == "" || len(b.Data) > 64 || strings.ContainsAny(b.Text, "\n{") {
					w.t.Fatalf("%s: a button %q with %q", where, b.Text, b.Data)
				}
			}
		}
	}
}

func TestAnswersInWords(t *testing.T) {
	t.Parallel()
	book, _ := realBook(t)
	file := &flows.File{ID: "f", Kind: "photo"}
	for name, c := range map[string]struct {
		answer flows.Answer
		option string
		zh, en string
	}{
		"skipped":           {flows.Answer{Skipped: true}, "", "（未填写）", "(left out)"},
		"option":            {flows.Answer{Option: "named"}, "complaint.mode.named", "实名", "Named"},
		"day":               {flows.Answer{From: "2026-03-02"}, "", "2026年3月2日", "2 March 2026"},
		"one day twice":     {flows.Answer{From: "2026-03-02", To: "2026-03-02"}, "", "2026年3月2日", "2 March 2026"},
		"range":             {flows.Answer{From: "2026-03-02", To: "2026-03-04"}, "", "2026年3月2日 至 2026年3月4日", "2 March 2026 to 4 March 2026"},
		"since":             {flows.Answer{From: "2026-03-02", Ongoing: true}, "", "从2026年3月2日起，还在继续", "since 2 March 2026, still going on"},
		"going on":          {flows.Answer{Ongoing: true}, "", "还在继续", "still going on"},
		"typed date":        {flows.Answer{From: "2026-03-02", Parts: []flows.Part{{Text: "Monday"}}}, "", "2026年3月2日（“Monday”）", "2 March 2026 (“Monday”)"},
		"typed as we do":    {flows.Answer{Ongoing: true, Parts: []flows.Part{{Text: "still going on"}}}, "", "还在继续（“still going on”）", "still going on"},
		"words and files":   {flows.Answer{Parts: []flows.Part{{Text: "a"}, {File: file, Text: "b"}, {File: file}}}, "", "a\nb\n2 个文件", "a\nb\n2 file(s)"},
		"nothing whatever":  {flows.Answer{}, "", "", ""},
		"words are no HTML": {flows.Answer{Parts: []flows.Part{{Text: "<b>"}}}, "", "<b>", "<b>"},
	} {
		if got := book.Answer("zh-Hans", c.answer, c.option); got != c.zh {
			t.Errorf("%s: %q, want %q", name, got, c.zh)
		}
		if got := book.Answer("en", c.answer, c.option); got != c.en {
			t.Errorf("%s: %q, want %q", name, got, c.en)
		}
	}
}

// TestButtonsLieForAThumb: short options share a row, what goes on stands alone, the ways back come last.
func TestButtonsLieForAThumb(t *testing.T) {
	t.Parallel()
	book, _ := realBook(t)
	button := func(op flows.Op, label string) flows.Button {
		return flows.Button{Label: label, Op: op, Data: string(op)}
	}
	p := flows.Prompt{
		Text: "complaint.what.ask", Note: "note.required", At: 2, Of: 9,
		Options: []flows.Button{
			button(flows.OpOption, "short"), button(flows.OpOption, "brief"), button(flows.OpOption, "third"),
			button(flows.OpOption, "a label that is much too wide for half a row"), button(flows.OpOption, "last"),
		},
		Ways: []flows.Button{button(flows.OpBack, "Back"), button(flows.OpDone, "Done"), button(flows.OpCancel, "Cancel")},
	}
	p.Options[1].Chosen = true
	reply := book.Prompt("en", p)
	var got []string
	for _, row := range reply.Rows {
		var labels []string
		for _, b := range row {
			labels = append(labels, b.Text)
		}
		got = append(got, strings.Join(labels, " | "))
	}
	want := "short | ✓ brief\nthird\na label that is much too wide for half a row\nlast\nDone\nBack | Cancel"
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
	if !strings.HasPrefix(reply.HTML, "<i>") || !strings.Contains(reply.HTML, "Step 2 of 9") {
		t.Errorf("no note or no step: %s", reply.HTML)
	}
	p.At, p.Of, p.Note = 1, 1, ""
	if got := book.Prompt("en", p).HTML; strings.Contains(got, "Step") {
		t.Errorf("one of one is no count: %s", got)
	}
}

func TestPointersInWords(t *testing.T) {
	t.Parallel()
	book, _ := realBook(t)
	edit := flows.Button{Data: "f.n.1.edit.what", Op: flows.OpEdit}
	r := book.Prompt("en", flows.Prompt{
		Text: "pointers.ask", PointersMore: 3,
		Pointers: []flows.PointerLine{
			{Title: "complaint.what.title", Before: "<", Hit: "13812345678", After: "…", Rule: flows.RulePhone.Key()},
			{Title: "complaint.where.title", Option: "unit.canteen", Rule: flows.RuleSmall.Key()},
			{Title: "complaint.evidence.title", Rule: flows.RuleVoice.Key()},
		},
		Changes: []flows.Change{{Title: "complaint.what.title", Edit: edit}},
		Ways:    []flows.Button{{Key: "way.send_as_is", Data: "f.n.1.send", Op: flows.OpSubmit}, {Key: "way.review_back", Data: "f.n.1.back", Op: flows.OpBack}},
	})
	for _, want := range []string{
		"</b>: &lt;<u>13812345678</u>…\n<i>A telephone number</i>", "<u>Canteen</u>\n<i>Few people work there</i>",
		"<b>Evidence</b>\n<i>A voice or a video.", "And 3 more.",
	} {
		if !strings.Contains(r.HTML, want) {
			t.Errorf("no %q in\n%s", want, r.HTML)
		}
	}
	if len(r.Rows) != 3 || r.Rows[0][0].Data != edit.Data || r.Rows[1][0].Text != "Send as it is" || len(r.Rows[1]) != 1 {
		t.Errorf("rows %+v", r.Rows)
	}
	if err := strict(r.HTML); err != nil {
		t.Error(err)
	}
}
