package sim

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// method runs one Bot API method and returns its result.
type method func(s *Server, ctx context.Context, p *params) (any, error)

// methodTable maps lower-cased names: Telegram does not look at case.
func methodTable() map[string]method {
	return map[string]method{
		"getme":                           (*Server).getMe,
		"getupdates":                      (*Server).getUpdates,
		"setwebhook":                      (*Server).setWebhook,
		"deletewebhook":                   (*Server).deleteWebhook,
		"getwebhookinfo":                  (*Server).getWebhookInfo,
		"setmycommands":                   (*Server).setMyCommands,
		"getmycommands":                   (*Server).getMyCommands,
		"deletemycommands":                (*Server).deleteMyCommands,
		"setmyname":                       setName("name", 64),
		"getmyname":                       getName("name"),
		"setmydescription":                setName("description", 512),
		"getmydescription":                getName("description"),
		"setmyshortdescription":           setName("short_description", 120),
		"getmyshortdescription":           getName("short_description"),
		"setchatmenubutton":               accept,
		"sendmessage":                     (*Server).sendMessage,
		"editmessagetext":                 (*Server).editMessageText,
		"editmessagecaption":              (*Server).editMessageCaption,
		"editmessagereplymarkup":          (*Server).editMessageReplyMarkup,
		"deletemessage":                   (*Server).deleteMessage,
		"deletemessages":                  (*Server).deleteMessages,
		"copymessage":                     (*Server).copyMessage,
		"forwardmessage":                  (*Server).forwardMessage,
		"answercallbackquery":             (*Server).answerCallbackQuery,
		"sendphoto":                       sendFile("photo"),
		"senddocument":                    sendFile("document"),
		"sendvoice":                       sendFile("voice"),
		"sendvideo":                       sendFile("video"),
		"sendaudio":                       sendFile("audio"),
		"sendanimation":                   sendFile("animation"),
		"sendmediagroup":                  (*Server).sendMediaGroup,
		"sendchataction":                  (*Server).sendChatAction,
		"getfile":                         (*Server).getFile,
		"getchat":                         (*Server).getChat,
		"getchatmember":                   (*Server).getChatMember,
		"getchatadministrators":           (*Server).getChatAdministrators,
		"setmessagereaction":              (*Server).setMessageReaction,
		"leavechat":                       (*Server).leaveChat,
		"pinchatmessage":                  (*Server).pinChatMessage,
		"unpinchatmessage":                accept,
		"unpinallchatmessages":            accept,
		"setmydefaultadministratorrights": accept,
	}
}

// accept is for methods whose effect nobody can see here.
func accept(*Server, context.Context, *params) (any, error) { return true, nil }

type response struct {
	OK          bool            `json:"ok"`
	Result      any             `json:"result,omitempty"`
	ErrorCode   int             `json:"error_code,omitempty"`
	Description string          `json:"description,omitempty"`
	Parameters  *responseParams `json:"parameters,omitempty"`
}

type responseParams struct {
	RetryAfter int `json:"retry_after,omitempty"`
}

