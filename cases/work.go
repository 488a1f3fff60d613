package cases

import (
	"slices"
	"time"
)

// Work is how far the office has got with a case: part of the fold of its events, stored as one document.
type Work struct {
	// Ending is how a closed case was closed: satisfied, time_passed, no_contact or settled.
	Ending string `json:"ending,omitempty"`
	// Until is how long the reporter has the word: to accept a proposed answer, or to ask for the next look at a decided case.
	Until time.Time `json:"until,omitzero"`
	// Looks counts how often the case was looked at again: 1 after a second look was asked for, 2 after the final review.
	Looks int `json:"looks,omitempty"`
	// Verdicts are what they came to, the second look first.
	Verdicts []string `json:"verdicts,omitempty"`
	// Owners are all who ever owned the case, Others all others who had a say in it: in a panel, or for an owner who was
	// away. Barred are those of them who may not decide it again. All ascend.
	Owners []OfficerID `json:"owners,omitempty"`
	Others []OfficerID `json:"others,omitempty"`
	Barred []OfficerID `json:"barred,omitempty"`
	// Handed: it was given to its owner, who has not said yet that they have it.
	Handed bool `json:"handed,omitempty"`
	// Watched: a date was missed, a leader was called, or somebody made the reporter pay; leaders see it (督办).
	Watched bool `json:"watched,omitempty"`

	Transfer  Transfer  `json:"transfer,omitzero"`
	Extension Extension `json:"extension,omitzero"`
	Panel     Panel     `json:"panel,omitzero"`
	Mediation Mediation `json:"mediation,omitzero"`
	Counsel   Counsel   `json:"counsel,omitzero"`
	Major     Major     `json:"major,omitzero"`
	Links     []Link    `json:"links,omitempty"`
	// CheckIns: the reporter wants to be asked later whether anyone made them pay. Asked is the last day asked about,
	// Checked the last one answered.
	CheckIns bool `json:"check_ins,omitempty"`
	Asked    int  `json:"asked,omitempty"`
	Checked  int  `json:"checked,omitempty"`
	// Last is the office's newest act, for who wants it undone.
	Last Last `json:"last,omitzero"`
	// Veiled are the events that the office learns of in their slots.
	Veiled []Veil `json:"veiled,omitempty"`
	// Sealed is how many of those who joined said who they are to a custodian alone.
	Sealed int `json:"sealed,omitempty"`
}

// Transfer is a case offered to another department, which has to say whether it is theirs.
type Transfer struct {
	To    string    `json:"to,omitempty"` // "" while nothing is offered
	By    OfficerID `json:"by,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// Refused counts departments that said "not ours"; after two the lead decides.
	Refused int `json:"refused,omitempty"`
}

// maxRefused is how many departments may say "not ours" before the lead decides.
const maxRefused = 2

// Extension is a request for a later date.
type Extension struct {
	Clock string    `json:"clock,omitempty"` // "" while nothing is asked
	By    OfficerID `json:"by,omitempty"`
}

// Panel is a case studied together.
type Panel struct {
	By      OfficerID   `json:"by,omitempty"`
	Members []OfficerID `json:"members,omitempty"`
	Given   []OfficerID `json:"given,omitempty"` // who gave an opinion
	Quorum  int         `json:"quorum,omitempty"`
}

// Deciders are all who had a say in what a case came to: somebody else looks at it again.
func (c Case) Deciders() []OfficerID { return sorted(append(slices.Clone(c.Owners), c.Others...)) }

// Full says whether enough members have given their opinion.
func (p Panel) Full() bool { return len(p.Members) > 0 && len(p.Given) >= p.Quorum }

// The sides of a mediation.
const (
	SideReporter = "reporter"
	SideOther    = "other"
)

// Mediation is a settlement sought between two sides.
type Mediation struct {
	Mediator OfficerID `json:"mediator,omitempty"`
	// Other is the other side's guest account, 0 until somebody joined.
	Other     OfficerID `json:"other,omitempty"`
	Consented []string  `json:"consented,omitempty"` // sides that want to try
	Offer     int       `json:"offer,omitempty"`     // number of the event with the settlement on the table; 0 is none
	Agreed    []string  `json:"agreed,omitempty"`    // sides that agree to it
	// Failed: what was offered in it is for the mediator and the sides alone.
	Failed bool `json:"failed,omitempty"`
}

// Settled says whether both sides of a mediation agree to what is on the table.
func (m Mediation) Settled() bool { return m.Offer > 0 && both(m.Agreed) }

// leave takes the other side out: whoever comes in its place has said yes to nothing. What is on the table stays there.
func (m *Mediation) leave() {
	m.Other = 0
	m.Consented, m.Agreed = alone(m.Consented, SideReporter), alone(m.Agreed, SideReporter)
}

// alone is a list of sides with one of them at most, nil when it is not there.
func alone(sides []string, side string) []string {
	if slices.Contains(sides, side) {
		return []string{side}
	}
	return nil
}

func both(sides []string) bool {
	return slices.Contains(sides, SideReporter) && slices.Contains(sides, SideOther)
}

// Counsel is an outside adviser who reads one case for a time.
type Counsel struct {
	Officer OfficerID `json:"officer,omitempty"`
	Until   time.Time `json:"until,omitzero"`
}

// What a guest is for.
const (
	GuestCounsel = "counsel"
	GuestOther   = "other_side"
)

// guest is who sits in a guest's place of a case now, 0 for nobody.
func (c Case) guest(what string) OfficerID {
	switch {
	case what == GuestCounsel:
		return c.Counsel.Officer
	case what == GuestOther && c.Status == StatusMediation:
		return c.Mediation.Other
	}
	return 0
}

// Major is a matter that named leaders were told of at once (重大情况报告).
type Major struct {
	Level   int         `json:"level,omitempty"`   // 0: not one; 1: the first leaders were called, and so on
	Leaders []OfficerID `json:"leaders,omitempty"` // all who were called
	Until   time.Time   `json:"until,omitzero"`    // answer owed; zero when acknowledged or when there is nobody further up
	Seen    OfficerID   `json:"seen,omitempty"`    // who acknowledged
}

// Link is another case that has to do with this one.
type Link struct {
	Case string `json:"case"` // row id
	Code string `json:"code"` // same_event, same_person, split, merged, retaliation
}

// LinkCodes lists the codes of links that an officer may make.
func LinkCodes() []string { return []string{"same_event", "same_person"} }

// Last is an act of the office that can be undone for a minute.
type Last struct {
	Kind  EventKind `json:"kind,omitempty"`
	By    OfficerID `json:"by,omitempty"`
	At    time.Time `json:"at,omitzero"`
	Owner OfficerID `json:"owner,omitempty"` // before it
}

// undoFor is how long an officer may take back what nobody outside was told of.
const undoFor = time.Minute

// Guests are the officers who may know of a case although its department is not theirs; they ascend.
func (c Case) Guests() []OfficerID {
	var out []OfficerID
	add := func(ids ...OfficerID) {
		for _, id := range ids {
			if id != 0 && !slices.Contains(c.Recused, id) {
				out = append(out, id)
			}
		}
	}
	if c.Status == StatusPanel {
		add(c.Panel.Members...)
	}
	if c.Status == StatusMediation {
		add(c.Mediation.Mediator, c.Mediation.Other)
	}
	add(c.Counsel.Officer)
	add(c.Major.Leaders...)
	slices.Sort(out)
	return slices.Compact(out)
}
