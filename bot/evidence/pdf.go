package evidence

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// portable writes a PDF anew from what its pages reach: an older revision, or an object nobody points at, is not
// reached. Encrypted and broken files cannot be cleaned. The copy is read again before it counts.
func portable(j *job, out *os.File) error {
	table, err := readPDF(j, j.src, j.size)
	if err != nil {
		return err
	}
	w := &pdfWriter{ctx: j.ctx, table: table, out: bufio.NewWriterSize(out, 64<<10), numbers: map[int]int{}}
	if err := w.write(); err != nil {
		return err
	}
	info, err := out.Stat()
	if err != nil {
		return err
	}
	if info.Size() > 4*MaxFile {
		return errCannot
	}
	again, err := readPDF(j, out, info.Size())
	if err != nil {
		return err
	}
	if err := again.EnsurePageCount(); err != nil || w.pages == 0 || again.PageCount != w.pages || again.Info != nil || again.ID != nil {
		return errCannot
	}
	return nil
}

// objectStreams finds the streams that are unpacked while a file is read, however their kind is spelt.
var objectStreams = regexp.MustCompile(`/(O|#4[fF])(b|#62)(j|#6[aA])(S|#53)(t|#74)(m|#6[dD])|/(X|#58)(R|#52)(e|#65)(f|#66)`)

const (
	maxUnpacked = 128 << 20        // of all object streams together
	maxReadTime = 30 * time.Second // a file that takes longer was made to
)

// readPDF reads all objects. The library bounds each stream; the sum is bounded here.
func readPDF(j *job, src io.ReaderAt, size int64) (*model.XRefTable, error) {
	packed := int64(1)
	for at := int64(0); at < size; at += 1 << 20 { // pieces overlap by the longest spelling
		piece := make([]byte, min(size-at, 1<<20+32))
		if _, err := src.ReadAt(piece, at); err != nil && err != io.EOF {
			return nil, err
		}
		packed += int64(len(objectStreams.FindAllIndex(piece, -1)))
	}
	conf := &model.Configuration{ // the library's own default would write files into the user's folder
		Reader15: true, ValidationMode: model.ValidationRelaxed, Eol: types.EolLF, Offline: true, Cmd: model.LISTINFO,
		Limits: model.ResourceLimits{
			MaxStreamBytes: MaxFile, MaxDecodeBytes: maxUnpacked / packed, MaxImagePixels: maxPixels, MaxImageBytes: maxUnpacked,
			MaxObjectCount: 500_000, MaxObjectStreamCount: 100_000, MaxObjectStreamFirst: 4 << 20, MaxXRefEntries: 500_000,
			MaxRecursionDepth: 100,
		},
	}
	ctx, stop := context.WithTimeout(j.ctx, maxReadTime)
	defer stop()
	r := &budgetReader{ReadSeeker: io.NewSectionReader(src, 0, size), left: 64<<20 + 16*size}
	read, err := pdfcpu.ReadWithContext(ctx, r, conf)
	if err != nil || read.Encrypt != nil || read.Root == nil {
		return nil, errCannot
	}
	return read.XRefTable, nil
}

// budgetReader ends the reading of a file whose objects overlap so that each is as long as the file.
type budgetReader struct {
	io.ReadSeeker
	left int64
}

func (b *budgetReader) Read(p []byte) (int, error) {
	n, err := b.ReadSeeker.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errors.New("read too often")
	}
	return n, err
}

// What stays of the objects whose form is known; a key that is not here goes.
var keptKeys = map[string][]string{
	"Catalog": {"Type", "Pages", "PageLabels", "Names", "Dests", "ViewerPreferences", "PageLayout", "PageMode", "Outlines", "AcroForm", "OCProperties", "Lang"},
	"Pages":   {"Type", "Parent", "Kids", "Count", "Resources", "MediaBox", "CropBox", "Rotate"},
	"Page": {"Type", "Parent", "Resources", "MediaBox", "CropBox", "BleedBox", "TrimBox", "ArtBox", "Contents", "Rotate", "Group",
		"Annots", "UserUnit", "Tabs"},
	"Image": {"Type", "Subtype", "Width", "Height", "ColorSpace", "BitsPerComponent", "Intent", "ImageMask", "Mask", "Decode",
		"Interpolate", "SMask", "SMaskInData", "Matte", "OC", "Filter", "DecodeParms"},
	"Form":     {"Type", "Subtype", "FormType", "BBox", "Matrix", "Resources", "Group", "OC", "Filter", "DecodeParms"},
	"AcroForm": {"Fields", "NeedAppearances", "DR", "DA", "Q"},
	"Annot": {"Type", "Subtype", "Rect", "Contents", "P", "F", "AP", "AS", "Border", "C", "OC", "BS", "BE", "A", "Dest", "H",
		"QuadPoints", "InkList", "L", "LE", "IC", "Vertices", "RD", "CA", "DA", "Q", "DS", "Name", "Open", "Parent", "Popup", "Rotate",
		// of form fields, which are annotations too
		"FT", "T", "TU", "Ff", "V", "DV", "Kids", "MaxLen", "Opt", "TI", "I", "MK"},
	"OCG":    {"Type", "Name", "Intent"},
	"Action": {"Type", "S", "D", "URI", "N"},
}

