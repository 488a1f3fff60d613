package evidence

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// needExiftool gives the independent witness. Only where tests were asked to leave it out may there be none; never in CI.
func needExiftool(t *testing.T) string {
	t.Helper()
	if os.Getenv("HUIYIN_NO_EXIFTOOL") == "1" && os.Getenv("CI") != "true" {
		t.Skip("LEFT OUT: HUIYIN_NO_EXIFTOOL=1, so nobody else says that clean is clean (.ci/setup says how to get exiftool)")
	}
	path, err := exec.LookPath("exiftool")
	if err != nil {
		t.Fatal("no exiftool: .ci/setup installs it (Debian's package libimage-exiftool-perl), or says how")
	}
	return path
}

// specimen is a file with a marker wherever its format has a place for one.
type specimen struct {
	t     Type
	build func(t testing.TB) []byte
	write []string // what exiftool writes into it, each with a marker of its own after "="
	tags  string   // what exiftool may show of the copy, beside the file itself: groups and tags
}

var (
	film    = `QuickTime (MajorBrand|MinorVersion|CompatibleBrands|MediaData.*|MovieHeaderVersion|CreateDate|ModifyDate|TimeScale|Duration|Preferred.*|Preview.*|Poster.*|Selection.*|CurrentTime|NextTrackID|MatrixStructure|Free|Unknown_free)|Track\d+ .*`
	packed  = `ZIP .*`
	camera  = []string{"-EXIF:GPSLatitude=31.23", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=121.47", "-EXIF:GPSLongitudeRef=E", "-EXIF:Make=@make", "-EXIF:SerialNumber=@serial", "-EXIF:OwnerName=@owner", "-EXIF:UserComment=@usercomment", "-EXIF:DateTimeOriginal=2026:01:02 03:04:05", "-XMP-dc:Creator=@xmpcreator"}
	quickly = []string{"-UserData:Author=@qtauthor", "-Keys:Artist=@qtartist", "-Keys:GPSCoordinates=31.23, 121.47, 4", "-ItemList:Comment=@qtcomment", "-XMP-dc:Creator=@qtxmp", "-QuickTime:CreateDate=2026:01:02 03:04:05"}
)

var specimens = map[string]specimen{
	"jpeg": {JPEG, buildJPEG, append([]string{"-IPTC:By-line=@byline", "-Comment=@comment", "-Photoshop:PhotoshopQuality=3", "-ICC_Profile:all=", "-JFIF:XResolution=301"}, camera...), `JFIF .*`},
	"png":  {PNG, buildPNG, append([]string{"-PNG:Comment=@comment", "-PNG:Author=@author", "-PNG:ModifyDate=2026:01:02 03:04:05"}, camera...), `PNG (ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace)`},
	"webp": {WebP, buildWebP, camera, `JFIF .*`},
	"gif":  {GIF, buildGIF, []string{"-Comment=@comment", "-XMP-dc:Creator=@xmpcreator"}, `GIF (GIFVersion|ImageWidth|ImageHeight|HasColorMap|ColorResolutionDepth|BitsPerPixel|BackgroundColor|AnimationIterations|FrameCount|Duration)`},
	"pdf":  {PDF, buildPDF, []string{"-PDF:Creator=@creator", "-PDF:Keywords=@keywords", "-XMP-dc:Creator=@xmpcreator"}, `PDF (PDFVersion|Linearized|PageCount)`},
	"docx": {DOCX, buildDOCX, nil, packed},
	"xlsx": {XLSX, buildXLSX, nil, packed},
	"pptx": {PPTX, buildPPTX, nil, packed},
	"mp4":  {MP4, func(t testing.TB) []byte { return buildFilm(t, "isom", true) }, quickly, film},
	"mov":  {MOV, func(t testing.TB) []byte { return buildFilm(t, "qt  ", false) }, quickly, film},
	"m4a":  {M4A, func(t testing.TB) []byte { return buildFilm(t, "M4A ", true) }, quickly, film},
	"opus": {OGG, func(t testing.TB) []byte { return buildOgg(t, false) }, nil, `Opus .*|Vorbis Vendor`},
	"ogg":  {OGG, func(t testing.TB) []byte { return buildOgg(t, true) }, nil, `Vorbis (VorbisVersion|AudioChannels|SampleRate|NominalBitrate|Vendor)`},
	"mp3":  {MP3, buildMP3, nil, `MPEG (MPEGAudioVersion|AudioLayer|AudioBitrate|SampleRate|ChannelMode|MSStereo|IntensityStereo|CopyrightFlag|OriginalMedia|Emphasis|VBRFrames|VBRBytes|VBRScale)`},
	"wav":  {WAV, buildWAV, nil, `RIFF (Encoding|NumChannels|SampleRate|AvgBytesPerSec|BitsPerSample)`},
}

// ofEveryFile are the tags that tell of the file on disk, and what any reader computes of a picture or a sound.
const ofEveryFile = `ExifTool .*|System .*|File (FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|EncodingProcess|BitsPerSample|ColorComponents|YCbCrSubSampling|JPEG(QualityEstimate|ImageLength|Digest))|` +
	`Composite (ImageSize|Megapixels|Duration|AvgBitrate|Rotation|AudioBitrate)`

var tagLine = regexp.MustCompile(`^\[([^\]]+)\]\s+(\S+)\s*: ?(.*)$`)

// markers are the markers in raw and in whatever it packs, in whatever letters.
func markers(t *testing.T, raw []byte) []string {
	t.Helper()
	form := regexp.MustCompile(`(?i)MARKER-([a-z0-9]+)(-4711)?`)
	found := map[string]bool{}
	search := func(b []byte) {
		narrow := bytes.ReplaceAll(b, []byte{0}, nil) // UTF-16 of either kind
		for _, text := range [][]byte{b, narrow} {
			for _, m := range form.FindAllSubmatch(text, -1) {
				found[strings.ToLower(string(m[1]))] = true
			}
		}
		for _, m := range regexp.MustCompile(`(?i)(4d41524b45522d|4d61726b65722d)[0-9a-f]*`).FindAll(b, -1) {
			plain, _ := hex.DecodeString(string(m[:len(m)/2*2]))
			found["hex of "+string(plain)] = true
		}
	}
	search(raw)
	if z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw))); err == nil {
		for _, f := range z.File {
			r, err := f.Open()
			must(t, err)
			body, err := io.ReadAll(r)
			must(t, err)
			search(body)
			search(f.Extra)
		}
	}
	if bytes.HasPrefix(raw, []byte("%PDF")) {
		if table, err := readPDF(&job{ctx: context.Background()}, bytes.NewReader(raw), int64(len(raw))); err == nil {
			for _, e := range table.Table {
				if s, ok := e.Object.(types.StreamDict); ok && s.DecodeWithLimit(1<<20) == nil {
					search(s.Content)
				}
			}
		}
	}
	var all []string
	for m := range found {
		all = append(all, m)
	}
	slices.Sort(all)
	return all
}

