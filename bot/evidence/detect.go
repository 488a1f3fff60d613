// Package evidence knows what a file is by its bytes, makes copies without the data that lead back to whoever made it,
// and asks a virus scanner. It knows nothing of cases; only the scanner reaches the network.
package evidence

import (
	"archive/zip"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Type is what a file is. The list is closed: what is not on it is Unknown.
type Type string

// The types of files. OLE is what Office wrote before 2007, and what it writes when a password is set.
const (
	Unknown Type = "unknown"
	JPEG    Type = "jpeg"
	PNG     Type = "png"
	WebP    Type = "webp"
	GIF     Type = "gif"
	HEIC    Type = "heic"
	PDF     Type = "pdf"
	DOCX    Type = "docx"
	XLSX    Type = "xlsx"
	PPTX    Type = "pptx"
	OLE     Type = "ole"
	Text    Type = "text"
	CSV     Type = "csv"
	ZIP     Type = "zip"
	OGG     Type = "ogg"
	MP3     Type = "mp3"
	M4A     Type = "m4a"
	WAV     Type = "wav"
	MP4     Type = "mp4"
	MOV     Type = "mov"
	WebM    Type = "webm"
)

// described says of each type its MIME type, the ending of a file of ours, and the kind that people know.
var described = map[Type]struct{ mime, extension, kind string }{
	Unknown: {"application/octet-stream", ".bin", "document"},
	JPEG:    {"image/jpeg", ".jpg", "photo"},
	PNG:     {"image/png", ".png", "photo"},
	WebP:    {"image/webp", ".webp", "photo"},
	GIF:     {"image/gif", ".gif", "photo"},
	HEIC:    {"image/heic", ".heic", "photo"},
	PDF:     {"application/pdf", ".pdf", "document"},
	DOCX:    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx", "document"},
	XLSX:    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", "document"},
	PPTX:    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx", "document"},
	OLE:     {"application/x-ole-storage", ".doc", "document"},
	Text:    {"text/plain", ".txt", "document"},
	CSV:     {"text/csv", ".csv", "document"},
	ZIP:     {"application/zip", ".zip", "document"},
	OGG:     {"audio/ogg", ".ogg", "audio"},
	MP3:     {"audio/mpeg", ".mp3", "audio"},
	M4A:     {"audio/mp4", ".m4a", "audio"},
	WAV:     {"audio/wav", ".wav", "audio"},
	MP4:     {"video/mp4", ".mp4", "video"},
	MOV:     {"video/quicktime", ".mov", "video"},
	WebM:    {"video/webm", ".webm", "video"},
}

// MIME is the type's name on the wire.
func (t Type) MIME() string { return t.known().mime }

// Extension is the ending for a file of this type, with its dot. The sender's own name, ending included, is never used.
func (t Type) Extension() string { return t.known().extension }

// Kind is "photo", "audio", "video" or "document".
func (t Type) Kind() string { return t.known().kind }

func (t Type) known() struct{ mime, extension, kind string } {
	if d, ok := described[t]; ok {
		return d
	}
	return described[Unknown]
}

// byMIME maps the names that detection gives, and the other names that senders use, to types.
var byMIME = map[string]Type{
	"image/jpg": JPEG, "image/apng": PNG, "image/vnd.mozilla.apng": PNG,
	"image/heif": HEIC, "image/heic-sequence": HEIC, "image/heif-sequence": HEIC,
	"application/x-pdf": PDF, "text/tab-separated-values": CSV, "application/x-zip-compressed": ZIP,
	"application/ogg": OGG, "audio/opus": OGG, "audio/mp3": MP3, "audio/x-m4a": M4A, "audio/m4a": M4A,
	"audio/x-wav": WAV, "audio/wave": WAV, "audio/vnd.wave": WAV,
	"video/x-m4v": MP4, "video/3gpp": MP4, "video/3gpp2": MP4, "audio/webm": WebM,
	"application/msword": OLE, "application/vnd.ms-excel": OLE, "application/vnd.ms-powerpoint": OLE, "application/vnd.ms-outlook": OLE,
}

func typeOf(mime string) Type {
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	mime = strings.TrimSpace(mime)
	for t, d := range described {
		if d.mime == mime {
			return t
		}
	}
	if t, ok := byMIME[mime]; ok {
		return t
	}
	return Unknown
}

// oldOffice tells the old formats apart where only a name on the wire is known.
var oldOffice = map[string]string{
	"application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt", "application/vnd.ms-outlook": ".msg",
}

// Extension is the ending for a file whose MIME type is known, parameters and case disregarded; ".bin" for others.
func Extension(mime string) string {
	bare, _, _ := strings.Cut(strings.ToLower(mime), ";")
	if e, ok := oldOffice[strings.TrimSpace(bare)]; ok {
		return e
	}
	return typeOf(mime).Extension()
}

// HeadSize is how much of a file Detect looks at.
const HeadSize = 4096

// Detect says what a file is by its first bytes (HeadSize of them, or all there are). What the sender claims chooses
// between text and table only, which bytes do not tell apart; it never makes a file anything else.
func Detect(head []byte, claimed string) Type {
	if len(head) == 0 {
		return Unknown
	}
	found := mimetype.Detect(head)
	for m := found; m != nil; m = m.Parent() {
		t := typeOf(m.String())
		if t == Text && m != found {
			return Unknown // a kind of text with places of its own for metadata: HTML, mail, RTF, a visiting card, a track
		}
		if t == Unknown {
			continue
		}
		if t == ZIP && m != found {
			return Unknown // a program, a book, an OpenDocument
		}
		if t == Text && typeOf(claimed) == CSV {
			return CSV
		}
		return t
	}
	return Unknown
}

// DetectFile is Detect for a whole file: a container is told by its list of contents, which stands at its end.
func DetectFile(src io.ReaderAt, size int64, claimed string) (Type, error) {
	head := make([]byte, min(size, HeadSize))
	if _, err := src.ReadAt(head, 0); err != nil && err != io.EOF {
		return Unknown, failed("read file", err)
	}
	t := Detect(head, claimed)
	switch t {
	case ZIP, DOCX, XLSX, PPTX:
		return officeType(src, size), nil
	}
	return t, nil
}

// officeType is DOCX, XLSX or PPTX by the main part, else ZIP.
func officeType(src io.ReaderAt, size int64) Type {
	z, err := zip.NewReader(src, size)
	if err != nil {
		return ZIP
	}
	content, found := false, ZIP
	for _, f := range z.File {
		switch f.Name {
		case "[Content_Types].xml":
			content = true
		case "word/document.xml":
			found = DOCX
		case "xl/workbook.xml":
			found = XLSX
		case "ppt/presentation.xml":
			found = PPTX
		}
	}
	if !content {
		return ZIP
	}
	return found
}
