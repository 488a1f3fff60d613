package cases

import (
	"slices"
	"time"
)

// ReceptionWord is what a message about a reception is about.
type ReceptionWord string

// The words.
const (
	DayBefore        ReceptionWord = "day_before"
	HourBefore       ReceptionWord = "hour_before"
	CalledOff        ReceptionWord = "called_off" // the office called the day off
	ReceptionSettled ReceptionWord = "settled"    // what came of it, for who has no case
	Agenda           ReceptionWord = "agenda"     // to the leader: the day as it stands
)

// ReceptionReminder is a message that leaves at a time.
type ReceptionReminder struct {
	Word ReceptionWord
	At   time.Time
}

// Reminders are what a reporter is reminded by: a day and an hour before. Who has no name hears of it on the day before,
// at a drawn time of the hours in which notices leave, and only when that is not the day of the booking.
func Reminders(m Mode, s ReceptionSlot, q Quiet, loc *time.Location, now time.Time, draw func(n int64) int64) []ReceptionReminder {
	if !m.Reachable() {
		return nil
	}
	if m.Nameless() {
		if q == (Quiet{}) {
			return ahead(now, ReceptionReminder{DayBefore, s.From.AddDate(0, 0, -1)})
		}
		eve := q.Leave(TimeOfDay(12*60).on(s.From, -2, loc), loc, draw)
		if !eve.After(TimeOfDay(0).on(now, 1, loc)) {
			return nil
		}
		return []ReceptionReminder{{DayBefore, eve}}
	}
	y, mo, d := s.From.In(loc).Date()
	local := s.From.In(loc)
	eve := onClock(y, mo, d-1, local.Hour()*3600+local.Minute()*60, loc).UTC()
	return ahead(now, ReceptionReminder{DayBefore, eve}, ReceptionReminder{HourBefore, s.From.Add(-time.Hour)})
}

func ahead(now time.Time, all ...ReceptionReminder) []ReceptionReminder {
	return slices.DeleteFunc(all, func(r ReceptionReminder) bool { return !r.At.After(now) })
}

// AgendaTimes are when a leader is told of the day as it stands: in the evening before, and an hour before it begins.
func AgendaTimes(d ReceptionDay, loc *time.Location, now time.Time) []time.Time {
	all := []time.Time{TimeOfDay(18*60).on(d.From, -1, loc).UTC(), d.From.Add(-time.Hour)}
	return slices.DeleteFunc(all, func(at time.Time) bool { return !at.After(now) })
}

// Timely says whether a message to a reporter still tells something: a reminder of what is still to come, or what the
// office did. An hour before nobody without a name is reminded, also when the name was given up since.
func (n ReceptionNotice) Timely(now time.Time) bool {
	s, ok := n.Day.Slot(n.Booking.Slot)
	open := ok && n.Booking.State == Booked && now.Before(s.From)
	switch n.Word {
	case DayBefore:
		return open && !n.Day.Cancelled
	case HourBefore:
		return open && !n.Day.Cancelled && !n.Booking.Mode.Nameless()
	case CalledOff:
		return open
	case ReceptionSettled:
		return n.Booking.State == BookingHeld || n.Booking.State == BookingMissed
	}
	return false
}

// TellReception is when a reporter hears of what the office did to a booking. To who has no name it leaves as their
// notices do; when that would be less than an hour before the slot, at a drawn time that leaves both Gap after the act and
// an hour before the slot, and at once when there is no such time: nobody shall come for nothing.
func TellReception(m Mode, s ReceptionSlot, q Quiet, loc *time.Location, now time.Time, draw func(n int64) int64) time.Time {
	if !m.Nameless() || q == (Quiet{}) {
		return now
	}
	latest := s.From.Add(-time.Hour)
	if leave := q.Leave(now, loc, draw); !leave.After(latest) || s.From.Before(now) {
		return leave
	}
	first := now.Add(Gap)
	if !first.Before(latest) {
		return now
	}
	return first.Add(time.Duration(draw(int64(latest.Sub(first)/time.Second))) * time.Second)
}

// ReceptionDates are the dates of a day that is held once, weekly (four times) or monthly (three times, on the same
// weekday of the month's same week); nil for a date that is none. A month that has no such day is left out.
func ReceptionDates(date, repeat string) []string {
	first, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil
	}
	out := []string{date}
	switch repeat {
	case "weekly":
		for n := 1; n < 4; n++ {
			out = append(out, first.AddDate(0, 0, 7*n).Format(time.DateOnly))
		}
	case "monthly":
		week := (first.Day() - 1) / 7
		for n := 1; n < 3; n++ {
			month := time.Date(first.Year(), first.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
			day := month.AddDate(0, 0, (int(first.Weekday())-int(month.Weekday())+7)%7+7*week)
			if day.Month() == month.Month() {
				out = append(out, day.Format(time.DateOnly))
			}
		}
	}
	return out
}
