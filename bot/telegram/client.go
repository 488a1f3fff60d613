package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// DefaultAPIURL is Telegram's own Bot API server.
const DefaultAPIURL = "https://api.telegram.org"

// Options tunes a Client. Zero values mean the defaults.
type Options struct {
	// HTTP's Transport carries the calls, nothing else of it is used: following a
	// redirect would carry the token to another host. nil: a transport that keeps
	// enough connections alive.
	HTTP    *http.Client
	Log     *slog.Logger
	Metrics *Metrics
	// Clock tells the time for retry_after and pacing. Default time.Now.
	Clock func() time.Time
	// MaxWait is the longest a call may wait for a retry_after or for its turn, unless it is bulk or Owed. Past it the
	// call fails with RateLimited. Default 2 s.
	MaxWait time.Duration
	// BulkWait is the longest a bulk call may wait for its turn. Default 20 s.
	BulkWait time.Duration
	// CallTimeout is the deadline of one try; bodies that stream have at least
	// five minutes. Default 20 s.
	CallTimeout time.Duration
	// PerSecond is how many messages Telegram takes from the bot in a second. Default 30.
	PerSecond int
}

// Client makes Bot API calls. Every error of its methods is an *Error.
// It is safe for concurrent use.
type Client struct {
	base  string // address and token: never in an error or a log
	files string
	bot   *bot.Bot
	seam  *seam
}

// New makes a client; it makes no call. apiURL "" is Telegram's.
func New(token, apiURL string, opts Options) (*Client, error) {
	if token == "" || strings.ContainsAny(token, "/?#% \t\r\n") {
		return nil, errors.New("telegram: the bot token is empty or malformed")
	}
	if apiURL == "" {
		apiURL = DefaultAPIURL
	}
	u, err := url.Parse(apiURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("telegram: the API address is not a http or https URL")
	}
	apiURL = strings.TrimRight(apiURL, "/")
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	var carrier http.RoundTripper = newTransport()
	if opts.HTTP != nil {
		if carrier = opts.HTTP.Transport; carrier == nil {
			carrier = http.DefaultTransport
		}
	}
	s := &seam{
		carrier: carrier,
		pace:    newPace(opts.Clock, orDefault(opts.PerSecond, perSecond)),
		log:     opts.Log,
		metrics: opts.Metrics,
		maxWait: orDefault(opts.MaxWait, 2*time.Second),
		bulkFor: orDefault(opts.BulkWait, 20*time.Second),
		timeout: orDefault(opts.CallTimeout, 20*time.Second),
	}
	b, err := bot.New(token,
		bot.WithSkipGetMe(),
		bot.WithServerURL(apiURL),
		bot.WithHTTPClient(time.Minute, s),
		// The library's own handlers print to standard error; what it has to say
		// beyond its return values is about closing pipes.
		bot.WithErrorsHandler(func(error) { opts.Log.Debug("telegram library error") }),
		bot.WithDebugHandler(func(string, ...any) {}),
	)
	if err != nil {
		return nil, errors.New("telegram: the library refused the token")
	}
	return &Client{base: apiURL + "/bot" + token + "/", files: apiURL + "/file/bot" + token + "/", bot: b, seam: s}, nil
}

// newTransport keeps many connections to the one host: every lane may be sending at once.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          512,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   5 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// String keeps the token out of anything that prints a client.
func (c *Client) String() string { return "telegram client" }

// GoString keeps the token out of %#v.
func (c *Client) GoString() string { return c.String() }

// Bot is the library over the same seam, for methods that Client does not
// have. Its errors wrap an *Error; its receive loops, FileDownloadLink and
// Token are not to be used.
func (c *Client) Bot() *bot.Bot { return c.bot }

// encode marshals without HTML escapes: fewer bytes, same meaning.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// post makes one call with a JSON body. The answer's result is decoded into
// result unless that is nil.
func (c *Client) post(ctx context.Context, method string, chat any, params, result any) error {
	return c.timed(ctx, method, chat, params, result, 0)
}

