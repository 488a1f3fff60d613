package evidence

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/gif"
	"image/png"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// cleaned cleans raw as a file of type t and gives the copy, nil when there is none.
func cleaned(tb testing.TB, raw []byte, t Type) ([]byte, Result) {
	tb.Helper()
	var out bytes.Buffer
	r, err := New(tb.TempDir()).Clean(context.Background(), bytes.NewReader(raw), int64(len(raw)), t, &out)
	if err != nil {
		tb.Fatal(err)
	}
	if (r.Why == Cannot) != (out.Len() == 0) || r.Size != int64(out.Len()) || r.Cleaned != (r.Why == "") {
		tb.Fatalf("%+v with %d bytes", r, out.Len())
	}
	return out.Bytes(), r
}

func TestOrientation(t *testing.T) {
	t.Parallel()
	raw := buildJPEG(t)
	for o, want := range []struct{ width, height, redX, redY int }{ // where the red corner is after turning
		{48, 32, 4, 4}, {48, 32, 4, 4}, {48, 32, 43, 4}, {48, 32, 43, 27}, {48, 32, 4, 27},
		{32, 48, 4, 4}, {32, 48, 27, 4}, {32, 48, 27, 43}, {32, 48, 4, 43}, {48, 32, 4, 4},
	} { // 0 and 9 are no orientations
		turned := append(append(append([]byte{}, raw[:2]...), exif(uint16(o), mark("make"))...), raw[2:]...)
		clean, r := cleaned(t, turned, JPEG)
		got, format, err := image.Decode(bytes.NewReader(clean))
		if err != nil || format != "jpeg" || r.Type != JPEG {
			t.Fatalf("orientation %d: %s %v (%v)", o, format, r, err)
		}
		if b := got.Bounds(); b.Dx() != want.width || b.Dy() != want.height {
			t.Fatalf("orientation %d: got %d × %d", o, b.Dx(), b.Dy())
		}
		if r, _, b, _ := got.At(want.redX, want.redY).RGBA(); r < 0x8000 || b > 0x8000 {
			t.Errorf("orientation %d: no red corner at %d, %d", o, want.redX, want.redY)
		}
	}
}

func TestPixelsStay(t *testing.T) {
	t.Parallel()
	clean, _ := cleaned(t, buildPNG(t), PNG)
	got, err := png.Decode(bytes.NewReader(clean))
	must(t, err)
	want := drawing()
	for y := range 32 {
		for x := range 48 {
			r, g, b, a := got.At(x, y).RGBA()
			wr, wg, wb, wa := want.At(x, y).RGBA()
			if r != wr || g != wg || b != wb || a != wa {
				t.Fatalf("pixel %d, %d differs", x, y)
			}
		}
	}
	clean, _ = cleaned(t, buildGIF(t), GIF)
	moving, err := gif.DecodeAll(bytes.NewReader(clean))
	if err != nil || len(moving.Image) != 2 || moving.Delay[1] != 7 || moving.Image[0].ColorIndexAt(12, 12) != 1 || moving.Image[1].ColorIndexAt(12, 12) != 0 {
		t.Errorf("frames are lost (%v)", err)
	}
}

func TestSoundStays(t *testing.T) {
	t.Parallel()
	clean, _ := cleaned(t, buildWAV(t), WAV)
	if !bytes.Contains(clean, []byte("data\x0e\x00\x00\x00sound of seven")) || int(binary.LittleEndian.Uint32(clean[4:])) != len(clean)-8 {
		t.Error("the sound of the WAV is lost")
	}
	clean, _ = cleaned(t, buildMP3(t), MP3)
	if len(clean) != 10*417 {
		t.Errorf("%d bytes of MP3, want 10 frames", len(clean))
	}
	for _, vorbis := range []bool{false, true} {
		clean, _ = cleaned(t, buildOgg(t, vorbis), OGG)
		if bytes.Count(clean, []byte("sound")) != 3 || bytes.Count(clean, []byte("OggS")) != 5 || vorbis != bytes.Contains(clean, []byte("\x05vorbis settings")) {
			t.Errorf("vorbis %v: the sound is lost", vorbis)
		}
	}
	for _, film := range [][]byte{buildFilm(t, "isom", true), buildFilm(t, "qt  ", false), buildFilm(t, "M4A ", true)} {
		clean, _ = cleaned(t, film, MP4)
		if len(clean) != len(film) || bytes.Index(clean, []byte(sample)) != bytes.Index(film, []byte(sample)) {
			t.Error("the picture of the film has moved or is lost")
		}
	}
}

