package cases

// Status is where a case stands.
type Status string

// The statuses.
const (
	StatusReceived      Status = "received"
	StatusAccepted      Status = "accepted"
	StatusInvestigating Status = "investigating"
	StatusWaiting       Status = "waiting"      // for the reporter
	StatusMediation     Status = "mediation"    // 访调对接
	StatusPanel         Status = "panel"        // 集体研判
	StatusProposed      Status = "proposed"     // an answer is given; the reporter has the word
	StatusSecondLook    Status = "second_look"  // 复查, by somebody else
	StatusFinalReview   Status = "final_review" // 复核
	StatusNotAccepted   Status = "not_accepted"
	StatusRedirected    Status = "redirected" // 诉访分离
	StatusMerged        Status = "merged"
	StatusClosed        Status = "closed"
	StatusFinal         Status = "final"
	StatusWithdrawn     Status = "withdrawn"
)

// Open says whether the case has not come to an end.
func (s Status) Open() bool {
	switch s {
	case StatusReceived, StatusAccepted, StatusInvestigating, StatusWaiting, StatusMediation, StatusPanel, StatusProposed,
		StatusSecondLook, StatusFinalReview:
		return true
	}
	return false
}

// Again says whether a case that was decided is looked at by somebody else.
func (s Status) Again() bool { return s == StatusSecondLook || s == StatusFinalReview }
