package sim

import (
	"fmt"
	"net/http"
)

// apiError is a refusal as Telegram words it. A method returns one and the
// server answers with its code and description.
type apiError struct {
	Code       int
	Desc       string
	RetryAfter int // seconds, only with 429
}

func (e *apiError) Error() string { return e.Desc }

// bad is a 400; Telegram puts "Bad Request: " before the sentence.
func bad(format string, args ...any) error {
	return &apiError{Code: http.StatusBadRequest, Desc: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(reason string) error {
	return &apiError{Code: http.StatusForbidden, Desc: "Forbidden: " + reason}
}

func conflict(reason string) error {
	return &apiError{Code: http.StatusConflict, Desc: "Conflict: " + reason}
}

func tooMany(seconds int) error {
	return &apiError{Code: http.StatusTooManyRequests, Desc: fmt.Sprintf("Too Many Requests: retry after %d", seconds), RetryAfter: seconds}
}

// undelivered is why a webhook delivery failed, in the words getWebhookInfo shows.
type undelivered string

func (e undelivered) Error() string { return string(e) }