func partOf(t *testing.T, f *zip.File) string {
	t.Helper()
	r, err := f.Open()
	must(t, err)
	body, err := io.ReadAll(r)
	must(t, err)
	return string(body)
}

func TestDocumentsStay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		t    Type
		raw  []byte
		want map[string]string // part and words in it
	}{
		{DOCX, buildDOCX(t), map[string]string{
			"word/document.xml": `<w:t xml:space="preserve">Overtime &amp; pay </w:t>`, "word/comments.xml": "see page 2",
			"word/_rels/document.xml.rels": "https://example.org/law", "word/settings.xml": `w:percent="100"`, "word/media/image1.jpeg": "\xff\xd8",
		}},
		{XLSX, buildXLSX(t), map[string]string{"xl/worksheets/sheet1.xml": "<v>42</v>", "xl/comments1.xml": "too low", "xl/tables/table1.xml": `displayName="T1"`}},
		{PPTX, buildPPTX(t), map[string]string{"ppt/slides/slide1.xml": "Roster", "ppt/comments/comment1.xml": "late", "ppt/media/image1.png": "\x89PNG"}},
	} {
		clean, _ := cleaned(t, test.raw, test.t)
		if is, err := DetectFile(bytes.NewReader(clean), int64(len(clean)), ""); err != nil || is != test.t {
			t.Errorf("%s has become %s (%v)", test.t, is, err)
		}
		z, err := zip.NewReader(bytes.NewReader(clean), int64(len(clean)))
		must(t, err)
		for name, want := range test.want {
			i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == name })
			if i < 0 || !strings.Contains(partOf(t, z.File[i]), want) {
				t.Errorf("%s has lost %q", name, want)
			}
		}
		for _, f := range z.File {
			if body := partOf(t, f); strings.HasSuffix(f.Name, "l") || strings.HasSuffix(f.Name, "s") {
				// A line end in front of the root must not become a reference: that is no XML any more.
				if !regexp.MustCompile(`^<\?xml [^>]*\?>\s*<[^!?]`).MatchString(body) || strings.Contains(body, "&#xA;") {
					t.Errorf("%s is not well formed: %.100s", f.Name, body)
				}
			}
			if len(f.Extra) > 0 || f.Comment != "" || f.ModifiedDate != 1<<5|1 || f.ModifiedTime != 0 {
				t.Errorf("%s has a time or a note", f.Name)
			}
		}
	}
}

func TestCannot(t *testing.T) {
	t.Parallel()
	bomb := buildPNG(t)
	binary.BigEndian.PutUint32(bomb[16:], 60000)
	binary.BigEndian.PutUint32(bomb[20:], 60000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	gifBomb := buildGIF(t)
	gifBomb[6], gifBomb[7], gifBomb[8], gifBomb[9] = 0xff, 0xff, 0xff, 0xff
	film := buildFilm(t, "isom", true)
	doc := func(extra ...part) []byte {
		return zipOf(t, append(append(properties(t, "word/document.xml"), part{"word/document.xml", "<a/>"}), extra...)...)
	}
	for name, test := range map[string]struct {
		t   Type
		raw []byte
	}{
		"picture that fills the memory": {PNG, bomb},
		"GIF that fills the memory":     {GIF, gifBomb},
		"broken picture":                {JPEG, []byte{0xff, 0xd8, 0xff, 0xe0, 1, 2, 3}},
		"HEIC":                          {HEIC, []byte("\x00\x00\x00\x18ftypheic")},
		"zip":                           {ZIP, zipOf(t)},
		"old office":                    {OLE, []byte("\xd0\xcf\x11\xe0")},
		"unknown":                       {Unknown, []byte("x")},
		"a type that is none":           {"nonsense", []byte("x")},
		"nothing":                       {Text, nil},
		"text with a picture behind":    {Text, append([]byte("words\n"), buildPNG(t)...)},
		"half a character":              {Text, []byte("\xff\xfea\x00b")},
		"broken PDF":                    {PDF, []byte("%PDF-1.7\nnot at all")},
		"encrypted PDF": {PDF, pdfOf("/Encrypt 4 0 R/ID[<61><61>]", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
			"<</Filter/Standard/V 1/R 2/O<"+strings.Repeat("61", 32)+">/U<"+strings.Repeat("61", 32)+">/P -4>>")},
		"PDF without a page":      {PDF, pdfOf("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>")},
		"PDF of nested arrays":    {PDF, pdfOf("", "<</Type/Catalog/Pages 2 0 R/Lang "+strings.Repeat("[", 100_000)+">>", "<</Type/Pages/Kids[]/Count 0>>")},
		"macros":                  {DOCX, doc(part{"word/vbaProject.bin", "x"})},
		"object of a program":     {DOCX, doc(part{"word/embeddings/oleObject1.bin", "x"})},
		"drawing of Windows":      {DOCX, doc(part{"word/media/image1.emf", "x"})},
		"picture named by hand":   {DOCX, doc(part{"word/media/zhang.png", string(buildPNG(t))})},
		"picture of another kind": {DOCX, doc(part{"word/media/image1.png", string(buildJPEG(t))})},
		"part outside":            {DOCX, doc(part{"../../etc/passwd", "x"})},
		"part in no folder":       {DOCX, doc(part{"notes/a.xml", "<a/>"})},
		"part twice":              {DOCX, doc(part{"word/document.xml", "<a/>"})},
		"broken XML":              {DOCX, doc(part{"word/x.xml", "<a><b></a>"})},
		"entities":                {DOCX, doc(part{"word/x.xml", `<!DOCTYPE a [<!ENTITY b "c">]><a/>`})},
		"zip bomb":                {DOCX, doc(part{"word/x.xml", "<a>" + strings.Repeat(" ", 30<<20) + "</a>"})},
		"film in pieces":          {MP4, append(film[:len(film):len(film)], boxOf("moof")...)},
		"film without an index":   {MP4, film[:24]},
		"film cut short":          {MP4, film[:len(film)-3]},
		"film that points away":   {MP4, bytes.Replace(film, boxOf("url ", words(1)), boxOf("url ", words(0)), 1)},
		"two streams":             {OGG, append(bytes.TrimSuffix(buildOgg(t, false), []byte(mark("tail")))[:47], buildOgg(t, true)...)},
		"no sound":                {MP3, []byte("ID3\x03\x00\x00\x00\x00\x00\x00no frames here")},
		"WAV without a format":    {WAV, []byte("RIFF\x10\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if copied, r := cleaned(t, test.raw, test.t); r.Why != Cannot || r.Type != Unknown {
				t.Errorf("%+v: %.100q", r, copied)
			}
		})
	}
}

