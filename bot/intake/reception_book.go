package intake

import (
	"context"
	"fmt"
	"html"
	"strconv"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// book takes a slot at once for a case or moves a booking; whoever has no case is asked for words first.
func (i *Intake) book(ctx context.Context, t *bot.Turn, v visit, day int64, slot int, meeting cases.Meeting) error {
	switch {
	case v.open(t) && v.booked.Day == day && v.booked.Slot == slot && v.booked.Meeting == meeting:
		return i.booking(t, v, "reception.booked") // the same tap once more
	case v.open(t):
		if _, err := i.Receptions.MoveReception(ctx, v.booked.ID, day, slot, meeting); err != nil {
			return i.notBooked(ctx, t, v, err)
		}
		return i.shown(ctx, t, v, v.booked.ID, "reception.moved")
	case v.c != nil:
		// The day's own number and how often the case was booked before make a second tap the same booking.
		key := fmt.Sprintf("case:%s:%d:%d", v.c.ID, day, slot)
		if v.booked != nil {
			key += ":after:" + v.booked.ID
		}
		b, _, err := i.Receptions.BookReception(ctx, cases.BookingRequest{Day: day, Slot: slot, Meeting: meeting, Case: v.c.ID, Key: key})
		if err != nil {
			return i.notBooked(ctx, t, v, err)
		}
		return i.shown(ctx, t, v, b.ID, "reception.booked")
	case v.raw != withName && v.raw != withoutName:
		return i.booking(t, v, "") // a token of a booking that does not stand any more
	}
	err := t.Begin(ctx, "reception", map[string]string{
		"mode": string(v.mode), "day": strconv.FormatInt(day, 36), "slot": strconv.Itoa(slot), "meeting": string(meeting),
	})
	if err != nil {
		return err
	}
	t.InPlace()
	return nil
}

// bookWithWords books what a form was filled in for.
func (i *Intake) bookWithWords(ctx context.Context, t *bot.Turn, d flows.Draft) error {
	day, errDay := strconv.ParseInt(d.Context["day"], 36, 64)
	slot, errSlot := strconv.Atoi(d.Context["slot"])
	mode := cases.Mode(d.Context["mode"])
	v := visit{raw: withName, mode: mode}
	if mode.Nameless() {
		v.raw = withoutName
	}
	if errDay != nil || errSlot != nil {
		t.Close(d.ID)
		return i.noVisit(ctx, t, &cases.Error{Code: cases.NotFound})
	}
	r := cases.BookingRequest{
		Day: day, Slot: slot, Meeting: cases.Meeting(d.Context["meeting"]), Language: t.Lang(), Mode: mode, Key: d.ID,
		Words: cases.BookingWords{Topic: spokenIn(d.Answers["topic"])},
	}
	if !mode.Nameless() {
		r.Reporter, r.Words.Name = t.Reporter, spokenIn(d.Answers["who_name"])
	}
	var err error
	if r.Address, err = t.Address(); err != nil {
		return fmt.Errorf("book: seal address: %w", err)
	}
	b, _, err := i.Receptions.BookReception(ctx, r)
	if err != nil {
		if cases.CodeOf(err) == "" || cases.CodeOf(err) == cases.Away {
			return fmt.Errorf("book a reception: %w", err)
		}
		t.Close(d.ID)
		return i.notBooked(ctx, t, v, err)
	}
	t.Close(d.ID)
	v.raw = t.Token(b.ID, 0)
	return i.shown(ctx, t, v, b.ID, "reception.booked")
}

// spokenIn is what was written at a step.
func spokenIn(a flows.Answer) string {
	var words []string
	for _, p := range a.Parts {
		if p.Text != "" {
			words = append(words, p.Text)
		}
	}
	return strings.Join(words, "\n\n")
}

// notBooked tells why nothing was booked, and leads on.
func (i *Intake) notBooked(ctx context.Context, t *bot.Turn, v visit, err error) error {
	switch cases.CodeOf(err) {
	case cases.AlreadyTaken:
		return i.days(ctx, t, v, "reception.slot_taken")
	case cases.Changed:
		t.Alert("reception.one_only")
		return i.reception(ctx, t)
	case cases.NotNow:
		return i.days(ctx, t, v, "reception.too_late")
	case cases.NotFound, cases.NotAllowed:
		return i.days(ctx, t, v, "reception.day_gone")
	}
	return fmt.Errorf("book a reception: %w", err)
}

// dropBooking gives the slot back.
func (i *Intake) dropBooking(ctx context.Context, t *bot.Turn, v visit) error {
	if v.booked == nil {
		return i.mine(ctx, t, v)
	}
	_, err := i.Receptions.CancelReception(ctx, v.booked.ID)
	switch cases.CodeOf(err) {
	case cases.NotNow:
		return i.booking(t, v, "reception.too_late")
	case cases.NotFound:
		return i.noVisit(ctx, t, err)
	}
	if err != nil {
		return fmt.Errorf("cancel a booking: %w", err)
	}
	t.Session.Screen = flows.Screen{Name: screenReception}
	again := visit{raw: v.raw, c: v.c, mode: v.mode}
	if v.c == nil {
		if again.raw = withName; v.mode.Nameless() {
			again.raw = withoutName
		}
	}
	t.Show(t.T("reception.dropped"), []text.Button{again.button(t, "reception.button.again", "days")}, v.back(t))
	return nil
}

// mine shows what is booked, or the days when nothing is.
func (i *Intake) mine(ctx context.Context, t *bot.Turn, v visit) error {
	if v.booked == nil {
		return i.days(ctx, t, v, "")
	}
	return i.booking(t, v, "")
}

func (i *Intake) shown(ctx context.Context, t *bot.Turn, v visit, id, lead string) error {
	p, err := i.Receptions.Booking(ctx, id)
	if err != nil {
		return fmt.Errorf("read a booking: %w", err)
	}
	v.booked = &p
	return i.booking(t, v, lead)
}

// booking is the page of a booking: when, with whom, how, and what may still be changed.
func (i *Intake) booking(t *bot.Turn, v visit, lead string) error {
	p := *v.booked
	if v.c == nil && v.raw != withName {
		v.raw = t.Token(p.ID, 0)
	}
	t.Session.Screen = flows.Screen{Name: screenReception}
	if v.c != nil {
		t.Session.Screen = flows.Screen{Name: screenCase, Arg: string(v.c.Ref)}
	}
	var lines []string
	if lead != "" {
		lines = append(lines, "<i>"+t.T(lead)+"</i>")
	}
	lines = append(lines, t.T("reception.page", "When", i.when(t, p), "Name", p.On.Name))
	var rows [][]text.Button
	switch {
	case p.On.Cancelled:
		lines = append(lines, t.T("reception.called_off"))
		rows = append(rows, []text.Button{v.fresh(t)})
	case p.State != cases.Booked || !t.Now.Before(p.On.To):
		lines = append(lines, t.T("reception.state."+string(p.State)))
		if p.Answer == "" {
			rows = append(rows, []text.Button{v.fresh(t)})
		}
	default:
		lines = append(lines, i.how(t, p))
		if i.Org.Reception.Changeable(p.On, p.Booking, t.Now) == nil {
			rows = append(rows, []text.Button{v.button(t, "reception.button.move", "days"), v.button(t, "reception.button.drop", "drop")})
			lines = append(lines, t.T("reception.change_until", "Hours", i.Org.Reception.Filled().ChangeUntilHours))
		}
		if s, ok := p.On.Slot(p.Slot); ok && t.Now.Before(s.From) {
			lines = append(lines, t.T(i.reminded(p)))
		}
	}
	if p.Answer != "" {
		lines = append(lines, t.T("reception.answer")+"\n<blockquote>"+html.EscapeString(p.Answer)+"</blockquote>")
	}
	t.Replies = append(t.Replies, text.Reply{
		Do: text.Show, HTML: strings.Join(lines, "\n\n"), Rows: append(rows, v.back(t)), Protect: v.mode.Nameless(),
	})
	return nil
}

// fresh begins another booking.
func (v visit) fresh(t *bot.Turn) text.Button {
	if v.c == nil {
		if v.raw = withName; v.mode.Nameless() {
			v.raw = withoutName
		}
	}
	return v.button(t, "reception.button.again", "days")
}

// reminded says how the reporter will be reminded.
func (i *Intake) reminded(p cases.BookingPage) string {
	switch {
	case !p.Mode.Reachable():
		return "reception.reminded_never"
	case p.Mode.Nameless() && p.Case == "":
		return "reception.reminded_quietly"
	case p.Mode.Nameless():
		return "reception.reminded_quietly_case"
	}
	return "reception.reminded"
}

// how says where to go, which number to call, or how writing works.
func (i *Intake) how(t *bot.Turn, p cases.BookingPage) string {
	key := "reception.meet." + string(p.Meeting)
	if p.Meeting == cases.InWriting && p.Case != "" {
		key += "_case"
	}
	return t.T(key, "Place", p.On.Place, "Phone", p.On.Phone)
}

// when says the slot of a booking.
func (i *Intake) when(t *bot.Turn, p cases.BookingPage) string {
	return slotOf(t.Book(), t.Lang(), p.On, p.Slot)
}

func slotOf(b *text.Book, lang string, d cases.ReceptionDay, n int) string {
	s, ok := d.Slot(n)
	if !ok {
		return b.Day(lang, d.From)
	}
	return b.Moment(lang, s.From) + "–" + s.To.In(b.Zone()).Format("15:04")
}

// ReceptionNotice implements bot.ReceptionSide. Who has no name is told that there is news and nothing of what, in the words
// of every quiet notice.
func (i *Intake) ReceptionNotice(_ context.Context, n bot.ReceptionNotice) ([]text.Reply, error) {
	book, lang, b := i.Book, i.Book.Pick(n.Lang), n.Booking
	token := ""
	if n.Token != nil {
		token = n.Token(b.ID)
	}
	if b.Mode.Nameless() {
		data := "r.news." + token
		if b.Case != "" && n.Token != nil {
			data = "n.news." + n.Token(b.Case)
		}
		return []text.Reply{{Do: text.Send, HTML: book.T(lang, "notice.quiet"), Protect: true,
			Rows: [][]text.Button{{{Text: book.Label(lang, "notice.quiet_look"), Data: data}}}}}, nil
	}
	words := book.T(lang, "notice.reception."+string(n.Word), "When", slotOf(book, lang, n.Day, b.Slot), "Name", n.Day.Name)
	if n.Word == cases.DayBefore || n.Word == cases.HourBefore {
		words += "\n" + book.T(lang, "reception.meet_short."+string(b.Meeting), "Place", n.Day.Place, "Phone", n.Day.Phone)
	}
	data := "r.news." + token
	if b.Case != "" {
		return []text.Reply{{Do: text.Send, HTML: words, Rows: [][]text.Button{{{
			Text: book.Label(lang, "intake.button.cases"), Data: "n.cases",
		}}}}}, nil
	}
	return []text.Reply{{Do: text.Send, HTML: words, Rows: [][]text.Button{{{Text: book.Label(lang, "reception.button.mine"), Data: data}}}}}, nil
}
