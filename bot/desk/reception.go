package desk

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// ReceptionStore keeps leaders' reception days. Whatever is not by's to know of is NotFound.
type ReceptionStore interface {
	// PublishReception publishes a day once for each key. Errors: NotAllowed by cases.ReceptionRules; Incomplete, naming the
	// field; NotNow when the leader has another day at that time.
	PublishReception(ctx context.Context, by cases.Actor, p cases.ReceptionPlan, key string) (d cases.ReceptionDay, again bool, err error)
	// CallReceptionOff calls a day off; whoever booked is told. Errors: NotFound; NotNow when it has begun.
	CallReceptionOff(ctx context.Context, by cases.Actor, day int64) error
	// Receptions lists by's days, an admin's are everybody's, those of the last month too.
	Receptions(ctx context.Context, by cases.Actor) ([]cases.ReceptionDay, error)
	// Reception is one day, for its leader with the bookings that the office may know of. Error: NotFound.
	Reception(ctx context.Context, by cases.Actor, day int64) (cases.ReceptionDay, []cases.BookingPage, error)
	// ReceptionBooking is a booking with its words, for the leader. Error: NotFound.
	ReceptionBooking(ctx context.Context, by cases.Actor, id string) (cases.BookingPage, error)
	// SettleReception records what came of a booking; recorded says whether its case has it, with the words
	// for colleagues; otherwise the words are for the reporter. Errors: NotFound; NotNow.
	SettleReception(ctx context.Context, by cases.Actor, id string, to cases.BookingState, words string) (p cases.BookingPage, recorded bool, err error)
}

// Buttons about receptions: rcpl the list, rcpn and rcpd choose leader and date of a new day, rcp a day, rcpi its calendar
// file, rcpo and rcpy call it off, rcpb a booking (the number is the day, the word the slot), rcph and rcpm what came of it.
func (t *turn) pressReception(ctx context.Context, p data) error {
	if !t.keepsReceptions() {
		return t.refuse(&cases.Error{Code: cases.NotAllowed, Detail: "receptions"})
	}
	day := int64(p.number)
	switch p.what {
	case "rcpl":
		return t.receptions(ctx, "")
	case "rcpn":
		return t.receptionDates(ctx, cases.OfficerID(p.number))
	case "rcpd":
		return t.planReception(ctx, cases.OfficerID(p.number), p.word)
	case "rcp":
		return t.receptionDay(ctx, day, "")
	case "rcpi":
		return t.receptionFile(ctx, day)
	case "rcpo":
		d, _, err := t.received.Reception(ctx, t.by, day)
		if err != nil {
			return t.refuse(err)
		}
		t.screen(flows.Screen{Name: screenReception, Arg: base36(day)}, t.say("reception.desk.off_ask", "Day", t.book.Day(t.lang, d.From)),
			[]text.Button{t.button("reception.desk.button.off_yes", data{what: "rcpy", number: p.number})},
			[]text.Button{t.button("reception.desk.button.day", data{what: "rcp", number: p.number})})
		return nil
	case "rcpy":
		if err := t.received.CallReceptionOff(ctx, t.by, day); err != nil {
			return t.refuse(err)
		}
		return t.receptionDay(ctx, day, t.say("reception.desk.off_done"))
	case "rcpb":
		return t.receptionBooking(ctx, day, p.word)
	case "rcph":
		return t.meet(ctx, day, p.word, cases.BookingHeld)
	case "rcpm":
		return t.meet(ctx, day, p.word, cases.BookingMissed)
	}
	return t.worn(ctx)
}

// keepsReceptions says whether this officer has days, or keeps those of others.
func (t *turn) keepsReceptions() bool {
	return t.received != nil && (t.by.Role.Receives() || t.by.Role == cases.RoleAdmin)
}

// receptions lists the days. lead is a line above, finished markup.
func (t *turn) receptions(ctx context.Context, lead string) error {
	if !t.keepsReceptions() {
		return t.refuse(&cases.Error{Code: cases.NotAllowed, Detail: "receptions"})
	}
	days, err := t.received.Receptions(ctx, t.by)
	if err != nil {
		return fmt.Errorf("list reception days: %w", err)
	}
	days = slices.DeleteFunc(days, func(d cases.ReceptionDay) bool { return d.Cancelled && t.Now.After(d.From) })
	var rows [][]text.Button
	for _, d := range days {
		key := "reception.desk.day_button"
		if d.Cancelled {
			key = "reception.desk.day_button_off"
		}
		label := t.label(key, "Day", t.book.Moment(t.lang, d.From))
		if t.by.Role == cases.RoleAdmin {
			label += " · " + d.Name
		}
		rows = append(rows, []text.Button{{Text: label, Data: data{what: "rcp", number: int(d.ID)}.String()}})
	}
	markup := t.say("reception.desk.list", "Count", len(days))
	if len(days) == 0 {
		markup = t.say("reception.desk.list_none")
	}
	publish := data{what: "rcpn"}
	if t.by.Role.Receives() {
		publish.number = int(t.by.Officer)
	}
	// An admin names the leader next.
	if t.org.Reception.MayPublish(t.by, cases.OfficerID(publish.number), cases.RoleLeader) == nil {
		rows = append(rows, []text.Button{t.button("reception.desk.button.publish", publish)})
	}
	rows = append(rows, []text.Button{t.button("desk.button.home", data{what: "home"})})
	t.screen(flows.Screen{Name: screenReception}, withLead(lead, markup), rows...)
	return nil
}

