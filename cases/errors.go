package cases

import "errors"

// Code is the machine-readable class of a domain error.
type Code string

// The codes. Each has a sentence for people under the message key "error.<code>".
const (
	NotFound     Code = "not_found"   // does not exist, or not for these eyes: the same answer on purpose
	NotAllowed   Code = "not_allowed" // the role may not do this
	NotNow       Code = "not_now"     // the case's status does not allow it
	AlreadyTaken Code = "taken"       // somebody else owns it
	Changed      Code = "changed"     // the case moved on since it was read
	Incomplete   Code = "incomplete"  // a required field is missing
	UsedUp       Code = "used_up"     // an invite that expired or was used
	Full         Code = "full"        // the officer has as many open cases as one may have
	Away         Code = "away"        // a store cannot be reached: try again
)

// Error is the one error type of the domain. Key is the message key of what a person is told.
type Error struct {
	Code Code
	// Detail names the field or move, for the log; never anyone's words.
	Detail string
	Err    error
}

// Error is for logs.
func (e *Error) Error() string {
	s := "cases: " + string(e.Code)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Key is the message key of the sentence a person is shown.
func (e *Error) Key() string { return "error." + string(e.Code) }

// CodeOf is the domain code of err, or "" when it has none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
