package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"huiyin/failpoint"
)

const (
	smallBody  = 64 << 10 // bodies up to this are buffered and may be sent again
	maxAnswer  = 16 << 20
	maxTries   = 3
	uploadTime = 5 * time.Minute // for bodies that stream
)

// seam is the one place through which every Bot API call leaves, the library's
// and ours. It implements the library's HttpClient. Every error it returns is
// an *Error.
type seam struct {
	carrier http.RoundTripper
	pace    *pace
	log     *slog.Logger
	metrics *Metrics
	maxWait time.Duration // the longest a call may wait here for its turn or a retry_after, unless it is owed
	bulkFor time.Duration // the same for bulk
	timeout time.Duration // of one try
	refused atomic.Bool   // the token was, by the last answer that tells
}

// call is one Bot API call on its way.
type call struct {
	method      string
	url         string
	chat        string // "" when it concerns no one chat
	contentType string
	body        []byte        // the whole body, or its beginning when rest is set
	rest        io.ReadCloser // what streams after body; such a call has one try
	timeout     time.Duration // of one try; 0: the seam's
}

// Do implements the library's HttpClient. A refusal by Telegram is an error
// here already, so that errors of the library wrap an *Error too.
func (s *seam) Do(req *http.Request) (*http.Response, error) {
	c := &call{
		method:      path.Base(req.URL.Path),
		url:         req.URL.String(),
		contentType: req.Header.Get("Content-Type"),
	}
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
		head, err := io.ReadAll(io.LimitReader(req.Body, smallBody+1))
		if err != nil {
			return nil, &Error{Method: c.method, Class: Unreachable, Reason: "body not readable", cause: contextCause(err)}
		}
		c.body = head
		if len(head) > smallBody {
			c.rest = req.Body
		}
		c.chat = formChat(head)
	}
	body, err := s.run(req.Context(), c)
	if err != nil {
		return nil, err
	}
	if !json.Valid(body) { // the library would quote it
		return nil, &Error{Method: c.method, Code: http.StatusOK, Class: Unknown, Reason: "answer not readable"}
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}, nil
}

// formChat reads chat_id from the beginning of a form of the library, which
// writes fields in the order of its structs: chat_id before anything people wrote.
func formChat(head []byte) string {
	_, after, ok := bytes.Cut(head, []byte("name=\"chat_id\"\r\n\r\n"))
	if !ok {
		return ""
	}
	id, _, ok := bytes.Cut(after, []byte("\r\n"))
	if !ok || len(id) > 64 {
		return ""
	}
	return string(id)
}

// run makes the call, with its waits and retries, and gives the body of a
// successful answer.
func (s *seam) run(ctx context.Context, c *call) ([]byte, error) {
	began := time.Now()
	span := trace.SpanFromContext(ctx)
	if span.IsRecording() {
		ctx, span = span.TracerProvider().Tracer("huiyin").Start(ctx, "send", trace.WithAttributes(attribute.String("method", c.method)))
		defer span.End()
	}
	body, err := s.tries(ctx, c)
	if err == nil {
		s.refused.Store(false)
		s.metrics.call(c.method, "ok", time.Since(began))
		return body, nil
	}
	span.SetAttributes(attribute.String("class", string(err.Class)))
	span.SetStatus(codes.Error, "")
	if err.Class == Unauthorized {
		s.refused.Store(true)
	}
	s.metrics.call(c.method, string(err.Class), time.Since(began))
	s.log.Debug("call failed", "method", c.method, "class", string(err.Class), "code", err.Code, "reason", err.Reason)
	return nil, err
}

