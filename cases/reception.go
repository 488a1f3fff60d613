package cases

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Meeting is how a leader and a reporter meet on a reception day (领导接待日).
type Meeting string

// The meetings.
const (
	InPerson  Meeting = "in_person"
	ByPhone   Meeting = "phone"   // the reporter calls; nobody's number but the office's is known
	InWriting Meeting = "writing" // the leader reads at the slot and answers in writing
)

// Meetings lists the meetings, the closest first.
func Meetings() []Meeting { return []Meeting{InPerson, ByPhone, InWriting} }

// Nameless says whether one may meet like this without being seen or called back.
func (m Meeting) Nameless() bool { return m == ByPhone || m == InWriting }

// ReceptionPlan is what somebody asks to be published. Times are the wall clock's where the organisation is.
type ReceptionPlan struct {
	Leader   Officer
	Date     string // YYYY-MM-DD
	From, To TimeOfDay
	Minutes  int // of one slot
	Meetings []Meeting
	Place    string // where to come
	Phone    string // which number to call
}

// ReceptionDay is a day on which a leader receives. What it says is published to everybody.
type ReceptionDay struct {
	ID         int64
	Leader     OfficerID
	Name       string // the leader's work name, shown to reporters: who publishes a day lets it be known
	Department string
	From, To   time.Time
	Minutes    int
	Meetings   []Meeting
	Place      string
	Phone      string
	Cancelled  bool
}

// ReceptionSlot is one meeting's time.
type ReceptionSlot struct {
	N        int
	From, To time.Time
}

// Booking is one slot taken. It holds nobody's words.
type Booking struct {
	ID      string // random UUID, never shown
	Day     int64
	Slot    int
	Meeting Meeting
	State   BookingState
	Moves   int    // how often it was moved; the same booking stands at its newest slot only
	Case    string // id of the case it is about, or ""
	Mode    Mode   // of the case as it is now, or of the booking
}

// BookingState is what became of a booking.
type BookingState string

// The states. A moved booking stays booked: where it stood before is not kept.
const (
	Booked           BookingState = "booked"
	BookingCancelled BookingState = "cancelled"
	BookingHeld      BookingState = "held"   // they met
	BookingMissed    BookingState = "missed" // the reporter did not come
	BookingLapsed    BookingState = "lapsed" // the day is over and nobody said what came of it
)

// BookingRequest is what a reporter asks for.
type BookingRequest struct {
	Day      int64
	Slot     int
	Meeting  Meeting
	Case     string // id of the case it is about; without one, what follows is set
	Language string
	Mode     Mode // named or anonymous
	Reporter []byte
	Address  []byte
	Words    BookingWords
	Key      string // makes it idempotent
}

// BookingWords are what a reporter without a case says; sealed at rest.
type BookingWords struct {
	Name  string `json:"name,omitempty"`
	Topic string `json:"topic"`
}

// BookingPage is a booking as its reporter, or its leader, reads it.
type BookingPage struct {
	Booking
	On     ReceptionDay
	Ref    Reference // of the case, where whoever asks may know of it
	Words  BookingWords
	Answer string // what the leader wrote of it, "" before that
}

// ReceptionOffer is a day that reporters may choose from.
type ReceptionOffer struct {
	ReceptionDay
	By    Officer // the leader
	Taken []int   // slots that are gone
}

// ReceptionNotice is a message about a reception that is to be sent now.
type ReceptionNotice struct {
	Word    ReceptionWord
	Day     ReceptionDay
	Booking Booking   // zero for the leader's
	All     []Booking // the leader's: the day as it stands
}

// ReceptionRules bound how late one may book and change, and how far ahead days are published; the zero value is the
// usual ones.
type ReceptionRules struct {
	BookUntilHours   int `yaml:"book_until_hours,omitempty"`
	ChangeUntilHours int `yaml:"change_until_hours,omitempty"`
	AheadDays        int `yaml:"ahead_days,omitempty"`
	// Publish lists who publishes a leader's days: PublishLeader, PublishAdmin; nobody listed is both.
	Publish []string `yaml:"publish,omitempty"`
}

