package postgres_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// parlour is a scene whose case is open and owned, with the stores as they run apart: each has its role's rights only.
type parlour struct {
	*scene
	desk, intake *postgres.Store
	now          atomic.Int64
}

func newParlour(t *testing.T) *parlour {
	p := &parlour{scene: newScene(t)}
	p.now.Store(time.Now().UnixMicro())
	as := func(role postgres.Role) *postgres.Store {
		return p.open(func(o *postgres.Options) {
			o.Role, o.Now = role, func() time.Time { return time.UnixMicro(p.now.Load()).UTC() }
		})
	}
	p.desk, p.intake = as(postgres.Desk), as(postgres.Intake)
	p.does(cases.Act{Action: cases.Take, By: p.lin.Actor()}, cases.Act{Action: cases.Accept, By: p.lin.Actor()})
	return p
}

// does does acts to the plain case, the office's by the desk and the reporter's by the intake, and gives the last event.
func (p *parlour) does(acts ...cases.Act) (e cases.Event) {
	p.t.Helper()
	for _, a := range acts {
		s := p.desk
		if a.By.Party == cases.Reporter {
			s = p.intake
		}
		if a.Body == nil {
			a.Body = &cases.Body{Text: "words of " + string(a.Action)}
		}
		var err error
		if _, e, _, err = s.Act(p.ctx, p.plain.Ref, a); err != nil {
			p.t.Fatalf("%s: %v", a.Action, err)
		}
	}
	return e
}

func (p *parlour) invite(by cases.Officer, what string, days int) (token string) {
	p.t.Helper()
	token, err := p.tryInvite(by, what, days)
	if err != nil {
		p.t.Fatal(err)
	}
	return token
}

func (p *parlour) tryInvite(by cases.Officer, what string, days int) (token string, err error) {
	now := time.UnixMicro(p.now.Load())
	token, _, err = p.desk.InviteGuest(p.ctx, p.plain.Ref, cases.Act{
		Action: cases.InviteGuest, By: by.Actor(), Code: what, Until: now.AddDate(0, 0, days),
	}, cases.Invite{Name: "Guest", Expires: now.Add(72 * time.Hour)})
	return token, err
}

func (p *parlour) joins(token, name string) cases.Officer {
	p.t.Helper()
	o, err := p.desk.Join(p.ctx, token, []byte("key of "+name), []byte("address of "+name), "en")
	if err != nil {
		p.t.Fatal(err)
	}
	return o
}

var person = cases.Actor{Party: cases.Reporter}

// mediated has both sides at the table.
func (p *parlour) mediated() cases.Officer {
	p.does(cases.Act{Action: cases.Mediate, By: p.lin.Actor(), To: p.zhao.ID})
	guest := p.joins(p.invite(p.zhao, cases.GuestOther, 30), "other side")
	p.does(cases.Act{Action: cases.Consent, By: person}, cases.Act{Action: cases.Consent, By: guest.Actor()})
	return guest
}

