package evidence

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Bounds of a document's parts: a zip of a few KB can hold terabytes.
const (
	maxParts    = 5000
	maxPart     = 64 << 20
	maxUnzipped = 256 << 20
	maxRatio    = 400 // sheets of zeros do get to 100
	maxInside   = 2   // a chart's table inside a document inside a document is where it ends
)

// emptyParts are written in place of the parts that say who wrote a document, for whom and when. Programs want them.
var emptyParts = map[string]string{
	"docProps/core.xml": `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"></cp:coreProperties>`,
	"docProps/app.xml":  `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"></Properties>`,
	"docProps/custom.xml": `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" ` +
		`xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"></Properties>`,
}

// droppedParts go, with the relationships that point at them: small pictures of the first page, data of servers and
// programs, who took part and when, what a shared table remembers, printers.
var droppedParts = regexp.MustCompile(`^(customXml/.*|docMetadata/.*|package/.*|_xmlsignatures/.*|` +
	`word/(people|commentsIds|commentsExtended|commentsExtensible|documentTasks.*)\.xml|word/printerSettings.*|word/recipientData.*|` +
	`ppt/(changesInfos|printerSettings)/.*|ppt/revisionInfo\.xml|ppt/tasks/.*|` +
	`xl/(printerSettings|revisions|customProperty)/.*|xl/worksheets/_rels/customProperty.*)$`)

// refusedParts cannot be cleaned and cannot be left out: programs, objects of other programs, lines to databases.
var refusedParts = regexp.MustCompile(`(?i)(vba|activeX|macrosheets|connections\.xml|queryTables|\.bin$|\.emf$|\.wmf$|\.tiff?$|\.wdp$|externalLinks|webextensions|model/)`)

var (
	mediaName = regexp.MustCompile(`/media/(image|media|hdphoto|audio|video|picture)[0-9]*\.[a-zA-Z0-9]{1,5}$`)
	// A document has its parts in these folders; what is elsewhere nobody knows.
	partRoots = regexp.MustCompile(`^(\[Content_Types\]\.xml$|_rels/|docProps/|word/|xl/|ppt/|customXml/|docMetadata/|package/|_xmlsignatures/)`)
	partName  = regexp.MustCompile(`^[A-Za-z0-9_\[\]/. -]+$`)
)

// dropped says whether a part is left out.
func dropped(name string) bool {
	if _, known := emptyParts[name]; strings.HasPrefix(name, "docProps/") && !known {
		return true
	}
	return droppedParts.MatchString(name)
}

// office writes a document of Office anew, part by part.
func office(j *job, out *os.File) error {
	return officeInside(j, out, 0)
}

func officeInside(j *job, out io.Writer, depth int) error {
	if depth > maxInside {
		return errCannot
	}
	z, err := zip.NewReader(j.src, j.size)
	if err != nil || len(z.File) > maxParts {
		return errCannot
	}
	seen := map[string]bool{}
	var total uint64
	for _, f := range z.File {
		lower := strings.ToLower(f.Name)
		if seen[lower] || !partName.MatchString(f.Name) || path.Clean(f.Name) != strings.TrimSuffix(f.Name, "/") ||
			f.Name[0] == '/' || strings.HasPrefix(f.Name, "..") {
			return errCannot
		}
		seen[lower] = true
		total += f.UncompressedSize64
		ratio := f.UncompressedSize64 / max(f.CompressedSize64, 1)
		if f.UncompressedSize64 > maxPart || total > maxUnzipped || f.UncompressedSize64 > 1<<20 && ratio > maxRatio || f.Flags&1 != 0 {
			return errCannot
		}
	}
	w := &officeWriter{job: j, zip: zip.NewWriter(out), depth: depth}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if err := w.part(f); err != nil {
			return err
		}
	}
	return w.zip.Close()
}

type officeWriter struct {
	*job
	zip   *zip.Writer
	depth int
}