func TestTextIsKept(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"plain", "加班费\r\n", "\xb9\xa4\xd7\xca,100\n", "\xff\xfea\x00\n\x00", "\xfe\xff\x52\xa0"} {
		if got, r := cleaned(t, []byte(words), Text); string(got) != words || r.Why != KeptKind || r.Type != Text {
			t.Errorf("%q came back as %q (%+v)", words, got, r)
		}
	}
}

type brokenReader struct{}

var errBroken = errors.New("cannot be read")

func (brokenReader) ReadAt([]byte, int64) (int, error) { return 0, errBroken }
func (brokenReader) Write([]byte) (int, error)         { return 0, errBroken }
func (brokenReader) Read([]byte) (int, error)          { return 0, errBroken }

func TestErrorsAreNotVerdicts(t *testing.T) {
	t.Parallel()
	c := New(t.TempDir())
	for t1 := range described {
		if _, why := cleanerOf(t1); why == Cannot {
			continue
		}
		if r, err := c.Clean(t.Context(), brokenReader{}, 100, t1, io.Discard); !errors.Is(err, errBroken) {
			t.Errorf("%s that cannot be read: %+v (%v)", t1, r, err)
		}
	}
	raw := buildPNG(t)
	if _, err := c.Clean(t.Context(), bytes.NewReader(raw), int64(len(raw)), PNG, brokenReader{}); !errors.Is(err, errBroken) {
		t.Errorf("a copy that cannot be written: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Clean(ctx, bytes.NewReader(raw), int64(len(raw)), PNG, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	gone := New(t.TempDir() + "/gone")
	if _, err := gone.Clean(t.Context(), bytes.NewReader(raw), int64(len(raw)), PNG, io.Discard); !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), "gone") {
		t.Errorf("no folder for temporary files: %v", err)
	}
}

func TestSpool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := New(dir)
	s, err := c.Spool(strings.NewReader("some words"), 10)
	must(t, err)
	if got, err := io.ReadAll(s.Reader()); err != nil || string(got) != "some words" || s.Size != 10 {
		t.Errorf("%q (%v)", got, err)
	}
	if info, err := s.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	must(t, s.Close())
	if _, err := c.Spool(strings.NewReader("some words more"), 10); !errors.Is(err, ErrTooBig) {
		t.Errorf("too long: %v", err)
	}
	if _, err := c.Spool(brokenReader{}, 10); !errors.Is(err, errBroken) {
		t.Errorf("cannot be read: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