func (c *Client) timed(ctx context.Context, method string, chat any, params, result any, timeout time.Duration) error {
	body, err := encode(params)
	if err != nil {
		return &Error{Method: method, Class: Rejected, Reason: "parameters cannot be encoded"}
	}
	answer, err := c.seam.run(ctx, &call{
		method: method, url: c.base + method, chat: chatKey(chat),
		contentType: "application/json", body: body, timeout: timeout,
	})
	if err != nil {
		return err
	}
	if result == nil {
		return nil
	}
	if m, ok := result.(*models.Message); ok && decodeSent(answer, m) {
		return nil
	}
	envelope := struct {
		Result any `json:"result"`
	}{result}
	if json.Unmarshal(answer, &envelope) != nil {
		return &Error{Method: method, Code: http.StatusOK, Class: Unknown, Reason: "answer not readable"}
	}
	return nil
}

// chatKey names a chat for pacing; "" for none.
func chatKey(chat any) string {
	switch v := chat.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(chat)
}

// Me asks who the bot is.
func (c *Client) Me(ctx context.Context) (*models.User, error) {
	var u models.User
	if err := c.post(ctx, "getMe", nil, struct{}{}, &u); err != nil {
		return nil, err
	}
	return &u, nil
}

// Accepted says whether Telegram takes the token. It asks only when the last call was refused for it.
func (c *Client) Accepted(ctx context.Context) bool {
	if !c.seam.refused.Load() {
		return true
	}
	_, err := c.Me(ctx)
	return err == nil
}

// SendMessage sends a text. Class Unknown means that it may have arrived.
func (c *Client) SendMessage(ctx context.Context, p *bot.SendMessageParams) (*models.Message, error) {
	var m models.Message
	if err := c.post(ctx, "sendMessage", p.ChatID, p, &m); err != nil {
		return nil, err
	}
	return &m, nil
}

// EditMessageText edits a message; one that says so already is a success.
func (c *Client) EditMessageText(ctx context.Context, p *bot.EditMessageTextParams) error {
	return unless(c.post(ctx, "editMessageText", p.ChatID, p, nil), NotModified)
}

// EditMessageReplyMarkup changes the buttons; the same buttons are a success.
func (c *Client) EditMessageReplyMarkup(ctx context.Context, p *bot.EditMessageReplyMarkupParams) error {
	return unless(c.post(ctx, "editMessageReplyMarkup", p.ChatID, p, nil), NotModified)
}

// AnswerCallbackQuery ends the spinner on a pressed button, inside the
// webhook's response where that is possible. A press too old to answer is a success.
func (c *Client) AnswerCallbackQuery(ctx context.Context, p *bot.AnswerCallbackQueryParams) error {
	if ReplyInBody(ctx, p) {
		c.seam.metrics.call("answerCallbackQuery", "in_body", 0)
		return nil
	}
	return unless(c.post(ctx, "answerCallbackQuery", nil, p, nil), QueryExpired)
}

// unless turns errors of one class into success.
func unless(err error, class Class) error {
	if ClassOf(err) == class {
		return nil
	}
	return err
}

// maxConnections is the most that Telegram opens at once to deliver; without it 40, which many slow answers fill.
const maxConnections = 100

// SetWebhook asks for updates at address, signed with secret. What is pending stays.
func (c *Client) SetWebhook(ctx context.Context, address, secret string) error {
	if !validSecret(secret) {
		return &Error{Method: "setWebhook", Class: Rejected, Reason: "secret is empty or malformed"}
	}
	return c.post(ctx, "setWebhook", nil, struct {
		URL     string   `json:"url"`
		Secret  string   `json:"secret_token"`
		Allowed []string `json:"allowed_updates"`
		Drop    bool     `json:"drop_pending_updates"`
		Most    int      `json:"max_connections"`
	}{address, secret, allowedUpdates(), false, maxConnections}, nil)
}

// DeleteWebhook ends delivery by webhook. What is pending stays.
func (c *Client) DeleteWebhook(ctx context.Context) error {
	return c.post(ctx, "deleteWebhook", nil, struct {
		Drop bool `json:"drop_pending_updates"`
	}{false}, nil)
}

// getUpdates asks for up to 100 updates from offset on, waiting up to wait for the first.
func (c *Client) getUpdates(ctx context.Context, offset int64, limit int, wait time.Duration) ([]json.RawMessage, error) {
	var out []json.RawMessage
	err := c.timed(ctx, "getUpdates", nil, struct {
		Offset  int64    `json:"offset,omitempty"`
		Limit   int      `json:"limit"`
		Timeout int      `json:"timeout"`
		Allowed []string `json:"allowed_updates"`
	}{offset, limit, int(wait / time.Second), allowedUpdates()}, &out, wait+10*time.Second)
	return out, err
}
