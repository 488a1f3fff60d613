package telegram

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/failpoint"
)

// secretHeader is where Telegram puts the secret given to setWebhook.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// WebhookOptions tunes a Webhook. Zero values mean the defaults.
type WebhookOptions struct {
	// MaxBody is the largest update accepted, in bytes. Default 1 MiB.
	MaxBody int64
	// RetryAfter is what Telegram is asked to wait when a store is away. Default 3 s.
	RetryAfter time.Duration
	Log        *slog.Logger
}

// Webhook receives updates over HTTP. It answers 200 only after the update is
// done or put aside; whatever else it answers makes Telegram redeliver:
// 401 wrong secret, 405 not a POST, 413 too large, 400 not an update, 503 with
// Retry-After when a store is away, 500 when the handler failed.
type Webhook struct {
	lanes  *Lanes
	secret [sha256.Size]byte
	opts   WebhookOptions
}

// NewWebhook makes the handler. secret is what was given to SetWebhook; an
// empty or malformed one is an error, for it would let anybody in.
func NewWebhook(lanes *Lanes, secret string, opts WebhookOptions) (*Webhook, error) {
	if !validSecret(secret) {
		return nil, errors.New("webhook secret: want 1 to 256 of A-Z a-z 0-9 _ -")
	}
	if opts.MaxBody <= 0 {
		opts.MaxBody = 1 << 20
	}
	opts.RetryAfter = orDefault(opts.RetryAfter, 3*time.Second)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Webhook{lanes: lanes, secret: sha256.Sum256([]byte(secret)), opts: opts}, nil
}

func validSecret(s string) bool {
	if s == "" || len(s) > 256 {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
		default:
			return false
		}
	}
	return true
}

// ServeHTTP implements http.Handler.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	came := time.Now()
	outcome := h.answer(w, r)
	h.lanes.opts.Metrics.receive(byWebhook, outcome, time.Since(came))
}

// answer does what ServeHTTP does and says what became of the request.
func (h *Webhook) answer(w http.ResponseWriter, r *http.Request) (outcome string) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return receivedRefused
	}
	// Digests of equal length: the comparison tells neither content nor length.
	got := sha256.Sum256([]byte(r.Header.Get(secretHeader)))
	if subtle.ConstantTimeCompare(got[:], h.secret[:]) != 1 {
		w.WriteHeader(http.StatusUnauthorized)
		return receivedForged
	}
	body, err := whole(http.MaxBytesReader(w, r.Body, h.opts.MaxBody), min(r.ContentLength, h.opts.MaxBody))
	if err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		h.opts.Log.Warn("webhook body not read", "status", status)
		w.WriteHeader(status)
		return receivedRefused
	}
	u, id, err := decodeUpdate(body)
	if err != nil {
		// A true update that our types cannot hold would come back for a day and
		// hold up its queue; it has the same number of tries as any other.
		if id != 0 && h.lanes.failUndecoded(r.Context(), id) {
			w.WriteHeader(http.StatusOK)
			return receivedRefused
		}
		h.opts.Log.Warn("webhook body is not an update")
		w.WriteHeader(http.StatusBadRequest)
		return receivedRefused
	}

	slot := newReplySlot(r.Context(), u)
	err = h.lanes.Do(context.WithValue(r.Context(), replyKey{}, slot), u)
	reply := slot.seal()
	failpoint.At(failpoint.WebhookAnswer)
	switch {
	case err == nil && reply != nil:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
		_, _ = w.Write(reply) // when Telegram has hung up there is nobody to tell
		return receivedDone
	case err == nil:
		w.WriteHeader(http.StatusOK)
		return receivedDone
	case errors.Is(err, ErrAway):
		w.Header().Set("Retry-After", strconv.Itoa(int(max(h.opts.RetryAfter/time.Second, 1))))
		w.WriteHeader(http.StatusServiceUnavailable)
		return receivedAway
	default:
		w.WriteHeader(http.StatusInternalServerError)
		return receivedFailed
	}
}

// whole reads to the end of r, of which size is said; -1 or a wrong one is as good.
func whole(r io.Reader, size int64) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, max(size, 0)+bytes.MinRead)) // the room that it wants for the end
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

// errNotUpdate stands for every decoding failure: the decoder's own error may quote the body.
var errNotUpdate = errors.New("not an update")

// decodeUpdate decodes one update. When the JSON is sound but does not fit our
// types, the id is given beside the error.
func decodeUpdate(body []byte) (*models.Update, int64, error) {
	if u, ok := decodeHot(body); ok && u.ID != 0 {
		return u, u.ID, nil
	}
	var u models.Update
	if err := json.Unmarshal(body, &u); err != nil {
		var only struct {
			ID int64 `json:"update_id"`
		}
		if json.Unmarshal(body, &only) != nil {
			return nil, 0, errNotUpdate
		}
		return nil, only.ID, errNotUpdate
	}
	if u.ID == 0 {
		return nil, 0, errNotUpdate
	}
	return &u, u.ID, nil
}

// replyKey finds the replySlot in a context.
type replyKey struct{}

// replySlot collects the one call that may travel as the webhook's response.
type replySlot struct {
	request context.Context // Telegram's request: once it has hung up, nothing can travel
	query   string          // the press being handled; no other may be answered here

	mu   sync.Mutex
	shut bool // taken, or the response is written
	body []byte
}

func newReplySlot(request context.Context, u *models.Update) *replySlot {
	s := &replySlot{request: request}
	if u.CallbackQuery != nil {
		s.query = u.CallbackQuery.ID
	}
	return s
}

// seal closes the slot and gives the response body, nil for none.
func (s *replySlot) seal() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = true
	return s.body
}

// ReplyInBody lets params travel as the response to the webhook request that
// ctx belongs to, which saves a call. It reports whether it will; false when
// ctx is not a webhook's, the press is another one, the slot is used, or
// Telegram has hung up. Then the caller makes the call itself.
// The response leaves when the handler is done, not before.
func ReplyInBody(ctx context.Context, params *bot.AnswerCallbackQueryParams) bool {
	s, _ := ctx.Value(replyKey{}).(*replySlot)
	if s == nil || params == nil || params.CallbackQueryID == "" || params.CallbackQueryID != s.query {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut || s.request.Err() != nil {
		return false
	}
	body, err := encode(struct {
		Method string `json:"method"`
		*bot.AnswerCallbackQueryParams
	}{"answerCallbackQuery", params})
	if err != nil {
		return false
	}
	s.shut, s.body = true, body
	return true
}
