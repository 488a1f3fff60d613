package sim

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxUpload is Telegram's limit for one request to the Bot API.
const maxUpload = 50<<20 + 1<<20

type upload struct {
	name, mime string
	data       []byte
}

// params are a call's parameters, whatever way they came. Nested objects stay JSON text.
type params struct {
	method string
	v      map[string]string
	files  map[string]*upload
}

// decode reads the parameters of a call from the query and from a JSON,
// urlencoded or multipart body. Unknown parameters are kept and ignored.
func decode(r *http.Request, method string) (*params, error) {
	p := &params{method: method, v: map[string]string{}}
	if r.URL.RawQuery != "" {
		p.addValues(r.URL.Query())
	}
	if r.Body == nil || r.Method == http.MethodGet {
		return p, nil
	}
	kind, opts, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return p, nil // Telegram ignores a body whose type it does not know
	}
	body := http.MaxBytesReader(nil, r.Body, maxUpload)
	switch kind {
	case "application/json":
		raw, err := io.ReadAll(body)
		if err != nil {
			return nil, bodyError(err)
		}
		return p, p.addJSON(raw)
	case "application/x-www-form-urlencoded":
		raw, err := io.ReadAll(body)
		if err != nil {
			return nil, bodyError(err)
		}
		values, err := url.ParseQuery(string(raw))
		if err != nil {
			return nil, bad("can't parse urlencoded request body")
		}
		p.addValues(values)
	case "multipart/form-data":
		return p, p.addMultipart(multipart.NewReader(body, opts["boundary"]))
	}
	return p, nil
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &apiError{Code: http.StatusRequestEntityTooLarge, Desc: "Request Entity Too Large"}
	}
	return bad("can't read request body")
}

func (p *params) addValues(values url.Values) {
	for k, vs := range values {
		if len(vs) > 0 {
			p.v[k] = vs[0]
		}
	}
}

func (p *params) addJSON(raw []byte) error {
	if len(strings.TrimSpace(string(raw))) == 0 {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return bad("can't parse request: expected a JSON object")
	}
	for k, v := range fields {
		switch {
		case string(v) == "null":
		case v[0] == '"':
			var s string
			if err := json.Unmarshal(v, &s); err != nil {
				return bad("can't parse request: expected a JSON object")
			}
			p.v[k] = s
		default:
			p.v[k] = string(v)
		}
	}
	return nil
}

func (p *params) addMultipart(r *multipart.Reader) error {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			var tooLarge *http.MaxBytesError
			if errors.As(err, &tooLarge) {
				return bodyError(err)
			}
			// An empty form has no closing boundary in some clients.
			if len(p.v) == 0 && len(p.files) == 0 {
				return nil
			}
			return bad("can't parse multipart request body")
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return bodyError(err)
		}
		if part.FileName() == "" {
			p.v[part.FormName()] = string(data)
			continue
		}
		if p.files == nil {
			p.files = map[string]*upload{}
		}
		p.files[part.FormName()] = &upload{name: part.FileName(), mime: part.Header.Get("Content-Type"), data: data}
	}
}

func (p *params) str(key string) string { return p.v[key] }

func (p *params) has(key string) bool { _, ok := p.v[key]; return ok }

func (p *params) int64(key string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(p.v[key]), 10, 64)
	return n
}

func (p *params) int(key string) int { return int(p.int64(key)) }

func (p *params) bool(key string) bool {
	switch strings.ToLower(p.v[key]) {
	case "true", "yes", "1":
		return true
	}
	return false
}

// json decodes a nested object; what names it in the refusal.
func (p *params) json(key, what string, into any) error {
	raw := p.v[key]
	if raw == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		return bad("can't parse %s JSON object", what)
	}
	return nil
}
