package desk

import (
	"strconv"
	"time"

	ics "github.com/arran4/golang-ical"

	"huiyin/bot/text"
	"huiyin/cases"
)

// calendar is a reception day as iCalendar (RFC 5545), an entry for each booking: when and how, and nothing of who or why,
// because calendars are shared and synchronised. Taken in again, it moves what was moved and takes out what was cancelled.
// The same bookings at the same time give the same bytes.
func calendar(book *text.Book, lang string, d cases.ReceptionDay, all []cases.Booking, now time.Time) string {
	cal := ics.NewCalendarFor("Huiyin")
	cal.SetMethod(ics.MethodPublish)
	for _, b := range all {
		slot, ok := d.Slot(b.Slot)
		if !ok {
			continue
		}
		e := cal.AddEvent(b.ID + "@huiyin")
		e.SetDtStampTime(now)
		e.SetStartAt(slot.From)
		e.SetEndAt(slot.To)
		sequence := b.Moves
		e.SetStatus(ics.ObjectStatusConfirmed)
		if b.State == cases.BookingCancelled || d.Cancelled {
			sequence++
			e.SetStatus(ics.ObjectStatusCancelled)
		}
		e.SetProperty(ics.ComponentPropertySequence, strconv.Itoa(sequence))
		e.SetClass(ics.ClassificationPrivate)
		e.SetSummary(book.Label(lang, "reception.desk.calendar_entry", "How", book.Label(lang, "reception.desk.meeting."+string(b.Meeting))))
		switch {
		case b.Meeting == cases.InPerson && d.Place != "":
			e.SetLocation(d.Place)
		case b.Meeting == cases.ByPhone && d.Phone != "":
			e.SetLocation(d.Phone)
		}
	}
	return cal.Serialize(ics.WithNewLineWindows)
}
