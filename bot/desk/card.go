package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// dossier is all of a case that one officer may see.
type dossier struct {
	cases.Case
	open     bool // may read what was said
	events   []cases.Event
	told     map[int]cases.Delivery // by event: what became of the notice to the reporter
	identity *cases.Identity
	guards   []string // work names of the custodians, where an identity is sealed
	names    map[cases.OfficerID]string
	absent   *cases.Officer // its owner, when they are away
	files    []cases.File   // all evidence, in the order it came
	fileOf   map[int]int    // event -> how many files came with it
	kin      []cases.Case   // of the cases that have to do with it, those that this officer may know of
	aside    time.Time      // until when this officer has put it aside
}

// card shows a case, with a line above it when lead is not "" (finished markup).
// Reading it is recorded; an officer who may list a case but not read it sees its outside.
func (t *turn) card(ctx context.Context, ref cases.Reference, lead string) error {
	if t.by.Role == cases.RoleCustodian {
		return t.request(ctx, ref, lead)
	}
	if t.guest() {
		if shown, err := t.guestCard(ctx, ref, lead); shown || err != nil {
			return err
		}
	}
	d, err := t.read(ctx, ref)
	if locked, ok := errors.AsType[*codeWanted](err); ok {
		locked.lead = lead
	}
	if err != nil {
		return t.refuse(err)
	}
	markup, cut := t.layout(d, lead)
	t.screen(flows.Screen{Name: screenCase, Arg: string(ref)}, markup, t.cardRows(d, cut)...)
	return nil
}

// read loads a case and records that its content was opened. Every way to anybody's words leads through here, so
// here is asked for the code, and what is not recorded is not read.
func (t *turn) read(ctx context.Context, ref cases.Reference) (*dossier, error) {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return nil, fmt.Errorf("load case: %w", err)
	}
	d := &dossier{Case: c, open: cases.Can(t.by, cases.Open, c) == nil, told: map[int]cases.Delivery{}}
	if d.open && c.Restricted {
		if err := t.sure(ctx, c); err != nil {
			return nil, err
		}
	}
	if d.events, err = t.store.Events(ctx, t.by, c.ID); err != nil {
		return nil, fmt.Errorf("load events: %w", err)
	}
	if d.open && !t.opened(d) {
		act := cases.Act{Action: cases.Open, By: t.by, Key: t.key(c, c.Version, cases.Open, t.openings(d))}
		after, e, again, err := t.store.Act(ctx, ref, act)
		switch {
		case err == nil && !again:
			d.Case, d.events = after, append(slices.Clip(d.events), e)
		case err == nil:
			d.Case = after
		default:
			return nil, fmt.Errorf("record the opening: %w", err)
		}
	}
	if d.open && c.Mode == cases.Named {
		if d.identity, err = t.store.Identity(ctx, t.by, c.ID); err != nil && !told(err) {
			return nil, fmt.Errorf("load identity: %w", err)
		}
	}
	if d.open && c.Mode == cases.Confidential {
		if d.guards, err = t.custodians(ctx); err != nil {
			return nil, err
		}
	}
	notices, err := t.store.Deliveries(ctx, t.by, c.ID)
	if err != nil {
		return nil, fmt.Errorf("load deliveries: %w", err)
	}
	for _, n := range notices {
		if n.To == cases.ToReporter && n.Colleague == 0 {
			d.told[n.Seq] = n.State
		}
	}
	if err := t.around(ctx, d); err != nil {
		return nil, err
	}
	return d, t.gather(ctx, d)
}

// gather collects the files and the names of colleagues.
func (t *turn) gather(ctx context.Context, d *dossier) error {
	d.names, d.fileOf = map[cases.OfficerID]string{}, map[int]int{}
	want := append([]cases.OfficerID{d.Owner, d.Custody.By, d.Major.Seen}, d.people()...)
	for _, e := range d.events {
		want = append(want, e.By.Officer, e.To, e.For)
		if e.Body != nil && d.open {
			d.files = append(d.files, e.Body.Files...)
			d.fileOf[e.Seq] = len(e.Body.Files)
		}
	}
	for _, id := range want {
		if _, have := d.names[id]; have || id == 0 {
			continue
		}
		name, err := t.colleague(ctx, id)
		if err != nil {
			return fmt.Errorf("load colleague: %w", err)
		}
		d.names[id] = name
	}
	return t.absence(ctx, d)
}

// opened says whether this officer's reading is on record: once a day, and anew after the reporter has said more
// or the case came into this officer's hands.
func (t *turn) opened(d *dossier) bool {
	for _, e := range slices.Backward(d.events) {
		switch {
		case e.Kind == cases.Opened && e.By.Officer == t.by.Officer:
			return t.days(e.At, t.Now) == 0
		case e.Kind == cases.Filed, e.By.Party == cases.Reporter, e.Kind == cases.Joined && e.Body != nil,
			e.Kind == cases.Taken && e.By.Officer == t.by.Officer, e.Kind == cases.Assigned && e.To == t.by.Officer:
			return false
		}
	}
	return false
}

// openings numbers this officer's readings, so that each has a key of its own.
func (t *turn) openings(d *dossier) string {
	n := 0
	for _, e := range d.events {
		if e.Kind == cases.Opened && e.By.Officer == t.by.Officer {
			n++
		}
	}
	return strconv.Itoa(n)
}

