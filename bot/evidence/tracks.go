package evidence

import (
	"encoding/binary"
	"slices"
)

// track is what is gathered while the boxes of one are gone through.
type track struct {
	kind    string // of its handler: vide, soun, …
	entries *span
	sizes   []byte // stsz: each sample's length
	runs    []byte // stsc: how many samples the chunks have
	offsets []byte // stco or co64: where chunks start
	wide    bool   // the offsets are 64 bits each
}

// take reads a table of the track.
func (t *track) take(c *boxCleaner, b box) error {
	if b.to-b.from < 8 || b.to-b.from > maxTable {
		return errCannot
	}
	table := make([]byte, b.to-b.from)
	if err := c.job.at(table, b.from); err != nil {
		return err
	}
	into := map[string]*[]byte{"stsz": &t.sizes, "stsc": &t.runs, "stco": &t.offsets, "co64": &t.offsets}[b.name]
	if *into != nil {
		return errCannot
	}
	*into, t.wide = table, t.wide || b.name == "co64"
	return nil
}

// cleanTrack keeps tracks of pictures and sound. Others (places, sensors, texts, time codes) become free boxes, and
// nothing points at their samples any more.
func (c *boxCleaner) cleanTrack(b box) error {
	t := &track{}
	if err := c.clean("trak", span{b.from, b.to}, t); err != nil {
		return err
	}
	if t.kind != "vide" && t.kind != "soun" {
		return c.free(b)
	}
	if t.entries == nil {
		return errCannot
	}
	err := c.each(*t.entries, func(entry box) error { return c.cleanEntry(entry, t.kind) })
	if err != nil {
		return err
	}
	samples, err := t.samples(c.size)
	if err != nil {
		return err
	}
	c.kept = append(c.kept, samples...)
	c.tracks++
	return nil
}

// rows gives the rows of a full box's table from its count at byte `at` on, each width bytes; errCannot when it claims
// more than it has.
func rows(table []byte, at, width int) (func(i int) []byte, int, error) {
	if len(table) < at+4 {
		return nil, 0, errCannot
	}
	n := int(binary.BigEndian.Uint32(table[at:]))
	if width > 0 && n > (len(table)-at-4)/width {
		return nil, 0, errCannot
	}
	return func(i int) []byte { return table[at+4+i*width:] }, n, nil
}

// samples gives the chunks of media data the track points at.
func (t *track) samples(fileSize int64) ([]span, error) {
	if t.sizes == nil || t.runs == nil || t.offsets == nil {
		return nil, errCannot
	}
	fixed := int64(binary.BigEndian.Uint32(t.sizes[4:]))
	if fixed == 1 && t.kind == "soun" {
		return nil, errCannot // QuickTime's raw sound: the table does not say how long a sample is
	}
	width := 4
	if fixed != 0 {
		width = 0
	}
	size, samples, err := rows(t.sizes, 8, width)
	if err != nil {
		return nil, err
	}
	run, runs, err := rows(t.runs, 4, 12)
	if err != nil {
		return nil, err
	}
	width = 4
	if t.wide {
		width = 8
	}
	offset, chunks, err := rows(t.offsets, 4, width)
	if err != nil {
		return nil, err
	}
	var out []span
	next, perChunk, sample := 0, 0, 0
	for chunk := range chunks {
		if next < runs && int(binary.BigEndian.Uint32(run(next))) == chunk+1 {
			perChunk = int(binary.BigEndian.Uint32(run(next)[4:]))
			next++
		}
		at := uint64(binary.BigEndian.Uint32(offset(chunk)))
		if t.wide {
			at = binary.BigEndian.Uint64(offset(chunk))
		}
		if at > uint64(fileSize) {
			return nil, errCannot
		}
		s := span{int64(at), int64(at)}
		n := min(perChunk, samples-sample)
		if int64(n) > fileSize {
			return nil, errCannot
		}
		if fixed != 0 {
			s.to += int64(n) * fixed
			sample += n
		} else {
			for range n {
				s.to += int64(binary.BigEndian.Uint32(size(sample)))
				sample++
			}
		}
		if s.to > fileSize {
			return nil, errCannot
		}
		out = append(out, s)
	}
	if sample != samples {
		return nil, errCannot
	}
	return out, nil
}

// blankMedia zeroes the media data that no kept track points at.
func (c *boxCleaner) blankMedia() error {
	if len(c.media) > 64 {
		return errCannot
	}
	slices.SortFunc(c.kept, func(a, b span) int {
		switch {
		case a.from < b.from:
			return -1
		case a.from > b.from:
			return 1
		}
		return 0
	})
	for _, s := range c.kept { // samples elsewhere would be header bytes, blanked or not
		if s.from < s.to && !slices.ContainsFunc(c.media, func(m span) bool { return m.from <= s.from && s.to <= m.to }) {
			return errCannot
		}
	}
	for _, m := range c.media {
		at := m.from
		for _, s := range c.kept {
			if s.to <= at || s.from >= m.to {
				continue
			}
			if s.from > at {
				if err := c.zero(span{at, s.from}); err != nil {
					return err
				}
			}
			at = s.to
		}
		if at < m.to {
			if err := c.zero(span{at, m.to}); err != nil {
				return err
			}
		}
	}
	return nil
}
