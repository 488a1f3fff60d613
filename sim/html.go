package sim

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

var htmlTypes = map[string]string{
	"a": "text_link", "b": "bold", "strong": "bold", "i": "italic", "em": "italic",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
	"u": "underline", "ins": "underline", "tg-spoiler": "spoiler", "span": "spoiler",
	"tg-emoji": "custom_emoji", "pre": "pre", "code": "code", "blockquote": "blockquote",
}

type openTag struct {
	name, argument string
	offset, start  int // UTF-16 units, bytes of the plain text
}

// htmlParser follows tdlib's parser step by step, so that it refuses the same
// texts with the same words. Offsets in its refusals are bytes of the input.
type htmlParser struct {
	in    string
	i     int
	out   strings.Builder
	units int
	open  []openTag
	ents  []entity
}

func unparsable(format string, args ...any) error {
	return bad("can't parse entities: %s", fmt.Sprintf(format, args...))
}

// parseHTML returns the plain text and its entities, or Telegram's refusal.
func parseHTML(in string) (string, []entity, error) {
	if !strings.ContainsAny(in, "<&") {
		return in, nil, nil
	}
	p := &htmlParser{in: in}
	for p.i < len(in) {
		switch c := in[p.i]; c {
		case '&':
			if r, n := decodeEntity(in[p.i:]); n > 0 {
				p.write(string(r))
				p.i += n
				continue
			}
			p.write("&")
			p.i++
		case '<':
			var err error
			if p.at(p.i+1) == '/' {
				err = p.closeTag()
			} else {
				err = p.openTag()
			}
			if err != nil {
				return "", nil, err
			}
		default:
			end := strings.IndexAny(in[p.i:], "<&")
			if end < 0 {
				end = len(in) - p.i
			}
			p.write(in[p.i : p.i+end])
			p.i += end
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, unparsable("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	sortEntities(p.ents)
	return p.out.String(), p.ents, nil
}

func (p *htmlParser) write(s string) {
	p.out.WriteString(s)
	p.units += units(s)
}

// at returns the byte at i, or 0 past the end, which counts as a space like in tdlib.
func (p *htmlParser) at(i int) byte {
	if i >= len(p.in) {
		return 0
	}
	return p.in[i]
}

func space(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0 || c == '\v'
}

func (p *htmlParser) skipSpace() {
	for p.i < len(p.in) && space(p.in[p.i]) {
		p.i++
	}
}

func (p *htmlParser) openTag() error {
	begin := p.i
	p.i++
	for !space(p.at(p.i)) && p.at(p.i) != '>' {
		p.i++
	}
	if p.i >= len(p.in) {
		return unparsable("Unclosed start tag at byte offset %d", begin)
	}
	name := strings.ToLower(p.in[begin+1 : p.i])
	if htmlTypes[name] == "" {
		return unparsable("Unsupported start tag \"%s\" at byte offset %d", name, begin)
	}
	argument := ""
	for p.at(p.i) != '>' {
		key, value, err := p.attribute(name, begin)
		if err != nil {
			return err
		}
		switch {
		case name == "a" && key == "href", name == "tg-emoji" && key == "emoji-id":
			argument = value
		case name == "code" && key == "class" && strings.HasPrefix(value, "language-"):
			argument = strings.TrimPrefix(value, "language-")
		case name == "span" && key == "class" && strings.HasPrefix(value, "tg-"):
			argument = strings.TrimPrefix(value, "tg-")
		case name == "blockquote" && key == "expandable":
			argument = "1"
		}
	}
	if name == "span" && argument != "spoiler" {
		return unparsable("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", begin)
	}
	p.i++
	p.open = append(p.open, openTag{name, argument, p.units, p.out.Len()})
	return nil
}

// attribute reads one attribute; at the end of the tag it returns an empty key.
func (p *htmlParser) attribute(tag string, begin int) (key, value string, err error) {
	p.skipSpace()
	if p.i >= len(p.in) {
		return "", "", unparsable("Unclosed start tag at byte offset %d", begin)
	}
	if p.at(p.i) == '>' {
		return "", "", nil
	}
	start := p.i
	for c := p.at(p.i); !space(c) && c != '=' && c != '>' && c != '/' && c != '"' && c != '\''; c = p.at(p.i) {
		p.i++
	}
	key = p.in[start:p.i]
	if key == "" {
		return "", "", unparsable("Empty attribute name in the tag \"%s\" at byte offset %d", tag, begin)
	}
	p.skipSpace()
	if p.i >= len(p.in) {
		return "", "", unparsable("Unclosed start tag \"%s\" at byte offset %d", tag, begin)
	}
	if p.at(p.i) != '=' {
		return key, "", nil
	}
	p.i++
	p.skipSpace()
	if p.i >= len(p.in) {
		return "", "", unparsable("Unclosed start tag \"%s\" at byte offset %d", tag, begin)
	}
	if quote := p.at(p.i); quote == '"' || quote == '\'' {
		value = p.quoted(quote)
	} else {
		token := p.i
		for c := p.at(p.i); nameByte(c); c = p.at(p.i) {
			p.i++
		}
		value = strings.ToLower(p.in[token:p.i])
		if !space(p.at(p.i)) && p.at(p.i) != '>' {
			return "", "", unparsable("Unexpected end of name token at byte offset %d", token)
		}
	}
	if p.i >= len(p.in) {
		return "", "", unparsable("Unclosed start tag at byte offset %d", begin)
	}
	return key, value, nil
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-'
}

func (p *htmlParser) quoted(quote byte) string {
	p.i++
	var b strings.Builder
	for p.i < len(p.in) && p.in[p.i] != quote {
		if p.in[p.i] == '&' {
			if r, n := decodeEntity(p.in[p.i:]); n > 0 {
				b.WriteRune(r)
				p.i += n
				continue
			}
		}
		b.WriteByte(p.in[p.i])
		p.i++
	}
	if p.i < len(p.in) {
		p.i++
	}
	return b.String()
}

func (p *htmlParser) closeTag() error {
	begin := p.i
	if len(p.open) == 0 {
		return unparsable("Unexpected end tag at byte offset %d", begin)
	}
	p.i += 2
	for !space(p.at(p.i)) && p.at(p.i) != '>' {
		p.i++
	}
	name := strings.ToLower(p.in[min(begin+2, len(p.in)):p.i])
	p.skipSpace()
	if p.at(p.i) != '>' {
		return unparsable("Unclosed end tag at byte offset %d", begin)
	}
	p.i++
	tag := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	if name != "" && name != tag.name {
		return unparsable("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, tag.name, name)
	}
	if p.units == tag.offset {
		return nil
	}
	e := entity{Type: htmlTypes[tag.name], Offset: tag.offset, Length: p.units - tag.offset}
	switch tag.name {
	case "a":
		return p.link(e, tag)
	case "tg-emoji":
		e.CustomEmojiID = tag.argument
		if tag.argument == "" {
			return unparsable("Invalid custom emoji identifier specified")
		}
	case "blockquote":
		if tag.argument != "" {
			e.Type = "expandable_blockquote"
		}
	case "code":
		e.Language = tag.argument // meaningful only inside pre, see below
	case "pre":
		// <pre><code class="language-x">…</code></pre> is one entity with a language.
		if n := len(p.ents); n > 0 && p.ents[n-1].Type == "code" && p.ents[n-1].Offset == e.Offset && p.ents[n-1].Length == e.Length {
			e.Language = p.ents[n-1].Language
			p.ents = p.ents[:n-1]
		}
	}
	if e.Type == "code" && !p.inside("pre") {
		e.Language = ""
	}
	p.ents = append(p.ents, e)
	return nil
}

func (p *htmlParser) inside(name string) bool {
	for _, t := range p.open {
		if t.name == name {
			return true
		}
	}
	return false
}

// link keeps the text and drops the link when the address is none, as Telegram does.
func (p *htmlParser) link(e entity, tag openTag) error {
	e.URL = tag.argument
	if e.URL == "" {
		e.URL = p.out.String()[tag.start:]
	}
	if id, ok := strings.CutPrefix(e.URL, "tg://user?id="); ok && id != "" {
		e.Type = "text_link"
		p.ents = append(p.ents, e)
		return nil
	}
	url, ok := checkedLink(e.URL)
	if !ok {
		return nil
	}
	e.URL = url
	p.ents = append(p.ents, e)
	return nil
}

// checkedLink accepts http, https, tg, ton, mailto and tel addresses and adds http:// to a bare host.
func checkedLink(raw string) (string, bool) {
	raw = strings.TrimSpace(raw)
	if raw == "" || strings.ContainsAny(raw, " \n\t") {
		return "", false
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		if strings.HasPrefix(raw, "mailto:") || strings.HasPrefix(raw, "tel:") {
			return raw, true
		}
		scheme, rest, raw = "http", raw, "http://"+raw
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		host, _, _ := strings.Cut(rest, "/")
		host, _, _ = strings.Cut(host, "?")
		if !strings.Contains(host, ".") && !strings.HasPrefix(host, "localhost") || strings.HasPrefix(host, ".") {
			return "", false
		}
		if !strings.Contains(rest, "/") {
			raw += "/"
		}
		return raw, true
	case "tg", "ton", "tonsite":
		return raw, rest != ""
	}
	return "", false
}

// decodeEntity decodes the character reference at the start of s and returns
// its length, or 0 when Telegram would leave the ampersand as it is.
func decodeEntity(s string) (rune, int) {
	end := 1
	var r uint32
	at := func(i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	if at(1) == '#' {
		base := uint32(10)
		end = 2
		if at(2) == 'x' {
			base, end = 16, 3
		}
		for d := digit(at(end)); d < base && end < 12; d = digit(at(end)) {
			r = r*base + d
			end++
		}
		if r == 0 || r >= 0x10ffff || end >= 10 || !utf8.ValidRune(rune(r)) {
			return 0, 0
		}
	} else {
		for c := at(end) | 0x20; c >= 'a' && c <= 'z'; c = at(end) | 0x20 {
			end++
		}
		switch s[1:end] {
		case "lt":
			r = '<'
		case "gt":
			r = '>'
		case "amp":
			r = '&'
		case "quot":
			r = '"'
		default:
			return 0, 0
		}
	}
	if at(end) == ';' {
		end++
	}
	return rune(r), end
}

func digit(c byte) uint32 {
	switch {
	case c >= '0' && c <= '9':
		return uint32(c - '0')
	case c >= 'a' && c <= 'f':
		return uint32(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return uint32(c-'A') + 10
	}
	return 99
}
