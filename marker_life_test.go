package main

import (
	"fmt"
	"regexp"
	"strings"

	"huiyin/cases"
	"huiyin/sim"
)

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
	// The answer to the first try is lost, and what Telegram says of the next failures repeats what it was sent.
	r.h.telegram.Fail(sim.Fault{Kind: sim.FaultError, Code: 500, Method: "getFile", Count: 1, Description: "no " + plantedPhoto + " of " + plantedUsername})
	r.h.telegram.Fail(sim.Fault{
		Kind: sim.FaultError, Code: 500, Method: "sendMessage", Chat: r.officers[colleague].ID(), Count: 1, Description: "cannot send " + plantedWords,
	})
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
	r.press(own, "More…", "Ask for the "+r.life.custody)
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
		r.press(me, "Forget me", map[cases.Mode]string{cases.Confidential: "Seal who I am", cases.Anonymous: "Go on without my name", cases.Dark: "Keep nothing"}[to])
		for range 3 { // every mode between says what it keeps
			if _, ok := me.screen().Button("I understand"); ok {
				r.press(me, "I understand")
			}
		}
		from := r.mode
		r.press(me, "Send")
		r.mode = to
		if to.Nameless() && !from.Nameless() {
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
	for _, table := range []string{"co_reporters", "co_identities", "join_links"} {
		r.holds(table, 0)
	}
}
