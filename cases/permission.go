package cases

import "slices"

// relation is how an actor stands to a case. Somebody may stand to it in several ways at once.
type relation string

const (
	isOwner      relation = "owner"
	inDepartment relation = "department" // of the case, and not its owner
	isDeputy     relation = "deputy"     // stands in for its owner, who is away
	elsewhere    relation = "elsewhere"
	isOffered    relation = "offered"  // of the department that has to say whether the case is theirs
	onPanel      relation = "panel"    // a member of its panel
	isMediator   relation = "mediator" // while it is mediated
	isCounsel    relation = "counsel"  // an outside adviser, for a time
	isOtherSide  relation = "other"    // the other side of its mediation
	isCalled     relation = "called"   // a leader called because it is a major matter
	isWatching   relation = "watching" // a leader, of a watched case
	isReporter   relation = "reporter"
	isAsked      relation = "asked"  // a custodian, for an answer to somebody else's request
	isSystem     relation = "system" // nobody: a date has come
)

// standing is one row's left side. The reporter has no role.
type standing struct {
	role Role
	rel  relation
}

// works is what an owner may do, leads on top of it what only they may; readers is for colleagues.
var (
	readers = []Action{List, Open, Take, Note, Recuse, Tag, Untag, LinkTo, Raise}
	works   = []Action{
		List, Open, Take, Acknowledge, Note, Release, Reply, Accept, Decline, Redirect, Merge, Split, LinkTo, Investigate, Ask,
		Propose, Close, Mediate, EndMediation, Convene, Conclude, AnswerSecondLook, AnswerFinalReview, OfferTransfer,
		AskExtension, Tag, Untag, Undo, InviteGuest, DismissGuest, Raise, Meet, AskCustody, OpenCustody, Recuse,
	}
	// deputies is what is done for an owner who is away. Whose the case is, the owner and the lead say.
	deputies = slices.DeleteFunc(slices.Clone(works), func(a Action) bool {
		return slices.Contains([]Action{Take, Release, Undo, Recuse}, a)
	})
	leads = append(slices.Clip(slices.Clone(works)), Assign, Reopen, GrantExtension, RefuseExtension, Hold, LiftHold, Export)
	// A leader who answers for the house sees what went wrong, says so and lets dates be moved; the case stays with its owner.
	leaders = []Action{List, Open, Note, Assign, GrantExtension, RefuseExtension, Meet}
)

// permissions is the one table of who may do what. What is not in it is refused.
var permissions = map[standing][]Action{
	{RoleOfficer, isOwner}:      works,
	{RoleOfficer, inDepartment}: append(slices.Clip(slices.Clone(readers)), Undo),
	{RoleLead, isOwner}:         leads,
	{RoleLead, inDepartment}:    leads,

	{RoleOfficer, isDeputy}: deputies,
	{RoleLead, isDeputy}:    deputies,

	{RoleOfficer, isOffered}: {List, Open, Note, AcceptTransfer, RefuseTransfer},
	{RoleLead, isOffered}:    {List, Open, Note, AcceptTransfer, RefuseTransfer},

	{RoleOfficer, onPanel}: {List, Open, Opine},
	{RoleLead, onPanel}:    {List, Open, Opine},
	{RoleLeader, onPanel}:  {List, Open, Opine},

	{RoleOfficer, isMediator}: {List, Open, Offer, EndMediation, InviteGuest, DismissGuest},
	{RoleLead, isMediator}:    {List, Open, Offer, EndMediation, InviteGuest, DismissGuest},

	{RoleLeader, isCalled}:   append(slices.Clip(slices.Clone(leaders)), AckMajor),
	{RoleLead, isCalled}:     {List, Open, Note, AckMajor},
	{RoleLeader, isWatching}: leaders,

	// Guests from outside: counsel reads, and the other side of a mediation sees what is on the table and nothing else.
	{RoleGuest, isCounsel}:   {List, Open},
	{RoleGuest, isOtherSide}: {List, Consent, Offer, Agree, EndMediation},

	// An admin keeps the queue moving and reads nobody's words, not even of a case once owned.
	{RoleAdmin, isOwner}:      {List, Assign, Release},
	{RoleAdmin, inDepartment}: {List, Assign, Release},
	{RoleAdmin, elsewhere}:    {List, Assign, Release},

	{RoleCustodian, isAsked}: {List, GrantCustody, RefuseCustody},

	{"", isReporter}: {
		Answer, Add, Withdraw, Rate, Lower, Reveal, Shred, Satisfy, AskSecondLook, AskFinalReview, Consent, Offer, Agree,
		EndMediation, SetCheckIn, CheckIn,
	},
	{"", isSystem}: {
		Enqueue, Recuse, Warn, Shred, Settle, Lapse, LapseTransfer, JoinGuest, DismissGuest, Remind, Miss, Relay, AskCheckIn,
		JoinAs, Leave, Raise, LinkTo, Note, Assign,
	},
}