// Who publishes reception days.
const (
	PublishLeader = "leader" // the leader whose day it is
	PublishAdmin  = "admin"  // an admin, for any
)

// Check says what is wrong with the rules, or nil.
func (r ReceptionRules) Check() error {
	for _, who := range r.Publish {
		if who != PublishLeader && who != PublishAdmin {
			return fmt.Errorf("reception: publish: want %s or %s, not %q", PublishLeader, PublishAdmin, who)
		}
	}
	return nil
}

// Filled gives the rules with the usual values where none are set.
func (r ReceptionRules) Filled() ReceptionRules {
	for _, f := range []struct {
		v     *int
		usual int
	}{{&r.BookUntilHours, 24}, {&r.ChangeUntilHours, 12}, {&r.AheadDays, 120}} {
		if *f.v <= 0 {
			*f.v = f.usual
		}
	}
	return r
}

// KeepReception is how long bookings are kept after their day.
const KeepReception = 30 * 24 * time.Hour

const (
	maxReceptionSlots = 40 // each is a button
	maxReceptionText  = 200
	maxReceptionPhone = 40
)

// Receives says whether officers of a role hold reception days.
func (r Role) Receives() bool { return r == RoleLead || r == RoleLeader }

// MayPublish says whether an actor may publish a day of a leader's: the leader or an admin for one, as the rules say.
// Otherwise NotAllowed.
func (r ReceptionRules) MayPublish(by Actor, leader OfficerID, role Role) error {
	rule := func(who string) bool { return len(r.Publish) == 0 || slices.Contains(r.Publish, who) }
	if by.Party == Office && by.Officer != 0 && role.Receives() &&
		(by.Officer == leader && rule(PublishLeader) || by.Role == RoleAdmin && rule(PublishAdmin)) {
		return nil
	}
	return &Error{Code: NotAllowed, Detail: "reception day"}
}

// Plan makes a day of what was asked for. Error: Incomplete, naming the field.
func (r ReceptionRules) Plan(p ReceptionPlan, loc *time.Location, now time.Time) (ReceptionDay, error) {
	missing := func(field string) (ReceptionDay, error) {
		return ReceptionDay{}, &Error{Code: Incomplete, Detail: "reception: " + field}
	}
	date, err := time.ParseInLocation(time.DateOnly, p.Date, time.UTC)
	if err != nil {
		return missing("date")
	}
	y, m, day := date.Date()
	d := ReceptionDay{
		Leader: p.Leader.ID, Name: p.Leader.Name, Department: p.Leader.Department, Minutes: p.Minutes,
		From:  onClock(y, m, day, int(p.From)*60, loc).UTC(),
		To:    onClock(y, m, day, int(p.To)*60, loc).UTC(),
		Place: strings.TrimSpace(p.Place), Phone: strings.TrimSpace(p.Phone),
	}
	for _, meeting := range Meetings() {
		if slices.Contains(p.Meetings, meeting) {
			d.Meetings = append(d.Meetings, meeting)
		}
	}
	switch {
	case p.Minutes < 5 || p.Minutes > 240:
		return missing("minutes")
	case len(d.Slots()) == 0 || len(d.Slots()) > maxReceptionSlots || p.From < 0 || p.To > 24*60:
		return missing("hours")
	case !d.From.After(now), d.From.After(now.AddDate(0, 0, r.Filled().AheadDays)):
		return missing("date")
	case len(d.Meetings) == 0:
		return missing("meetings")
	case len([]rune(d.Place)) > maxReceptionText, d.Place == "" && slices.Contains(d.Meetings, InPerson):
		return missing("place")
	case len([]rune(d.Phone)) > maxReceptionPhone, d.Phone == "" && slices.Contains(d.Meetings, ByPhone):
		return missing("phone")
	}
	return d, nil
}

// Slots are the times of a day, in their order. They are counted in time that passes: on a day on which clocks are
// changed no slot falls into an hour that there is not.
func (d ReceptionDay) Slots() []ReceptionSlot {
	length := time.Duration(d.Minutes) * time.Minute
	if length <= 0 {
		return nil
	}
	var out []ReceptionSlot
	for from := d.From; !from.Add(length).After(d.To); from = from.Add(length) {
		out = append(out, ReceptionSlot{N: len(out), From: from, To: from.Add(length)})
	}
	return out
}

