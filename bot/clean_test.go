package bot

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"huiyin/bot/text"
)

// picture is 3 × 2 with a red top left corner.
func picture() image.Image {
	p := image.NewRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			c := color.RGBA{0, 0, 255, 255}
			if x < 16 && y < 16 {
				c = color.RGBA{255, 0, 0, 255}
			}
			p.Set(x, y, c)
		}
	}
	return p
}

// exif is an APP1 segment with an orientation and a marker where a camera's name stands.
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

func TestCleanFile(t *testing.T) {
	t.Parallel()
	const marker = "MARKER-CAMERA-4711"
	var jpg, pngFile bytes.Buffer
	if err := jpeg.Encode(&jpg, picture(), nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&pngFile, picture()); err != nil {
		t.Fatal(err)
	}
	withExif := func(o uint16) []byte {
		raw := jpg.Bytes()
		return append(append(append([]byte{}, raw[:2]...), exif(o, marker)...), raw[2:]...)
	}
	note := append([]byte("tEXtComment\x00"), marker...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(note)-4))
	chunk = append(chunk, note...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(note))
	withText := append(append(append([]byte{}, pngFile.Bytes()[:33]...), chunk...), pngFile.Bytes()[33:]...)

	for name, test := range map[string]struct {
		raw           []byte
		width, height int
		redX, redY    int // where the red corner is after turning
	}{
		"jpeg":                     {withExif(1), 48, 32, 4, 4},
		"jpeg mirrored":            {withExif(2), 48, 32, 43, 4},
		"jpeg upside down":         {withExif(3), 48, 32, 43, 27},
		"jpeg flipped":             {withExif(4), 48, 32, 4, 27},
		"jpeg transposed":          {withExif(5), 32, 48, 4, 4},
		"jpeg turned right":        {withExif(6), 32, 48, 27, 4},
		"jpeg transversed":         {withExif(7), 32, 48, 27, 43},
		"jpeg turned left":         {withExif(8), 32, 48, 4, 43},
		"jpeg with a file behind":  {append(withExif(1), marker...), 48, 32, 4, 4},
		"png with a comment":       {withText, 48, 32, 4, 4},
		"jpeg of impossible angle": {withExif(9), 48, 32, 4, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !bytes.Contains(test.raw, []byte(marker)) {
				t.Fatal("the marker is not in the file that is to be cleaned")
			}
			r, err := cleanFile(&text.File{}, bytes.NewReader(test.raw))
			if err != nil {
				t.Fatal(err)
			}
			clean, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(clean, []byte(marker)) {
				t.Error("the marker is still in the file")
			}
			got, _, err := image.Decode(bytes.NewReader(clean))
			if err != nil {
				t.Fatal(err)
			}
			if b := got.Bounds(); b.Dx() != test.width || b.Dy() != test.height {
				t.Fatalf("got %d × %d, want %d × %d", b.Dx(), b.Dy(), test.width, test.height)
			}
			if r, _, b, _ := got.At(test.redX, test.redY).RGBA(); r < 0x8000 || b > 0x8000 {
				t.Errorf("no red corner at %d, %d", test.redX, test.redY)
			}
		})
	}
}

func TestCleanFileLeavesOthersWhole(t *testing.T) {
	t.Parallel()
	for _, raw := range [][]byte{nil, []byte("x"), []byte("%PDF-1.7 and so on"), bytes.Repeat([]byte("words "), 5000)} {
		r, err := cleanFile(&text.File{}, bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%d bytes came back as %d (%v)", len(raw), len(got), err)
		}
	}
}

func TestCleanFileRefuses(t *testing.T) {
	t.Parallel()
	var big bytes.Buffer
	if err := png.Encode(&big, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	bomb := big.Bytes()
	binary.BigEndian.PutUint32(bomb[16:], 60000)
	binary.BigEndian.PutUint32(bomb[20:], 60000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	for name, raw := range map[string][]byte{
		"a picture that fills the memory": bomb,
		"a broken picture":                {0xff, 0xd8, 0xff, 0xe0, 1, 2, 3},
	} {
		if _, err := cleanFile(&text.File{}, bytes.NewReader(raw)); err == nil {
			t.Errorf("%s went through", name)
		}
	}
}