func withLead(lead, markup string) string {
	if lead == "" {
		return markup
	}
	return "<i>" + lead + "</i>\n\n" + markup
}

// receptionDay shows a day and, to its leader, who comes: never by name, which stands on a page of its own.
func (t *turn) receptionDay(ctx context.Context, day int64, lead string) error {
	if day == 0 {
		return t.receptions(ctx, lead)
	}
	d, all, err := t.received.Reception(ctx, t.by, day)
	if err != nil {
		return t.refuse(err)
	}
	lines := []string{t.dayHead(d), ""}
	var buttons []text.Button
	for _, b := range all {
		slot, _ := d.Slot(b.Slot)
		if b.State == cases.BookingCancelled {
			continue
		}
		lines = append(lines, escape(t.clockOf(slot.From)+" · "+t.who(b)+" · "+t.label("reception.desk.meeting."+string(b.Meeting))+t.outcome(b)))
		buttons = append(buttons, text.Button{
			Text: t.label("reception.desk.slot_button", "Time", t.clockOf(slot.From)),
			Data: data{what: "rcpb", number: int(day), word: base36(int64(b.Slot))}.String(),
		})
	}
	switch {
	case t.by.Officer != d.Leader:
		lines = append(lines, t.say("reception.desk.leaders_alone"))
	case len(buttons) == 0:
		lines = append(lines, t.say("reception.desk.nobody"))
	}
	rows := pairUp(3, 40, buttons...)
	if t.by.Officer == d.Leader && len(buttons) > 0 {
		rows = append(rows, []text.Button{t.button("reception.desk.button.calendar", data{what: "rcpi", number: int(day)})})
	}
	if !d.Cancelled && t.Now.Before(d.From) {
		rows = append(rows, []text.Button{t.button("reception.desk.button.off", data{what: "rcpo", number: int(day)})})
	}
	rows = append(rows, []text.Button{t.button("reception.desk.button.list", data{what: "rcpl"}), t.button("desk.button.home", data{what: "home"})})
	t.screen(flows.Screen{Name: screenReception, Arg: base36(day)}, withLead(lead, strings.Join(lines, "\n")), rows...)
	return nil
}

func (t *turn) clockOf(at time.Time) string { return at.In(t.book.Zone()).Format("15:04") }

func (t *turn) dayHead(d cases.ReceptionDay) string {
	var how []string
	for _, m := range d.Meetings {
		how = append(how, t.label("reception.desk.meeting."+string(m)))
	}
	head := t.say("reception.desk.day", "When", t.book.Moment(t.lang, d.From)+"–"+t.clockOf(d.To), "Name", d.Name,
		"Slots", len(d.Slots()), "Minutes", d.Minutes, "How", strings.Join(how, t.label("reception.desk.and")))
	if d.Place != "" {
		head += "\n" + t.say("reception.desk.place", "Place", d.Place)
	}
	if d.Phone != "" {
		head += "\n" + t.say("reception.desk.phone", "Phone", d.Phone)
	}
	if d.Cancelled {
		head += "\n" + t.say("reception.desk.is_off")
	}
	return head
}

// who says who comes as far as a list may: by the case, or with or without a name.
func (t *turn) who(b cases.BookingPage) string {
	key := "reception.desk.who.named"
	if b.Mode != cases.Named {
		key = "reception.desk.who." + string(b.Mode)
	}
	who := t.label(key)
	switch {
	case b.Ref != "":
		who += " · " + string(b.Ref)
	case b.Case != "":
		who += " · " + t.label("reception.desk.who.case_elsewhere")
	}
	return who
}

// outcome says what came of a booking, "" while it stands.
func (t *turn) outcome(b cases.BookingPage) string {
	if b.State == cases.Booked {
		return ""
	}
	return " · " + t.label("reception.desk.state."+string(b.State))
}

// booked finds who has a slot of a day.
func (t *turn) booked(ctx context.Context, day int64, slot string) (cases.BookingPage, error) {
	n, err := strconv.ParseInt(slot, 36, 16)
	if err != nil {
		return cases.BookingPage{}, &cases.Error{Code: cases.NotFound}
	}
	_, all, err := t.received.Reception(ctx, t.by, day)
	if err != nil {
		return cases.BookingPage{}, err
	}
	for _, b := range all {
		if int64(b.Slot) == n && b.State != cases.BookingCancelled {
			return t.received.ReceptionBooking(ctx, t.by, b.ID)
		}
	}
	return cases.BookingPage{}, &cases.Error{Code: cases.NotFound}
}

