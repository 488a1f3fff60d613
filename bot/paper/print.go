package paper

import (
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// A4 in points, and what is kept free at its edges.
const (
	pageWidth, pageHeight  = 595.28, 841.89
	left, right            = 68, 68
	top, bottom            = 62, 68
	textWidth              = pageWidth - left - right
	body, small, big, head = 10.5, 8.5, 15, 13
	leading                = 1.55 // of a line, in sizes
)

// Print writes a document as a PDF. Errors: ErrNoFont when it needs Chinese and there is no font for it; those of w.
func (f *Fonts) Print(w io.Writer, d Document) error {
	s := &sheet{fonts: f, set: setting{chinese: Chinese(d.Lang)}}
	if s.set.chinese && f.han == nil {
		return ErrNoFont
	}
	s.compose(d)
	mark, foot := s.pale(d.Mark), s.line(d.Foot, small)
	if s.set.noFont {
		return ErrNoFont
	}
	pages := paginate(s.rows)
	pdf := f.pdf(d, s.uses(mark, [][]glyph{foot}))
	for i, rows := range pages {
		pdf.AddPage()
		drawMark(pdf, mark)
		for _, r := range rows {
			r.draw(pdf)
		}
		drawFoot(pdf, f, foot, i+1, len(pages))
	}
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// pdf begins a file that tells nothing but the document's title and day.
func (f *Fonts) pdf(d Document, uses map[*face]bool) *fpdf.Fpdf {
	pdf := fpdf.New("P", "pt", "A4", "")
	y, m, day := d.Day.Date()
	at := time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
	pdf.SetCreationDate(at)
	pdf.SetModificationDate(at)
	pdf.SetCatalogSort(true)
	pdf.SetProducer("Huiyin", false)
	pdf.SetTitle(seen(d.Title), true)
	pdf.SetLang(d.Lang)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCompression(true)
	for _, face := range []*face{f.plain, f.bold, f.han} {
		if !uses[face] {
			continue
		}
		// Read anew: the library writes into what it is given, and two letters may be printed at once.
		raw, err := face.bytes()
		if err != nil {
			pdf.SetError(err)
			break
		}
		pdf.AddUTF8FontFromBytes(face.name, "", raw)
	}
	return pdf
}

// uses are the fonts that the document needs: the one for Chinese is large, and reading it is most of the work. The
// first is always among them, for the numbers of pages.
func (s *sheet) uses(more ...[][]glyph) map[*face]bool {
	uses := map[*face]bool{s.fonts.plain: true}
	see := func(line []glyph) {
		for _, g := range line {
			uses[g.face] = true
		}
	}
	for _, r := range s.rows {
		see(r.line)
	}
	for _, lines := range more {
		for _, line := range lines {
			see(line)
		}
	}
	return uses
}

// try prints one line, so that a font the printer cannot take is found when the house opens and not with a letter.
func (f *Fonts) try() error {
	return f.Print(io.Discard, Document{Lang: "zh-Hans", Title: probe})
}

// row is a line with its place on the page.
type row struct {
	line   []glyph
	x, y   float64
	size   float64
	height float64 // with the space above
	bold   bool    // drawn thicker where the font has no bold
	keep   bool    // belongs to the next row
	bar    bool    // a bar at its left: somebody's words
	rule   bool    // a line across and no words
	grey   bool
}

// sheet collects the rows of a document.
type sheet struct {
	fonts *Fonts
	set   setting
	rows  []row
}

// compose lays a document out from top to bottom.
func (s *sheet) compose(d Document) {
	s.text(d.Head.Name, row{size: head, bold: true}, 0)
	for _, line := range d.Head.Lines {
		s.text(line, row{size: small, grey: true}, 0)
	}
	if len(s.rows) > 0 {
		s.rows = append(s.rows, row{rule: true, height: 10})
	}
	s.text(d.Title, row{size: big, bold: true, keep: true}, 16)
	s.facts(d.Facts, 8)
	for _, p := range d.Parts {
		s.part(p)
	}
	if s.set.lost && d.Lost != "" {
		s.text(d.Lost, row{size: small, grey: true}, 14)
	}
	for i, line := range d.Close {
		gap := 0.0
		if i == 0 {
			gap = 24
		}
		for _, g := range s.lines(line, body, false, textWidth) {
			s.rows = append(s.rows, row{line: g, x: max(textWidth-long(g, body), 0), size: body, height: body*leading + gap, keep: i < len(d.Close)-1})
			gap = 0
		}
	}
}

func (s *sheet) part(p Part) {
	s.text(p.Title, row{size: body + 1, bold: true, keep: true}, 14)
	s.facts(p.Facts, 2)
	for _, words := range p.Text {
		r := row{size: body}
		if p.Quote {
			r.x, r.bar = 12, true
		}
		s.text(words, r, 5)
	}
}

// facts sets labels beside what they say; what is long goes on under itself.
func (s *sheet) facts(facts []Fact, gap float64) {
	var beside float64
	for _, f := range facts {
		beside = max(beside, long(s.line(f.Label, body), body)+14)
	}
	beside = min(beside, textWidth/3)
	for _, f := range facts {
		labels := s.lines(f.Label, body, false, beside-6)
		said := s.lines(f.Said, body, false, textWidth-beside)
		for i := range max(len(labels), len(said)) {
			if i < len(labels) {
				// The label is a row without height: what it says stands on the same line.
				s.rows = append(s.rows, row{line: labels[i], size: body, height: body*leading + gap, grey: true, keep: i < len(said)})
			}
			if i < len(said) {
				h := 0.0
				if i >= len(labels) {
					h = body * leading
				}
				s.rows = append(s.rows, row{line: said[i], x: beside, size: body, height: h})
			}
			gap = 0
		}
	}
}

// text sets words, with a gap above; like says how.
func (s *sheet) text(words string, like row, gap float64) {
	if words == "" {
		return
	}
	for _, line := range s.lines(words, like.size, like.bold, textWidth-like.x) {
		r := like
		r.line, r.height = line, like.size*leading+gap
		s.rows = append(s.rows, r)
		gap = 0
	}
}

func (s *sheet) lines(words string, size float64, bold bool, width float64) [][]glyph {
	s.set.bold = bold
	defer func() { s.set.bold = false }()
	var out [][]glyph
	for _, line := range s.fonts.glyphs(words, &s.set) {
		out = append(out, fold(line, size, width)...)
	}
	return out
}

// line is words on one line, however long.
func (s *sheet) line(words string, size float64) []glyph {
	all := s.lines(words, size, false, 1e9)
	return all[0]
}

// pale are the lines of a mark.
func (s *sheet) pale(mark []string) [][]glyph {
	var out [][]glyph
	for _, m := range mark {
		out = append(out, s.line(m, markSize))
	}
	return out
}

// paginate gives rows their places and breaks them into pages. A heading is never the last on its page.
func paginate(rows []row) [][]row {
	const room = pageHeight - top - bottom
	pages := [][]row{nil}
	y := 0.0
	for i := range rows {
		// What belongs to the next row goes where there is place for both, and for one line under them.
		need := 0.0
		for j := i; j < len(rows); j++ {
			need += rows[j].height
			if !rows[j].keep || j-i > 6 {
				break
			}
		}
		if y > 0 && y+need > room && rows[i].height > 0 {
			pages, y = append(pages, nil), 0
		}
		r := rows[i]
		y += r.height
		r.y = top + y
		pages[len(pages)-1] = append(pages[len(pages)-1], r)
	}
	return pages
}
