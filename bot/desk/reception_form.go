package desk

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// The forms about receptions, with what a button calls one that waits.
const (
	formPublish = "desk_reception"
	formMet     = "desk_met"
)

var receptionForms = map[string]string{
	formPublish: "reception.desk.button.draft_publish",
	formMet:     "reception.desk.button.draft_met",
}

// receptionDates asks an admin whose day it is, and then which date.
func (t *turn) receptionDates(ctx context.Context, leader cases.OfficerID) error {
	back := []text.Button{t.button("reception.desk.button.list", data{what: "rcpl"})}
	if leader == 0 {
		all, err := t.store.Officers(ctx, "")
		if err != nil {
			return fmt.Errorf("list officers: %w", err)
		}
		var buttons []text.Button
		for _, o := range all {
			if o.Role.Receives() && !o.Revoked {
				buttons = append(buttons, text.Button{Text: text.Cut(o.Name, 40), Data: data{what: "rcpn", number: int(o.ID)}.String()})
			}
		}
		key := "reception.desk.whose"
		if len(buttons) == 0 {
			key = "reception.desk.no_leaders"
		}
		t.screen(flows.Screen{Name: screenReception}, t.say(key), append(pairUp(2, 40, buttons...), back)...)
		return nil
	}
	if err := t.mayPublish(ctx, leader); err != nil {
		return t.refuse(err)
	}
	var buttons []text.Button
	local := t.Now.In(t.book.Zone())
	for n := range 21 {
		day := time.Date(local.Year(), local.Month(), local.Day()+n+1, 12, 0, 0, 0, t.book.Zone())
		label := t.label("reception.desk.date_button", "Day", t.book.Day(t.lang, day), "Weekday", t.label("reception.weekday."+strconv.Itoa(int(day.Weekday()))))
		buttons = append(buttons, text.Button{Text: label, Data: data{what: "rcpd", number: int(leader), word: day.Format("20060102")}.String()})
	}
	t.screen(flows.Screen{Name: screenReception}, t.say("reception.desk.which_date"), append(pairUp(2, 44, buttons...), back)...)
	return nil
}

func (t *turn) mayPublish(ctx context.Context, leader cases.OfficerID) error {
	o, err := t.store.Officer(ctx, leader)
	if err != nil {
		return err
	}
	return t.org.Reception.MayPublish(t.by, o.ID, o.Role)
}

// planReception opens the form for the rest of a day.
func (t *turn) planReception(ctx context.Context, leader cases.OfficerID, date string) error {
	day, err := time.Parse("20060102", date)
	if err != nil {
		return t.worn(ctx)
	}
	if err := t.mayPublish(ctx, leader); err != nil {
		return t.refuse(err)
	}
	// The date stays in sight above the form, which does not ask for it.
	t.screen(flows.Screen{Name: screenReception}, t.say("reception.desk.new_day", "Day", t.book.Day(t.lang, day.Add(12*time.Hour))))
	return t.Begin(ctx, formPublish, map[string]string{
		"mode": "office", "leader": strconv.FormatInt(int64(leader), 10), "date": day.Format(time.DateOnly),
	})
}

// meet opens the form for what came of a booking.
func (t *turn) meet(ctx context.Context, day int64, slot string, to cases.BookingState) error {
	b, err := t.booked(ctx, day, slot)
	if err == nil {
		_, err = b.Settle(to, b.On, t.Now)
	}
	if err != nil {
		return t.refuse(err)
	}
	key := "reception.desk.met_told"
	if b.Ref != "" {
		key = "reception.desk.met_case"
	}
	t.screen(flows.Screen{Name: screenReception, Arg: base36(day)}, t.say(key, "Ref", string(b.Ref)))
	return t.Begin(ctx, formMet, map[string]string{
		"mode": "office", "booking": b.ID, "day": base36(day), "to": string(to),
	})
}

// submitReception does what a finished form about a reception stands for.
func (t *turn) submitReception(ctx context.Context, draft flows.Draft) error {
	t.here()
	if draft.Flow == formMet {
		return t.settleReception(ctx, draft)
	}
	plan, times, err := t.plan(draft)
	if err == nil {
		var first cases.ReceptionDay
		published := 0
		for n, date := range times {
			plan.Date = date
			d, _, failed := t.received.PublishReception(ctx, t.by, plan, "draft:"+draft.ID+":"+date)
			if failed != nil && !told(failed) {
				return fmt.Errorf("publish a reception day: %w", failed)
			}
			if failed != nil {
				if err = failed; n == 0 {
					break
				}
				continue // one of a series that cannot be is left out
			}
			if published++; published == 1 {
				first = d
			}
		}
		if published > 0 {
			t.Close(draft.ID)
			return t.receptionDay(ctx, first.ID, t.say("reception.desk.published", "Count", published, "Asked", len(times)))
		}
	}
	t.Send(t.say(whyNot(err)), []text.Button{
		t.button("desk.button.back_to_draft", data{what: "draft", word: draft.Nonce}),
		t.button("reception.desk.button.list", data{what: "rcpl"}),
	})
	return nil
}

