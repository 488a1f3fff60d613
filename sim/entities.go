package sim

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// units counts UTF-16 code units, the measure of all Telegram's limits and offsets.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += runeUnits(r)
	}
	return n
}

func runeUnits(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// formatted turns a text parameter with its parse mode or explicit entities
// into the plain text and entities that a message holds.
func (p *params) formatted(textKey, entitiesKey string) (string, []entity, error) {
	text := p.str(textKey)
	if !utf8.ValidString(text) {
		return "", nil, bad("strings must be encoded in UTF-8")
	}
	var ents []entity
	var err error
	switch mode := strings.ToLower(p.str("parse_mode")); mode {
	case "", "none":
		if err := p.json(entitiesKey, "MessageEntity", &ents); err != nil {
			return "", nil, err
		}
		ents, err = checkEntities(text, ents)
	case "html":
		text, ents, err = parseHTML(text)
	case "markdownv2":
		text, ents, err = parseMarkdownV2(text)
	case "markdown":
		return "", nil, bad("can't parse entities: the stand-in does not speak parse_mode Markdown, use HTML or MarkdownV2")
	default:
		return "", nil, bad("unsupported parse_mode")
	}
	if err != nil {
		return "", nil, err
	}
	text, ents = tidy(text, ents)
	return text, addFound(text, ents), nil
}

var explicitTypes = map[string]bool{
	"bold": true, "italic": true, "underline": true, "strikethrough": true, "spoiler": true,
	"blockquote": true, "expandable_blockquote": true, "code": true, "pre": true,
	"text_link": true, "text_mention": true, "custom_emoji": true,
}

// foundTypes may be given by a bot, but Telegram finds them itself and ignores those given.
var foundTypes = map[string]bool{
	"mention": true, "hashtag": true, "cashtag": true, "bot_command": true, "url": true,
	"email": true, "phone_number": true, "date_time": true,
}

// checkEntities is stricter than Telegram, which quietly clips an entity that
// leaves the text: a bot that sends one has counted wrongly, so it is refused.
func checkEntities(text string, ents []entity) ([]entity, error) {
	total := units(text)
	kept := ents[:0:0]
	for _, e := range ents {
		if foundTypes[e.Type] {
			continue
		}
		if !explicitTypes[e.Type] {
			return nil, bad("can't parse MessageEntity: unsupported type specified")
		}
		if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > total {
			return nil, bad("entity beginning at UTF-16 offset %d ends after the end of the text", e.Offset)
		}
		if !onBoundary(text, e.Offset) || !onBoundary(text, e.Offset+e.Length) {
			return nil, bad("entity beginning at UTF-16 offset %d splits a character", e.Offset)
		}
		kept = append(kept, e)
	}
	sortEntities(kept)
	return kept, nil
}

func onBoundary(text string, at int) bool {
	n := 0
	for _, r := range text {
		if n >= at {
			break
		}
		n += runeUnits(r)
	}
	return n == at
}

func sortEntities(ents []entity) {
	sort.SliceStable(ents, func(i, j int) bool {
		if ents[i].Offset != ents[j].Offset {
			return ents[i].Offset < ents[j].Offset
		}
		return ents[i].Length > ents[j].Length
	})
}

// tidy does what Telegram does to every text: control characters become
// spaces, carriage returns go, blank ends are trimmed and entities follow.
func tidy(text string, ents []entity) (string, []entity) {
	if strings.ContainsFunc(text, odd) {
		text, ents = clean(text, ents)
	}
	trimmed := strings.TrimRight(text, " \t\r\n\x00\v")
	end := -1
	if len(trimmed) != len(text) {
		text = trimmed
		end = units(text)
	}
	if end >= 0 {
		kept := ents[:0:0]
		for _, e := range ents {
			if e.Offset+e.Length > end {
				e.Length = end - e.Offset
			}
			if e.Length > 0 {
				kept = append(kept, e)
			}
		}
		ents = kept
	}
	limit := len(text)
	if len(ents) > 0 {
		limit = ents[0].Offset // leading blanks are single units: bytes and units agree
	}
	cut := 0
	for cut < limit && cut < len(text) && (text[cut] == ' ' || text[cut] == '\n') {
		cut++
	}
	if cut > 0 {
		text = text[cut:]
		for i := range ents {
			ents[i].Offset -= cut
		}
	}
	return text, ents
}

func odd(r rune) bool { return r < 32 && r != '\n' }

// clean drops '\r' and turns other control characters into spaces.
func clean(text string, ents []entity) (string, []entity) {
	var b strings.Builder
	shift := make([]int, 0, 4) // offsets (in units of the old text) of dropped characters
	at := 0
	for _, r := range text {
		switch {
		case r == '\r':
			shift = append(shift, at)
		case odd(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
		at += runeUnits(r)
	}
	if len(shift) == 0 {
		return b.String(), ents
	}
	before := func(offset int) int { return sort.SearchInts(shift, offset) }
	kept := ents[:0:0]
	for _, e := range ents {
		start, end := e.Offset-before(e.Offset), e.Offset+e.Length-before(e.Offset+e.Length)
		e.Offset, e.Length = start, end-start
		if e.Length > 0 {
			kept = append(kept, e)
		}
	}
	return b.String(), kept
}

// addFound adds what Telegram finds by itself: commands, mentions, links,
// hashtags and addresses, except inside code, links and mentions.
func addFound(text string, ents []entity) []entity {
	if !strings.ContainsAny(text, "/@#:") {
		return ents
	}
	found := findEntities(text)
	if len(found) == 0 {
		return ents
	}
	added := false
	for _, f := range found {
		free := true
		for _, e := range ents {
			switch e.Type {
			case "code", "pre", "text_link", "text_mention", "custom_emoji":
				if f.Offset < e.Offset+e.Length && e.Offset < f.Offset+f.Length {
					free = false
				}
			}
		}
		if free {
			ents = append(ents, f)
			added = true
		}
	}
	if added {
		sortEntities(ents)
	}
	return ents
}

// findEntities walks the words of a text. It is simpler than Telegram's
// search: a link needs its scheme, an address an @ and a dot.
func findEntities(text string) []entity {
	var out []entity
	at := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if isBreak(r) {
			at += runeUnits(r)
			text = text[size:]
			continue
		}
		end := strings.IndexFunc(text, isBreak)
		if isLink(text) {
			end = strings.IndexFunc(text, endsLink)
		}
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		if kind, n := wordKind(word); kind != "" {
			out = append(out, entity{Type: kind, Offset: at, Length: units(word[:n])})
		}
		at += units(word)
		text = text[end:]
	}
	return out
}

func isBreak(r rune) bool {
	return r <= ' ' || strings.ContainsRune("，。；：！？、（）「」《》“”\u3000(),;!?\"'<>", r)
}

func isLink(word string) bool {
	return strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://")
}

// endsLink: within a link a question mark, a comma or a bracket is part of it, unless nothing follows.
func endsLink(r rune) bool { return isBreak(r) && !strings.ContainsRune("?,;!()", r) }

func wordKind(word string) (string, int) {
	switch {
	case isLink(word):
		if n := len(strings.TrimRight(word, ".:?,;!()")); n > len("https://") {
			return "url", n
		}
	case word[0] == '/':
		n := 1 + tokenLen(word[1:])
		if n == 1 || n > 33 {
			return "", 0
		}
		if n < len(word) && word[n] == '@' {
			if m := tokenLen(word[n+1:]); m >= 3 {
				n += 1 + m
			}
		}
		if n < len(word) && word[n] == '/' {
			return "", 0
		}
		return "bot_command", n
	case word[0] == '@':
		if n := tokenLen(word[1:]); n >= 4 {
			return "mention", n + 1
		}
	case word[0] == '#' && len(word) > 1:
		return "hashtag", len(word)
	default:
		user, host, ok := strings.Cut(word, "@")
		host = strings.TrimRight(host, ".:")
		if ok && user != "" && strings.Contains(host, ".") && tokenLen(host[:1]) == 1 {
			return "email", len(user) + 1 + len(host)
		}
	}
	return "", 0
}

func tokenLen(s string) int {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return i
		}
	}
	return len(s)
}