func (s *seam) tries(ctx context.Context, c *call) ([]byte, *Error) {
	key := c.chat
	if key == "" {
		// setMyCommands under a flood must not hold sendMessage.
		key = "method " + c.method
	}
	turn := paced(c.method)
	for try := 1; ; try++ {
		if turn {
			if err := s.waitHeld(ctx, c, key, s.pace.heldAlone); err != nil {
				return nil, err
			}
			if err := s.takeTurn(ctx, c, key); err != nil {
				return nil, err
			}
			turn = false
		}
		if err := s.waitHeld(ctx, c, key, s.pace.held); err != nil {
			return nil, err
		}
		body, err := s.once(ctx, c)
		if err == nil {
			return body, nil
		}
		if err.Class == RateLimited {
			s.pace.flooded(key, c.chat != "", err.RetryAfter)
		}
		if try == maxTries || c.rest != nil || ctx.Err() != nil || !retriable(c.method, err) {
			return nil, err
		}
		if err.Class == RateLimited {
			turn = paced(c.method) && !isBulk(ctx)
			continue // waitHeld waits, or gives up at once
		}
		pause := (200*time.Millisecond)<<(2*(try-1)) + rand.N(100*time.Millisecond)
		if !fits(ctx, pause) || sleep(ctx, pause) != nil {
			return nil, err
		}
	}
}

// paced methods put a message before people, or change one.
func paced(method string) bool {
	return strings.HasPrefix(method, "send") && method != "sendChatAction" ||
		strings.HasPrefix(method, "edit") || strings.HasPrefix(method, "copy") || strings.HasPrefix(method, "forward")
}

// idempotent methods may be carried out twice without anybody noticing.
func idempotent(method string) bool {
	for _, p := range [...]string{"get", "set", "edit", "delete"} {
		if strings.HasPrefix(method, p) {
			return true
		}
	}
	return method == "answerCallbackQuery" || method == "sendChatAction" || method == downloadMethod
}

// retriable tells whether the call may be made again after err.
func retriable(method string, err *Error) bool {
	switch err.Class {
	case Unreachable, RateLimited: // certainly not carried out
		return true
	case Unknown:
		return idempotent(method)
	}
	return false
}

// takeTurn waits for the call's turn among all calls, and for bulk among those of its chat.
func (s *seam) takeTurn(ctx context.Context, c *call, key string) *Error {
	since, owed := owedSince(ctx)
	most := s.maxWait
	switch {
	case isBulk(ctx):
		owed, since, most = false, s.pace.clock(), s.bulkFor
		wait, ok := s.pace.ofChat(key, most)
		if !ok || !fits(ctx, wait) {
			return &Error{Method: c.method, Class: RateLimited, RetryAfter: wait, Reason: "paced"}
		}
		if err := sleep(ctx, wait); err != nil {
			return ended(c, err)
		}
	case owed:
		most = 0
		if end, ok := ctx.Deadline(); ok { // whoever has a deadline is told before it that nothing was sent, and comes again
			most = max(time.Until(end)-s.timeout, time.Millisecond)
		}
		s.pace.answered(key)
		if prepaid(ctx) {
			return nil
		}
	default:
		since = s.pace.clock()
		s.pace.answered(key)
		if wait := s.pace.state().Wait; wait > most {
			return &Error{Method: c.method, Class: RateLimited, RetryAfter: wait, Reason: "paced"}
		}
	}
	if s.pace.await(ctx, s.pace.enter(since, isBulk(ctx)), most) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return ended(c, err)
	}
	return &Error{Method: c.method, Class: RateLimited, RetryAfter: time.Second, Reason: "paced"}
}

// ended is the failure of a call whose context ended before it left.
func ended(c *call, err error) *Error {
	return &Error{Method: c.method, Class: Unreachable, Reason: reasonOf(err), cause: contextCause(err)}
}