// tags are what exiftool shows of raw, "Group Tag" to value.
func tags(t *testing.T, exiftool string, raw []byte, ext string) map[string]string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file"+ext)
	must(t, os.WriteFile(name, raw, 0o600))
	out, err := exec.Command(exiftool, "-config", "", "-a", "-u", "-G1", "-s", "-ee", "-api", "RequestAll=3", name).Output()
	if err != nil {
		t.Fatalf("exiftool: %v\n%s", err, out)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if m := tagLine.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			all[m[1]+" "+m[2]] = m[3]
		}
	}
	if all["File FileType"] == "" {
		t.Fatalf("exiftool says nothing: %s", out)
	}
	return all
}

// soil has exiftool write its tags into raw.
func soil(t *testing.T, exiftool string, raw []byte, s specimen) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file"+s.t.Extension())
	must(t, os.WriteFile(name, raw, 0o600))
	args := []string{"-config", "", "-q", "-m", "-overwrite_original"}
	for _, w := range s.write {
		tag, value, _ := strings.Cut(w, "=")
		if place, ok := strings.CutPrefix(value, "@"); ok {
			value = mark(place)
		}
		args = append(args, tag+"="+value)
	}
	if out, err := exec.Command(exiftool, append(args, name)...).CombinedOutput(); err != nil {
		t.Fatalf("exiftool: %v\n%s", err, out)
	}
	raw, err := os.ReadFile(name)
	must(t, err)
	return raw
}