// whyNot is the key of what is said of a day that cannot be published.
func whyNot(err error) string {
	var e *cases.Error
	if errors.As(err, &e) {
		field := strings.TrimPrefix(e.Detail, "reception: ")
		switch {
		case e.Code == cases.NotNow:
			return "reception.desk.refused.overlap"
		case e.Code == cases.Incomplete && field != e.Detail:
			return "reception.desk.refused." + field
		}
		return e.Key()
	}
	return "error.internal"
}

// plan reads a form: the day, and the dates on which it is held.
func (t *turn) plan(draft flows.Draft) (cases.ReceptionPlan, []string, error) {
	refused := func(field string) (cases.ReceptionPlan, []string, error) {
		return cases.ReceptionPlan{}, nil, &cases.Error{Code: cases.Incomplete, Detail: "reception: " + field}
	}
	option := func(step string) string { return draft.Answers[step].Option }
	leader, err := strconv.ParseInt(draft.Context["leader"], 10, 64)
	if err != nil {
		return refused("date")
	}
	p := cases.ReceptionPlan{Leader: cases.Officer{ID: cases.OfficerID(leader)}}
	var ok bool
	if p.From, p.To, ok = hours(said(draft.Answers["hours"]).Text); !ok {
		return refused("hours")
	}
	p.Minutes, _ = strconv.Atoi(strings.TrimPrefix(option("minutes"), "m"))
	if option("in_person") == "yes" {
		p.Meetings, p.Place = append(p.Meetings, cases.InPerson), said(draft.Answers["place"]).Text
	}
	if option("phone") == "yes" {
		p.Meetings, p.Phone = append(p.Meetings, cases.ByPhone), said(draft.Answers["number"]).Text
	}
	if option("writing") == "yes" {
		p.Meetings = append(p.Meetings, cases.InWriting)
	}
	dates := cases.ReceptionDates(draft.Context["date"], option("repeat"))
	if len(dates) == 0 {
		return refused("date")
	}
	return p, dates, nil
}

// span is two times of a day, as people write them: "9:00-11:30", "9点到11点半", "09:00 to 11:30".
var span = regexp.MustCompile(`^(\d{1,2})(?:[:.点时h]\s*(\d{2}|半)?分?)?\s*(?:-|–|—|~|to|until|到|至)\s*(\d{1,2})(?:[:.点时h]\s*(\d{2}|半)?分?)?$`)

func hours(s string) (from, to cases.TimeOfDay, ok bool) {
	m := span.FindStringSubmatch(strings.ToLower(strings.TrimSpace(width.Fold.String(s))))
	if m == nil {
		return 0, 0, false
	}
	at := func(hour, minute string) cases.TimeOfDay {
		h, _ := strconv.Atoi(hour)
		n, _ := strconv.Atoi(minute)
		if minute == "半" {
			n = 30
		}
		if h > 24 || n > 59 {
			ok = false
		}
		return cases.TimeOfDay(h*60 + n)
	}
	ok = true
	from, to = at(m[1], m[2]), at(m[3], m[4])
	return from, to, ok && from < to && to <= 24*60
}

// settleReception records what came of a booking.
func (t *turn) settleReception(ctx context.Context, draft flows.Draft) error {
	to := cases.BookingState(draft.Context["to"])
	day, _ := strconv.ParseInt(draft.Context["day"], 36, 64)
	words := said(draft.Answers["words"]).Text
	b, err := t.received.ReceptionBooking(ctx, t.by, draft.Context["booking"])
	if err == nil {
		var recorded bool
		if b, recorded, err = t.received.SettleReception(ctx, t.by, b.ID, to, words); err == nil {
			t.Close(draft.ID)
			key := "reception.desk.settled"
			switch {
			case recorded:
				key = "reception.desk.settled_case"
			case words != "":
				key = "reception.desk.settled_told"
			}
			return t.receptionDay(ctx, day, t.say(key, "Ref", string(b.Ref)))
		}
	}
	if !told(err) {
		return fmt.Errorf("record a reception: %w", err)
	}
	t.Send(t.say("error."+string(cases.CodeOf(err))), []text.Button{
		t.button("reception.desk.button.day", data{what: "rcp", number: int(day)}),
		t.button("desk.button.back_to_draft", data{what: "draft", word: draft.Nonce}),
	})
	return nil
}