// waitHeld waits while a retry_after holds the call, or fails at once when
// that is longer than it may wait.
func (s *seam) waitHeld(ctx context.Context, c *call, key string, held func(string) time.Duration) *Error {
	for {
		wait := held(key)
		if wait == 0 {
			break
		}
		if _, owed := owedSince(ctx); !owed && wait > s.maxWait || !fits(ctx, wait) {
			return &Error{Method: c.method, Code: http.StatusTooManyRequests, Class: RateLimited, RetryAfter: wait, Reason: "held"}
		}
		if sleep(ctx, min(wait, lookAgain)) != nil {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return ended(c, err)
	}
	return nil
}

// once makes one try.
func (s *seam) once(ctx context.Context, c *call) ([]byte, *Error) {
	timeout := c.timeout
	if timeout == 0 {
		timeout = s.timeout
		if c.rest != nil {
			timeout = max(timeout, uploadTime)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	resp, src, err := s.exchange(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, rerr := whole(io.LimitReader(resp.Body, maxAnswer), min(resp.ContentLength, smallBody))
	if rerr != nil {
		return nil, &Error{Method: c.method, Class: Unknown, Reason: "answer cut off", cause: contextCause(rerr)}
	}
	if resp.StatusCode == http.StatusOK && bytes.HasPrefix(body, []byte(`{"ok":true`)) {
		return body, nil
	}
	var a answer
	if json.Unmarshal(body, &a) != nil || a.OK && resp.StatusCode != http.StatusOK ||
		!a.OK && a.ErrorCode == 0 && resp.StatusCode < 400 {
		// HTML of a proxy, a redirect, half an answer.
		e := &Error{Method: c.method, Code: resp.StatusCode, Class: Unknown, Reason: "answer not readable"}
		switch resp.StatusCode {
		case http.StatusTooManyRequests, http.StatusRequestEntityTooLarge, http.StatusUnauthorized:
			e = refusal(c.method, resp.StatusCode, answer{})
		}
		return nil, e
	}
	if a.OK {
		return body, nil
	}
	e := refusal(c.method, resp.StatusCode, a)
	if src != nil && src.failed.Load() {
		e = bodyError(c.method)
	}
	return nil, e
}

func bodyError(method string) *Error {
	return &Error{Method: method, Class: Unreachable, Reason: "body not readable"}
}

// source watches a streaming body: when the body itself fails, the request is
// incomplete and the server cannot have accepted it.
type source struct {
	io.Reader
	io.Closer
	failed atomic.Bool
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed.Store(true)
	}
	return n, err
}

// exchange sends the request and gives the response as it is.
func (s *seam) exchange(ctx context.Context, c *call) (*http.Response, *source, *Error) {
	// Whether a byte can have left is known by evidence only: a connection was
	// asked for and none was given. The transport asks anew for each of its own
	// tries, and tries anew only when nothing was written.
	var asked, got atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true); got.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	})
	httpMethod := http.MethodPost
	if c.method == downloadMethod {
		httpMethod = http.MethodGet
	}
	// bytes.Reader: NewRequest sets ContentLength and GetBody, without which
	// HTTP/2 cannot move a request off a connection that is going away.
	req, err := http.NewRequestWithContext(ctx, httpMethod, c.url, bytes.NewReader(c.body))
	if err != nil {
		return nil, nil, &Error{Method: c.method, Class: Unreachable, Reason: "address"}
	}
	var src *source
	if c.rest != nil {
		src = &source{Reader: io.MultiReader(bytes.NewReader(c.body), c.rest), Closer: c.rest}
		req.Body, req.GetBody, req.ContentLength = src, nil, -1
	}
	if c.contentType != "" {
		req.Header.Set("Content-Type", c.contentType)
	}
	if paced(c.method) {
		failpoint.At(failpoint.CallOut)
	}
	// A transport and not a client: a client follows redirects, and copies each request to be able to.
	resp, err := s.carrier.RoundTrip(req)
	if paced(c.method) {
		failpoint.At(failpoint.CallBack)
	}
	if err == nil {
		return resp, src, nil
	}
	e := &Error{Method: c.method, Class: Unknown, Reason: reasonOf(err), cause: contextCause(err)}
	op, isOp := errors.AsType[*net.OpError](err)
	switch {
	case asked.Load() && !got.Load(), isOp && op.Op == "dial":
		e.Class = Unreachable
	case src != nil && src.failed.Load():
		e = bodyError(c.method)
	}
	return nil, nil, e
}
