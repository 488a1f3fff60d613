package sim

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed all:web
var web embed.FS

// routes builds the mux for the phones page and its JSON API; the Bot API is matched before it.
func (s *Server) routes() {
	assets, err := fs.Sub(web, "web")
	if err != nil {
		panic("sim: " + err.Error()) // the folder is embedded: cannot fail
	}
	mux := http.NewServeMux()
	files := http.FileServerFS(assets)
	mux.Handle("GET /phones/", files)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, assets, "index.html") })
	handle := func(pattern string, f func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := f(r)
			answerJSON(w, r.Method, v, err)
		})
	}
	handle("GET /sim/info", s.apiInfo)
	handle("GET /sim/phones", s.apiPhones)
	handle("POST /sim/phones", s.apiAddPhone)
	handle("POST /sim/groups", s.apiAddGroup)
	handle("GET /sim/phones/{id}/chats", s.onPhone(apiChats))
	handle("GET /sim/phones/{id}/commands", s.onPhone(apiCommands))
	handle("GET /sim/phones/{id}/answers", s.onPhone(func(_ *http.Request, p *Phone) (any, error) { return orEmpty(p.Answers()), nil }))
	handle("GET /sim/phones/{id}/chats/{chat}/messages", s.onChat(apiMessages))
	handle("POST /sim/phones/{id}/chats/{chat}/messages", s.onChat(apiSend))
	handle("PATCH /sim/phones/{id}/chats/{chat}/messages/{mid}", s.onChat(apiEdit))
	handle("DELETE /sim/phones/{id}/chats/{chat}/messages/{mid}", s.onChat(apiDelete))
	handle("POST /sim/phones/{id}/chats/{chat}/messages/{mid}/press", s.onChat(apiPress))
	handle("POST /sim/phones/{id}/chats/{chat}/start", s.onChat(apiStart))
	handle("POST /sim/phones/{id}/chats/{chat}/block", s.onChat(apiBlock))
	handle("POST /sim/phones/{id}/chats/{chat}/unblock", s.onChat(apiBlock))
	mux.HandleFunc("GET /sim/phones/{id}/events", s.serveEvents)
	mux.HandleFunc("GET /sim/files/{file}", s.servePhoneFile)
	handle("GET /sim/faults", func(*http.Request) (any, error) { return s.faults.all(), nil })
	handle("POST /sim/faults", s.apiFail)
	handle("DELETE /sim/faults", func(r *http.Request) (any, error) {
		s.faults.remove(r.URL.Query().Get("id"))
		return s.faults.all(), nil
	})
	handle("POST /sim/clock", s.apiClock)
	handle("POST /sim/updates", s.apiDeliver)
	handle("GET /sim/calls", func(*http.Request) (any, error) { return s.Calls(), nil })
	handle("GET /sim/pending", func(*http.Request) (any, error) { return map[string]int{"pending": s.Pending()}, nil })
	s.mux = mux
}

