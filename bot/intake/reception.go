package intake

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// ReceptionStore is what of the store the booking of leaders' reception days needs. A booking is given to whoever has
// found it as theirs: by its case, by their chat, or by a token that is good in this chat only.
type ReceptionStore interface {
	// ReceptionOffers are the days still to come; whom each is offered to is for the caller to decide.
	ReceptionOffers(ctx context.Context) ([]cases.ReceptionOffer, error)
	// ReceptionOffer is one day. Error: NotFound.
	ReceptionOffer(ctx context.Context, day int64) (cases.ReceptionOffer, error)
	// BookReception takes a slot once for each key. Errors: AlreadyTaken; Changed when there is an open booking; NotFound;
	// NotAllowed; NotNow.
	BookReception(ctx context.Context, r cases.BookingRequest) (b cases.Booking, again bool, err error)
	// MoveReception and CancelReception change a booking. Errors: as for BookReception.
	MoveReception(ctx context.Context, id string, day int64, slot int, meeting cases.Meeting) (cases.Booking, error)
	CancelReception(ctx context.Context, id string) (cases.Booking, error)
	// Booking, BookingOfCase and BookingOfChat find a booking with its words. Error: NotFound.
	Booking(ctx context.Context, id string) (cases.BookingPage, error)
	BookingOfCase(ctx context.Context, caseID string) (cases.BookingPage, error)
	BookingOfChat(ctx context.Context, reporter []byte) (cases.BookingPage, error)
}

// Buttons about receptions carry "r.<what>.<for>.<day>.<slot>.<meeting>": for is "n" (with a name) or "a" (without one)
// for somebody who has no case, the bare reference of a case, or a token that names a booking in this chat.
const (
	receptionPrefix = "r."
	screenReception = "reception"
	withName        = "n"
	withoutName     = "a"
)

// visit is what somebody who books is about.
type visit struct {
	raw    string
	c      *cases.Case
	mode   cases.Mode
	booked *cases.BookingPage // what is booked already, or nil
}

func (v visit) button(t *bot.Turn, key, what string, rest ...string) text.Button {
	return button(t, key, receptionPrefix+strings.Join(append([]string{what, v.raw}, rest...), "."))
}

// back leads where the visit came from.
func (v visit) back(t *bot.Turn) []text.Button {
	if v.c != nil {
		return []text.Button{button(t, "intake.button.open_case", "h.case."+v.raw)}
	}
	return []text.Button{button(t, "intake.button.home", "h.home")}
}

// receptionRows are the way to receptions on the home screen, while a day is to come.
func (i *Intake) receptionRows(ctx context.Context, t *bot.Turn) ([][]text.Button, error) {
	if i.Receptions == nil {
		return nil, nil
	}
	offers, err := i.Receptions.ReceptionOffers(ctx)
	if err != nil {
		return nil, fmt.Errorf("list reception days: %w", err)
	}
	if len(offers) == 0 {
		return nil, nil
	}
	return [][]text.Button{{button(t, "reception.button.home", "r.home")}}, nil
}

// caseReception is what a case's page says of a booking, and the way to one.
func (i *Intake) caseReception(ctx context.Context, t *bot.Turn, c cases.Case) (line string, rows [][]text.Button, err error) {
	if i.Receptions == nil {
		return "", nil, nil
	}
	v := visit{raw: bare(c.Ref), c: &c, mode: c.Mode}
	p, err := i.Receptions.BookingOfCase(ctx, c.ID)
	switch {
	case err == nil && (p.State != cases.Booked || t.Now.After(p.On.To)):
		if p.Answer == "" {
			break
		}
		return "", [][]text.Button{{v.button(t, "reception.button.mine", "mine")}}, nil
	case err == nil:
		line = "\n" + t.T("reception.on_case", "When", i.when(t, p), "Name", p.On.Name)
		return line, [][]text.Button{{v.button(t, "reception.button.mine", "mine")}}, nil
	case cases.CodeOf(err) != cases.NotFound:
		return "", nil, fmt.Errorf("look for a booking: %w", err)
	}
	if !c.Status.Open() || c.Shredded {
		return "", nil, nil
	}
	days, err := i.offered(ctx, t, v)
	if err != nil || len(days) == 0 {
		return "", nil, err
	}
	return "", [][]text.Button{{v.button(t, "reception.button.case", "days")}}, nil
}