// keptAnnots are the annotations without a file, a film, a sound or a program in them.
var keptAnnots = []string{"Text", "Link", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight", "Underline",
	"Squiggly", "StrikeOut", "Caret", "Stamp", "Ink", "Popup", "Widget", "Redact", "Watermark"}

// droppedKeys go wherever they stand: metadata, private data of programs, ids, dates, names of people, scripts, and the
// tree of tags, in which writers put the names of the pictures' files.
var droppedKeys = []string{"Metadata", "PieceInfo", "LastModified", "OPI", "AA", "OpenAction", "JS", "JavaScript", "AF", "EF",
	"EmbeddedFiles", "Thumb", "StructParent", "StructParents", "StructTreeRoot", "SE", "Creator", "CreatorInfo", "Author", "Producer",
	"Company", "Keywords", "CreationDate", "ModDate", "SourceModified", "XFA", "Measure", "PtData", "LGIDict", "GPTS", "VP",
	"SpiderInfo", "IDTree", "DPart", "DPM", "Alternates", "Ref", "NM", "Perms", "DSS"}

// knownForm says which list of keptKeys a dictionary falls under, "" when none.
func knownForm(d types.Dict, stream bool) string {
	kind, sub := nameOf(d["Type"]), nameOf(d["Subtype"])
	switch {
	case stream && (sub == "Image" || sub == "Form"):
		return sub
	case stream:
		return ""
	case kind == "Catalog" || kind == "Pages" || kind == "OCG":
		return kind
	case kind == "Page" || d["MediaBox"] != nil && d["Contents"] != nil:
		return "Page"
	case kind == "Annot" || d["Rect"] != nil && sub != "" || d["FT"] != nil || d["T"] != nil && d["Kids"] != nil:
		return "Annot"
	case d["Fields"] != nil:
		return "AcroForm"
	case slices.Contains([]string{"GoTo", "URI", "Named"}, nameOf(d["S"])):
		return "Action"
	}
	return ""
}

// unwanted dictionaries are left out with all that hangs on them.
func unwanted(d types.Dict) bool {
	switch nameOf(d["Type"]) {
	case "Metadata", "Filespec", "F", "EmbeddedFile", "Sig", "DocTimeStamp", "StructElem", "StructTreeRoot", "Thread", "Bead":
		return true
	}
	if sub := nameOf(d["Subtype"]); d["Rect"] != nil && sub != "" && !slices.Contains(keptAnnots, sub) || sub == "PS" {
		return true
	}
	switch nameOf(d["S"]) { // of an action
	case "GoToR", "GoToE", "GoToDp", "GoTo3DView", "Launch", "Thread", "Sound", "Movie", "SubmitForm", "ImportData", "JavaScript",
		"Rendition", "RichMediaExecute":
		return true
	}
	return d["EF"] != nil || d["ByteRange"] != nil
}

func nameOf(o types.Object) string {
	n, _ := o.(types.Name)
	return string(n)
}

// cleanStream gives a stream's bytes and filters as they stay: pictures inside are files of their own, with metadata.
func (w *pdfWriter) cleanStream(sd *types.StreamDict, d types.Dict) ([]byte, error) {
	filters := sd.FilterPipeline
	if len(filters) == 0 {
		return sd.Raw, nil
	}
	last := filters[len(filters)-1]
	bare := map[string]func([]byte) []byte{"DCTDecode": bareJPEG, "JPXDecode": bareJP2}[last.Name]
	if bare == nil {
		return sd.Raw, nil
	}
	raw := sd.Raw
	if len(filters) > 1 {
		outer := types.StreamDict{Dict: sd.Dict, Raw: sd.Raw, FilterPipeline: filters[:len(filters)-1]}
		if err := outer.DecodeWithLimit(MaxFile); err != nil {
			return nil, errCannot
		}
		raw = outer.Content
	}
	clean := bare(bytes.TrimLeft(raw, "\r\n"))
	if clean == nil {
		return nil, errCannot
	}
	d["Filter"] = types.Name(last.Name)
	delete(d, "DecodeParms")
	if transform, ok := last.DecodeParms["ColorTransform"].(types.Integer); ok {
		d["DecodeParms"] = types.Dict{"ColorTransform": transform}
	}
	return clean, nil
}
