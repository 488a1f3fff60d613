package paper

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// box stands for a sign that no font has; query is for fonts without it.
const (
	box   = '□'
	query = '?'
)

// Fonts are what documents are printed with: the Go fonts, which the program carries, and one for Chinese. They never
// change after NewFonts and may be shared.
type Fonts struct {
	plain, bold, han *face // han is nil when there is none
}

// Source is a font's file. It stays where it is: a font for Chinese is several megabytes, and letters are rare.
type Source interface {
	io.ReaderAt
	Size() int64
}

// face is one font.
type face struct {
	name  string
	file  Source
	font  *sfnt.Font
	mu    sync.Mutex
	buf   sfnt.Buffer
	known map[rune]float64 // widths in ems, negative: it has no such sign
}

// probe is text that a font for Chinese must have.
const probe = "回复关于您反映的事项，现答复如下。"

// NewFonts takes a TrueType font for Chinese, which is read as it is needed; nil is none, and then only documents without Chinese
// can be printed. Errors say, for whoever runs the bot, why a font cannot be used.
func NewFonts(han Source) (*Fonts, error) {
	f := &Fonts{}
	var err error
	if f.plain, err = newFace("go", bytes.NewReader(goregular.TTF)); err != nil {
		return nil, err
	}
	if f.bold, err = newFace("gobold", bytes.NewReader(gobold.TTF)); err != nil {
		return nil, err
	}
	if han == nil {
		return f, nil
	}
	if f.han, err = newFace("han", han); err != nil {
		return nil, err
	}
	for _, r := range probe {
		if _, ok := f.han.width(r); !ok {
			return nil, fmt.Errorf("the font lacks %q: it is no font for Chinese", r)
		}
	}
	return f, f.try()
}

// newFace reads a font. Only outlines of the TrueType kind can be put into a document sign by sign.
func newFace(name string, file Source) (*face, error) {
	head := make([]byte, 12)
	if _, err := file.ReadAt(head, 0); err != nil {
		return nil, errors.New("the font is empty")
	}
	switch string(head[:4]) {
	case "\x00\x01\x00\x00", "true":
	case "OTTO":
		return nil, errors.New("the font has outlines of the PostScript kind (.otf); one with TrueType outlines (.ttf) is needed")
	case "ttcf":
		return nil, errors.New("the font is a collection (.ttc); a single font (.ttf) is needed")
	default:
		return nil, errors.New("that is no TrueType font")
	}
	f, err := sfnt.ParseReaderAt(file)
	if err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	return &face{name: name, file: file, font: f, known: map[rune]float64{}}, nil
}

// bytes is the whole font.
func (f *face) bytes() ([]byte, error) {
	all := make([]byte, f.file.Size())
	if n, err := f.file.ReadAt(all, 0); n < len(all) {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	return all, nil
}

// width is how wide a sign is in ems; ok is false when the font does not have it.
func (f *face) width(r rune) (w float64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w, ok = f.known[r]; !ok {
		w = -1
		if i, err := f.font.GlyphIndex(&f.buf, r); err == nil && i != 0 {
			if adv, err := f.font.GlyphAdvance(&f.buf, i, fixed.I(1000), font.HintingNone); err == nil {
				w = float64(adv) / 64 / 1000
			}
		}
		f.known[r] = w
	}
	return max(w, 0), w >= 0
}

// Chinese says whether documents with Chinese in them can be printed.
func (f *Fonts) Chinese() bool { return f.han != nil }

// glyph is one sign to be drawn.
type glyph struct {
	r    rune
	face *face
	ems  float64
}

// drawn are the scripts that can be drawn one sign after the other, from left to right, as they are typed. Letters of
// others would come out as something that nobody wrote.
var drawn = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
	unicode.Bopomofo, unicode.Common, unicode.Inherited,
}

// shared are signs that look different in the two alphabets.
var shared = []rune("“”‘’…—·×÷±°§")

// setting says how a line of text is set.
type setting struct {
	chinese bool // the document's language
	bold    bool
	lost    bool // something could not be printed
	noFont  bool // because there is no font for Chinese
}

// glyphs turns words into signs, line by line. What cannot be seen is left out: control characters, marks that turn the
// direction of writing, joiners.
func (f *Fonts) glyphs(words string, s *setting) [][]glyph {
	lines := [][]glyph{nil}
	add := func(g glyph) { lines[len(lines)-1] = append(lines[len(lines)-1], g) }
	for _, r := range norm.NFC.String(words) {
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f' || r == '\u0085':
			lines = append(lines, nil)
		case r == '\t':
			for range 4 {
				add(f.glyph(' ', s))
			}
		case r == unicode.ReplacementChar:
			add(f.instead(s))
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Noncharacter_Code_Point), r >= 0x1F3FB && r <= 0x1F3FF:
		case r != '\u3000' && unicode.Is(unicode.Zs, r):
			add(f.glyph(' ', s))
		default:
			add(f.glyph(r, s))
		}
	}
	return lines
}

func (f *Fonts) glyph(r rune, s *setting) glyph {
	latin := f.plain
	if s.bold {
		latin = f.bold
	}
	order := []*face{latin, f.han}
	if s.chinese && slices.Contains(shared, r) {
		order = []*face{f.han, latin}
	}
	// A document numbers its signs with sixteen bits.
	if r <= 0xFFFF && unicode.In(r, drawn...) {
		for _, face := range order {
			if face == nil {
				continue
			}
			if w, ok := face.width(r); ok {
				return glyph{r, face, w}
			}
		}
	}
	if f.han == nil && unicode.In(r, unicode.Han) {
		s.noFont = true
	}
	return f.instead(s)
}

// instead is what stands for a sign that cannot be printed.
func (f *Fonts) instead(s *setting) glyph {
	s.lost = true
	for _, face := range []*face{f.plain, f.han} {
		if face == nil {
			continue
		}
		if w, ok := face.width(box); ok {
			return glyph{box, face, w}
		}
	}
	w, _ := f.plain.width(query)
	return glyph{query, f.plain, w}
}
