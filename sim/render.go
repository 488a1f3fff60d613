package sim

import (
	"html"
	"sort"
	"strings"
)

// renderHTML returns text as escaped HTML with its entities as tags: what the
// phones page may insert as it is. Crossing entities are closed and reopened.
func renderHTML(text string, ents []entity) string {
	if len(ents) == 0 {
		return html.EscapeString(text)
	}
	ents = append([]entity(nil), ents...)
	sortEntities(ents)
	for i, e := range ents {
		if e.Type == "url" {
			ents[i].URL = part(text, e.Offset, e.Length)
		}
	}
	cuts := map[int]bool{}
	for _, e := range ents {
		cuts[e.Offset] = true
		cuts[e.Offset+e.Length] = true
	}
	points := make([]int, 0, len(cuts))
	for p := range cuts {
		points = append(points, p)
	}
	sort.Ints(points)

	var b strings.Builder
	var open []entity
	step := func(at int) {
		keep := len(open)
		for i, e := range open {
			if e.Offset+e.Length <= at {
				keep = i
				break
			}
		}
		var again []entity
		for i := len(open) - 1; i >= keep; i-- {
			b.WriteString(tagEnd(open[i]))
			if open[i].Offset+open[i].Length > at {
				again = append(again, open[i])
			}
		}
		open = open[:keep]
		for i := len(again) - 1; i >= 0; i-- {
			b.WriteString(tagStart(again[i]))
			open = append(open, again[i])
		}
		for _, e := range ents {
			if e.Offset == at {
				b.WriteString(tagStart(e))
				open = append(open, e)
			}
		}
	}
	at, next, from := 0, 0, 0
	for i, r := range text {
		if next < len(points) && points[next] <= at {
			b.WriteString(html.EscapeString(text[from:i]))
			from = i
			step(points[next])
			next++
		}
		at += runeUnits(r)
	}
	b.WriteString(html.EscapeString(text[from:]))
	for i := len(open) - 1; i >= 0; i-- {
		b.WriteString(tagEnd(open[i]))
	}
	return b.String()
}

var tags = map[string]string{
	"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
	"spoiler": "tg-spoiler", "blockquote": "blockquote", "expandable_blockquote": "blockquote", "text_link": "a", "url": "a",
}

func tagStart(e entity) string {
	name := tags[e.Type]
	switch {
	case name == "":
		return ""
	case name == "a":
		return `<a href="` + html.EscapeString(e.URL) + `" rel="noopener noreferrer" target="_blank">`
	}
	return "<" + name + ">"
}

func tagEnd(e entity) string {
	if name := tags[e.Type]; name != "" {
		return "</" + name + ">"
	}
	return ""
}

// part cuts length units at offset out of a text.
func part(text string, offset, length int) string {
	at, from, to := 0, len(text), len(text)
	for i, r := range text {
		if at == offset {
			from = i
		}
		if at == offset+length {
			to = i
			break
		}
		at += runeUnits(r)
	}
	return text[from:to]
}
