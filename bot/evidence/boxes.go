package evidence

import (
	"encoding/binary"
	"io"
	"os"
	"slices"
)

// MP4, MOV and M4A are boxes in boxes. Nothing is moved, because tables point to bytes by their place: boxes that are
// not on the lists below become "free" ones full of zeros, times become zero, and of the media data only what a picture
// or sound track points at stays, so that tracks of places and sensors, and what cameras hide between the samples, go.

// keptBoxes says which boxes stay inside which; "" is the file. A box whose name is a key here holds boxes itself.
var keptBoxes = map[string][]string{
	"":     {"ftyp", "moov", "mdat", "wide"},
	"moov": {"mvhd", "trak"},
	"trak": {"tkhd", "edts", "mdia"},
	"edts": {"elst"},
	"mdia": {"mdhd", "hdlr", "minf"},
	"minf": {"vmhd", "smhd", "hdlr", "dinf", "stbl"},
	"dinf": {"dref"},
	"stbl": {"stsd", "stts", "ctts", "cslg", "stss", "stps", "stsc", "stsz", "stco", "co64", "sdtp"},
}

// keptInEntries are the boxes of a decoder's settings.
var keptInEntries = []string{"avcC", "hvcC", "av1C", "vpcC", "esds", "pasp", "clap", "fiel", "btrt", "dOps", "dac3", "alac", "damr", "d263", "colr", "wave", "frma", "chan"}

// maxTable bounds the boxes that are read whole; a film of hours has tables of a few MB.
const maxTable = 8 << 20

type boxCleaner struct {
	*job
	out    *os.File
	boxes  int
	tracks int
	kept   []span // media data that a kept track points at
	media  []span // bodies of mdat
}

// span is a half-open range of bytes of the file.
type span struct{ from, to int64 }

type box struct {
	name     string
	at       int64 // where its header starts
	from, to int64 // its body
}

// boxes cleans in place a copy of the whole file.
func boxes(j *job, out *os.File) error {
	if _, err := io.Copy(out, j.reader()); err != nil {
		return err
	}
	c := &boxCleaner{job: j, out: out}
	if err := c.clean("", span{0, j.size}, nil); err != nil {
		return err
	}
	if c.tracks == 0 {
		return errCannot
	}
	return c.blankMedia()
}

// each calls do for every box in s.
func (c *boxCleaner) each(s span, do func(box) error) error {
	head := make([]byte, 16)
	for at := s.from; at < s.to; {
		if c.boxes++; c.boxes > 100_000 || s.to-at < 8 {
			return errCannot
		}
		if err := c.job.at(head[:8], at); err != nil {
			return err
		}
		b := box{name: string(head[4:8]), at: at, from: at + 8}
		size := int64(binary.BigEndian.Uint32(head))
		switch size {
		case 0: // to the end of what holds it
			size = s.to - at
		case 1:
			if s.to-at < 16 {
				return errCannot
			}
			if err := c.job.at(head, at); err != nil {
				return err
			}
			if wide := binary.BigEndian.Uint64(head[8:]); wide <= uint64(s.to-at) {
				size, b.from = int64(wide), at+16
			}
		}
		if size < b.from-at || size > s.to-at {
			return errCannot
		}
		b.to = at + size
		at = b.to
		if err := do(b); err != nil {
			return err
		}
	}
	return nil
}

// clean goes through the boxes in s, the body of parent. t is the track they belong to.
func (c *boxCleaner) clean(parent string, s span, t *track) error {
	return c.each(s, func(b box) error {
		switch b.name {
		case "moof", "cmov", "rmra": // pieces, a squeezed header, a pointer elsewhere
			return errCannot
		}
		if !slices.Contains(keptBoxes[parent], b.name) {
			return c.free(b)
		}
		switch b.name {
		case "trak":
			return c.cleanTrack(b)
		case "mdat":
			c.media = append(c.media, span{b.from, b.to})
			return nil
		case "ftyp":
			if b.to-b.from > 128 {
				return errCannot
			}
			return nil
		case "wide":
			return c.zero(span{b.from, b.to})
		case "mvhd", "tkhd", "mdhd":
			return c.blankTimes(b)
		case "hdlr":
			return c.blankHandler(b, parent, t)
		case "dref":
			return c.checkReferences(b)
		case "stsd":
			return c.cleanEntries(b, t)
		case "stsz", "stsc", "stco", "co64":
			return t.take(c, b)
		}
		if keptBoxes[b.name] == nil {
			return nil
		}
		return c.clean(b.name, span{b.from, b.to}, t)
	})
}

