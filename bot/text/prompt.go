package text

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"huiyin/flows"
)

// excerpt is how much of an answer a review shows: its words stand whole in the chat above.
const excerpt = 160

// The notes of a part and of an album taken in: the form waits for more, or for Done.
const (
	noteReceived = "note.received"
	noteAlbum    = "note.album"
)

// Prompt renders a question: where one is on the way, the question, what was taken in, and the buttons.
func (b *Book) Prompt(lang string, p flows.Prompt) Reply {
	var parts []string
	if p.Note != "" {
		parts = append(parts, "<i>"+b.T(lang, p.Note, pairs(p.NoteData)...)+"</i>")
	}
	if p.Step != "" && (p.Note == noteReceived || p.Note == noteAlbum) {
		// The question stands right above: saying it again after every message would bury what the person writes.
		return Reply{Do: Show, Asks: true, HTML: parts[0], Rows: b.rows(lang, p), Placeholder: b.placeholder(lang, p)}
	}
	question := b.T(lang, p.Text, pairs(p.Draft.Context)...)
	if p.Of > 1 {
		question = "<i>" + b.T(lang, "prompt.step", "At", p.At, "Of", p.Of) + "</i>\n" + question
	}
	if p.Help != "" {
		question += "\n" + b.T(lang, p.Help, pairs(p.Draft.Context)...)
	}
	parts = append(parts, question)
	if len(p.Review) > 0 {
		parts = append(parts, b.review(lang, p.Review))
	}
	parts = append(parts, b.pointers(lang, p)...)
	if given := b.given(lang, p); given != "" {
		parts = append(parts, given)
	}
	return Reply{Do: Show, Asks: true, HTML: strings.Join(parts, "\n\n"), Rows: b.rows(lang, p), Placeholder: b.placeholder(lang, p)}
}

// given says what was answered so far: the buttons show a chosen option, everything else is said in words.
func (b *Book) given(lang string, p flows.Prompt) string {
	if p.Current == nil {
		return ""
	}
	key := ""
	switch p.Kind {
	case flows.Place:
		if p.Current.Option != "" {
			key = "unit." + p.Current.Option
		}
	case flows.Text, flows.Date, flows.People, flows.Files:
	default:
		return ""
	}
	said := b.T(lang, "prompt.current", "Said", Cut(strings.Join(strings.Fields(b.Answer(lang, *p.Current, key)), " "), excerpt))
	switch {
	case p.Current.Open && p.Kind == flows.Text:
		// They may have been written at another question, or a week ago.
		return said + "\n" + b.T(lang, "prompt.received", "Count", p.Received)
	case p.Current.Open:
		return b.T(lang, "prompt.received", "Count", p.Received)
	}
	return said
}

// placeholder is what stands in the input field; Telegram takes 64 characters.
func (b *Book) placeholder(lang string, p flows.Prompt) string {
	if p.Placeholder == "" {
		return ""
	}
	return Cut(b.Label(lang, p.Placeholder), 64)
}

func (b *Book) review(lang string, lines []flows.ReviewLine) string {
	var s strings.Builder
	for i, l := range lines {
		if i > 0 {
			s.WriteString("\n")
		}
		s.WriteString(b.T(lang, "prompt.line", "Title", b.Label(lang, l.Title),
			"Said", Cut(b.Answer(lang, l.Answer, l.OptionKey), excerpt)))
	}
	return s.String()
}

// pointers lists the passages that could point to the person, a paragraph each.
func (b *Book) pointers(lang string, p flows.Prompt) []string {
	var parts []string
	for _, l := range p.Pointers {
		key, hit := "pointers.line", l.Hit
		if l.Option != "" {
			hit = b.Label(lang, l.Option)
		}
		if hit == "" {
			key = "pointers.bare"
		}
		parts = append(parts, b.T(lang, key, "Title", b.Label(lang, l.Title), "Before", l.Before, "Hit", hit, "After", l.After,
			"Why", b.Label(lang, l.Rule)))
	}
	if p.PointersMore > 0 {
		parts = append(parts, b.T(lang, "pointers.more", "Count", p.PointersMore))
	}
	return parts
}

// Answer says an answer in one piece of plain text.
func (b *Book) Answer(lang string, a flows.Answer, optionKey string) string {
	var words []string
	files := 0
	for _, p := range a.Parts {
		if p.Text != "" {
			words = append(words, p.Text)
		}
		if p.File != nil {
			files++
		}
	}
	return b.Said(lang, Said{
		Option: optionKey, Words: words, Files: files,
		From: a.From, To: a.To, Ongoing: a.Ongoing, Skipped: a.Skipped,
	})
}