// A guest's rows are those of one case, and of it no identity; the other side gets the mediation's events and no files.
func TestGuestsSeeOneCase(t *testing.T) {
	t.Parallel()
	p := newParlour(t)
	counsel := p.joins(p.invite(p.wu, cases.GuestCounsel, 7), "counsel")
	other := p.mediated()
	one := []string{string(p.plain.Ref)}
	for name, id := range map[string]cases.OfficerID{"counsel": counsel.ID, "other side": other.ID, "mediator from elsewhere": p.zhao.ID} {
		got := p.refs(id, "SELECT ref FROM cases WHERE department = 'hr'")
		if !slices.Equal(got, one) {
			t.Errorf("%s sees %v", name, got)
		}
		if got := p.refs(id, "SELECT case_id::text FROM identities"); len(got) != 0 {
			t.Errorf("%s sees an identity", name)
		}
	}
	if got := p.refs(counsel.ID, "SELECT ref FROM cases"); !slices.Equal(got, one) {
		t.Errorf("counsel sees %v", got)
	}
	kinds := p.refs(other.ID, "SELECT DISTINCT kind FROM events")
	if want := []string{"consented", "guest_joined", "mediation_started"}; !slices.Equal(kinds, want) {
		t.Errorf("the other side sees %v, want %v", kinds, want)
	}
	if got := p.refs(counsel.ID, "SELECT DISTINCT kind FROM events"); !slices.Contains(got, "filed") {
		t.Errorf("counsel sees %v", got)
	}
	if got := p.refs(other.ID, "SELECT seq::text FROM events WHERE body IS NOT NULL AND kind NOT IN ('consented', 'mediation_started')"); len(got) != 0 {
		t.Errorf("the other side sees words of %v", got)
	}
	p.does(cases.Act{Action: cases.Add, By: person, Body: &cases.Body{Files: []cases.File{{ID: "f1", Kind: "photo"}}}})
	if n, m := len(p.refs(counsel.ID, "SELECT id::text FROM files")), len(p.refs(other.ID, "SELECT id::text FROM files")); n != 1 || m != 0 {
		t.Errorf("counsel sees %d files, the other side %d", n, m)
	}
	// And by the store: what each of them gets, and by no way more.
	events, err := p.desk.Desk().Events(p.ctx, counsel.Actor(), p.plain.ID)
	if err != nil || events[0].Body == nil {
		t.Errorf("counsel reads %v, %v", events, err)
	}
	if _, err := p.desk.Desk().Identity(p.ctx, counsel.Actor(), p.plain.ID); cases.CodeOf(err) != cases.NotAllowed {
		t.Errorf("counsel asks who filed it: %v", err)
	}
	if _, err := p.desk.Desk().Files(p.ctx, other.Actor(), p.plain.ID); cases.CodeOf(err) != cases.NotAllowed {
		t.Errorf("the other side asks for files: %v", err)
	}
	c, err := p.desk.CaseByRef(p.ctx, other.Actor(), p.plain.Ref)
	if err != nil || c.Owner != 0 || c.Mode != "" || c.Department != "" {
		t.Errorf("the other side is given %+v, %v", c, err)
	}
	for _, a := range []cases.Action{cases.Note, cases.Take, cases.Reply, cases.Open} {
		if _, _, _, err := p.desk.Act(p.ctx, p.plain.Ref, cases.Act{Action: a, By: other.Actor(), Body: &cases.Body{Text: "x"}}); cases.CodeOf(err) != cases.NotAllowed {
			t.Errorf("the other side tries to %s: %v", a, err)
		}
	}
	if _, err := p.desk.CaseByRef(p.ctx, counsel.Actor(), p.restricted.Ref); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("another case: %v", err)
	}
	for _, o := range []cases.Officer{counsel, other, p.zhao, p.lin} {
		want := 1
		if o.ID == p.lin.ID {
			want = 0
		}
		if in, err := p.desk.Desk().AskedIn(p.ctx, o.Actor()); err != nil || len(in) != want {
			t.Errorf("%s was asked into %d cases, %v", o.Name, len(in), err)
		}
	}
}

