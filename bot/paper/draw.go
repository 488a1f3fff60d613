package paper

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
)

const markSize = 13

func (r row) draw(pdf *fpdf.Fpdf) {
	pdf.SetTextColor(0, 0, 0)
	if r.rule {
		pdf.SetDrawColor(150, 150, 150)
		pdf.SetLineWidth(0.6)
		pdf.Line(left, r.y, pageWidth-right, r.y)
		return
	}
	if r.grey {
		pdf.SetTextColor(90, 90, 90)
	}
	if r.bar {
		pdf.SetDrawColor(190, 190, 190)
		pdf.SetLineWidth(1.6)
		pdf.Line(left+3, r.y-r.size*1.15, left+3, r.y+r.size*(leading-1.15))
	}
	ink(pdf, r.line, left+r.x, r.y, r.size, r.bold)
}

// ink draws signs on one line, in runs of the same font.
func ink(pdf *fpdf.Fpdf, line []glyph, x, y, size float64, bold bool) {
	for i := 0; i < len(line); {
		var run strings.Builder
		face, w := line[i].face, 0.0
		for i < len(line) && line[i].face == face {
			run.WriteRune(line[i].r)
			w += line[i].ems * size
			i++
		}
		thick := bold && face.name == "han"
		if thick {
			pdf.SetDrawColor(0, 0, 0)
			pdf.SetLineWidth(size / 45)
			pdf.SetTextRenderingMode(2)
		}
		pdf.SetFont(face.name, "", size)
		pdf.Text(x, y, run.String())
		if thick {
			pdf.SetTextRenderingMode(0)
		}
		x += w
	}
}

// drawMark covers a page with a pale mark, so that no part of it can be shown without.
func drawMark(pdf *fpdf.Fpdf, mark [][]glyph) {
	if len(mark) == 0 {
		return
	}
	wide := 0.0
	for _, line := range mark {
		wide = max(wide, long(line, markSize))
	}
	size := markSize * min(1, 0.8*pageWidth/max(wide, 1))
	high := size * leading * float64(len(mark))
	pdf.SetTextColor(120, 120, 120)
	pdf.SetAlpha(0.22, "Normal")
	pdf.TransformBegin()
	pdf.TransformRotate(35, pageWidth/2, pageHeight/2)
	reach := math.Hypot(pageWidth, pageHeight) / 2
	step, beside := high+120, min(wide, 0.8*pageWidth)+90
	for y := pageHeight/2 - reach; y < pageHeight/2+reach; y += step {
		for x := pageWidth/2 - 2*beside; x <= pageWidth/2+2*beside; x += beside {
			for i, line := range mark {
				ink(pdf, line, x-long(line, size)/2, y+float64(i)*size*leading, size, false)
			}
		}
	}
	pdf.TransformEnd()
	pdf.SetAlpha(1, "Normal")
}

// drawFoot writes the foot of a page and its number.
func drawFoot(pdf *fpdf.Fpdf, f *Fonts, foot []glyph, page, of int) {
	pdf.SetTextColor(110, 110, 110)
	const y = pageHeight - bottom + 32
	number := f.glyphs(strconv.Itoa(page)+" / "+strconv.Itoa(of), &setting{})[0]
	room := textWidth - long(number, small) - 12
	ink(pdf, fold(foot, small, room)[0], left, y, small, false)
	ink(pdf, number, pageWidth-right-long(number, small), y, small, false)
}

// seen is a text without what cannot be seen, for a file's properties.
func seen(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf) {
			return -1
		}
		return r
	}, s)
}
