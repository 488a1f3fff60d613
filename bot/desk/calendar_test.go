package desk

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/configs"
)

func TestCalendar(t *testing.T) {
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
	d := cases.ReceptionDay{
		ID: 3, Leader: 1, Name: "王芳", From: time.Date(2026, 12, 3, 1, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 3, 3, 0, 0, 0, time.UTC),
		Minutes: 30, Meetings: cases.Meetings(), Phone: "8800",
		Place: "一号楼, 203 室; 从食堂旁边的门进来，再往右走到走廊尽头，那里没有人会问您来做什么，" + `也不用登记\签到`,
	}
	all := []cases.Booking{
		{ID: "0f7a2c1e-0000-4000-8000-000000000001", Slot: 0, Meeting: cases.InPerson, State: cases.Booked},
		{ID: "0f7a2c1e-0000-4000-8000-000000000002", Slot: 1, Meeting: cases.ByPhone, State: cases.Booked, Moves: 2},
		{ID: "0f7a2c1e-0000-4000-8000-000000000003", Slot: 2, Meeting: cases.InWriting, State: cases.BookingCancelled},
	}
	now := time.Date(2026, 12, 2, 10, 0, 0, 0, time.UTC)
	got := calendar(book, "zh-Hans", d, all, now)
	if again := calendar(book, "zh-Hans", d, all, now); again != got {
		t.Error("the same day gives other bytes")
	}
	const golden = "testdata/reception.ics"
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("calendar (-want +got):\n%s", diff)
	}
	if strings.Count(got, "\n") != strings.Count(got, "\r\n") || !strings.HasSuffix(got, "\r\n") {
		t.Error("a line does not end in CRLF")
	}
	for _, line := range strings.Split(got, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	back, err := ics.ParseCalendar(strings.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	events := back.Events()
	if len(events) != 3 {
		t.Fatalf("%d entries", len(events))
	}
	start, err := events[1].GetStartAt()
	if err != nil || !start.Equal(d.From.Add(30*time.Minute)) {
		t.Errorf("starts at %v, %v", start, err)
	}
	if place := events[0].GetProperty(ics.ComponentPropertyLocation).Value; place != d.Place {
		t.Errorf("the place comes back as %q", place)
	}
	if strings.Contains(got, "王芳") {
		t.Error("a calendar holds a name")
	}
}