// Both agree, each by a store of its own: the system settles it in the same transaction, with the words that were agreed to.
func TestSettlementIsTheAnswer(t *testing.T) {
	t.Parallel()
	p := newParlour(t)
	other := p.mediated()
	offer := p.does(cases.Act{Action: cases.Offer, By: p.zhao.Actor(), Body: &cases.Body{Text: "Both say sorry."}})
	p.does(cases.Act{Action: cases.Agree, By: person}, cases.Act{Action: cases.Agree, By: other.Actor(), Key: "yes"})
	events, err := p.Events(p.ctx, p.plain.ID)
	if err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1]
	if last.Kind != cases.Settled || last.Body == nil || last.Body.Text != offer.Body.Text || last.By.Party != cases.System {
		t.Errorf("the last event is %+v", last)
	}
	c, err := p.CaseByID(p.ctx, p.plain.ID)
	if err != nil || c.Status != cases.StatusClosed || c.Outcome != "settled" {
		t.Errorf("the case is %+v, %v", c, err)
	}
	folded, err := cases.Fold(c, events)
	if err != nil || cmp.Diff(c.Work, folded.Work) != "" {
		t.Errorf("the events do not make the case: %v %s", err, cmp.Diff(c.Work, folded.Work))
	}
	// The same press again is told so, though the case is gone from its sight.
	if _, e, again, err := p.desk.Act(p.ctx, p.plain.Ref, cases.Act{Action: cases.Agree, By: other.Actor(), Key: "yes"}); err == nil && (!again || e.Kind != cases.Agreed) {
		t.Errorf("again: %v %v", e, err)
	}
	// The account ends when the last notice has been sent, not before.
	if _, err := p.intake.Tick(p.ctx); err != nil {
		t.Fatal(err)
	}
	if o, err := p.desk.Officer(p.ctx, other.ID); err != nil || o.Revoked {
		t.Errorf("revoked before they were told: %+v %v", o, err)
	}
	p.exec("UPDATE notices SET state = 'sent'")
	if _, err := p.intake.Tick(p.ctx); err != nil {
		t.Fatal(err)
	}
	if o, err := p.desk.Officer(p.ctx, other.ID); err != nil || !o.Revoked {
		t.Errorf("not revoked: %+v %v", o, err)
	}
	if n := p.count("SELECT count(*) FROM account_events WHERE kind = 'revoked'"); n != 1 {
		t.Errorf("%d revocations on record", n)
	}
}

// Counsel's time runs out by itself, the case knows it, and nobody else's does.
func TestCounselLeavesByTime(t *testing.T) {
	t.Parallel()
	p := newParlour(t)
	if _, err := p.tryInvite(p.lin, cases.GuestCounsel, 7); cases.CodeOf(err) != cases.NotAllowed {
		t.Errorf("an officer invites counsel: %v", err)
	}
	counsel := p.joins(p.invite(p.wu, cases.GuestCounsel, 7), "counsel")
	p.does(cases.Act{Action: cases.Open, By: counsel.Actor(), Key: "reading"})
	days := func(n int) {
		p.now.Add(int64(n) * 24 * time.Hour.Microseconds())
		if _, err := p.intake.Tick(p.ctx); err != nil {
			t.Fatal(err)
		}
	}
	days(6)
	if _, err := p.desk.CaseByRef(p.ctx, counsel.Actor(), p.plain.Ref); err != nil {
		t.Errorf("on the sixth day: %v", err)
	}
	days(1)
	if _, err := p.desk.CaseByRef(p.ctx, counsel.Actor(), p.plain.Ref); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("on the seventh day: %v", err)
	}
	if got := p.refs(counsel.ID, "SELECT ref FROM cases"); len(got) != 0 {
		t.Errorf("the rows are still there: %v", got)
	}
	if n := p.count("SELECT count(*) FROM events WHERE kind = 'guest_left' AND to_officer = $1", int64(counsel.ID)); n != 1 {
		t.Errorf("%d times left", n)
	}
}

