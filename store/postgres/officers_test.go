package postgres_test

import (
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

func TestInviteIsForOne(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	b := setup(t, func(o *postgres.Options) { o.Now = func() time.Time { return now } })
	inv := cases.Invite{Name: "林主任", Role: cases.RoleLead, Department: "hr", Expires: now.Add(time.Hour)}
	token, err := b.Invite(b.ctx, house, inv)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{22,64}$`).MatchString(token) {
		t.Errorf("token %q does not fit a deep link", token)
	}
	want := cases.Officer{ID: 1, Name: "林主任", Role: cases.RoleLead, Department: "hr", Language: "zh-Hans"}
	for range 2 { // the second is a redelivery, and the invite has expired by then
		o, err := b.Join(b.ctx, token, []byte("lin"), []byte("sealed"), "zh-Hans")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, o); d != "" {
			t.Errorf("joined as (-want +got):\n%s", d)
		}
		now = now.Add(2 * time.Hour)
	}
	_, err = b.Join(b.ctx, token, []byte("somebody else"), []byte("sealed"), "en")
	wantCode(t, "somebody else", err, cases.UsedUp)
	_, err = b.Join(b.ctx, "junk", []byte("lin"), []byte("sealed"), "en")
	wantCode(t, "junk", err, cases.UsedUp)
	late, err := b.Invite(b.ctx, house, inv)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Join(b.ctx, late, []byte("lin"), []byte("sealed"), "en")
	wantCode(t, "expired", err, cases.UsedUp)

	if err := b.Revoke(b.ctx, house, want.ID); err != nil {
		t.Fatal(err)
	}
	_, err = b.Join(b.ctx, token, []byte("lin"), []byte("sealed"), "en")
	wantCode(t, "the revoked one's own token", err, cases.UsedUp)
	inv.Expires, inv.Role = now.Add(time.Hour), cases.RoleOfficer
	back, err := b.Invite(b.ctx, house, inv)
	if err != nil {
		t.Fatal(err)
	}
	o, err := b.Join(b.ctx, back, []byte("lin"), []byte("sealed anew"), "en")
	if err != nil || o.ID != want.ID || o.Revoked || o.Role != cases.RoleOfficer {
		t.Errorf("invited anew: %+v, %v", o, err)
	}
}

func TestInviteAtOnceHasOneWinner(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, err := b.Invite(b.ctx, house, cases.Invite{Name: "Lin", Role: cases.RoleOfficer, Department: "hr", Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	var joined atomic.Int32
	together(10, func(i int) {
		_, err := b.Join(b.ctx, token, []byte{byte(i)}, []byte("sealed"), "en")
		if err == nil {
			joined.Add(1)
			return
		}
		wantCode(t, "the others", err, cases.UsedUp)
	})
	if joined.Load() != 1 {
		t.Errorf("%d joined", joined.Load())
	}
}

func TestInviteRefusesWhatIsIncomplete(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := cases.Invite{Name: "Lin", Role: cases.RoleOfficer, Department: "hr", Expires: time.Now().Add(time.Hour)}
	for name, spoil := range map[string]func(*cases.Invite){
		"no name":       func(i *cases.Invite) { i.Name = "" },
		"no role":       func(i *cases.Invite) { i.Role = "king" },
		"no department": func(i *cases.Invite) { i.Department = "" },
		"no end":        func(i *cases.Invite) { i.Expires = time.Time{} },
	} {
		inv := good
		spoil(&inv)
		_, err := b.Invite(b.ctx, house, inv)
		wantCode(t, name, err, cases.Incomplete)
	}
}

func TestOfficersComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin, zhao := b.officer("Lin", cases.RoleOfficer, "hr"), b.officer("Zhao", cases.RoleLead, "hr")
	sun := b.officer("Sun", cases.RoleAdmin, "")
	if err := b.SetOfficerLanguage(b.ctx, zhao.ID, "zh-Hans"); err != nil {
		t.Fatal(err)
	}
	zhao.Language = "zh-Hans"
	if err := b.Revoke(b.ctx, house, lin.ID); err != nil {
		t.Fatal(err)
	}
	lin.Revoked = true

	hr, err := b.Officers(b.ctx, "hr")
	if d := cmp.Diff([]cases.Officer{zhao}, hr); d != "" || err != nil {
		t.Errorf("of hr: %v\n%s", err, d)
	}
	all, err := b.Officers(b.ctx, "")
	if d := cmp.Diff([]cases.Officer{zhao, sun}, all); d != "" || err != nil {
		t.Errorf("all: %v\n%s", err, d)
	}
	if o, ok, err := b.OfficerByKey(b.ctx, []byte("key of Zhao"), false); !ok || err != nil || !cmp.Equal(o, zhao) {
		t.Errorf("Zhao: %+v, %v, %v", o, ok, err)
	}
	for _, key := range []string{"key of Lin", "key of nobody"} {
		if o, ok, err := b.OfficerByKey(b.ctx, []byte(key), false); ok || err != nil || o.ID != 0 {
			t.Errorf("%s: %+v, %v, %v", key, o, ok, err)
		}
	}
	if o, err := b.Officer(b.ctx, lin.ID); err != nil || !cmp.Equal(o, lin) {
		t.Errorf("a revoked officer: %+v, %v", o, err)
	}
	if a, err := b.OfficerAddress(b.ctx, zhao.ID); err != nil || string(a) != "address of Zhao" {
		t.Errorf("address %q, %v", a, err)
	}
	_, revoked := b.OfficerAddress(b.ctx, lin.ID)
	_, unknown := b.Officer(b.ctx, 99)
	for what, err := range map[string]error{
		"revoked address": revoked, "unknown": unknown, "revoke unknown": b.Revoke(b.ctx, house, 99),
		"language of unknown": b.SetOfficerLanguage(b.ctx, 99, "en"),
	} {
		wantCode(t, what, err, cases.NotFound)
	}
}

// The last admin stays, whatever admins do to each other at the same moment, and nobody changes what they are themselves.
func TestAnAdminIsLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.officer("one", cases.RoleAdmin, ""), b.officer("two", cases.RoleAdmin, "")
	wantCode(t, "one's own role", b.Place(b.ctx, one.Actor(), one.ID, cases.RoleLead, "hr"), cases.NotAllowed)
	wantCode(t, "one's own access", b.Revoke(b.ctx, one.Actor(), one.ID), cases.NotAllowed)
	together(8, func(i int) {
		by, of := one, two
		if i%2 == 0 {
			by, of = two, one
		}
		if i < 4 {
			_ = b.Revoke(b.ctx, by.Actor(), of.ID) // who wins is told below
		} else {
			_ = b.Place(b.ctx, by.Actor(), of.ID, cases.RoleCustodian, "")
		}
	})
	if n := b.count("SELECT count(*) FROM officers WHERE role = 'admin' AND revoked_at IS NULL"); n != 1 {
		t.Errorf("%d admins are left", n)
	}
	for _, o := range []cases.Officer{one, two} {
		_ = b.Revoke(b.ctx, house, o.ID) // the command line may: it can also invite
	}
	if n := b.count("SELECT count(*) FROM officers WHERE role = 'admin' AND revoked_at IS NULL"); n != 0 {
		t.Errorf("%d admins are left", n)
	}
}