// reception is the first screen: what is booked from this chat, and the ways to book.
func (i *Intake) reception(ctx context.Context, t *bot.Turn) error {
	if t.Session.Lang == "" {
		i.languages(t)
		return nil
	}
	if i.Receptions == nil {
		return i.home(ctx, t)
	}
	if p, err := i.Receptions.BookingOfChat(ctx, t.Reporter); err == nil && (p.State == cases.Booked && t.Now.Before(p.On.To) || p.Answer != "") {
		return i.booking(t, visit{raw: withName, mode: cases.Named, booked: &p}, "")
	} else if err != nil && cases.CodeOf(err) != cases.NotFound {
		return fmt.Errorf("look for a booking: %w", err)
	}
	t.Session.Screen = flows.Screen{Name: screenReception}
	home := []text.Button{button(t, "intake.button.home", "h.home")}
	offers, err := i.Receptions.ReceptionOffers(ctx)
	if err != nil {
		return fmt.Errorf("list reception days: %w", err)
	}
	if len(offers) == 0 {
		t.Show(t.T("reception.none"), home)
		return nil
	}
	t.Show(t.T("reception.how"),
		[]text.Button{button(t, "reception.button.with_name", "r.days."+withName)},
		[]text.Button{button(t, "reception.button.without_name", "r.days."+withoutName)},
		[]text.Button{button(t, "reception.button.about_case", "h.cases")}, home)
	return nil
}

// pressReception handles the buttons about receptions.
func (i *Intake) pressReception(ctx context.Context, t *bot.Turn) error {
	parts := strings.Split(t.Data, ".")
	t.Park()
	if len(parts) < 3 {
		return i.reception(ctx, t)
	}
	v, err := i.visit(ctx, t, parts[2])
	if err != nil {
		return i.noVisit(ctx, t, err)
	}
	numbers := make([]int64, 2)
	for n := range numbers {
		if len(parts) > 3+n {
			if numbers[n], err = strconv.ParseInt(parts[3+n], 36, 64); err != nil {
				return i.noVisit(ctx, t, &cases.Error{Code: cases.NotFound})
			}
		}
	}
	meeting := cases.Meeting("")
	if len(parts) > 5 {
		meeting = meetings[parts[5]]
	}
	switch parts[1] {
	case "news":
		t.Below()
		return i.mine(ctx, t, v)
	case "mine":
		return i.mine(ctx, t, v)
	case "days":
		return i.days(ctx, t, v, "")
	case "day":
		return i.day(ctx, t, v, numbers[0])
	case "slot":
		return i.slot(ctx, t, v, numbers[0], int(numbers[1]))
	case "book":
		return i.book(ctx, t, v, numbers[0], int(numbers[1]), meeting)
	case "drop":
		if v.booked == nil {
			return i.mine(ctx, t, v)
		}
		t.Show(t.T("reception.drop_ask", "When", i.when(t, *v.booked), "Name", v.booked.On.Name),
			[]text.Button{v.button(t, "reception.button.drop_yes", "gone")}, []text.Button{v.button(t, "reception.button.keep", "mine")})
		return nil
	case "gone":
		return i.dropBooking(ctx, t, v)
	}
	return i.noVisit(ctx, t, &cases.Error{Code: cases.NotFound})
}

// visit finds out what a button is about. Errors: NotFound for what is not this chat's.
func (i *Intake) visit(ctx context.Context, t *bot.Turn, raw string) (visit, error) {
	v := visit{raw: raw, mode: cases.Named}
	var p cases.BookingPage
	var err error
	switch {
	case raw == withoutName:
		v.mode = cases.Anonymous
		return v, nil
	case raw == withName:
		p, err = i.Receptions.BookingOfChat(ctx, t.Reporter)
	default:
		if ref, ok := cases.ParseReference(raw); ok {
			c, err := i.find(ctx, t, string(ref))
			if err == nil && c.Colleague > 0 {
				err = &cases.Error{Code: cases.NotFound} // a booking of a case is its first reporter's
			}
			if err != nil {
				return v, err
			}
			v.c, v.mode = &c, c.Mode
			p, err = i.Receptions.BookingOfCase(ctx, c.ID)
			return v.with(p, err)
		}
		id, _, ok := t.News(raw)
		if !ok {
			return v, &cases.Error{Code: cases.NotFound}
		}
		if p, err = i.Receptions.Booking(ctx, id); err == nil && p.Case != "" {
			err = &cases.Error{Code: cases.NotFound}
		}
		if err != nil {
			return v, err
		}
		v.mode = p.Mode
	}
	return v.with(p, err)
}

// with adds a booking that was found, if there is one.
func (v visit) with(p cases.BookingPage, err error) (visit, error) {
	if err == nil {
		v.booked = &p
	} else if cases.CodeOf(err) == cases.NotFound {
		err = nil
	}
	return v, err
}

// open says whether the booking still stands, so that another slot would be a move.
func (v visit) open(t *bot.Turn) bool {
	return v.booked != nil && v.booked.State == cases.Booked && !v.booked.On.Cancelled && t.Now.Before(v.booked.On.To)
}

func (i *Intake) noVisit(ctx context.Context, t *bot.Turn, err error) error {
	if cases.CodeOf(err) != cases.NotFound {
		return fmt.Errorf("reception: %w", err)
	}
	t.Alert("reception.gone")
	return i.home(ctx, t)
}

// offered are the days with slots that are open to a visit.
func (i *Intake) offered(ctx context.Context, t *bot.Turn, v visit) ([]cases.ReceptionOffer, error) {
	all, err := i.Receptions.ReceptionOffers(ctx)
	if err != nil {
		return nil, fmt.Errorf("list reception days: %w", err)
	}
	var out []cases.ReceptionOffer
	for _, o := range all {
		if len(i.free(t, v, o)) > 0 {
			out = append(out, o)
		}
	}
	return out, nil
}

