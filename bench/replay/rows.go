package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// messageLimit is the longest text of a Telegram message, in UTF-16 units.
const messageLimit = 4096

// The bounds of the forms: what is shorter or longer cannot be filed or sent, by a person neither.
const (
	leastFiling = 10     // characters
	mostFiling  = 60_000 // characters
	mostReply   = 20_000 // characters
)

// columns name the columns of a file.
type columns struct{ title, text, reply string }

// row is one complaint with the office's answer to it.
type row struct {
	number int      // of the record in the file, the header not counted, from 1
	words  string   // title and text, as they are filed
	filing []string // the messages that words are pasted in
	answer string   // the office's reply
	reply  []string // the messages that answer is pasted in
}

// readRows reads at most limit complaints (0 is all of them). Columns are found by their header's name, whatever its
// case; only the text's must be there. left counts the records that no person could file: without words, too short or
// too long for the form, or with a message that Telegram takes for a command.
func readRows(r io.Reader, want columns, limit int) (rows []row, left int, err error) {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = in.Discard(3) // it was just seen
	}
	c := csv.NewReader(in)
	c.FieldsPerRecord, c.LazyQuotes = -1, true
	header, err := c.Read()
	if err != nil {
		return nil, 0, fmt.Errorf("read the header: %w", err)
	}
	at := func(name string) int {
		return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
	}
	title, text, reply := at(want.title), at(want.text), at(want.reply)
	if text < 0 {
		return nil, 0, fmt.Errorf("no column is named %q; -text names the one that holds the complaint", want.text)
	}
	for n := 1; limit <= 0 || len(rows) < limit; n++ {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, fmt.Errorf("read record %d: %w", n, err)
		}
		field := func(i int) string {
			if i < 0 || i >= len(record) {
				return ""
			}
			return plain(record[i])
		}
		one, ok := makeRow(n, field(title), field(text), field(reply))
		if !ok {
			left++
			continue
		}
		rows = append(rows, one)
	}
	return rows, left, nil
}

// makeRow prepares a record; ok is false when nobody could file it.
func makeRow(n int, title, text, reply string) (row, bool) {
	r := row{number: n, words: text, answer: reply}
	if text == "" {
		return r, false
	}
	if title != "" {
		r.words = title + "\n" + text
	}
	if r.answer == "" {
		r.answer = madeReply(text)
	}
	if c := utf8.RuneCountInString(r.words); c < leastFiling || c > mostFiling || utf8.RuneCountInString(r.answer) > mostReply {
		return r, false
	}
	r.filing, r.reply = pasted(r.words), pasted(r.answer)
	command := func(s string) bool { return strings.HasPrefix(s, "/") }
	return r, !slices.ContainsFunc(r.filing, command) && !slices.ContainsFunc(r.reply, command)
}

// plain makes of a field what a phone sends of it: Telegram drops carriage returns, turns other control characters into
// spaces and trims the ends. What is compared later is this, byte for byte.
func plain(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r':
			return -1
		case r < ' ':
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// pasted cuts a text into the messages a person would paste it in: at a line's or word's end when one is near the limit.
// White space at a cut is lost, as on a phone.
func pasted(s string) []string {
	var out []string
	for s != "" {
		piece := s
		if units(s) > messageLimit {
			piece = s[:cutAt(s)]
		}
		s = strings.TrimLeft(s[len(piece):], " \n")
		if piece = strings.TrimRight(piece, " \n"); piece != "" {
			out = append(out, piece)
		}
	}
	return out
}

// cutAt is the byte at which a text reaches the limit.
func cutAt(s string) int {
	used, end := 0, 0
	for i, r := range s {
		if used += runeUnits(r); used > messageLimit {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	for _, stop := range []string{"\n", " "} {
		if i := strings.LastIndex(s[:end], stop); i > end/2 {
			return i
		}
	}
	return end
}

// units is a length in UTF-16 units, Telegram's measure.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += runeUnits(r)
	}
	return n
}

func runeUnits(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// madeReply stands in for a reply that the file does not have: the complaint's own sentences, last one first.
func madeReply(text string) string {
	var sentences []string
	start := 0
	for i, r := range text {
		if strings.ContainsRune("。！？.!?\n", r) {
			sentences = append(sentences, text[start:i+utf8.RuneLen(r)])
			start = i + utf8.RuneLen(r)
		}
	}
	sentences = append(sentences, text[start:])
	slices.Reverse(sentences)
	return strings.TrimLeft(plain(strings.Join(sentences, "")), "/")
}