// serveBot answers /bot<token>/METHOD.
func (s *Server) serveBot(w http.ResponseWriter, r *http.Request, rest string) {
	token, name, _ := strings.Cut(rest, "/")
	name = strings.TrimPrefix(name, "test/")
	if token != s.opts.Token {
		s.calls.add(Call{Method: name, At: s.clock.Now(), Code: 401, Error: "Unauthorized"})
		writeResult(w, nil, &apiError{Code: http.StatusUnauthorized, Desc: "Unauthorized"})
		return
	}
	p, err := decode(r, name)
	if err != nil {
		s.calls.add(Call{Method: name, At: s.clock.Now(), Code: 400, Error: err.Error()})
		writeResult(w, nil, err)
		return
	}
	start := time.Now()
	call := Call{Method: name, Chat: s.chatOf(p), At: s.clock.Now(), Params: p.v}
	act := s.faults.forCall(name, call.Chat)
	if !act.wait(r.Context()) || act.reset {
		call.Error, call.Fault = "connection reset", act.name
		s.calls.add(call)
		reset(w)
		return
	}
	var result any
	if act.html != 0 {
		call.Code, call.Error, call.Fault = act.html, http.StatusText(act.html), act.name
		s.calls.add(call)
		writeHTMLError(w, act.html)
		return
	}
	if act.err != nil {
		err, call.Fault = act.err, act.name
	} else {
		result, err = s.run(r.Context(), p)
	}
	call.Took = time.Since(start)
	call.Code = http.StatusOK
	if err != nil {
		call.Error, call.Code = err.Error(), errorCode(err)
	}
	if act.silent {
		// Accepted and done, but the caller never learns it.
		call.Fault = act.name
		s.calls.add(call)
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		case <-time.After(act.hold):
		}
		panic(http.ErrAbortHandler)
	}
	s.calls.add(call)
	writeResult(w, result, err)
}

// chatOf names the chat a call is about, for faults and the log.
func (s *Server) chatOf(p *params) int64 {
	if id := p.str("callback_query_id"); id != "" {
		return s.queries.chatOf(id)
	}
	return p.int64("chat_id")
}

// run executes one decoded call.
func (s *Server) run(ctx context.Context, p *params) (any, error) {
	m := s.methods[strings.ToLower(p.method)]
	if m == nil {
		return nil, &apiError{Code: http.StatusNotFound, Desc: "Not Found"}
	}
	return m(s, ctx, p)
}

func errorCode(err error) int {
	var refusal *apiError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return http.StatusInternalServerError
}

func writeResult(w http.ResponseWriter, result any, err error) {
	resp, code := response{OK: true, Result: result}, http.StatusOK
	if err != nil {
		code = errorCode(err)
		resp = response{ErrorCode: code, Description: err.Error()}
		var refusal *apiError
		if errors.As(err, &refusal) && refusal.RetryAfter > 0 {
			resp.Parameters = &responseParams{RetryAfter: refusal.RetryAfter}
			w.Header().Set("Retry-After", itoa(refusal.RetryAfter))
		}
	}
	raw, err := json.Marshal(resp)
	if err != nil {
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(raw)
}

func writeHTMLError(w http.ResponseWriter, code int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(code)
	text := http.StatusText(code)
	_, _ = w.Write([]byte("<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" + text + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
}

// reset drops the connection so that the caller sees "connection reset by peer".
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Call is one request the server got.
type Call struct {
	Method string
	Chat   int64
	At     time.Time     // server clock
	Took   time.Duration // real time
	Code   int           // HTTP status answered; 0 when the connection was cut
	Error  string        // Telegram's description of the refusal
	Fault  string        // kind of the fault that decided the answer
	Params map[string]string
}

type callLog struct {
	mu     sync.Mutex
	limit  int
	kept   []Call
	at     int
	counts map[string]int
}

func newCallLog(limit int) *callLog {
	if limit == 0 {
		limit = 10_000
	}
	return &callLog{limit: max(limit, 0), counts: map[string]int{}}
}

func (l *callLog) add(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[c.Method]++
	switch {
	case l.limit == 0:
	case len(l.kept) < l.limit:
		l.kept = append(l.kept, c)
	default:
		l.kept[l.at] = c
		l.at = (l.at + 1) % l.limit
	}
}

// Log returns the calls received, oldest first, at most Options.LogCalls of them.
func (s *Server) Log() []Call {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	out := make([]Call, 0, len(s.calls.kept))
	out = append(out, s.calls.kept[s.calls.at:]...)
	return append(out, s.calls.kept[:s.calls.at]...)
}

// Calls counts the calls received, by method as the caller spelled it.
func (s *Server) Calls() map[string]int {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	out := make(map[string]int, len(s.calls.counts))
	for k, v := range s.calls.counts {
		out[k] = v
	}
	return out
}
