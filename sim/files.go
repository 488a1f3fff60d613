package sim

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"image"
	_ "image/gif"  // photos may be GIF,
	_ "image/jpeg" // JPEG
	_ "image/png"  // or PNG
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"unicode/utf8"

	_ "golang.org/x/image/webp" // or WebP
)

const (
	maxDownload = 20 << 20
	maxPhoto    = 10 << 20
)

// file is one upload: every upload has its own id, equal bytes share the unique id and the memory.
type file struct {
	media
	kind, path string
	data       []byte
}

type files struct {
	mu     sync.RWMutex
	byID   map[string]*file
	byPath map[string]*file
	bytes  map[string][]byte // unique id → content
}

func newFiles() *files {
	return &files{byID: map[string]*file{}, byPath: map[string]*file{}, bytes: map[string][]byte{}}
}

var kindFolder = map[string]string{
	"photo": "photos", "document": "documents", "voice": "voice", "video": "videos", "audio": "music",
	"animation": "animations", "video_note": "video_notes", "sticker": "stickers",
}

// add keeps an upload and returns it with its ids. name and kindOf may be empty.
func (fs *files) add(kind, name, kindOf string, data []byte, variant string) *file {
	sum := sha256.Sum256(append([]byte(variant), data...))
	unique := "AQAD" + base64.RawURLEncoding.EncodeToString(sum[:9])
	f := &file{kind: kind, media: media{
		FileID:       "BQ" + kind[:1] + rand.Text() + rand.Text(),
		FileUniqueID: unique, FileSize: len(data),
	}}
	if kindOf == "" || kindOf == "application/octet-stream" {
		kindOf = sniff(name, data)
	}
	switch kind {
	case "document", "video", "audio", "animation":
		f.FileName, f.MimeType = cleanName(name), kindOf
		switch { // Telegram converts what is sent as media
		case kind == "audio" && !strings.HasPrefix(kindOf, "audio/"):
			f.MimeType = "audio/mpeg"
		case (kind == "video" || kind == "animation") && !strings.HasPrefix(kindOf, "video/"):
			f.MimeType = "video/mp4"
		}
	case "voice":
		f.MimeType = "audio/ogg"
	case "sticker":
		f.Type, f.Emoji, f.Width, f.Height = "regular", "👍", 512, 512
	}
	ext := path.Ext(f.FileName)
	if ext == "" {
		ext = map[string]string{"photo": ".jpg", "voice": ".oga", "video": ".mp4", "video_note": ".mp4", "sticker": ".webp", "audio": ".mp3"}[kind]
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if held, ok := fs.bytes[unique]; ok {
		data = held
	} else {
		fs.bytes[unique] = data
	}
	f.data = data
	f.path = kindFolder[kind] + "/file_" + itoa(len(fs.byID)) + ext
	fs.byID[f.FileID], fs.byPath[f.path] = f, f
	return f
}

func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	if name == "." || name == "/" || !utf8.ValidString(name) {
		return ""
	}
	return name
}

func sniff(name string, data []byte) string {
	if byName := mime.TypeByExtension(path.Ext(name)); byName != "" {
		base, _, _ := mime.ParseMediaType(byName)
		return base
	}
	base, _, _ := mime.ParseMediaType(http.DetectContentType(data))
	return base
}

func (fs *files) get(id string) *file {
	fs.mu.RLock()
	defer fs.mu.RUnlock()
	return fs.byID[id]
}

func (fs *files) at(path string) *file {
	fs.mu.RLock()
	defer fs.mu.RUnlock()
	return fs.byPath[path]
}

// addPhoto keeps an image as a photo of two sizes, the largest last.
func (fs *files) addPhoto(data []byte) ([]media, error) {
	if len(data) > maxPhoto {
		return nil, bad("file is too big for a photo")
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, bad("IMAGE_PROCESS_FAILED")
	}
	if cfg.Width+cfg.Height > 10_000 || cfg.Width > 20*cfg.Height || cfg.Height > 20*cfg.Width {
		return nil, bad("PHOTO_INVALID_DIMENSIONS")
	}
	small, large := fs.add("photo", "", "image/jpeg", data, "m"), fs.add("photo", "", "image/jpeg", data, "x")
	large.Width, large.Height = fit(cfg.Width, cfg.Height, 1280)
	small.Width, small.Height = fit(cfg.Width, cfg.Height, 320)
	return []media{small.media, large.media}, nil
}

func fit(w, h, limit int) (int, int) {
	if w <= limit && h <= limit {
		return w, h
	}
	if w >= h {
		return limit, max(1, h*limit/w)
	}
	return max(1, w*limit/h), limit
}

type fileInfo struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileSize     int    `json:"file_size,omitempty"`
	FilePath     string `json:"file_path"`
}

func (s *Server) getFile(_ context.Context, p *params) (any, error) {
	if p.str("file_id") == "" {
		return nil, bad("file_id not specified")
	}
	f := s.files.get(p.str("file_id"))
	if f == nil {
		return nil, bad("invalid file_id")
	}
	if f.FileSize > maxDownload {
		return nil, bad("file is too big")
	}
	return fileInfo{f.FileID, f.FileUniqueID, f.FileSize, f.path}, nil
}

// serveFile answers /file/bot<token>/PATH.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, rest string) {
	token, name, _ := strings.Cut(rest, "/")
	if token != s.opts.Token {
		writeResult(w, nil, &apiError{Code: http.StatusUnauthorized, Desc: "Unauthorized"})
		return
	}
	act := s.faults.forCall("file", 0)
	if !act.wait(r.Context()) || act.reset || act.silent {
		reset(w)
		return
	}
	if act.html != 0 {
		writeHTMLError(w, act.html)
		return
	}
	f := s.files.at(name)
	switch {
	case act.err != nil:
		writeResult(w, nil, act.err)
	case f == nil || f.FileSize > maxDownload:
		writeResult(w, nil, &apiError{Code: http.StatusNotFound, Desc: "Not Found"})
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", itoa(len(f.data)))
		_, _ = w.Write(f.data)
	}
}

// attach sets the message's attachment from a file of that kind.
func (m *wireMessage) attach(kind string, f *media, sizes []media) {
	switch kind {
	case "photo":
		m.Photo = sizes
	case "document":
		m.Document = f
	case "voice":
		m.Voice = f
	case "video":
		m.Video = f
	case "audio":
		m.Audio = f
	case "animation":
		m.Animation = f
		m.Document = f // older clients' view; Telegram sends both
	case "video_note":
		m.VideoNote = f
	case "sticker":
		m.Sticker = f
	}
}