// A link lets one person in, once, and only while whoever gave it has the case.
func TestGuestLinks(t *testing.T) {
	t.Parallel()
	p := newParlour(t)
	wu := p.wu
	join := func(token, name string) error {
		_, err := p.desk.Join(p.ctx, token, []byte("key of "+name), []byte("address of "+name), "en")
		return err
	}
	link := p.invite(wu, cases.GuestCounsel, 3)
	spare := p.invite(wu, cases.GuestCounsel, 3)
	if err := join(link, "Zhao Lei"); cases.CodeOf(err) != cases.NotAllowed {
		t.Errorf("somebody who works here becomes a guest: %v", err)
	}
	counsel := p.joins(link, "counsel")
	if again := p.joins(link, "counsel"); again.ID != counsel.ID {
		t.Errorf("the same person again: %+v", again)
	}
	for _, token := range []string{link, spare} {
		if err := join(token, "somebody else"); cases.CodeOf(err) != cases.UsedUp {
			t.Errorf("a second person: %v", err)
		}
	}
	if _, ok, err := p.desk.OfficerByKey(p.ctx, []byte("key of somebody else"), false); ok || err != nil {
		t.Errorf("and has an account: %v", err)
	}
	if _, err := p.tryInvite(wu, cases.GuestCounsel, 3); cases.CodeOf(err) != cases.Incomplete {
		t.Errorf("a second adviser is invited: %v", err)
	}
	p.does(cases.Act{Action: cases.DismissGuest, By: wu.Actor(), Code: cases.GuestCounsel})
	late := p.invite(wu, cases.GuestCounsel, 3)
	if err := p.Revoke(p.ctx, house, wu.ID); err != nil {
		t.Fatal(err)
	}
	if err := join(late, "a third"); cases.CodeOf(err) != cases.UsedUp {
		t.Errorf("a link of somebody who left: %v", err)
	}
}

// Opinions and failed offers are kept back by the store itself, whoever asks.
func TestEventsAreReadable(t *testing.T) {
	t.Parallel()
	p := newParlour(t)
	p.does(cases.Act{Action: cases.Convene, By: p.lin.Actor(), Officers: []cases.OfficerID{p.wu.ID, p.zhao.ID}})
	opinion := p.does(cases.Act{Action: cases.Opine, By: p.zhao.Actor(), Code: "partly"})
	read := func(by cases.Officer) bool {
		t.Helper()
		events, err := p.desk.Desk().Events(p.ctx, by.Actor(), p.plain.ID)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(events, func(e cases.Event) bool { return e.Seq == opinion.Seq })
		return events[i].Body != nil
	}
	if read(p.lin) || read(p.wu) || !read(p.zhao) {
		t.Errorf("owner %v, colleague %v, writer %v", read(p.lin), read(p.wu), read(p.zhao))
	}
	p.does(cases.Act{Action: cases.Opine, By: p.wu.Actor(), Code: "partly"})
	if !read(p.lin) || !read(p.wu) {
		t.Error("the panel is full")
	}
	for _, bad := range []cases.Officer{p.admin, p.custodian, {ID: 9999}} {
		_, _, _, err := p.desk.Act(p.ctx, p.recused.Ref, cases.Act{
			Action: cases.Mediate, By: p.wu.Actor(), To: bad.ID, Body: &cases.Body{Text: "words"},
		})
		if code := cases.CodeOf(err); code != cases.NotNow && code != cases.NotFound {
			t.Errorf("%+v as a mediator: %v", bad, err)
		}
	}
	// Of another department nobody sits on the panel of a confidential matter, unless it is marked for such.
	f := filing(cases.Named, "sealed")
	f.Case.Restricted = true
	sealed, far := p.file(f), p.officer("Far", cases.RoleOfficer, "elsewhere")
	p.act(sealed.Ref, cases.Act{Action: cases.Take, By: p.lin.Actor()})
	p.act(sealed.Ref, cases.Act{Action: cases.Accept, By: p.lin.Actor()})
	convene := cases.Act{Action: cases.Convene, By: p.lin.Actor(), Officers: []cases.OfficerID{p.wu.ID, far.ID}, Body: &cases.Body{Text: "words"}}
	_, _, _, err := p.desk.Act(p.ctx, sealed.Ref, convene)
	wantCode(t, "somebody from elsewhere", err, cases.NotFound)
	marked := p.asDesk(func(o *postgres.Options) { o.Confidential = map[string]bool{"elsewhere": true} })
	if _, _, _, err := marked.Act(p.ctx, sealed.Ref, convene); err != nil {
		t.Errorf("somebody of a marked department: %v", err)
	}
}
