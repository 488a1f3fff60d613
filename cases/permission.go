package cases

import "slices"

// relation is how an actor stands to a case.
type relation string

const (
	isOwner      relation = "owner"
	inDepartment relation = "department" // of the case, and not its owner
	elsewhere    relation = "elsewhere"
	isReporter   relation = "reporter"
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
		Accept, Decline, Redirect, Investigate, Ask, Close,
	},
	{RoleOfficer, inDepartment}: {List, Open, Take, Note},

	{RoleLead, isOwner}: {
		List, Open, Take, Note, Release, Assign, Reply,
		Accept, Decline, Redirect, Investigate, Ask, Close, Reopen,
	},
	{RoleLead, inDepartment}: {
		List, Open, Take, Note, Release, Assign, Reply,
		Accept, Decline, Redirect, Investigate, Ask, Close, Reopen,
	},

	// An admin keeps the queue moving and reads nobody's words, not even of a case once owned.
	{RoleAdmin, isOwner}:      {List, Assign, Release},
	{RoleAdmin, inDepartment}: {List, Assign, Release},
	{RoleAdmin, elsewhere}:    {List, Assign, Release},

	{"", isReporter}: {Answer, Add, Withdraw, Rate},
}

// stand finds an actor's row. ok is false for whoever must not learn that the case exists.
func stand(by Actor, c Case) (standing, bool) {
	switch {
	case by.Party == Reporter:
		// Whether it is the reporter of this case is for whoever loaded it: the case does not hold who filed it.
		return standing{rel: isReporter}, true
	case by.Party != Office || by.Officer == 0:
		return standing{}, false
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
// NotFound for an officer outside the case's department, so that its existence is not revealed,
// and NotAllowed for one whose role may not. The system files cases and does nothing to them afterwards.
func Can(by Actor, a Action, c Case) error {
	if by.Party == System {
		return &Error{Code: NotAllowed, Detail: string(a)}
	}
	at, known := stand(by, c)
	if !known {
		return &Error{Code: NotFound}
	}
	if !slices.Contains(permissions[at], a) {
		return &Error{Code: NotAllowed, Detail: string(a)}
	}
	return nil
}
