package evidence

import (
	"bufio"
	"bytes"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/validate"
)

// valid reads a PDF and checks it against the standard.
func valid(t *testing.T, raw []byte) *model.Context {
	t.Helper()
	conf := &model.Configuration{Reader15: true, ValidationMode: model.ValidationStrict, Offline: true, Cmd: model.VALIDATE, Limits: model.DefaultResourceLimits()}
	ctx, err := pdfcpu.Read(bytes.NewReader(raw), conf)
	must(t, err)
	must(t, validate.XRefTable(ctx))
	return ctx
}

func TestPDFStaysWhole(t *testing.T) {
	t.Parallel()
	clean, _ := cleaned(t, buildPDF(t), PDF)
	ctx := valid(t, clean)
	if ctx.PageCount != 2 || ctx.Info != nil || ctx.ID != nil {
		t.Errorf("%d pages, information %v, id %v", ctx.PageCount, ctx.Info, ctx.ID)
	}
	for _, want := range []string{"(a note)", "(Chapter)", "/P Do Q", "/DeviceRGB"} {
		if !bytes.Contains(clean, []byte(want)) {
			t.Errorf("%s is lost", want)
		}
	}
	if bytes.Count(clean, []byte("%%EOF")) != 1 || bytes.Count(clean, []byte("startxref")) != 1 {
		t.Error("there is more than one revision")
	}
	for _, gone := range []string{"/Launch", "/FileAttachment", "/GoToR", "/Metadata", "/JavaScript", "/ICCBased", "/StructTreeRoot", "/Info", "/ID"} {
		if bytes.Contains(clean, []byte(gone)) {
			t.Errorf("%s is left", gone)
		}
	}
	pictures := 0
	for _, e := range ctx.Table {
		s, ok := e.Object.(types.StreamDict)
		if !ok || nameOf(s.Dict["Subtype"]) != "Image" {
			continue
		}
		pictures++
		got, err := jpeg.Decode(bytes.NewReader(s.Raw))
		must(t, err)
		want, err := jpeg.Decode(bytes.NewReader(buildJPEG(t)))
		must(t, err)
		for y := range 32 {
			for x := range 48 {
				if got.At(x, y) != want.At(x, y) {
					t.Fatalf("pixel %d, %d differs", x, y)
				}
			}
		}
	}
	if pictures != 1 {
		t.Errorf("%d pictures", pictures)
	}
	if again, _ := cleaned(t, clean, PDF); !bytes.Equal(again, clean) {
		t.Error("cleaning a clean file changes it")
	}
}

// A small file must not become a large one in memory, whatever it says of itself.
func TestPDFBombs(t *testing.T) {
	t.Parallel()
	page := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"}
	for name, raw := range map[string][]byte{
		"object stream of nothing": pdfOf("", append(page, pdfStream("/Type/ObjStm/N 100000000/First 900000000", ""))...),
		"kids in a circle":         pdfOf("", page[0], "<</Type/Pages/Kids[2 0 R]/Count 1>>"),
		"a reference to itself":    pdfOf("", page[0], page[1], "3 0 R"),
		"dictionaries in one another": pdfOf("", append(page[:2:2], "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources"+
			strings.Repeat("<</A", 5000)+" 1"+strings.Repeat(">>", 5000)+">>")...),
	} {
		if _, r := cleaned(t, raw, PDF); r.Why != Cannot && name != "object stream of nothing" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	r := &budgetReader{ReadSeeker: bytes.NewReader(make([]byte, 100)), left: 50}
	if _, err := r.Read(make([]byte, 100)); err == nil {
		t.Error("the budget has no end")
	}
}

func TestBareJPEG(t *testing.T) {
	t.Parallel()
	raw := buildJPEG(t)
	dirty := append(append(append([]byte{}, raw[:2]...), exif(6, mark("make"))...), raw[2:]...)
	dirty = append(dirty, mark("tail")...)
	clean := bareJPEG(dirty)
	if !bytes.Equal(clean, raw) {
		t.Errorf("%d bytes, want %d", len(clean), len(raw))
	}
	if got := bareJPEG(raw[:len(raw)-2]); !bytes.Equal(got, raw) {
		t.Error("a picture without its end is not closed")
	}
	for i := range raw {
		_ = bareJPEG(raw[:i]) // none panics
	}
	code := []byte("\xff\x4f\xff\x51\x00\x04ab\xff\x64\x00\x0ahidden!!\xff\x90tile")
	if got := bareJP2(code); !bytes.Contains(got, []byte("tile")) || bytes.Contains(got, []byte("hidden")) {
		t.Errorf("%q", got)
	}
	box := bytes.Join([][]byte{boxOf("jP  ", words(0x0d0a870a)), boxOf("ftyp", []byte("jp2 ")), boxOf("uuid", []byte("hidden")), boxOf("jp2c", code), boxOf("xml ", []byte("hidden"))}, nil)
	if got := bareJP2(box); !bytes.Contains(got, []byte("tile")) || bytes.Contains(got, []byte("hidden")) {
		t.Errorf("%q", got)
	}
	for i := range box {
		_ = bareJP2(box[:i])
	}
}

// Most files of today pack their objects into streams.
func TestPDFWithObjectStreams(t *testing.T) {
	t.Parallel()
	conf := &model.Configuration{Reader15: true, ValidationMode: model.ValidationRelaxed, Offline: true, Cmd: model.OPTIMIZE, Eol: types.EolLF,
		WriteObjectStream: true, WriteXRefStream: true, Limits: model.DefaultResourceLimits()}
	plain, _ := cleaned(t, buildPDF(t), PDF)
	ctx, err := pdfcpu.Read(bytes.NewReader(plain), conf)
	must(t, err)
	must(t, validate.XRefTable(ctx))
	var packed bytes.Buffer
	ctx.Write.Writer = bufio.NewWriter(&packed)
	must(t, pdfcpu.WriteContext(ctx))
	must(t, ctx.Write.Flush())
	if !bytes.Contains(packed.Bytes(), []byte("/ObjStm")) {
		t.Fatal("there is no object stream in the file")
	}
	clean, r := cleaned(t, packed.Bytes(), PDF)
	if !r.Cleaned || valid(t, clean).PageCount != 2 || bytes.Contains(clean, []byte("/Producer")) || bytes.Contains(clean, []byte("/ID")) || !bytes.Contains(clean, []byte("(a note)")) {
		t.Errorf("%+v", r)
	}
}
