package main

import (
	"fmt"
	"regexp"
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
	r.say(own, "/close "+r.ref)
	own.tap("o.substantiated")
	r.h.settle()
	r.say(own, closedWords)
	r.press(own, "Done", "Send")
	r.search(stageClosed)
	r.open("")
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

// draft fills in the whole form. Whoever files without a name says it first and thinks better of it: the form must
// forget at once.
func (r *markerRun) draft() {
	me := r.reporter
	r.say(me, "/start")
	r.press(me, "English")
	first := r.life.mode
	if first.Nameless() {
		first = cases.Named
	}
	r.say(me, "/file", string(first), "ok", "contract", "dismissed", plantedWords, plantedChinese, "done", "skip", "skip", "skip", "skip", "first_time")
	r.h.telegram.Fail(sim.Fault{Kind: sim.FaultServer, Code: 502, Chat: me.ID(), Count: 1})
	me.SendFile("document", plantedPhoto, plantedPicture(), "", "")
	r.h.settle()
	me.SendFile("photo", plantedPhoto, plantedPicture(), "", "")
	r.h.settle()
	me.SendFile("document", plantedPDF, plantedLetter(), "", "")
	r.h.settle()
	r.say(me, "done", plantedName, plantedUnit, plantedPhone)
	for _, m := range me.Messages() {
		if m.Media != nil {
			r.known = append(r.known, marked("Telegram's name of a file", m.Media.FileID))
		}
	}
	r.h.forgetPace(me.ID())
	if r.life.mode.Nameless() {
		r.search(stageDrafted)
		r.press(me, "Edit: How you file", "Anonymous", "I understand, file anonymously")
		r.press(me, map[cases.Mode]string{cases.Anonymous: "Yes, quietly", cases.Dark: "No, keep nothing"}[r.life.mode])
		if screen := me.screen().Text; strings.Contains(screen, plantedName) || strings.Contains(screen, plantedPhone) {
			r.h.t.Errorf("the form has not forgotten who it is:\n%s", screen)
		}
	}
}

// send files the case and saves what its mode gives.
func (r *markerRun) send() {
	t, me := r.h.t, r.reporter
	t.Helper()
	// The answer to the first try is lost.
	r.h.telegram.Fail(sim.Fault{Kind: sim.FaultServer, Code: 500, Chat: me.ID(), Count: 1})
	r.press(me, "Send")
	r.ref = refPattern.FindString(me.wholeChat())
	if r.ref == "" {
		t.Fatalf("no reference; the phone:\n%s", me.reads())
	}
	if r.mode.Nameless() {
		r.keepReceipt()
	}
	r.h.forgetPace(me.ID())
}

// keepReceipt writes the newest receipt down, as the person would.
func (r *markerRun) keepReceipt() {
	t, me := r.h.t, r.reporter
	t.Helper()
	all := receiptPattern.FindAllString(me.wholeChat(), -1)
	if len(all) == 0 {
		t.Fatalf("no receipt; the phone:\n%s", me.reads())
	}
	r.receipt = all[len(all)-1]
	r.known = append(r.known, marked("receipt", r.receipt), marked("receipt", strings.ReplaceAll(r.receipt, "-", "")))
	r.search(r.stage)
	r.press(me, "Keep the chat", "I have saved the code")
}

// take opens the case and every file of it. Everybody else looks for it by every way there is.
func (r *markerRun) take(own person) {
	t := r.h.t
	t.Helper()
	r.press(own, "Take it")
	for n := range 3 {
		r.press(own, fmt.Sprintf("File %d", n+1))
	}
	pictures := 0
	for _, m := range own.Messages() {
		if m.From != "bot" || m.Media == nil {
			continue
		}
		if strings.Contains(m.Media.Mime, "jpeg") {
			pictures++
			if raw := r.file(m); strings.Contains(string(raw), "Exif") {
				t.Errorf("the officer's copy of picture %s has EXIF", m.Media.Name)
			}
		}
	}
	if pictures != 2 {
		t.Errorf("the officer got %d pictures, want 2:\n%s", pictures, own.reads())
	}
	r.others()
}

// others has everybody who has nothing to do with the case look for it. A colleague of the department may open it, and
// so is not asked to.
func (r *markerRun) others() {
	for _, who := range []string{elsewhere, admin, custodian} {
		r.say(r.officers[who], "/queue", "/case "+r.ref, "/search "+r.ref, "/search forklift", r.ref)
	}
	r.say(r.officers[colleague], "/queue", "/mine", "/due", "/search forklift", "/status "+r.ref)
	for _, p := range r.officers {
		r.h.forgetPace(p.ID())
	}
}

// listen remembers what is on the reporter's phone before an officer acts.
func (r *markerRun) listen() { r.seen = r.reporter.Last().ID }

// quiet looks at what has come since to a reporter without a name: a message that says nothing, or nothing at all.
func (r *markerRun) quiet() {
	t, me := r.h.t, r.reporter
	t.Helper()
	if !r.mode.Nameless() {
		return
	}
	var came []sim.Message
	for _, m := range me.Messages() {
		if m.From == "bot" && m.ID > r.seen {
			came = append(came, m)
		}
	}
	if !r.mode.Reachable() {
		if len(came) != 0 {
			t.Errorf("a reporter who left no address hears %q", came[0].Text)
		}
		return
	}
	if len(came) == 0 {
		t.Errorf("no quiet message came; the phone:\n%s", me.reads())
	}
	for _, m := range came {
		said := fmt.Sprintf("%s %v", m.Text, m.Buttons)
		for _, tells := range []string{r.ref, strings.NewReplacer("HY-", "", "-", "").Replace(r.ref), "HY", "ontract", "ismiss", "case", "office", "question", "answer", "askmark", "replymark"} {
			if strings.Contains(said, tells) {
				t.Errorf("a quiet message tells %q: %s", tells, said)
			}
		}
		if m.Text != "There is something new for you." || len(m.Labels()) != 1 || m.Labels()[0] != "Look" {
			t.Errorf("a quiet message is not the neutral one: %s", said)
		}
	}
}

// open brings the case on the reporter's screen: from the list, by the quiet message or by the receipt.
func (r *markerRun) open(by string) {
	t, me := r.h.t, r.reporter
	t.Helper()
	r.h.forgetPace(me.ID())
	switch {
	case !r.mode.Nameless():
		r.say(me, "/status")
		r.press(me, r.ref)
	case r.mode.Reachable() && by == "":
		r.press(me, "Look")
	default:
		r.say(me, r.receipt)
	}
	if !strings.Contains(me.screen().Text, r.ref) {
		t.Fatalf("the case does not open; the phone:\n%s", me.reads())
	}
}

// custody opens what is sealed, by two people.
func (r *markerRun) custody(own person) {
	guard := r.officers[custodian]
	r.say(own, "/case "+r.ref)
	r.press(own, "Ask for the "+r.life.custody)
	r.say(own, reasonWords)
	r.press(own, "Done", "Send")
	r.h.forgetPace(own.ID())
	r.press(guard, "Look at it")
	r.search(stageReplied, "reason")
	r.press(guard, "Grant", "Yes, grant it")
	r.say(own, "/case "+r.ref)
	r.press(own, "Open the "+r.life.custody, "Yes, open it")
	if r.life.custody == cases.CustodyOriginals {
		for n := range 3 {
			own.tapOriginal(n)
			r.h.settle()
		}
	}
	r.others()
}

var originalButton = regexp.MustCompile(`^d\.orig\.`)

// tapOriginal presses the nth button of the newest list of originals.
func (p person) tapOriginal(n int) {
	p.t.Helper()
	all := p.Messages()
	for i := len(all) - 1; i >= 0; i-- {
		var found []string
		for _, row := range all[i].Buttons {
			for _, b := range row {
				if originalButton.MatchString(b.Data) {
					found = append(found, b.Data)
				}
			}
		}
		if n < len(found) {
			if _, err := p.Press(all[i].ID, found[n]); err != nil {
				p.t.Fatal(err)
			}
			return
		}
	}
	p.t.Fatalf("no button of original %d; %s's phone:\n%s", n, p.Profile().Name, p.reads())
}

// changeWay reveals or forgets the reporter.
func (r *markerRun) changeWay(own person) {
	me, to := r.reporter, r.life.to
	if to == r.mode {
		return
	}
	r.open("receipt")
	r.press(me, "Who may know")
	if to.Below(r.mode) {
		r.press(me, "Forget me", map[cases.Mode]string{cases.Anonymous: "Go on without my name", cases.Dark: "Keep nothing"}[to])
		for range 3 { // every mode between says what it keeps
			if _, ok := me.screen().Button("I understand"); ok {
				r.press(me, "I understand")
			}
		}
		from := r.mode
		r.press(me, "Send")
		r.mode = to
		if !from.Nameless() {
			r.keepReceipt()
		}
		return
	}
	r.press(me, "Let them know who I am")
	me.tap("o." + string(to))
	r.h.settle()
	r.press(me, "I understand")
	r.say(me, plantedName, plantedUnit, plantedPhone)
	screen := me.screen().Text
	for _, shown := range []string{plantedName, plantedUnit, plantedPhone} {
		if !strings.Contains(screen, shown) {
			r.h.t.Errorf("the preview does not show %q:\n%s", shown, screen)
		}
	}
	r.search(r.stage)
	r.press(me, "Send")
	r.mode = to
	r.say(own, "/case "+r.ref)
}

// destroyed looks whether an act ends the words of the case.
func (r *markerRun) destroyed(act func()) {
	t := r.h.t
	t.Helper()
	id := r.caseID()
	keys, _ := readFolder(t, r.h.settings.Blobs)
	if !strings.Contains(string(keys), id) || !strings.Contains(string(keys), "/copy") {
		t.Fatalf("before the end there is no key or no file of the case:\n%s", keys)
	}
	act()
	r.h.settle()
	if keys, _ := readFolder(t, r.h.settings.Blobs); strings.Contains(string(keys), id) || strings.Contains(string(keys), "/copy") || strings.Contains(string(keys), "/original") {
		t.Errorf("the key or the files of the case are still there:\n%s", keys)
	}
	before := len(r.officers[owner].wholeChat())
	r.say(r.officers[owner], "/case "+r.ref)
	if said := r.officers[owner].wholeChat()[before:]; strings.Contains(said, "wordmark") || !strings.Contains(said, "Not found") {
		t.Errorf("the officer still opens the case:\n%s", said)
	}
	events, _ := r.h.store.Events(t.Context(), id) // that it cannot be read is right as well
	for _, e := range events {
		if e.Body != nil {
			t.Errorf("the words of event %d are still read", e.Seq)
		}
	}
	r.holds("cases", 1)
	r.holds("reporters", 0)
	r.holds("identities", 0)
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
	config, err := configs.Load("")
	if err != nil {
		t.Fatal(err)
	}
	r.inDatabase(func(db *pgx.Conn) error {
		_, err := db.Exec(t.Context(), `UPDATE cases SET ended_at = ended_at - make_interval(days => $1), warned_at = warned_at - make_interval(days => $1)`, days)
		return err
	})
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
	if w, s, err := store.Retain(t.Context()); err != nil || w != warned || s != shredded {
		t.Fatalf("retention warned of %d and destroyed %d, want %d and %d; %v", w, s, warned, shredded, err)
	}
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