// TestWhatIsClaimedCleanIsClean plants markers in every place of every type that is claimed to be cleaned, and has
// another program look at the copies.
func TestWhatIsClaimedCleanIsClean(t *testing.T) {
	t.Parallel()
	exiftool := needExiftool(t)
	for _, kind := range []Type{JPEG, PNG, WebP, GIF, PDF, DOCX, XLSX, PPTX, OGG, MP3, M4A, WAV, MP4, MOV} {
		found := false
		for _, s := range specimens {
			found = found || s.t == kind
		}
		if !found {
			t.Errorf("no specimen of %s", kind)
		}
	}
	for name, s := range specimens {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			planted := s.build(t)
			want := len(markers(t, planted))
			if len(s.write) > 0 {
				planted = soil(t, exiftool, planted, s)
				for _, w := range s.write {
					if _, place, ok := strings.Cut(w, "=@"); ok {
						want++
						if found := markers(t, planted); !slices.Contains(found, place) {
							t.Fatalf("exiftool did not plant %s: %v", place, found)
						}
					}
				}
			}
			if want == 0 {
				t.Fatal("nothing is planted")
			}
			allowed := regexp.MustCompile(`^(` + ofEveryFile + `|` + s.tags + `)$`)
			shown := false // the witness sees something, when there is something it can see
			for tag := range tags(t, exiftool, planted, s.t.Extension()) {
				shown = shown || !allowed.MatchString(tag)
			}
			if !shown {
				t.Fatal("exiftool shows nothing of what is planted")
			}
			clean, r := cleaned(t, planted, s.t)
			if !r.Cleaned {
				t.Fatalf("%+v", r)
			}
			if left := markers(t, clean); len(left) > 0 {
				t.Errorf("markers are left: %v", left)
			}
			for tag, value := range tags(t, exiftool, clean, r.Type.Extension()) {
				if !allowed.MatchString(tag) {
					t.Errorf("exiftool shows %s: %s", tag, value)
				}
				if strings.Contains(value, "MARKER") || strings.Contains(value, "31 deg") || strings.Contains(value, "2026:01:02") {
					t.Errorf("exiftool shows %s: %s", tag, value)
				}
				if strings.HasSuffix(tag, "Date") && !strings.HasPrefix(tag, "System") && !strings.HasPrefix(value, "0000:00:00") && value != "1980:01:01 00:00:00" {
					t.Errorf("exiftool shows a time, %s: %s", tag, value)
				}
			}
			t.Logf("%d markers, %d bytes, then %d bytes", want, len(planted), len(clean))
		})
	}
}

// The search is worth something only if it finds what is there.
func TestMarkersAreFound(t *testing.T) {
	t.Parallel()
	wide := utf16.Encode([]rune(mark("wide")))
	var raw []byte
	for _, u := range wide {
		raw = append(raw, byte(u>>8), byte(u))
	}
	raw = append(raw, mark("plain")+strings.ToLower(mark("small"))+hex.EncodeToString([]byte(mark("hexed")))...)
	if got := markers(t, raw); len(got) != 4 {
		t.Errorf("found %v", got)
	}
	if got := markers(t, buildDOCX(t)); !slices.Contains(got, "creator") || !slices.Contains(got, "extra") || !slices.Contains(got, "docphoto") {
		t.Errorf("found %v", got)
	}
	if got := markers(t, pdfOf("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>", pdfStream("/Filter/ASCIIHexDecode", hex.EncodeToString([]byte(mark("packed")))+">"))); !slices.Contains(got, "packed") {
		t.Errorf("found %v", got)
	}
}
