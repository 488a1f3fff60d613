package bot

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"huiyin/bot/text"
)

// FuzzCleanFile gives any bytes as a file. What comes out of a picture is a picture that ends where a picture ends, and
// the same again when it is cleaned again; everything else comes out as it went in, or not at all.
func FuzzCleanFile(f *testing.F) {
	var jpg, pngFile bytes.Buffer
	if err := jpeg.Encode(&jpg, picture(), nil); err != nil {
		f.Fatal(err)
	}
	if err := png.Encode(&pngFile, picture()); err != nil {
		f.Fatal(err)
	}
	withExif := append(append(bytes.Clone(jpg.Bytes()[:2]), exif(6, "MARKER-CAMERA")...), jpg.Bytes()[2:]...)
	for _, seed := range [][]byte{
		jpg.Bytes(), pngFile.Bytes(), withExif, append(bytes.Clone(withExif), "MARKER-BEHIND-THE-END"...), jpg.Bytes()[:100],
		[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), []byte("%PDF-1.4"), []byte("RIFF\x24\x00\x00\x00WEBPVP8 "), []byte("\xff\xd8\xff"), {},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		// A file may claim a picture that takes seconds to draw; that there is a bound is tested elsewhere.
		if c, _, err := image.DecodeConfig(bytes.NewReader(raw)); err == nil && c.Width*c.Height > 1<<20 {
			return
		}
		out, err := cleanFile(&text.File{}, bytes.NewReader(raw))
		if err != nil {
			return
		}
		clean, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(clean, raw) && !looksLikePicture(raw) {
			return
		}
		if bytes.Contains(clean, []byte("MARKER")) || bytes.Contains(clean, []byte("Exif\x00\x00")) {
			t.Fatal("metadata goes through")
		}
		_, format, err := image.Decode(bytes.NewReader(clean))
		if err != nil || format != "jpeg" && format != "png" {
			t.Fatalf("%s: %v", format, err)
		}
		end := []byte("\xff\xd9")
		if format == "png" {
			end = []byte("IEND\xaeB`\x82")
		}
		if !bytes.HasSuffix(clean, end) {
			t.Fatalf("something stands behind the end of the %s", format)
		}
	})
}
