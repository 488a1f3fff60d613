package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/cases"
)

// matrixCast are the people of the matrix: one of every role, and of every way to stand to a case. The department of every
// case is "hr".
type matrixCast struct {
	owner, colleague, lead, admin, custodian, leader *matrixPerson
	// elsewhere works in another department. Panels and mediations ask them in.
	elsewhere *matrixPerson
	// counsel and other are guests of one case each.
	counsel, other *matrixPerson
	// asked is a guest who has not said yet whether to try a mediation.
	asked    *matrixPerson
	stranger *matrixPerson
	// clerk owns the cases of the reporters' chats: nobody may own more than so many.
	clerk *matrixPerson
	// walker fills in whole forms.
	walker *matrixPerson
	// joiner joined the reporter of a case.
	joiner *matrixPerson
}

func (m *matrixHouse) engage() {
	c := &matrixCast{
		owner:     m.officer("owner", "Li Na", cases.RoleOfficer, "hr"),
		colleague: m.officer("colleague", "He Jun", cases.RoleOfficer, "hr"),
		lead:      m.officer("lead", "Wang Wei", cases.RoleLead, "hr"),
		admin:     m.officer("admin", "Yang Li", cases.RoleAdmin, ""),
		custodian: m.officer("custodian", "Guo Min", cases.RoleCustodian, ""),
		leader:    m.officer("leader", "林岚", cases.RoleLeader, ""),
		elsewhere: m.officer("elsewhere", "Zhao Lei", cases.RoleOfficer, "safety"),
		counsel:   m.person("counsel"),
		other:     m.person("other side"),
		asked:     m.person("other side, asked"),
		stranger:  m.person("stranger"),
	}
	m.cast = c
	c.clerk, c.walker, c.joiner = m.officer("clerk", "Qian Yu", cases.RoleOfficer, "hr"), m.person("walker"), m.person("joiner")
	at := func(hour cases.TimeOfDay) cases.TimeOfDay { return hour * 60 }
	day, _, err := m.past.PublishReception(context.Background(), c.leader.actor(), cases.ReceptionPlan{
		Leader: c.leader.officer, Date: time.Now().AddDate(0, 0, 9).Format(time.DateOnly), From: at(9), To: at(11), Minutes: 30,
		Meetings: cases.Meetings(), Place: "Room 203", Phone: "8800",
	}, "matrix")
	if err == nil {
		_, _, err = m.past.BookReception(context.Background(), cases.BookingRequest{
			Day: day.ID, Slot: 1, Meeting: cases.InPerson, Language: "en", Mode: cases.Named, Reporter: m.reporterKey(c.walker),
			Address: m.address(c.walker), Words: cases.BookingWords{Name: "Chen Jing", Topic: "The overtime of May."}, Key: "matrix",
		})
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// officers are all who work here or were let in, in the order in which the files name them.
func (c *matrixCast) officers() []*matrixPerson {
	return []*matrixPerson{c.owner, c.colleague, c.lead, c.admin, c.custodian, c.leader, c.elsewhere, c.counsel, c.other}
}

// situation is where a case can be found, and the acts that bring it there.
type situation struct {
	name string
	mode cases.Mode // named, when empty
	from string     // the situation that it begins as, "" for the filing
	do   func(m *matrixHouse, c cases.Case) cases.Case
	// guest: somebody from outside has a place in it, which nobody else can take.
	guest bool
}

// status says whether a situation is a status and nothing more.
func (s situation) status() bool { return slices.Contains(cases.Statuses(), cases.Status(s.name)) }

// onwards is a situation that acts of people lead to.
func onwards(name, from string, acts ...func(m *matrixHouse) cases.Act) situation {
	return situation{name: name, from: from, do: func(m *matrixHouse, c cases.Case) cases.Case {
		for _, act := range acts {
			c = m.act(c, act(m))
		}
		return c
	}}
}

// by is an act of somebody of the cast; change fills in what it holds beside words.
func by(who func(*matrixCast) *matrixPerson, a cases.Action, change ...func(m *matrixHouse, a *cases.Act)) func(m *matrixHouse) cases.Act {
	return func(m *matrixHouse) cases.Act {
		act := cases.Act{Action: a, By: cases.Actor{Party: cases.Reporter}}
		if who != nil {
			act.By = who(m.cast).actor()
		}
		switch a {
		case cases.Take, cases.Accept, cases.Investigate, cases.Satisfy, cases.Consent, cases.GrantCustody, cases.SetCheckIn:
		default:
			act.Body = &cases.Body{Text: "Words about this case."}
		}
		for _, f := range change {
			f(m, &act)
		}
		return act
	}
}

func code(code string) func(*matrixHouse, *cases.Act) {
	return func(_ *matrixHouse, a *cases.Act) { a.Code = code }
}

func to(who func(*matrixCast) *matrixPerson) func(*matrixHouse, *cases.Act) {
	return func(m *matrixHouse, a *cases.Act) { a.To, a.ToDepartment = who(m.cast).officer.ID, "hr" }
}

func theOwner(c *matrixCast) *matrixPerson     { return c.owner }
func theColleague(c *matrixCast) *matrixPerson { return c.colleague }
func theLead(c *matrixCast) *matrixPerson      { return c.lead }
func theCustodian(c *matrixCast) *matrixPerson { return c.custodian }
func theElsewhere(c *matrixCast) *matrixPerson { return c.elsewhere }

// situations are a case in every status, by its name, and then what else changes who may do what.
func situations() []situation {
	return append([]situation{
		onwards("received", ""),
		onwards("accepted", "taken", by(theOwner, cases.Accept)),
		onwards("investigating", "accepted", by(theOwner, cases.Investigate)),
		onwards("waiting", "investigating", by(theOwner, cases.Ask)),
		onwards("mediation", "accepted", by(theOwner, cases.Mediate, to(theElsewhere))),
		onwards("panel", "accepted", by(theOwner, cases.Convene, func(m *matrixHouse, a *cases.Act) {
			a.Officers = []cases.OfficerID{m.cast.colleague.officer.ID, m.cast.elsewhere.officer.ID}
		})),
		onwards("proposed", "accepted", by(theOwner, cases.Propose, code("partly"))),
		onwards("second_look", "proposed", by(nil, cases.AskSecondLook)),
		onwards("final_review", "second_look", by(theLead, cases.Take), by(theLead, cases.AnswerSecondLook, code("upheld")), by(nil, cases.AskFinalReview)),
		onwards("not_accepted", "taken", by(theOwner, cases.Decline, code("not_ours"))),
		onwards("redirected", "accepted", by(theOwner, cases.Redirect, code("court"))),
		{name: "merged", from: "taken", do: func(m *matrixHouse, c cases.Case) cases.Case {
			other := m.bring(situation{name: "the case it went into"}, cases.Named, false, m.cast.stranger)
			c, _, _, err := m.past.Desk().Pair(context.Background(), c.Ref, other.Ref,
				cases.Act{Action: cases.Merge, By: m.cast.owner.actor(), Body: &cases.Body{Text: "The same matter."}})
			if err != nil {
				m.t.Fatal(err)
			}
			return c
		}},
		onwards("closed", "proposed", by(nil, cases.Satisfy)),
		{name: "final", from: "final_review", do: func(m *matrixHouse, c cases.Case) cases.Case {
			// Whoever decided it before may not: the second officer of the department is left.
			return m.act(m.act(c, by(theColleague, cases.Take)(m)), by(theColleague, cases.AnswerFinalReview, code("upheld"))(m))
		}},
		onwards("withdrawn", "accepted", by(nil, cases.Withdraw)),
	}, onwards("taken", "", by(theOwner, cases.Take)),
		onwards("handed over", "", by(theLead, cases.Assign, to(theOwner))),
		onwards("offered elsewhere", "taken", by(theOwner, cases.OfferTransfer, func(_ *matrixHouse, a *cases.Act) { a.ToDepartment = "safety" })),
		onwards("later date asked", "accepted", by(theOwner, cases.AskExtension, code("answer"))),
		onwards("held", "accepted", by(theLead, cases.Hold)),
		onwards("leaders called", "taken", by(theOwner, cases.Raise, code("by_hand"))),
		situation{name: "settling", from: "mediation", guest: true, do: func(m *matrixHouse, c cases.Case) cases.Case {
			c = m.invites(c, m.cast.elsewhere, m.cast.other, cases.GuestOther)
			for _, who := range []func(*matrixCast) *matrixPerson{nil, func(c *matrixCast) *matrixPerson { return c.other }} {
				c = m.act(c, by(who, cases.Consent)(m))
			}
			return m.act(c, by(theElsewhere, cases.Offer)(m))
		}},
		situation{name: "with counsel", from: "investigating", guest: true, do: func(m *matrixHouse, c cases.Case) cases.Case {
			return m.invites(c, m.cast.lead, m.cast.counsel, cases.GuestCounsel)
		}},
		situation{name: "identity asked", mode: cases.Confidential, from: "taken", do: func(m *matrixHouse, c cases.Case) cases.Case {
			return m.act(c, by(theOwner, cases.AskCustody, code(cases.CustodyIdentity))(m))
		}},
		situation{name: "identity granted", mode: cases.Confidential, from: "identity asked", do: func(m *matrixHouse, c cases.Case) cases.Case {
			return m.act(c, by(theCustodian, cases.GrantCustody)(m))
		}},
		situation{name: "other side asked", from: "mediation", guest: true, do: func(m *matrixHouse, c cases.Case) cases.Case {
			return m.invites(c, m.cast.elsewhere, m.cast.asked, cases.GuestOther)
		}},
		onwards("panel full", "panel", by(theColleague, cases.Opine, code("partly")), by(theElsewhere, cases.Opine, code("partly"))),
		onwards("with files", "taken", by(nil, cases.Add, func(_ *matrixHouse, a *cases.Act) {
			a.Body.Text = strings.Repeat("There is more to say about the overtime of May. ", 40)
			for i := range 41 {
				a.Body.Files = append(a.Body.Files, cases.File{ID: fmt.Sprintf("wire-%d", i), Kind: "photo", MIME: "image/jpeg", Size: 1000})
			}
		})),
		onwards("originals granted", "with files", by(theOwner, cases.AskCustody, code(cases.CustodyOriginals)), by(theCustodian, cases.GrantCustody)),
		onwards("second look answered", "second_look", by(theLead, cases.Take), by(theLead, cases.AnswerSecondLook, code("upheld"))),
		onwards("asked later", "closed", by(nil, cases.SetCheckIn, code("on")), func(*matrixHouse) cases.Act {
			return cases.Act{Action: cases.AskCheckIn, By: cases.Actor{Party: cases.System}, Code: "30"}
		}),
		situation{name: "joined", from: "accepted", do: func(m *matrixHouse, c cases.Case) cases.Case {
			ctx, token := context.Background(), cases.JoinToken([]byte(c.ID))
			err := m.past.MakeJoinLink(ctx, c.ID, token)
			if err == nil {
				_, _, err = m.past.JoinCase(ctx, token, cases.Joining{
					Draft: "joins-" + c.ID, Mode: cases.Named, Language: "en", Body: &cases.Body{Text: "Mine is not paid either."},
					Way: cases.Way{Reporter: m.reporterKey(m.cast.joiner), Address: m.address(m.cast.joiner)},
				})
			}
			if err != nil {
				m.t.Fatal(err)
			}
			return m.read(c)
		}},
		situation{name: "anonymous", mode: cases.Anonymous, from: "investigating"},
		situation{name: "dark", mode: cases.Dark, from: "investigating"},
	)
}

// situationNamed finds one.
func situationNamed(name string) situation {
	for _, s := range situations() {
		if s.name == name {
			return s
		}
	}
	panic("no situation " + name)
}

// invites lets a guest in. A guest has one case: the place in a copy of it stays empty.
func (m *matrixHouse) invites(c cases.Case, by, guest *matrixPerson, what string) cases.Case {
	until := time.Now().Add(30 * 24 * time.Hour)
	token, c, err := m.past.InviteGuest(context.Background(), c.Ref,
		cases.Act{Action: cases.InviteGuest, By: by.actor(), Code: what, Until: until},
		cases.Invite{Name: guest.label, Role: cases.RoleGuest, Expires: until})
	if err != nil {
		m.t.Fatalf("invite %s: %v", what, err)
	}
	m.joins(guest, token)
	return m.read(c)
}

func (m *matrixHouse) read(c cases.Case) cases.Case {
	c, err := m.past.CaseByID(context.Background(), c.ID)
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

// act does something to a case by the domain's rules, ten minutes ago.
func (m *matrixHouse) act(c cases.Case, a cases.Act) cases.Case {
	_, _, _, err := m.past.ActByID(context.Background(), c.ID, a)
	if err != nil {
		m.t.Fatalf("%s of a case that is %s: %v", a.Action, c.Status, err)
	}
	return m.read(c)
}

// file makes a case of a mode, from a reporter's chat.
func (m *matrixHouse) file(mode cases.Mode, urgent bool, from *matrixPerson) cases.Case {
	m.mu.Lock()
	m.filed++
	draft := fmt.Sprintf("matrix-%d", m.filed)
	m.mu.Unlock()
	f := cases.Filing{
		Case: cases.Case{
			Draft: draft, Mode: mode, Kind: "pay", Matter: "unpaid", Department: "hr", Language: "en", Procedure: "default",
			Retention: "default", Urgent: urgent,
		},
		Body: cases.Body{Fields: []cases.Field{{Step: "what", Title: "complaint.what.title", Text: []string{"The overtime of May is not paid."}}}},
	}
	if mode.Reachable() {
		f.Address = m.address(from)
	}
	if mode.Nameless() {
		f.Receipt = receipts{m.keys}.Lookup(m.receipt(draft))
	} else {
		f.Reporter = m.reporterKey(from)
		f.Identity = &cases.Identity{Fields: []cases.Field{{Step: "who_name", Title: "complaint.who_name.title", Text: []string{"Chen Jing"}}}}
	}
	c, _, err := m.past.File(context.Background(), f)
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

// receipt is what opens the case of a draft.
func (m *matrixHouse) receipt(draft string) string {
	return receipts{m.keys}.New([]byte(strings.Repeat(draft, 4)[:32]))
}

// bring makes a case that is in a situation, filed from a reporter's chat.
func (m *matrixHouse) bring(s situation, mode cases.Mode, urgent bool, from *matrixPerson) cases.Case {
	if s.mode != "" {
		mode = s.mode
	}
	c := m.stage(s, mode, urgent, from)
	m.mu.Lock()
	m.names[string(c.Ref)] = s.name
	m.mu.Unlock()
	return c
}

func (m *matrixHouse) stage(s situation, mode cases.Mode, urgent bool, from *matrixPerson) cases.Case {
	var c cases.Case
	if s.from == "" {
		c = m.file(mode, urgent, from)
	} else {
		c = m.stage(situationNamed(s.from), mode, urgent, from)
	}
	if s.do != nil {
		c = s.do(m, c)
	}
	return c
}