// free makes b a box that everybody passes over.
func (c *boxCleaner) free(b box) error {
	if _, err := c.out.WriteAt([]byte("free"), b.at+4); err != nil {
		return err
	}
	return c.zero(span{b.from, b.to})
}

func (c *boxCleaner) zero(s span) error {
	zeros := make([]byte, 64<<10)
	for s.from < s.to {
		n, err := c.out.WriteAt(zeros[:min(s.to-s.from, int64(len(zeros)))], s.from)
		if err != nil {
			return err
		}
		s.from += int64(n)
	}
	return nil
}

// blankTimes zeroes when a film, a track or its media was made and changed. Version 1 has them twice as wide.
func (c *boxCleaner) blankTimes(b box) error {
	version := make([]byte, 1)
	if err := c.job.at(version, b.from); err != nil {
		return err
	}
	wide := int64(8)
	if version[0] == 1 {
		wide = 16
	}
	if version[0] > 1 || b.to-b.from < 4+wide {
		return errCannot
	}
	return c.zero(span{b.from + 4, b.from + 4 + wide})
}

// blankHandler notes what a track is and zeroes who made it and its name: in both formats a name may be empty.
func (c *boxCleaner) blankHandler(b box, parent string, t *track) error {
	body := make([]byte, 12)
	if b.to-b.from < 24 {
		return errCannot
	}
	if err := c.job.at(body, b.from); err != nil {
		return err
	}
	if parent == "mdia" {
		t.kind = string(body[8:12])
	}
	return c.zero(span{b.from + 12, b.to})
}

// checkReferences wants all media in this file: a reference elsewhere names a disk and a folder.
func (c *boxCleaner) checkReferences(b box) error {
	if b.to-b.from < 8 {
		return errCannot
	}
	return c.each(span{b.from + 8, b.to}, func(entry box) error {
		if entry.to-entry.from != 4 {
			return errCannot
		}
		flags := make([]byte, 4)
		if err := c.job.at(flags, entry.from); err != nil {
			return err
		}
		if flags[3]&1 == 0 {
			return errCannot
		}
		return nil
	})
}

// cleanEntries goes through the descriptions of samples. What stands before an entry's boxes depends on what the track
// is and, for sound of QuickTime, on the entry's version.
func (c *boxCleaner) cleanEntries(b box, t *track) error {
	if b.to-b.from < 8 {
		return errCannot
	}
	t.entries = &span{b.from + 8, b.to}
	return nil
}

func (c *boxCleaner) cleanEntry(b box, kind string) error {
	fixed := int64(78) // of a picture
	if kind == "soun" {
		fixed = 28
		version := make([]byte, 2)
		if b.to-b.from < fixed {
			return errCannot
		}
		if err := c.job.at(version, b.from+8); err != nil {
			return err
		}
		switch binary.BigEndian.Uint16(version) {
		case 1:
			fixed += 16
		case 2:
			fixed += 36
		}
	}
	if b.to-b.from < fixed {
		return errCannot
	}
	if err := c.zero(span{b.from + 12, b.from + 16}); err != nil { // who made the encoder
		return err
	}
	if kind == "vide" {
		if err := c.zero(span{b.from + 42, b.from + 74}); err != nil { // its name
			return err
		}
	}
	rest := span{b.from + fixed, b.to}
	if rest.to-rest.from < 8 { // QuickTime ends lists with a zero
		return c.zero(rest)
	}
	return c.each(rest, func(in box) error {
		if !slices.Contains(keptInEntries, in.name) {
			return c.free(in)
		}
		if in.name == "colr" && in.to-in.from > 32 {
			return c.free(in) // a whole colour profile names its maker
		}
		return nil
	})
}
