package evidence

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		head    []byte
		claimed string
		want    Type
	}{
		"jpeg":                   {buildJPEG(t), "", JPEG},
		"png":                    {buildPNG(t), "", PNG},
		"webp":                   {buildWebP(t), "", WebP},
		"gif":                    {buildGIF(t), "", GIF},
		"heic":                   {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heic"), "", HEIC},
		"pdf":                    {buildPDF(t), "", PDF},
		"docx":                   {buildDOCX(t), "", DOCX},
		"xlsx":                   {buildXLSX(t), "", XLSX},
		"pptx":                   {buildPPTX(t), "", PPTX},
		"ole":                    {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + string(make([]byte, 600))), "", OLE},
		"zip":                    {zipOf(t, part{"a.txt", "x"}), "", ZIP},
		"opus":                   {buildOgg(t, false), "", OGG},
		"mp3":                    {buildMP3(t), "", MP3},
		"wav":                    {buildWAV(t), "", WAV},
		"m4a":                    {buildFilm(t, "M4A ", true), "", M4A},
		"mp4":                    {buildFilm(t, "isom", true), "", MP4},
		"mov":                    {buildFilm(t, "qt  ", false), "", MOV},
		"webm":                   {[]byte("\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"), "", WebM},
		"words":                  {[]byte("加班费没有发"), "", Text},
		"words of China":         {[]byte("\xb9\xa4\xd7\xca\xc3\xbb\xd3\xd0\xb7\xa2"), "", Text},
		"a table":                {[]byte("day,hours\n1,12\n2,13\n"), "", CSV},
		"a table that says so":   {[]byte("nothing to tell"), "text/csv; charset=utf-8", CSV},
		"nothing":                {nil, "image/png", Unknown},
		"bytes":                  {[]byte{0, 1, 2, 3}, "image/jpeg", Unknown},
		"a program named photo":  {[]byte("MZ\x90\x00\x03\x00\x00\x00\x04"), "image/jpeg", Unknown},
		"a photo named text":     {buildJPEG(t), "text/csv", JPEG},
		"a page of the web":      {[]byte("<html><meta name=author></html>"), "text/plain", Unknown},
		"a drawing":              {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`), "", Unknown},
		"a letter":               {[]byte("Received: from a\r\nFrom: b@c\r\nSubject: x\r\nMessage-ID: <1>\r\n\r\nhi"), "", Unknown},
		"rich text":              {[]byte(`{\rtf1\ansi{\info{\author x}}}`), "", Unknown},
		"a visiting card":        {[]byte("BEGIN:VCARD\nVERSION:3.0\nFN:x\nEND:VCARD"), "", Unknown},
		"a way":                  {[]byte(`<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"></gpx>`), "", Unknown},
		"a picture for printers": {[]byte("II*\x00\x08\x00\x00\x00"), "image/jpeg", Unknown},
	} {
		got := Detect(test.head[:min(len(test.head), HeadSize)], test.claimed)
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
		whole, err := DetectFile(bytes.NewReader(test.head), int64(len(test.head)), test.claimed)
		if err != nil || whole != test.want {
			t.Errorf("%s, the whole file: %s (%v)", name, whole, err)
		}
	}
	if got, err := DetectFile(brokenReader{}, 10, ""); !errors.Is(err, errBroken) || got != Unknown {
		t.Errorf("cannot be read: %s (%v)", got, err)
	}
	// An Office file may have its main part behind what Detect looks at.
	late := zipOf(t, append([]part{{"[Content_Types].xml", "<Types/>"}, {"customXml/item1.xml", string(buildJPEG(t)) + string(make([]byte, 9000))}}, part{"word/document.xml", "<a/>"})...)
	if got, err := DetectFile(bytes.NewReader(late), int64(len(late)), ""); err != nil || got != DOCX {
		t.Errorf("%s (%v)", got, err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for mime, want := range map[string]string{
		"image/jpeg": ".jpg", "IMAGE/PNG; x=y": ".png", "audio/x-wav": ".wav", "application/msword": ".doc", "application/vnd.ms-excel": ".xls",
		"video/quicktime": ".mov", "audio/ogg": ".ogg", "text/html": ".bin", "": ".bin", "application/octet-stream": ".bin",
	} {
		if got := Extension(mime); got != want {
			t.Errorf("%s: %s, want %s", mime, got, want)
		}
	}
	for kind := range described {
		if typeOf(kind.MIME()) != kind || kind.Extension() == "" || kind.Kind() == "" {
			t.Errorf("%s has no name of its own", kind)
		}
	}
	if Type("nonsense").Extension() != ".bin" {
		t.Error("a type that is none has an ending")
	}
}

func FuzzDetect(f *testing.F) {
	for _, s := range specimens {
		f.Add(s.build(f)[:40], "text/csv")
	}
	f.Fuzz(func(t *testing.T, head []byte, claimed string) {
		got := Detect(head, claimed)
		if _, ok := described[got]; !ok {
			t.Fatalf("%q is on no list", got)
		}
		if plain := Detect(head, ""); got != plain && (plain != Text || got != CSV) {
			t.Fatalf("the sender's word made %s of %s", got, plain)
		}
		if whole, err := DetectFile(bytes.NewReader(head), int64(len(head)), claimed); err != nil || described[whole].mime == "" {
			t.Fatalf("%q (%v)", whole, err)
		}
	})
}

func FuzzClean(f *testing.F) {
	var all []Type
	for _, t := range []Type{JPEG, PNG, WebP, GIF, PDF, DOCX, XLSX, PPTX, OGG, MP3, M4A, WAV, MP4, MOV, Text, CSV} {
		all = append(all, t)
		for _, s := range specimens {
			if raw := s.build(f); s.t == t && len(raw) < 20_000 {
				f.Add(raw, uint8(len(all)-1))
			}
		}
	}
	c := New(f.TempDir())
	f.Fuzz(func(t *testing.T, raw []byte, kind uint8) {
		out := &counter{}
		r, err := c.Clean(t.Context(), bytes.NewReader(raw), int64(len(raw)), all[int(kind)%len(all)], out)
		if err != nil {
			t.Fatal(err) // the file's fault is a verdict, not an error
		}
		if r.Size != out.n || (r.Why == Cannot) != (out.n == 0) {
			t.Fatalf("%+v with %d bytes", r, out.n)
		}
		if bound := int64(1<<20) + 1000*int64(len(raw)); out.n > bound && r.Type != PNG && r.Type != JPEG {
			t.Fatalf("%d bytes became %d", len(raw), out.n)
		}
	})
}

// counter counts and throws away.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return io.Discard.Write(p)
}
