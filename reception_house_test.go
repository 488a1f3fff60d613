package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/bot"
	"huiyin/bot/intake"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/store/seal"
)

// receptionBegins moves all reception days that are still to come to where their second slot has just begun.
func (h *testHouse) receptionBegins() error {
	conn, err := pgx.Connect(h.t.Context(), h.settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }() // nothing is written on closing
	_, err = conn.Exec(h.t.Context(), `UPDATE reception_days
		SET starts_at = now() - make_interval(mins => minutes + 1), ends_at = now() - make_interval(mins => minutes + 1) + (ends_at - starts_at)
		WHERE starts_at > now()`)
	return err
}

// TestReceptionReminders: who has no name is reminded in the very words of every quiet notice, and everybody else of when,
// with whom and how; every button fits.
func TestReceptionReminders(t *testing.T) {
	t.Parallel()
	config, err := configs.Load("")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := config.Org.Location()
	if err != nil {
		t.Fatal(err)
	}
	book, err := text.NewBook(config.Languages, config.Messages.Texts(), zone)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	const id, about = "0f7a2c1e-0000-4000-8000-000000000001", "0f7a2c1e-0000-4000-8000-000000000002"
	side := intake.New(intake.Options{Book: book, Org: config.Org})
	day := cases.ReceptionDay{
		Name: "Wu Min", From: time.Date(2026, 12, 3, 1, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 3, 2, 0, 0, 0, time.UTC), Minutes: 30,
		Meetings: cases.Meetings(), Place: "Room 203", Phone: "8800",
	}
	for _, lang := range config.Languages {
		for _, word := range []cases.ReceptionWord{cases.DayBefore, cases.HourBefore, cases.CalledOff, cases.ReceptionSettled} {
			for _, b := range []cases.Booking{
				{ID: id, Meeting: cases.InPerson, Mode: cases.Named}, {ID: id, Meeting: cases.ByPhone, Mode: cases.Anonymous},
				{ID: id, Meeting: cases.ByPhone, Mode: cases.Anonymous, Case: about}, {ID: id, Meeting: cases.InWriting, Mode: cases.Confidential, Case: about},
			} {
				replies, err := side.ReceptionNotice(t.Context(), bot.ReceptionNotice{
					ReceptionNotice: cases.ReceptionNotice{Word: word, Day: day, Booking: b}, Lang: lang,
					Token: func(id string) string { return keys.NewsToken(id, 0, "bot|chat") },
				})
				if err != nil || len(replies) != 1 || len(replies[0].Rows) != 1 {
					t.Fatalf("%s %s %s: %+v, %v", lang, word, b.Mode, replies, err)
				}
				r := replies[0]
				if data := r.Rows[0][0].Data; len(data) > 64 || data == "" {
					t.Errorf("a button of %d bytes: %s", len(data), data)
				}
				switch quiet := book.T(lang, "notice.quiet"); {
				case b.Mode.Nameless() && (r.HTML != quiet || !r.Protect):
					t.Errorf("%s %s without a name says %q", lang, word, r.HTML)
				case !b.Mode.Nameless() && (!strings.Contains(r.HTML, "09:00") || !strings.Contains(r.HTML, "Wu Min")):
					t.Errorf("%s %s with a name says %q", lang, word, r.HTML)
				case b.Meeting == cases.InPerson && strings.HasSuffix(string(word), "_before") && !strings.Contains(r.HTML, "Room 203"):
					t.Errorf("%s %s does not say where: %q", lang, word, r.HTML)
				}
			}
		}
	}
}
