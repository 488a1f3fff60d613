package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/configs"
	"huiyin/sim"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
)

// TestMarkerRun plants a reporter who is marked all over and takes a case of every mode through its whole life. After
// every stage it searches everything that is kept, said to the operator or sent to an officer, for every mark in every
// form. theTable says what may be where; all else is a leak.
func TestMarkerRun(t *testing.T) {
	t.Parallel()
	for _, l := range []life{
		{cases.Named, cases.Named, cases.CustodyOriginals, "time"},
		{cases.Named, cases.Dark, "", "time"},
		{cases.Named, cases.Confidential, "", "time"},
		{cases.Confidential, cases.Anonymous, cases.CustodyIdentity, "time"},
		{cases.Confidential, cases.Named, "", "time"},
		{cases.Anonymous, cases.Dark, cases.CustodyOriginals, "time"},
		{cases.Anonymous, cases.Named, "", "time"},
		{cases.Dark, cases.Dark, "", "request"},
		{cases.Dark, cases.Confidential, "", "time"},
	} {
		t.Run(strings.ReplaceAll(l.String(), " ", "_"), func(t *testing.T) {
			t.Parallel()
			newMarkerRun(t, l).live()
		})
	}
}

// markerRun is one life of one case.
type markerRun struct {
	h        *testHouse
	life     life
	mode     cases.Mode // that the case has
	stage    int
	officers map[string]person
	reporter person
	known    []marker
	metrics  string // where they are read
	ref      string
	receipt  string // "" while there is none
	seen     int    // the newest message on the reporter's phone before an officer acted
}

func newMarkerRun(t *testing.T, l life) *markerRun {
	h := startHouse(t)
	r := &markerRun{h: h, life: l, mode: l.mode, known: markers(), metrics: "http://" + h.addr + "/metrics", officers: map[string]person{}}
	for i, o := range []struct {
		who, name  string
		role       cases.Role
		department string
	}{
		{owner, "Li Na", cases.RoleOfficer, "hr"}, {colleague, "Wu Jun", cases.RoleOfficer, "hr"}, {elsewhere, "Tan Qi", cases.RoleOfficer, "safety"},
		{admin, "Xu Bo", cases.RoleAdmin, ""}, {custodian, "Guo Yi", cases.RoleCustodian, ""},
	} {
		p := r.person(sim.Profile{ID: int64(990100 + i), Name: o.name, Username: fmt.Sprintf("officer%d", i), Language: "en"})
		p.Start(h.invite(o.name, o.role, o.department))
		r.officers[o.who] = p
	}
	h.settle()
	r.reporter = r.person(sim.Profile{ID: plantedID, Name: plantedAccount, LastName: plantedLast, Username: plantedUsername, Language: "en"})
	return r
}

func (r *markerRun) person(p sim.Profile) person { return person{r.h.telegram.AddPhone(p), r.h.t} }

// say sends messages one after another, each when the one before is answered.
func (r *markerRun) say(p person, words ...string) {
	r.h.t.Helper()
	for _, s := range words {
		p.Send(s)
		r.h.settle()
	}
}

// press presses buttons by their labels, one after another.
func (r *markerRun) press(p person, labels ...string) {
	r.h.t.Helper()
	for _, l := range labels {
		p.label(l)
		r.h.settle()
	}
}

// live is the life of the case.
func (r *markerRun) live() {
	me, own := r.reporter, r.officers[owner]
	r.draft()
	r.search(stageDrafted)
	r.send()
	r.search(stageFiled)
	r.take(own)
	r.search(stageTaken)
	r.join(own)
	r.search(stageJoined)
	r.say(own, "/case "+r.ref)
	r.press(own, "Accept")
	r.listen()
	r.say(own, "/ask "+r.ref, askedWords)
	r.press(own, "Done", "Send")
	r.quiet()
	r.search(stageAsked)
	r.open("")
	r.press(me, "Answer the question")
	r.say(me, plantedAnswer)
	r.press(me, "Done", "Skip", "Send")
	r.say(own, "/case "+r.ref)
	r.search(stageAnswered)
	r.listen()
	r.say(own, "/reply "+r.ref, repliedWords)
	r.press(own, "Done", "Send")
	r.quiet()
	r.search(stageReplied)
	if r.life.custody != "" {
		r.custody(own)
		r.search(stageCustody)
	}
	r.changeWay(own)
	r.search(stageWay)
	if r.life.end == "request" {
		r.takeBack()
	} else {
		r.close(own)
		r.retain(1066, 1, 0)
		r.search(stageWarned)
		r.destroyed(func() { r.retain(33, 0, 1) }) // two days more, for a warning that is dated to its day
	}
	r.search(stageShredded)
}