// Slot finds a slot by its number.
func (d ReceptionDay) Slot(n int) (ReceptionSlot, bool) {
	slots := d.Slots()
	if n < 0 || n >= len(slots) {
		return ReceptionSlot{}, false
	}
	return slots[n], true
}

// Offers are the meetings that a reporter of a mode is offered.
func (d ReceptionDay) Offers(m Mode) []Meeting {
	return slices.DeleteFunc(slices.Clone(d.Meetings), func(meeting Meeting) bool { return m.Nameless() && !meeting.Nameless() })
}

// Hosts says whether a case may be brought before a leader: anybody who receives and is not recused. A restricted matter
// stays with those who may know of it anyway.
func Hosts(leader Officer, c Case) bool {
	if leader.Revoked || !leader.Role.Receives() || slices.Contains(c.Recused, leader.ID) {
		return false
	}
	c.Unqueued = false
	return !c.Restricted || Can(leader.Actor(), Note, c) == nil
}

// Bookable says whether a reporter of a mode may book a slot for a meeting now. Errors: NotFound for a day or slot that
// there is not; NotAllowed for a meeting that is not offered; NotNow when it is too late.
//
// Who has no name cannot book so late that the office would have to learn of it before its time.
func (r ReceptionRules) Bookable(d ReceptionDay, slot int, meeting Meeting, m Mode, q Quiet, loc *time.Location, now time.Time) error {
	s, ok := d.Slot(slot)
	switch {
	case !ok || d.Cancelled:
		return &Error{Code: NotFound, Detail: "reception slot"}
	case !slices.Contains(d.Offers(m), meeting):
		return &Error{Code: NotAllowed, Detail: "reception: meeting"}
	case !r.open(s, m, q, loc, now):
		return &Error{Code: NotNow, Detail: "reception: too late to book"}
	}
	return nil
}

func (r ReceptionRules) open(s ReceptionSlot, m Mode, q Quiet, loc *time.Location, now time.Time) bool {
	return !now.Add(time.Duration(r.Filled().BookUntilHours)*time.Hour).After(s.From) && !BookingKnown(m, q, loc, now).After(s.From)
}

// Open are the slots of a day that may still be booked, taken ones left out.
func (r ReceptionRules) Open(d ReceptionDay, taken []int, m Mode, q Quiet, loc *time.Location, now time.Time) []ReceptionSlot {
	if d.Cancelled || len(d.Offers(m)) == 0 {
		return nil
	}
	return slices.DeleteFunc(d.Slots(), func(s ReceptionSlot) bool {
		return slices.Contains(taken, s.N) || !r.open(s, m, q, loc, now)
	})
}

// Changeable says whether a booking may still be moved or cancelled by its reporter. Error: NotNow.
func (r ReceptionRules) Changeable(d ReceptionDay, b Booking, now time.Time) error {
	s, ok := d.Slot(b.Slot)
	if !ok || b.State != Booked || d.Cancelled || now.Add(time.Duration(r.Filled().ChangeUntilHours)*time.Hour).After(s.From) {
		return &Error{Code: NotNow, Detail: "reception: too late to change"}
	}
	return nil
}

// Settle says what an outcome makes of a booking: Held or Missed, once its slot has begun. Errors: Incomplete; NotNow.
func (b Booking) Settle(to BookingState, d ReceptionDay, now time.Time) (BookingState, error) {
	s, ok := d.Slot(b.Slot)
	switch {
	case to != BookingHeld && to != BookingMissed:
		return b.State, &Error{Code: Incomplete, Detail: "reception: outcome"}
	case !ok || b.State == BookingCancelled || b.State == to || d.Cancelled || now.Before(s.From):
		return b.State, &Error{Code: NotNow, Detail: "reception: outcome"}
	}
	return to, nil
}

// BookingKnown is when the office may learn of what a reporter of a mode has just booked, moved or cancelled.
func BookingKnown(m Mode, q Quiet, loc *time.Location, now time.Time) time.Time {
	if m.Nameless() {
		return q.Slot(now, loc)
	}
	return now
}
