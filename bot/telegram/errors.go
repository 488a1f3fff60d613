package telegram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"
)

// Class says what a failed call means to the caller. The values are stable and
// safe for metric labels and logs.
type Class string

const (
	// Blocked: this person or group cannot be written to (blocked the bot, is
	// deactivated, never started it, removed it).
	Blocked Class = "blocked"
	// ChatNotFound: there is no such chat for this bot.
	ChatNotFound Class = "chat_not_found"
	// NotModified: the edit changes nothing.
	NotModified Class = "not_modified"
	// MessageGone: the message to edit, delete or reply to is not there or is too old to touch.
	MessageGone Class = "message_gone"
	// QueryExpired: the button press can no longer be answered.
	QueryExpired Class = "query_expired"
	// BadEntities: the formatting does not parse; the same text sent plain will do.
	BadEntities Class = "bad_entities"
	// TooLong: text or caption over the limit.
	TooLong Class = "too_long"
	// FileTooBig: over 20 MB to download, or over the limit to upload.
	FileTooBig Class = "file_too_big"
	// RateLimited: not sent; RetryAfter says when to try again.
	RateLimited Class = "rate_limited"
	// Conflict: another poller, or a webhook while polling.
	Conflict Class = "conflict"
	// Unauthorized: the token is not accepted.
	Unauthorized Class = "unauthorized"
	// Migrated: the group has become a supergroup; MigrateTo is its chat id.
	Migrated Class = "migrated"
	// Rejected: any other refusal of the request as it stands.
	Rejected Class = "rejected"
	// Unknown: the request may have been carried out. A send must not be repeated blindly.
	Unknown Class = "unknown"
	// Unreachable: certainly not carried out; trying again is safe.
	Unreachable Class = "unreachable"
)

// Error is the failure of one Bot API call. Its text never holds what people
// wrote, an id, an address or the token: only the method, the class, the code
// and a reason from a closed vocabulary.
type Error struct {
	Method string
	// Code is Telegram's error_code or the HTTP status, 0 without an answer.
	Code  int
	Class Class
	// RetryAfter is how long to wait before the next try (RateLimited).
	RetryAfter time.Duration
	// MigrateTo is the group's chat id from here on (Migrated). It is an id: never log it.
	MigrateTo int64
	// Reason is a short word for people who debug: "dial", "timeout", "BUTTON_DATA_INVALID".
	Reason string

	cause error // context.Canceled, context.DeadlineExceeded or nil: nothing that holds an address
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("telegram ")
	b.WriteString(e.Method)
	b.WriteString(": ")
	b.WriteString(string(e.Class))
	if e.Code != 0 {
		fmt.Fprintf(&b, " (%d)", e.Code)
	}
	if e.Reason != "" {
		b.WriteString(": ")
		b.WriteString(e.Reason)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %s", e.RetryAfter.Round(time.Millisecond))
	}
	return b.String()
}

// Unwrap gives context.Canceled or context.DeadlineExceeded when one of them ended the call.
func (e *Error) Unwrap() error { return e.cause }

// ClassOf gives the class of a failed call, "" for nil and for errors that did
// not come from a call.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return ""
}

// answer is the envelope of every Bot API response that is not a success.
type answer struct {
	OK          bool   `json:"ok"`
	ErrorCode   int    `json:"error_code"`
	Description string `json:"description"`
	Parameters  struct {
		RetryAfter      int   `json:"retry_after"`
		MigrateToChatID int64 `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

// refusals maps words of Telegram's descriptions of a 400, folded to lower
// case, to classes. The first match wins.
var refusals = [...]struct {
	words string
	class Class
}{
	{"message is not modified", NotModified},
	{"message to edit not found", MessageGone},
	{"message can't be edited", MessageGone},
	{"message to delete not found", MessageGone},
	{"message can't be deleted", MessageGone},
	{"message to be replied not found", MessageGone},
	{"message to reply not found", MessageGone},
	{"message thread not found", MessageGone},
	{"message_id_invalid", MessageGone},
	{"query is too old", QueryExpired},
	{"query id is invalid", QueryExpired},
	{"query_id_invalid", QueryExpired},
	{"can't parse entities", BadEntities},
	{"can't parse messageentity", BadEntities},
	{"entity_bounds_invalid", BadEntities},
	{"message is too long", TooLong},
	{"message_too_long", TooLong},
	{"text is too long", TooLong},
	{"caption is too long", TooLong},
	{"caption_too_long", TooLong},
	{"file is too big", FileTooBig},
	{"file too large", FileTooBig},
	{"too big for a photo", FileTooBig},
	{"chat not found", ChatNotFound},
	{"user not found", ChatNotFound},
	{"peer_id_invalid", ChatNotFound},
	{"bot was blocked", Blocked},
	{"bot was kicked", Blocked},
	{"user is deactivated", Blocked},
	{"input_user_deactivated", Blocked},
	{"user_is_blocked", Blocked},
	{"not enough rights", Rejected},
	{"have no rights", Rejected},
	{"message text is empty", Rejected},
	{"wrong file identifier", Rejected},
	{"voice_messages_forbidden", Rejected},
	{"group is deactivated", Blocked},
}

// refusal turns an answer that is not a success into an error. status is the HTTP status.
func refusal(method string, status int, a answer) *Error {
	e := &Error{Method: method, Code: a.ErrorCode}
	if e.Code == 0 {
		e.Code = status
	}
	low := strings.ToLower(a.Description)
	switch {
	case e.Code == 429:
		e.Class = RateLimited
		e.RetryAfter = time.Duration(max(a.Parameters.RetryAfter, 1)) * time.Second
	case e.Code == 401:
		e.Class = Unauthorized
	case e.Code == 403:
		e.Class = Blocked
	case e.Code == 404 && low == "not found":
		// The server knows no such bot: Telegram answers a malformed token so.
		e.Class = Unauthorized
	case e.Code == 409:
		e.Class = Conflict
	case e.Code == 413:
		e.Class = FileTooBig
	case a.Parameters.MigrateToChatID != 0:
		e.Class, e.MigrateTo = Migrated, a.Parameters.MigrateToChatID
	case e.Code >= 400 && e.Code < 500:
		e.Class = Rejected
		for _, r := range refusals {
			if strings.Contains(low, r.words) {
				e.Class, e.Reason = r.class, r.words
				break
			}
		}
		if e.Reason == "" {
			e.Reason = constant(a.Description)
		}
	default:
		// 5xx, or ok:false with a code that means nothing: it may have been done.
		e.Class = Unknown
	}
	return e
}

// constant gives the server's own constant ("BUTTON_DATA_INVALID") at the end
// of a description; anything else may quote what people wrote and is dropped.
func constant(description string) string {
	_, word, ok := strings.Cut(description, ": ")
	if !ok || len(word) > 48 {
		return ""
	}
	underscore := false
	for _, r := range word {
		switch {
		case r == '_':
			underscore = true
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		default:
			return ""
		}
	}
	if !underscore {
		return ""
	}
	return word
}

// contextCause keeps only the two errors that say nothing about the request.
func contextCause(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	return nil
}

// reasonOf names the kind of a transport failure without quoting it: such
// errors quote the address, and the address holds the token.
func reasonOf(err error) string {
	var timeout interface{ Timeout() bool }
	_, dns := errors.AsType[*net.DNSError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case dns:
		return "name not resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case isOp && op.Op == "dial":
		return "dial"
	}
	return "connection failed"
}
