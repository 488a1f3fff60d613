package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	bytesOf "encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"
)

// marker is something of a person that a search recognises, in every form in which a program might store it.
type marker struct {
	name  string
	forms map[string][]byte // how it is written → the bytes to look for
}

// marked is a marker of words.
func marked(name, words string) marker {
	m := marker{name, map[string][]byte{}}
	m.add("", []byte(words))
	units := utf16.Encode([]rune(words))
	var little, big []byte
	for _, u := range units {
		little, big = bytesOf.LittleEndian.AppendUint16(little, u), bytesOf.BigEndian.AppendUint16(big, u)
	}
	m.add("UTF-16LE ", little)
	m.add("UTF-16BE ", big)
	if lower := strings.ToLower(words); lower != words {
		m.add("lower case ", []byte(lower))
	}
	if upper := strings.ToUpper(words); upper != words {
		m.add("upper case ", []byte(upper))
	}
	if escaped := strings.Trim(strconv.QuoteToASCII(words), `"`); escaped != words {
		m.add("escaped ", []byte(escaped))
	}
	return m
}

// markedID is a marker of a number: as people write it, and as programs do.
func markedID(name string, id int64) marker {
	m := marked(name, strconv.FormatInt(id, 10))
	m.add("big endian ", bytesOf.BigEndian.AppendUint64(nil, uint64(id)))
	m.add("little endian ", bytesOf.LittleEndian.AppendUint64(nil, uint64(id)))
	m.forms["varint"] = bytesOf.AppendUvarint(nil, uint64(id))
	m.forms["base 36"] = []byte(strconv.FormatInt(id, 36))
	return m
}

// markedBytes is a marker of raw bytes.
func markedBytes(name string, raw []byte) marker {
	m := marker{name, map[string][]byte{}}
	m.add("", raw)
	return m
}

// add takes the bytes as they are, in hexadecimal, in base 64 at every offset, and their plain hash, by which whoever
// guesses them would know.
func (m marker) add(how string, raw []byte) {
	m.forms[how+"raw"] = raw
	m.forms[how+"hex"] = []byte(hex.EncodeToString(raw))
	m.forms[how+"HEX"] = []byte(strings.ToUpper(hex.EncodeToString(raw)))
	sum := sha256.Sum256(raw)
	m.forms[how+"hash"] = sum[:]
	m.forms[how+"hash in hex"] = []byte(hex.EncodeToString(sum[:]))
	for offset := range 3 {
		padded := append(make([]byte, offset), raw...)
		whole := len(padded) / 3 * 3 // what follows would share a digit with the bytes after it
		skip := (offset*8 + 5) / 6   // the digits that the bytes before it share
		for kind, coding := range map[string]*base64.Encoding{"base 64": base64.StdEncoding, "base 64 for addresses": base64.URLEncoding} {
			if digits := []byte(coding.EncodeToString(padded[:whole]))[skip:]; len(digits) >= 6 {
				m.forms[how+kind+" at "+strconv.Itoa(offset)] = digits
			}
		}
	}
}

// in says in which form content holds the marker, "" when in none, and what stands around it. It goes through content once
// for all forms, of which each has two bytes at least. Content is nobody else's: the race detector, which would look at
// every byte, finds nothing here.
//
//go:norace
func (m marker) in(content []byte) (form, around string) {
	var begins [1 << 16]bool
	forms := map[uint16][]string{} // by their first two bytes
	for how, look := range m.forms {
		start := uint16(look[0])<<8 | uint16(look[1])
		begins[start], forms[start] = true, append(forms[start], how)
	}
	for at := 1; at < len(content); at++ {
		start := uint16(content[at-1])<<8 | uint16(content[at])
		if !begins[start] {
			continue
		}
		for _, how := range forms[start] {
			if look := m.forms[how]; bytes.HasPrefix(content[at-1:], look) {
				return how, strconv.QuoteToASCII(string(content[max(0, at-101):min(len(content), at-1+len(look)+60)]))
			}
		}
	}
	return "", ""
}