// stand finds an actor's rows; none for whoever must not learn that the case exists.
func stand(by Actor, c Case) []standing {
	switch {
	case c.Shredded:
		return nil
	case by.Party == System:
		return []standing{{rel: isSystem}}
	case by.Party == Reporter:
		// Whether it is the reporter of this case is for whoever loaded it: the case does not hold who filed it.
		return []standing{{rel: isReporter}}
	case by.Party != Office || by.Officer == 0, c.Unqueued, slices.Contains(c.Recused, by.Officer):
		return nil
	case c.Restricted && by.Role == RoleAdmin:
		return nil
	case by.Role == RoleCustodian && c.Custody.Asked() && c.Custody.By != by.Officer:
		return []standing{{RoleCustodian, isAsked}}
	}
	var out []standing
	add := func(rel relation, yes bool) {
		at := standing{by.Role, rel}
		if _, known := permissions[at]; known && yes {
			out = append(out, at)
		}
	}
	// The department comes first: an owner who was moved away loses sight of the case.
	home := by.Department != "" && by.Department == c.Department
	add(isOwner, home && c.Owner == by.Officer)
	add(inDepartment, home && c.Owner != by.Officer)
	// Who decided it stands in for nobody when it is looked at again.
	add(isDeputy, home && c.Owner != 0 && c.Owner != by.Officer && c.Deputy == by.Officer &&
		!(c.Status.Again() && slices.Contains(c.Barred, by.Officer)))
	add(elsewhere, !home)
	add(isOffered, by.Department != "" && by.Department == c.Transfer.To)
	add(onPanel, c.Status == StatusPanel && slices.Contains(c.Panel.Members, by.Officer))
	add(isMediator, c.Status == StatusMediation && c.Mediation.Mediator == by.Officer)
	add(isOtherSide, c.Status == StatusMediation && c.Mediation.Other == by.Officer)
	add(isCounsel, c.Counsel.Officer == by.Officer)
	add(isCalled, slices.Contains(c.Major.Leaders, by.Officer))
	// A restricted matter is for the leader placed over its department alone.
	add(isWatching, c.Watched && (home || by.Department == "" && !c.Restricted))
	return out
}

// Can says whether an actor may do an action to a case, whatever its status: nil, or an *Error that is
// NotFound for whoever must not learn that it exists (another department's officer, one who is recused, anybody of
// the office before its slot has come), and NotAllowed for one whose role may not.
func Can(by Actor, a Action, c Case) error {
	at := stand(by, c)
	if len(at) == 0 {
		return &Error{Code: NotFound}
	}
	if !slices.ContainsFunc(at, func(s standing) bool { return slices.Contains(permissions[s], a) }) {
		return &Error{Code: NotAllowed, Detail: string(a)}
	}
	return nil
}

// deputised says whether an actor stands to a case as the deputy of its owner.
func (c Case) deputised(by Actor) bool {
	return slices.Contains(stand(by, c), standing{by.Role, isDeputy})
}

// MayAskIn says whether an actor may ask an officer into a case by an act: to a panel by Convene, to mediate by Mediate.
// marked says that the officer's department is one for confidential matters.
//
//   - Panels are officers, leads and leaders; who convenes one and who owns the case write down what the others find.
//   - Mediators are officers and leads.
//   - Into a confidential matter come people of its department, of marked ones, and the leaders over all.
func (c Case) MayAskIn(a Action, by Actor, o Officer, marked bool) bool {
	leader := o.Role == RoleLeader
	switch {
	case o.Revoked, slices.Contains(c.Recused, o.ID):
		return false
	case a == Mediate && !o.Role.Placed(), a == Convene && !o.Role.Placed() && !leader:
		return false
	case a == Convene && (o.ID == by.Officer || o.ID == c.Owner):
		return false
	}
	return !c.Restricted || o.Department == c.Department || leader && o.Department == "" || marked
}

// Is says whether an actor stands to a case as the guest of a kind.
func (c Case) Is(by Actor, guest string) bool {
	rel := map[string]relation{GuestCounsel: isCounsel, GuestOther: isOtherSide}[guest]
	return slices.Contains(stand(by, c), standing{RoleGuest, rel})
}

// MayKeepAccounts says whether an actor may invite officers, change what they are and end their access: admins, and
// the command line (System). Otherwise NotAllowed.
func MayKeepAccounts(by Actor) error {
	if by.Party == System || by.Party == Office && by.Officer != 0 && by.Role == RoleAdmin {
		return nil
	}
	return &Error{Code: NotAllowed, Detail: "keep accounts"}
}