// Said is an answer's content, whether it is still in a draft or already on a case.
type Said struct {
	Option   string // message key
	Words    []string
	Files    int
	From, To string // days
	Ongoing  bool
	Skipped  bool
}

// Said puts an answer into plain words.
func (b *Book) Said(lang string, s Said) string {
	if s.Skipped {
		return b.Label(lang, "prompt.skipped")
	}
	var parts []string
	if s.Option != "" {
		parts = append(parts, b.Label(lang, s.Option))
	}
	date, words := b.date(lang, s), strings.Join(s.Words, "\n")
	switch {
	case date == "":
		parts = append(parts, s.Words...)
	case words == "" || words == date:
		parts = append(parts, date)
	default:
		// What was typed stands beside what we read in it.
		parts = append(parts, b.Label(lang, "prompt.typed", "Date", date, "Words", words))
	}
	if s.Files > 0 {
		parts = append(parts, b.Label(lang, "prompt.files", "Count", s.Files))
	}
	return strings.Join(parts, "\n")
}

// date says when, "" for answers that are no date.
func (b *Book) date(lang string, s Said) string {
	switch {
	case s.From != "" && s.Ongoing:
		return b.Label(lang, "prompt.since", "Day", b.ISODay(lang, s.From))
	case s.From != "" && s.To != "" && s.To != s.From:
		return b.Label(lang, "prompt.range", "From", b.ISODay(lang, s.From), "To", b.ISODay(lang, s.To))
	case s.From != "":
		return b.ISODay(lang, s.From)
	case s.Ongoing:
		return b.Label(lang, "prompt.ongoing")
	}
	return ""
}

// rows lays buttons out for a thumb: short options two in a row, the ways out below them.
func (b *Book) rows(lang string, p flows.Prompt) [][]Button {
	var rows [][]Button
	rows = append(rows, b.pack(lang, p.Options, 2, 36)...)
	var edits []flows.Button
	for _, l := range p.Review {
		edit := l.Edit
		edit.Key, edit.Label = "", b.Label(lang, "prompt.edit", "Title", b.Label(lang, l.Title))
		edits = append(edits, edit)
	}
	for _, c := range p.Changes {
		edit := c.Edit
		edit.Key, edit.Label = "", b.Label(lang, "prompt.edit", "Title", b.Label(lang, c.Title))
		edits = append(edits, edit)
	}
	rows = append(rows, b.pack(lang, edits, 2, 36)...)
	var first, rest []flows.Button
	for _, w := range p.Ways {
		if w.Op == flows.OpDone || w.Op == flows.OpDiscard || w.Op == flows.OpKeep || w.Op == flows.OpSubmit {
			first = append(first, w)
		} else {
			rest = append(rest, w)
		}
	}
	// What goes on stands alone in its row, so that no thumb slips from it onto what goes back.
	rows = append(rows, b.pack(lang, first, 1, 40)...)
	rows = append(rows, b.pack(lang, rest, 2, 40)...)
	return rows
}

func (b *Book) pack(lang string, buttons []flows.Button, across, width int) [][]Button {
	var rows [][]Button
	var row []Button
	used := 0
	for _, fb := range buttons {
		label := fb.Label
		if fb.Key != "" {
			label = b.Label(lang, fb.Key)
		}
		if fb.Chosen {
			label = b.Label(lang, "prompt.chosen", "Label", label)
		}
		w := Columns(label)
		if len(row) > 0 && (len(row) == across || w > width/2 || used > width/2) {
			rows = append(rows, row)
			row, used = nil, 0
		}
		row = append(row, Button{Text: label, Data: fb.Data})
		used = max(used, w)
	}
	if len(row) > 0 {
		rows = append(rows, row)
	}
	return rows
}

// Columns is the width of s in columns of a monospaced screen: wide characters count two.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return n
}

// Cut shortens s to at most n characters, with an ellipsis when something is missing.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:n-1]), " \n") + "…"
}

func pairs(m map[string]string) []any {
	out := make([]any, 0, 2*len(m))
	for k, v := range m {
		name := strings.ToUpper(k[:1]) + k[1:]
		if n, err := strconv.Atoi(v); err == nil {
			out = append(out, name, n)
			continue
		}
		out = append(out, name, v)
	}
	return out
}