// ServeHTTP answers the Bot API, file downloads, the phones page and its JSON API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.opts.AllowRemote && !loopback(r.Host) {
		http.Error(w, "this server answers only to loopback names", http.StatusMisdirectedRequest)
		return
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/bot"); ok {
		s.serveBot(w, r, rest)
		return
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		s.serveFile(w, r, rest)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	// Another site's page may send simple requests to loopback: its Origin gives it away.
	if origin := r.Header.Get("Origin"); origin != "" && r.Method != http.MethodGet && !sameOrigin(origin, r.Host) {
		http.Error(w, "cross-origin requests are refused", http.StatusForbidden)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func sameOrigin(origin, host string) bool {
	_, rest, ok := strings.Cut(origin, "://")
	return ok && strings.EqualFold(rest, host)
}

// notFound and conflicting carry the status of a JSON API error.
type statusError struct {
	code int
	err  error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func answerJSON(w http.ResponseWriter, method string, v any, err error) {
	code := http.StatusOK
	if method == http.MethodPost {
		code = http.StatusCreated
	}
	if a, ok := v.(accepted); ok {
		code, v = http.StatusAccepted, a.value
	}
	if err != nil {
		code = http.StatusBadRequest
		var status *statusError
		switch {
		case errors.As(err, &status):
			code = status.code
		case errors.Is(err, ErrNoMessage), errors.Is(err, ErrNotMember):
			code = http.StatusNotFound
		case errors.Is(err, ErrNoButton):
			code = http.StatusConflict
		case errors.Is(err, ErrNotYours), errors.Is(err, ErrProtected):
			code = http.StatusForbidden
		}
		v = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

type accepted struct{ value any }

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func readJSON(r *http.Request, into any) error {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("decode request: %w", err)
	}
	return nil
}

func (s *Server) onPhone(f func(*http.Request, *Phone) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
		p := s.Phone(id)
		if p == nil {
			return nil, &statusError{http.StatusNotFound, errors.New("no such phone")}
		}
		return f(r, p)
	}
}

func (s *Server) onChat(f func(*http.Request, *Phone, *chat) (any, error)) func(*http.Request) (any, error) {
	return s.onPhone(func(r *http.Request, p *Phone) (any, error) {
		c, err := p.chatNamed(r.PathValue("chat"))
		if err != nil {
			return nil, err
		}
		return f(r, p, c)
	})
}

// chatNamed finds "bot", the phone's own id or a group it is in.
func (p *Phone) chatNamed(name string) (*chat, error) {
	if name == "bot" || name == "" || name == strconv.FormatInt(p.ID(), 10) {
		return p.chat, nil
	}
	id, _ := strconv.ParseInt(name, 10, 64)
	if c := p.srv.chat(id); c != nil && !c.private() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.member(p.ID()) != nil {
			return c, nil
		}
	}
	return nil, &statusError{http.StatusNotFound, errors.New("no such chat on this phone")}
}

func (s *Server) apiInfo(*http.Request) (any, error) {
	info := Info{}
	if i := s.info.Load(); i != nil {
		info = *i
	}
	return map[string]any{
		"bot": map[string]any{"id": s.me.ID, "username": s.me.Username, "first_name": s.me.FirstName},
		"now": s.clock.Now().UTC().Format(time.RFC3339), "links": orEmpty(info.Links), "notes": orEmpty(info.Notes),
	}, nil
}

func (s *Server) apiPhones(*http.Request) (any, error) {
	out := []Profile{}
	for _, p := range s.Phones() {
		out = append(out, p.profile)
	}
	return out, nil
}

func (s *Server) apiAddPhone(r *http.Request) (any, error) {
	var pr Profile
	if err := readJSON(r, &pr); err != nil {
		return nil, err
	}
	if strings.TrimSpace(pr.Name) == "" {
		return nil, errors.New("a phone needs a name")
	}
	p, err := s.addPhone(pr)
	if err != nil {
		return nil, &statusError{http.StatusConflict, err}
	}
	return p.profile, nil
}

func (s *Server) apiAddGroup(r *http.Request) (any, error) {
	var v struct {
		Title  string
		Phones []int64
	}
	if err := readJSON(r, &v); err != nil {
		return nil, err
	}
	if strings.TrimSpace(v.Title) == "" {
		return nil, errors.New("a group needs a title")
	}
	var members []*Phone
	for _, id := range v.Phones {
		p := s.Phone(id)
		if p == nil {
			return nil, &statusError{http.StatusNotFound, errors.New("no such phone")}
		}
		members = append(members, p)
	}
	g := s.Group(v.Title, members...)
	return map[string]any{"id": g.chat.key(), "title": v.Title, "phones": orEmpty(v.Phones)}, nil
}

func (s *Server) apiFail(r *http.Request) (any, error) {
	var f Fault
	if err := readJSON(r, &f); err != nil {
		return nil, err
	}
	if err := validFault(f); err != nil {
		return nil, err
	}
	f.ID = s.faults.add(f)
	return f, nil
}

func (s *Server) apiClock(r *http.Request) (any, error) {
	var v struct {
		Advance, Set string
		Real         bool
	}
	if err := readJSON(r, &v); err != nil {
		return nil, err
	}
	switch {
	case v.Real:
		s.clock.Real()
	case v.Set != "":
		t, err := time.Parse(time.RFC3339, v.Set)
		if err != nil {
			return nil, fmt.Errorf("set: want a time as RFC 3339: %w", err)
		}
		s.clock.Set(t)
	case v.Advance != "":
		d, err := time.ParseDuration(v.Advance)
		if err != nil {
			return nil, fmt.Errorf("advance: want a duration such as 3m: %w", err)
		}
		s.clock.Advance(d)
	default:
		return nil, errors.New("want advance, set or real")
	}
	return map[string]string{"now": s.clock.Now().UTC().Format(time.RFC3339)}, nil
}

func (s *Server) apiDeliver(r *http.Request) (any, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	id, err := s.Deliver(raw)
	if err != nil {
		return nil, err
	}
	return accepted{map[string]int64{"update_id": id}}, nil
}

// servePhoneFile gives a phone the bytes of an attachment by its file_id.
func (s *Server) servePhoneFile(w http.ResponseWriter, r *http.Request) {
	f := s.files.get(r.PathValue("file"))
	if f == nil {
		answerJSON(w, r.Method, nil, &statusError{http.StatusNotFound, errors.New("no such file")})
		return
	}
	kind := f.MimeType
	if kind == "" {
		kind = http.DetectContentType(f.data)
	}
	how := "attachment" // never let the browser open what a person uploaded, except plain media
	for _, safe := range []string{"image/jpeg", "image/png", "image/gif", "image/webp", "audio/", "video/"} {
		if strings.HasPrefix(kind, safe) {
			how = "inline"
		}
	}
	name := f.FileName
	if name == "" {
		name = f.path[strings.LastIndex(f.path, "/")+1:]
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(f.data)))
}