// receptionBooking is the page of a booking: who comes and why, as far as the leader may know.
func (t *turn) receptionBooking(ctx context.Context, day int64, slot string) error {
	b, err := t.booked(ctx, day, slot)
	if err != nil {
		return t.refuse(err)
	}
	s, _ := b.On.Slot(b.Slot)
	lines := []string{t.say("reception.desk.booking", "When", t.book.Moment(t.lang, s.From)+"–"+t.clockOf(s.To),
		"How", t.label("reception.desk.meeting."+string(b.Meeting))), escape(t.who(b) + t.outcome(b))}
	name, err := t.visitor(ctx, b)
	if err != nil {
		return err
	}
	if name != "" {
		lines = append(lines, t.say("reception.desk.name", "Name", name))
	}
	if b.Words.Topic != "" {
		lines = append(lines, t.say("reception.desk.topic")+"\n<blockquote>"+escape(text.Cut(b.Words.Topic, 2500))+"</blockquote>")
	}
	lines = append(lines, t.say("reception.desk.rule."+string(b.Meeting)))
	if b.Mode.Nameless() {
		lines = append(lines, t.say("reception.desk.rule.nameless"))
	}
	if b.Answer != "" {
		lines = append(lines, t.say("reception.desk.written")+"\n<blockquote>"+escape(text.Cut(b.Answer, 1000))+"</blockquote>")
	}
	var rows [][]text.Button
	if !t.Now.Before(s.From) && !b.On.Cancelled {
		p := data{number: int(day), word: slot}
		held, missed := p, p
		held.what, missed.what = "rcph", "rcpm"
		rows = append(rows, []text.Button{t.button("reception.desk.button.held", held), t.button("reception.desk.button.missed", missed)})
	}
	if b.Ref != "" {
		rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: b.Ref})})
	}
	rows = append(rows, []text.Button{t.button("reception.desk.button.day", data{what: "rcp", number: int(day)})})
	t.protected(strings.Join(lines, "\n\n"), rows...)
	return nil
}

// visitor is the name of who comes, where the mode lets it be known: what they wrote on booking, or what a named case
// holds for who may open it.
func (t *turn) visitor(ctx context.Context, b cases.BookingPage) (string, error) {
	if b.Case == "" || b.Mode != cases.Named || b.Ref == "" {
		return b.Words.Name, nil
	}
	who, err := t.store.Identity(ctx, t.by, b.Case)
	if told(err) || err == nil && who == nil {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read an identity: %w", err)
	}
	for _, f := range who.Fields {
		if len(f.Text) > 0 && !f.Skipped {
			return f.Text[0], nil // the first thing asked of who somebody is
		}
	}
	return "", nil
}

// receptionFile sends the day as a calendar file.
func (t *turn) receptionFile(ctx context.Context, day int64) error {
	d, all, err := t.received.Reception(ctx, t.by, day)
	if err != nil {
		return t.refuse(err)
	}
	var bookings []cases.Booking
	for _, b := range all {
		bookings = append(bookings, b.Booking)
	}
	t.Replies = append(t.Replies, t.calendarReply(t.lang, d, bookings, t.Now))
	return nil
}

// calendarReply is a day as a document for its leader's calendar.
func (r room) calendarReply(lang string, d cases.ReceptionDay, all []cases.Booking, now time.Time) text.Reply {
	file := calendar(r.book, lang, d, all, now)
	return text.Reply{Do: text.Document, Protect: true, File: &text.File{
		Kind: "document", MIME: "text/calendar", Name: "reception-" + base36(d.ID) + ".ics",
		Caption: r.book.Label(lang, "reception.desk.calendar", "Day", r.book.Day(lang, d.From)),
		Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(file)), nil
		},
	}}
}

// ReceptionNotice implements bot.ReceptionSide: the day as it stands, for its leader. It holds no name and no word.
func (d *Desk) ReceptionNotice(_ context.Context, n bot.ReceptionNotice) ([]text.Reply, error) {
	if n.Officer == nil || n.Word != cases.Agenda {
		return nil, nil
	}
	lang, come := d.book.Pick(n.Lang), 0
	for _, b := range n.All {
		if b.State == cases.Booked {
			come++
		}
	}
	out := []text.Reply{{Do: text.Send,
		HTML: d.book.T(lang, "notice.reception.agenda", "When", d.book.Moment(lang, n.Day.From), "Count", come),
		Rows: [][]text.Button{{{Text: d.book.Label(lang, "reception.desk.button.day"), Data: data{what: "rcp", number: int(n.Day.ID)}.String()}}},
	}}
	if come > 0 {
		out = append(out, d.calendarReply(lang, n.Day, n.All, n.Now))
	}
	return out, nil
}