// cardRows are the buttons under a card: what was cut and the evidence first, then what may be done, then the ways out.
func (t *turn) cardRows(d *dossier, cut []int) [][]text.Button {
	var read []text.Button
	for _, seq := range cut {
		label := t.label("desk.button.read_filing")
		if seq != 1 {
			label = t.label("desk.button.read_event", "Event", t.label("desk.event_name."+string(d.kindOf(seq))), "Day", t.book.Day(t.lang, d.at(seq)))
		}
		read = append(read, text.Button{Text: label, Data: data{what: "all", ref: d.Ref, number: seq}.String()})
	}
	files := t.fileButtons(d, "file", 0, maxFileButtons)
	if len(d.files) > maxFileButtons {
		label := t.label("desk.button.files", "Count", len(d.files))
		files = append(files, text.Button{Text: label, Data: data{what: "files", ref: d.Ref}.String()})
	}
	rows := pairUp(1, 60, read...)
	rows = append(rows, pairUp(2, 40, files...)...)
	rows = append(rows, pairUp(2, 36, t.likelyMoves(d.Case, len(d.files) > 0)...)...)
	rows = append(rows, t.letterRow(d)...)
	ways := []text.Button{
		t.button("desk.button.timeline", data{what: "past", ref: d.Ref}),
		t.button("desk.button.queue", data{what: "queue", word: view{}.String()}),
		t.button("desk.button.home", data{what: "home"}),
	}
	if t.guest() {
		ways = slices.Delete(ways, 1, 2) // there is no queue for them
	}
	return append(rows, pairUp(3, 40, ways...)...)
}

// maxFileButtons keeps a card usable by thumb; more evidence than this has pages of its own.
const maxFileButtons = 10

// fileButtons open files, from the one with index from (0 is the first), at most n. what is the button.
func (t *turn) fileButtons(d *dossier, what string, from, n int) []text.Button {
	var out []text.Button
	for i := from; i < min(from+n, len(d.files)); i++ {
		label := t.label("desk.button.file", "Number", i+1, "Kind", t.label("desk.file."+fileKind(d.files[i])))
		out = append(out, text.Button{Text: label, Data: data{what: what, ref: d.Ref, number: i + 1}.String()})
	}
	return out
}

// moves are the buttons of everything this officer may do to a case as it stands; files says that there is evidence.
func (t *turn) moves(c cases.Case, files bool) []text.Button {
	var out []text.Button
	for _, a := range cases.Moves(c, t.by, t.Now) {
		for _, b := range t.moveButtons(c, a, files) {
			out = append(out, b.Button)
		}
	}
	return out
}

// moveKey is the key of an act's name; word is its code where the button names it.
func moveKey(a cases.Action, word string) string {
	if word != "" && !chosenBefore(a) {
		return "desk.move." + string(a) + "_" + word
	}
	return "desk.move." + string(a)
}

// whats are the buttons of actions; those that have none are the reporter's, or not done by a button.
var whats = map[cases.Action]string{
	cases.Take: "take", cases.Release: "rel", cases.Accept: "acc", cases.Investigate: "begin", cases.Reopen: "reo",
	cases.Assign: "asg", cases.Reply: "reply", cases.Ask: "ask", cases.Note: "note", cases.Close: "close", cases.Propose: "prop",
	cases.Decline: "decl", cases.Redirect: "redir", cases.AskCustody: "cask", cases.OpenCustody: "copen",
	cases.GrantCustody: "cgrant", cases.RefuseCustody: "crefuse", cases.Hold: "hold", cases.LiftHold: "lift",
	cases.Recuse: "recuse", cases.Undo: "undo", cases.Tag: "tag", cases.LinkTo: "link", cases.Split: "split",
	cases.AnswerSecondLook: "look2", cases.AnswerFinalReview: "look3", cases.Raise: "raise", cases.AckMajor: "ackm",
	cases.Acknowledge: "ack", cases.OfferTransfer: "toff", cases.AcceptTransfer: "tacc", cases.RefuseTransfer: "tref",
	cases.AskExtension: "xask", cases.GrantExtension: "xgr", cases.RefuseExtension: "xref",
	cases.Convene: "conv", cases.Opine: "opine", cases.Conclude: "concl", cases.Mediate: "med",
	cases.EndMediation: "medend", cases.Offer: "offer", cases.Agree: "agree", cases.Consent: "consent",
	cases.InviteGuest: "guest", cases.DismissGuest: "guestx", cases.Export: "export",
}

// forms are the flows of actions that take words.
var forms = map[cases.Action]string{
	cases.Reply: "desk_reply", cases.Ask: "desk_ask", cases.Note: "desk_note", cases.Close: "desk_close", cases.Propose: "desk_propose",
	cases.Decline: "desk_decline", cases.Redirect: "desk_redirect", cases.AskCustody: "desk_custody", cases.Hold: "desk_hold",
	cases.Merge: "desk_merge", cases.Split: "desk_split",
	cases.Convene: "desk_convene", cases.Opine: "desk_opine", cases.Conclude: "desk_conclude", cases.Mediate: "desk_mediate",
	cases.EndMediation: "desk_end_mediation", cases.Offer: "desk_offer",
	cases.AnswerSecondLook: "desk_second_look", cases.AnswerFinalReview: "desk_final_review",
	cases.Raise:  "desk_raise",
	cases.Assign: "desk_handover", cases.OfferTransfer: "desk_transfer", cases.RefuseTransfer: "desk_refuse_transfer",
	cases.AskExtension: "desk_extension", cases.RefuseExtension: "desk_refuse_extension",
}

func (d *dossier) event(seq int) (cases.Event, bool) {
	i := slices.IndexFunc(d.events, func(e cases.Event) bool { return e.Seq == seq })
	if i < 0 {
		return cases.Event{}, false
	}
	return d.events[i], true
}

func (d *dossier) kindOf(seq int) cases.EventKind { e, _ := d.event(seq); return e.Kind }
