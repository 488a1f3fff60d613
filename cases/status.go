package cases

// Status is where a case stands.
type Status string

// The statuses.
const (
	StatusReceived      Status = "received"
	StatusAccepted      Status = "accepted"
	StatusInvestigating Status = "investigating"
	StatusWaiting       Status = "waiting" // for the reporter
	StatusNotAccepted   Status = "not_accepted"
	StatusRedirected    Status = "redirected"
	StatusClosed        Status = "closed"
	StatusWithdrawn     Status = "withdrawn"
)

// Open says whether the office still owes something.
func (s Status) Open() bool {
	switch s {
	case StatusReceived, StatusAccepted, StatusInvestigating, StatusWaiting:
		return true
	}
	return false
}