// part writes one part, cleaned, without the times and owners that a zip may hold.
func (w *officeWriter) part(f *zip.File) error {
	name := f.Name
	switch {
	case dropped(name):
		return nil
	case refusedParts.MatchString(name) || !partRoots.MatchString(name):
		return errCannot
	}
	if relsOf := strings.Replace(strings.TrimSuffix(name, ".rels"), "_rels/", "", 1); strings.HasSuffix(name, ".rels") && dropped(relsOf) {
		return nil
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	// What is packed in pictures stays as it is; the rest is squeezed.
	media := mediaName.MatchString("/" + name)
	//lint:ignore SA1019 Modified would write the time into a field of its own besides
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, ModifiedDate: 1<<5 | 1} // the first day a zip can name
	if media {
		header.Method = zip.Store
	}
	to, err := w.zip.CreateHeader(header)
	if err != nil {
		return err
	}
	if empty, ok := emptyParts[name]; ok {
		_, err := io.WriteString(to, xmlHead+empty)
		return err
	}
	from, err := f.Open()
	if err != nil {
		return errCannot
	}
	defer from.Close() // read only
	body := io.LimitReader(from, maxPart)
	switch ext := strings.ToLower(path.Ext(name)); {
	case media:
		return w.media(body, ext, to)
	case strings.Contains(name, "/media/"):
		return errCannot // a name that a person may have given
	case ext == ".xml" || ext == ".rels" || ext == ".vml":
		return cleanXML(body, to, name)
	case ext == ".odttf" || ext == ".fntdata": // fonts, scrambled
		return copyPart(to, body)
	case strings.Contains(name, "/embeddings/") && (ext == ".docx" || ext == ".xlsx" || ext == ".pptx"):
		raw, err := io.ReadAll(io.LimitReader(body, MaxFile+1))
		if err != nil || len(raw) > MaxFile {
			return errCannot
		}
		return officeInside(&job{ctx: w.ctx, dir: w.dir, src: bytes.NewReader(raw), size: int64(len(raw))}, to, w.depth+1)
	}
	return errCannot
}

func copyPart(to io.Writer, from io.Reader) error {
	raw, err := io.ReadAll(from) // an error of the zip is not one of the disk
	if err != nil {
		return errCannot
	}
	_, err = to.Write(raw)
	return err
}

// media cleans a picture or a sound inside a document. Its type stays, because others name it; the picture is not turned,
// because the document says how it lies on the page.
func (w *officeWriter) media(body io.Reader, ext string, to io.Writer) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return errCannot
	}
	is := Detect(raw[:min(len(raw), HeadSize)], "")
	allowed := map[string][]Type{
		".jpg": {JPEG}, ".jpeg": {JPEG}, ".jpe": {JPEG}, ".png": {PNG}, ".gif": {GIF},
		".mp4": {MP4, MOV}, ".mov": {MOV, MP4}, ".m4v": {MP4}, ".m4a": {M4A, MP4}, ".mp3": {MP3}, ".wav": {WAV},
	}[ext]
	if ext == ".svg" {
		return cleanXML(bytes.NewReader(raw), to, "image.svg")
	}
	if !slices.Contains(allowed, is) {
		return errCannot
	}
	switch is {
	case JPEG:
		clean := bareJPEG(raw)
		if clean == nil {
			return errCannot
		}
		_, err := to.Write(clean)
		return err
	case PNG:
		_, err := redraw(bytes.NewReader(raw), int64(len(raw)), to, false)
		return err
	}
	clean, why := cleanerOf(is)
	if why != "" {
		return errCannot
	}
	temp, err := os.CreateTemp(w.dir, "evidence-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // and its content with it
	defer temp.Close()
	if err := clean(&job{ctx: w.ctx, dir: w.dir, src: bytes.NewReader(raw), size: int64(len(raw)), t: is}, temp); err != nil {
		return err
	}
	if _, err := temp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(to, temp)
	return err
}