// close ends the case, and the reporter says whether it helped.
func (r *markerRun) close(own person) {
	me := r.reporter
	r.say(own, "/propose "+r.ref)
	own.tap("o.substantiated")
	r.h.settle()
	r.say(own, closedWords)
	r.press(own, "Done", "Send")
	r.search(stageClosed)
	r.open("")
	r.press(me, "I am satisfied")
	r.press(me, "Did it help?")
	me.tap("o.helped")
	r.h.settle()
	r.say(me, plantedRating)
	r.press(me, "Send")
	r.say(own, "/case "+r.ref) // words nobody has read would keep the case
	r.search(stageRated)
}

// takeBack is the reporter withdrawing the case and having its words destroyed.
func (r *markerRun) takeBack() {
	me := r.reporter
	r.open("receipt")
	r.press(me, "Withdraw the case", "Skip", "Send", "Open the case", "Who may know", "Destroy what I wrote")
	r.destroyed(func() { r.press(me, "Yes, destroy it for good") })
}

// caseID is the case's id, which nobody is shown.
func (r *markerRun) caseID() (id string) {
	t := r.h.t
	t.Helper()
	r.inDatabase(func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), "SELECT id::text FROM cases WHERE ref = $1", r.ref).Scan(&id)
	})
	return id
}

// inDatabase does something as the database's owner.
func (r *markerRun) inDatabase(do func(*pgx.Conn) error) {
	t := r.h.t
	t.Helper()
	db, err := pgx.Connect(t.Context(), r.h.settings.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(t.Context()) }() // the database is dropped next
	if err := do(db); err != nil {
		t.Fatal(err)
	}
}

// holds counts the rows of a table. What is sealed is no longer readable to a search, so what is to be gone is counted.
func (r *markerRun) holds(table string, want int) {
	t := r.h.t
	t.Helper()
	var n int
	r.inDatabase(func(db *pgx.Conn) error { return db.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n) })
	if n != want {
		t.Errorf("%s: %d rows of %s, want %d", stageNames[r.stage], n, table, want)
	}
}

// holdsWay looks whether what is kept of the reporter is what the mode promises, and no more.
func (r *markerRun) holdsWay() {
	t := r.h.t
	t.Helper()
	identities := 1
	if r.mode.Nameless() {
		identities = 0
	}
	r.holds("identities", identities)
	var mode string
	var key, address, receipt bool
	r.inDatabase(func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), "SELECT mode, reporter_key IS NOT NULL, address IS NOT NULL, receipt_lookup IS NOT NULL FROM reporters").
			Scan(&mode, &key, &address, &receipt)
	})
	if mode != string(r.mode) || key == r.mode.Nameless() || address != r.mode.Reachable() || receipt != r.mode.Nameless() {
		t.Errorf("%s: a %s reporter is kept as %s with key %v, address %v, receipt %v", stageNames[r.stage], r.mode, mode, key, address, receipt)
	}
}

// retain lets days go by for the case and does what retention then asks for.
func (r *markerRun) retain(days, warned, shredded int) {
	t := r.h.t
	t.Helper()
	r.inDatabase(func(db *pgx.Conn) error {
		_, err := db.Exec(t.Context(), `UPDATE cases SET ended_at = ended_at - make_interval(days => $1), warned_at = warned_at - make_interval(days => $1)`, days)
		return err
	})
	r.asIntake(func(store *postgres.Store) {
		if w, s, err := store.Retain(t.Context()); err != nil || w != warned || s != shredded {
			t.Fatalf("retention warned of %d and destroyed %d, want %d and %d; %v", w, s, warned, shredded, err)
		}
	})
}

// asIntake does something as the reporters' side, in a store of its own: what that one remembers ends with it.
func (r *markerRun) asIntake(do func(*postgres.Store)) {
	t := r.h.t
	t.Helper()
	config, err := configs.Load("")
	if err != nil {
		t.Fatal(err)
	}
	shares, err := blobs.Open(t.Context(), r.h.settings.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = shares.Close() }() // what was deleted is deleted
	opts := storeOptions(config, time.UTC)
	opts.Quiet = cases.Quiet{}
	opts.Role = postgres.Intake
	store, err := postgres.Open(t.Context(), r.h.settings.DatabaseURL, vault{r.h.keys, shares}, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	do(store)
	r.h.settle()
}

// search looks everywhere for everything.
func (r *markerRun) search(stage int, also ...string) {
	t := r.h.t
	t.Helper()
	r.stage = stage
	wrong, missing := judge(r.life, stage, r.known, r.places())
	for _, f := range wrong {
		if len(also) > 0 && f.marker == also[0] {
			continue
		}
		t.Errorf("%s: %s holds the %s (%s): …%s…", stageNames[stage], f.place, f.marker, f.form, f.around)
	}
	if stage >= stageFiled && stage < stageShredded {
		r.holdsWay()
	}
	for _, m := range missing {
		t.Errorf("%s: no %s, where it belongs", stageNames[stage], m)
	}
}
