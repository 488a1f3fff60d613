package cases

import "time"

// What an officer may ask the custodian for.
const (
	CustodyIdentity  = "identity"  // who filed a confidential case
	CustodyOriginals = "originals" // files as they were sent, with all that they tell of their maker
)

// Custodies lists what may be asked for.
func Custodies() []string { return []string{CustodyIdentity, CustodyOriginals} }

// grantFor is how long a custodian's yes is good for.
const grantFor = 24 * time.Hour

// HoldsSealed says whether somebody of a case's reporters is known to a custodian alone. One request is for all of them.
func (c Case) HoldsSealed() bool { return c.Mode == Confidential || c.Sealed > 0 }

// Custody is a request for what is sealed: an officer asks with a reason, a second person grants. One at a time.
type Custody struct {
	What string    // "" while nothing is asked for
	By   OfficerID // who asked, and alone may open
	// Until is how long the grant is good for; zero while the custodian has not answered.
	Until time.Time
}

// Asked says whether a request waits for a custodian.
func (c Custody) Asked() bool { return c.What != "" && c.Until.IsZero() }

// Open says whether an officer may open something now.
func (c Custody) Open(what string, by OfficerID, now time.Time) bool {
	return c.What == what && c.By == by && now.Before(c.Until)
}

// KnowsReporter says whether an actor of the office may know who filed a case: of a named one whoever may read it in its
// department, of a confidential one whom a custodian lets.
func (c Case) KnowsReporter(by Actor, now time.Time) bool {
	if Can(by, Open, c) != nil {
		return false
	}
	return c.Mode == Named && by.Department == c.Department ||
		c.Mode == Confidential && c.Custody.Open(CustodyIdentity, by.Officer, now)
}