func (i *Intake) free(t *bot.Turn, v visit, o cases.ReceptionOffer) []cases.ReceptionSlot {
	if v.c != nil && !cases.Hosts(o.By, *v.c) {
		return nil
	}
	return i.Org.Reception.Open(o.ReceptionDay, o.Taken, v.mode, i.Org.Quiet, t.Book().Zone(), t.Now)
}

// mostDays is how many days are offered at once.
const mostDays = 12

func (i *Intake) days(ctx context.Context, t *bot.Turn, v visit, lead string) error {
	if v.booked != nil && v.open(t) && i.Org.Reception.Changeable(v.booked.On, v.booked.Booking, t.Now) != nil {
		return i.booking(t, v, "reception.too_late")
	}
	days, err := i.offered(ctx, t, v)
	if err != nil {
		return err
	}
	if lead != "" {
		lead = "<i>" + t.T(lead) + "</i>\n\n"
	}
	if len(days) == 0 {
		t.Show(lead+t.T("reception.none_for_you"), v.back(t))
		return nil
	}
	var rows [][]text.Button
	for n, o := range days {
		if n == mostDays {
			break
		}
		rows = append(rows, []text.Button{{
			Text: t.Book().Label(t.Lang(), "reception.day_button", "Day", t.Book().Day(t.Lang(), o.From), "Name", o.Name, "Free", len(i.free(t, v, o))),
			Data: receptionPrefix + "day." + v.raw + "." + strconv.FormatInt(o.ID, 36),
		}})
	}
	key := "reception.choose_day"
	switch {
	case v.open(t):
		key = "reception.choose_day_move"
	case v.mode.Nameless():
		key = "reception.choose_day_nameless"
	case v.c != nil:
		key = "reception.choose_day_case"
	}
	t.Show(lead+t.T(key), append(rows, v.back(t))...)
	return nil
}

// day shows the free slots of a day.
func (i *Intake) day(ctx context.Context, t *bot.Turn, v visit, day int64) error {
	o, err := i.Receptions.ReceptionOffer(ctx, day)
	if err != nil && cases.CodeOf(err) != cases.NotFound {
		return fmt.Errorf("read a reception day: %w", err)
	}
	free := i.free(t, v, o)
	if len(free) == 0 {
		return i.days(ctx, t, v, "reception.day_gone")
	}
	var rows [][]text.Button
	for n, s := range free {
		if n%4 == 0 {
			rows = append(rows, nil)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], text.Button{
			Text: s.From.In(t.Book().Zone()).Format("15:04"),
			Data: strings.Join([]string{"r.slot", v.raw, strconv.FormatInt(day, 36), strconv.FormatInt(int64(s.N), 36)}, "."),
		})
	}
	rows = append(rows, []text.Button{v.button(t, "reception.button.other_day", "days")}, v.back(t))
	t.Show(t.T("reception.choose_slot", "Day", t.Book().Day(t.Lang(), o.From), "Name", o.Name, "Minutes", o.Minutes), rows...)
	return nil
}

// letters stand for meetings in buttons.
var (
	letters  = map[cases.Meeting]string{cases.InPerson: "i", cases.ByPhone: "p", cases.InWriting: "w"}
	meetings = map[string]cases.Meeting{"i": cases.InPerson, "p": cases.ByPhone, "w": cases.InWriting}
)

// slot asks how to meet.
func (i *Intake) slot(ctx context.Context, t *bot.Turn, v visit, day int64, slot int) error {
	o, err := i.Receptions.ReceptionOffer(ctx, day)
	if err != nil && cases.CodeOf(err) != cases.NotFound {
		return fmt.Errorf("read a reception day: %w", err)
	}
	s, ok := o.Slot(slot)
	if !ok || i.Org.Reception.Bookable(o.ReceptionDay, slot, firstOf(o.Offers(v.mode)), v.mode, i.Org.Quiet, t.Book().Zone(), t.Now) != nil {
		return i.days(ctx, t, v, "reception.day_gone")
	}
	var rows [][]text.Button
	for _, m := range o.Offers(v.mode) {
		rows = append(rows, []text.Button{v.button(t, "reception.button."+string(m), "book",
			strconv.FormatInt(day, 36), strconv.FormatInt(int64(slot), 36), letters[m])})
	}
	rows = append(rows, []text.Button{v.button(t, "reception.button.other_slot", "day", strconv.FormatInt(day, 36))}, v.back(t))
	key := "reception.choose_meeting"
	if v.mode.Nameless() {
		key = "reception.choose_meeting_nameless"
	}
	t.Show(t.T(key, "When", t.Book().Moment(t.Lang(), s.From), "Name", o.Name), rows...)
	return nil
}

func firstOf(all []cases.Meeting) cases.Meeting {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
