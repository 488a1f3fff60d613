package evidence

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// exif is an APP1 segment with an orientation and a marker where a camera's maker stands.
func exif(orientation uint16, marker string) []byte {
	var tiff bytes.Buffer
	le := binary.LittleEndian
	put := func(v any) { _ = binary.Write(&tiff, le, v) } // a buffer takes everything
	tiff.WriteString("II*\x00")
	put(uint32(8))
	put(uint16(2))
	put(uint16(0x010f)) // make
	put(uint16(2))
	put(uint32(len(marker) + 1))
	put(uint32(8 + 2 + 24 + 4))
	put(uint16(0x0112)) // orientation
	put(uint16(3))
	put(uint32(1))
	put(orientation)
	put(uint16(0))
	put(uint32(0))
	tiff.WriteString(marker + "\x00")
	body := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	seg := []byte{0xff, 0xe1, byte((len(body) + 2) >> 8), byte(len(body) + 2)}
	return append(seg, body...)
}

func boxOf(name string, bodies ...[]byte) []byte {
	body := bytes.Join(bodies, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8)), name...), body...)
}

// words are 32-bit numbers, as boxes hold them.
func words(all ...uint32) []byte {
	var b []byte
	for _, n := range all {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// sample and secret are what the tracks of a film point at; between them lies something nobody points at.
const sample = "the picture, which stays"

// buildFilm has a picture track, a track of places, a name and times; its index stands before or behind the media.
func buildFilm(t testing.TB, brand string, indexFirst bool) []byte {
	t.Helper()
	ftyp := boxOf("ftyp", []byte(brand), words(0), []byte(brand))
	if brand == "isom" || brand == "M4A " {
		ftyp = boxOf("ftyp", []byte(brand), words(512), []byte(brand+"iso2mp41"))
	}
	secret := mark("places")
	mdat := boxOf("mdat", []byte(mark("between")+sample+secret+mark("after")))
	kind := map[bool]string{true: "soun", false: "vide"}[brand == "M4A "]
	matrix := words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
	const made = 3800000000
	track := func(handler, entry string, fixed int, at, length uint32) []byte {
		settings := make([]byte, fixed)
		copy(settings[6:], []byte{0, 1}) // the number of its data reference
		if handler == "vide" {
			copy(settings[43:], mark("enc")[:12]) // 31 letters at most, behind their number
		}
		return boxOf("trak",
			boxOf("tkhd", words(7, made, made, 1, 0, 1000, 0, 0, 0, 0), matrix, words(48<<16, 32<<16)),
			boxOf("mdia", boxOf("mdhd", words(0, made, made, 1000, 1000, 0x55c40000)),
				boxOf("hdlr", words(0, 0), []byte(handler), words(0, 0, 0), []byte(mark("handler")+"\x00")),
				boxOf("minf", boxOf("vmhd", words(1, 0, 0)), boxOf("dinf", boxOf("dref", words(0, 1), boxOf("url ", words(1)))),
					boxOf("stbl", boxOf("stsd", words(0, 1), boxOf(entry, settings)), boxOf("stts", words(0, 1, 1, 1000)),
						boxOf("stsc", words(0, 1, 1, 1, 1)), boxOf("stsz", words(0, 0, 1, length)), boxOf("stco", words(0, 1, at))))))
	}
	moov := func(media uint32) []byte {
		start := media + 8 + uint32(len(mark("between")))
		fixed := map[string]int{"vide": 78, "soun": 28}[kind]
		entry := map[string]string{"vide": "avc1", "soun": "mp4a"}[kind]
		return boxOf("moov",
			boxOf("mvhd", words(0, made, made, 1000, 1000, 0x10000, 0x1000000, 0, 0), matrix, words(0, 0, 0, 0, 0, 0, 3)),
			track(kind, entry, fixed, start, uint32(len(sample))),
			track("meta", "mebx", 8, start+uint32(len(sample)), uint32(len(secret))),
			boxOf("udta", boxOf("\xa9nam", []byte{0, byte(len(mark("udta"))), 0, 0}, []byte(mark("udta")))))
	}
	hidden := boxOf("uuid", []byte("0123456789abcdef"+mark("uuid")))
	if !indexFirst {
		return bytes.Join([][]byte{ftyp, mdat, moov(uint32(len(ftyp))), hidden, boxOf("free", []byte(mark("free")))}, nil)
	}
	length := len(moov(0))
	return bytes.Join([][]byte{ftyp, moov(uint32(len(ftyp) + length)), mdat, hidden}, nil)
}

// buildOgg is Opus, or Vorbis, with comments that fill more than one page.
func buildOgg(t testing.TB, vorbis bool) []byte {
	t.Helper()
	var b bytes.Buffer
	o := &oggWriter{w: bufio.NewWriter(&b)}
	head, tags := []byte("OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"), []byte("OpusTags")
	if vorbis {
		head = append([]byte("\x01vorbis"), 0, 0, 0, 0, 1, 0x44, 0xac, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xb8, 1)
		tags = []byte("\x03vorbis")
	}
	put := func(s string) {
		tags = append(binary.LittleEndian.AppendUint32(tags, uint32(len(s))), s...)
	}
	put(mark("vendor"))
	tags = binary.LittleEndian.AppendUint32(tags, 2)
	put("ARTIST=" + mark("artist"))
	put("DESCRIPTION=" + strings.Repeat("long ", 20_000))
	first := &oggPage{lacing: []byte{byte(len(head))}, content: head}
	copy(first.head[:], "OggS\x00\x02")
	must(t, o.write(first))
	if vorbis {
		must(t, o.packets([][]byte{append(tags, 1), []byte("\x05vorbis settings")}))
	} else {
		must(t, o.packets([][]byte{tags}))
	}
	for i := range 3 {
		p := &oggPage{lacing: []byte{5}, content: []byte("sound")}
		copy(p.head[:], "OggS\x00")
		binary.LittleEndian.PutUint64(p.head[6:], uint64(960*(i+1)))
		if i == 2 {
			p.head[5] = oggLast
		}
		must(t, o.write(p))
	}
	must(t, o.w.Flush())
	return append(b.Bytes(), mark("tail")...)
}

// buildMP3 has ten frames, the first of them a table with its encoder's name, and tags on all sides.
func buildMP3(t testing.TB) []byte {
	t.Helper()
	frame := append([]byte{0xff, 0xfb, 0x90, 0x00}, make([]byte, 413)...)
	table := slices.Clone(frame)
	copy(table[36:], "Xing\x00\x00\x00\x01\x00\x00\x00\x09LAME"+mark("lame"))
	text := "\x00" + mark("id3")
	id3 := append([]byte("TPE1"), append(words(uint32(len(text))), "\x00\x00"+text...)...)
	out := append([]byte("ID3\x03\x00\x00\x00\x00\x00"), byte(len(id3)))
	out = append(append(out, id3...), table...)
	out = append(out, bytes.Repeat(frame, 5)...)
	out = append(out, mark("between")...)
	out = append(out, bytes.Repeat(frame, 4)...)
	item := append(binary.LittleEndian.AppendUint32(nil, uint32(len(mark("ape")))), "\x00\x00\x00\x00Artist\x00"+mark("ape")...)
	footer := append([]byte("APETAGEX"), 0xd0, 7, 0, 0)
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(item)+32))
	footer = append(append(footer, 1, 0, 0, 0), make([]byte, 12)...)
	out = append(append(out, item...), footer...)
	v1 := make([]byte, 128)
	copy(v1, "TAG"+mark("id3v1"))
	return append(out, v1...)
}

func buildWAV(t testing.TB) []byte {
	t.Helper()
	chunk := func(name, body string) string {
		return name + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body + strings.Repeat("\x00", len(body)%2)
	}
	body := "WAVE" + chunk("bext", mark("bext")+strings.Repeat("\x00", 602)) + chunk("fmt ", "\x01\x00\x01\x00\x44\xac\x00\x00\x88\x58\x01\x00\x02\x00\x10\x00") +
		chunk("LIST", "INFO"+chunk("IART", mark("iart"))) + chunk("data", "sound of seven") + chunk("iXML", "<a>"+mark("ixml")+"</a>")
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body + mark("tail"))
}
