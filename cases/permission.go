package cases

import "slices"

// relation is how an actor stands to a case.
type relation string

const (
	isOwner      relation = "owner"
	inDepartment relation = "department" // of the case, and not its owner
	elsewhere    relation = "elsewhere"
	isReporter   relation = "reporter"
	isAsked      relation = "asked"  // a custodian, for an answer to somebody else's request
	isSystem     relation = "system" // nobody: a date has come
)

// standing is one row's left side. The reporter has no role.
type standing struct {
	role Role
	rel  relation
}

// permissions is the one table of who may do what. What is not in it is refused.
var permissions = map[standing][]Action{
	{RoleOfficer, isOwner}: {
		List, Open, Take, Note, Release, Reply,
		Accept, Decline, Redirect, Investigate, Ask, Close, AskCustody, OpenCustody, Recuse,
	},
	{RoleOfficer, inDepartment}: {List, Open, Take, Note, Recuse},

	{RoleLead, isOwner}: {
		List, Open, Take, Note, Release, Assign, Reply,
		Accept, Decline, Redirect, Investigate, Ask, Close, Reopen, AskCustody, OpenCustody, Hold, LiftHold, Recuse,
	},
	{RoleLead, inDepartment}: {
		List, Open, Take, Note, Release, Assign, Reply,
		Accept, Decline, Redirect, Investigate, Ask, Close, Reopen, AskCustody, OpenCustody, Hold, LiftHold, Recuse,
	},

	// An admin keeps the queue moving and reads nobody's words, not even of a case once owned.
	{RoleAdmin, isOwner}:      {List, Assign, Release},
	{RoleAdmin, inDepartment}: {List, Assign, Release},
	{RoleAdmin, elsewhere}:    {List, Assign, Release},

	{RoleCustodian, isAsked}: {List, GrantCustody, RefuseCustody},

	{"", isReporter}: {Answer, Add, Withdraw, Rate, Lower, Reveal, Shred},
	{"", isSystem}:   {Enqueue, Recuse, Warn, Shred},
}

// stand finds an actor's row. ok is false for whoever must not learn that the case exists.
func stand(by Actor, c Case) (standing, bool) {
	switch {
	case c.Shredded:
		return standing{}, false
	case by.Party == System:
		return standing{rel: isSystem}, true
	case by.Party == Reporter:
		// Whether it is the reporter of this case is for whoever loaded it: the case does not hold who filed it.
		return standing{rel: isReporter}, true
	case by.Party != Office || by.Officer == 0, c.Unqueued, slices.Contains(c.Recused, by.Officer):
		return standing{}, false
	case c.Restricted && by.Role == RoleAdmin:
		return standing{}, false
	case by.Role == RoleCustodian && c.Custody.Asked() && c.Custody.By != by.Officer:
		return standing{RoleCustodian, isAsked}, true
	}
	at := standing{by.Role, elsewhere}
	// The department comes first: an owner who was moved away loses sight of the case.
	if by.Department != "" && by.Department == c.Department {
		at.rel = inDepartment
		if c.Owner == by.Officer {
			at.rel = isOwner
		}
	}
	_, known := permissions[at]
	return at, known
}

// Can says whether an actor may do an action to a case, whatever its status: nil, or an *Error that is
// NotFound for whoever must not learn that it exists (another department's officer, one who is recused, anybody of
// the office before its slot has come), and NotAllowed for one whose role may not.
func Can(by Actor, a Action, c Case) error {
	at, known := stand(by, c)
	if !known {
		return &Error{Code: NotFound}
	}
	if !slices.Contains(permissions[at], a) {
		return &Error{Code: NotAllowed, Detail: string(a)}
	}
	return nil
}

// MayKeepAccounts says whether an actor may invite officers, change what they are and end their access: admins, and
// the command line (System). Otherwise NotAllowed.
func MayKeepAccounts(by Actor) error {
	if by.Party == System || by.Party == Office && by.Officer != 0 && by.Role == RoleAdmin {
		return nil
	}
	return &Error{Code: NotAllowed, Detail: "keep accounts"}
}
