package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// choices are the codes of an act that has a button for each, one empty code for every other act.
func (t *turn) choices(c cases.Case, a cases.Action, files bool) []string {
	switch a {
	case cases.AskCustody:
		var out []string
		for what, sealed := range map[string]bool{
			cases.CustodyIdentity:  c.HoldsSealed(),
			cases.CustodyOriginals: files && c.Mode != cases.Dark, // of which none are kept
		} {
			if sealed && !c.Custody.Open(what, t.by.Officer, t.Now) {
				out = append(out, what)
			}
		}
		slices.Sort(out)
		return out
	case cases.InviteGuest, cases.DismissGuest:
		return t.guestChoices(c, a)
	case cases.OpenCustody:
		if !c.Custody.Open(c.Custody.What, t.by.Officer, t.Now) {
			return nil
		}
		return []string{c.Custody.What}
	}
	if !t.offers(t.by, c, a, t.Now) {
		return nil
	}
	return []string{""}
}

// custodians are the work names of those who guard what is sealed.
func (t *turn) custodians(ctx context.Context) ([]string, error) {
	all, err := t.store.Officers(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list officers: %w", err)
	}
	var out []string
	for _, o := range all {
		if o.Role == cases.RoleCustodian {
			out = append(out, o.Name)
		}
	}
	return out, nil
}

// requests is a custodian's home: what waits for a yes or no. lead is a line above it, finished markup.
func (t *turn) requests(ctx context.Context, page int, lead string) error {
	list, total, page, err := t.page(ctx, cases.Filter{}, page)
	if err != nil {
		return t.refuse(err)
	}
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	parts = append(parts, t.say("desk.home.title", "Name", t.Officer.Name), t.say("desk.requests.count", "Count", total))
	rows := t.caseButtons(list)
	rows = append(rows, t.pager(total, page, func(p int) data { return data{what: "reqs", number: p} })...)
	rows = append(rows,
		[]text.Button{t.button("desk.button.help", data{what: "help"}), t.button("desk.button.language", data{what: "langs"})},
		[]text.Button{{Text: t.label("desk.button.own"), Data: "h.home"}})
	t.screen(flows.Screen{Name: screenHome, Page: page}, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// request shows a custodian what is asked for: reference, kind of matter, who asks and why. What the reporter wrote
// is not for a custodian's eyes.
func (t *turn) request(ctx context.Context, ref cases.Reference, lead string) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return t.refuse(err)
	}
	events, err := t.store.Events(ctx, t.by, c.ID)
	if err != nil {
		return t.refuse(err)
	}
	name, err := t.colleague(ctx, c.Custody.By)
	if err != nil {
		return fmt.Errorf("load colleague: %w", err)
	}
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	parts = append(parts,
		t.say("desk.card.title", "Ref", string(c.Ref), "Matter", t.kind(t.lang, c.Kind))+"\n"+
			t.say("desk.requests.asks", "Name", name, "What", t.label("desk.custody."+c.Custody.What)),
		t.say("desk.requests.why", "Reason", text.Cut(reason(events, c.Custody.By), 2000)),
		t.then(c))
	rows := pairUp(2, 36, t.moves(c, false)...)
	rows = append(rows, []text.Button{t.button("desk.button.home", data{what: "home"})})
	t.onScreen(c.Ref, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// then says to a custodian what a yes does.
func (t *turn) then(c cases.Case) string {
	switch {
	case c.Custody.What != cases.CustodyIdentity || c.Sealed == 0:
		return t.say("desk.requests.then_" + c.Custody.What)
	case c.Mode == cases.Confidential:
		return t.say("desk.requests.then_identity") + "\n" + t.say("joint.desk.then_too", "Count", c.Sealed)
	}
	return t.say("joint.desk.then", "Count", c.Sealed)
}

// reason is why an officer asked last for what is sealed.
func reason(events []cases.Event, by cases.OfficerID) string {
	for _, e := range slices.Backward(events) {
		if e.Kind == cases.CustodyAsked && e.By.Officer == by && e.Body != nil {
			return e.Body.Text
		}
	}
	return ""
}

// sameTap is how long after an opening the same button still shows what was opened: a press may be delivered twice.
const sameTap = 5 * time.Minute

// openSealed opens what a custodian has granted. It is recorded before it is shown, and the reporter reads why.
func (t *turn) openSealed(ctx context.Context, p data) error {
	what := p.word
	c, err := t.store.CaseByRef(ctx, t.by, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	if err := cases.Can(t.by, cases.OpenCustody, c); err != nil {
		return t.refuse(err)
	}
	if !c.Custody.Open(what, t.by.Officer, t.Now) {
		t.tell("desk.custody_over")
		return t.card(ctx, p.ref, "")
	}
	if err := t.sure(ctx, c); err != nil {
		return t.refuse(err)
	}
	events, err := t.store.Events(ctx, t.by, c.ID)
	if err != nil {
		return t.refuse(err)
	}
	act := cases.Act{
		Action: cases.OpenCustody, By: t.by, Code: what, Key: t.key(c, p.number, cases.OpenCustody, what),
		Body: &cases.Body{Text: reason(events, t.by.Officer)},
	}
	_, e, again, err := t.store.Act(ctx, p.ref, act)
	if err != nil {
		return t.refuse(fmt.Errorf("open what is sealed: %w", err))
	}
	if again && t.Now.Sub(e.At) > sameTap {
		// An old button. Each look is an event of its own.
		t.tell("desk.moved_on")
		return t.card(ctx, p.ref, "")
	}
	if what == cases.CustodyOriginals {
		return t.originals(ctx, data{ref: p.ref})
	}
	lines := []string{t.say("joint.desk.opened", "Ref", string(c.Ref))}
	if c.Mode == cases.Confidential {
		lines[0] = t.say("desk.custody_identity", "Ref", string(c.Ref))
		who, err := t.store.Identity(ctx, t.by, c.ID)
		if err != nil {
			return t.refuse(fmt.Errorf("open an identity: %w", err))
		}
		lines = append(lines, t.persona(who, 0)...)
	}
	joined, err := t.sealedPersonas(ctx, c)
	if err != nil {
		return t.refuse(err)
	}
	if lines = append(lines, joined...); len(lines) == 1 {
		lines = append(lines, t.say("joint.desk.left")) // since the custodian was asked
	}
	if err := t.card(ctx, p.ref, t.say("desk.done.custody_opened")); err != nil {
		return err
	}
	t.protected(strings.Join(lines, "\n"))
	return nil
}

// persona says who somebody is, line by line; each answer is cut to n characters, 0 for whole.
func (t *turn) persona(who *cases.Identity, n int) []string {
	var lines []string
	if who != nil {
		for _, f := range who.Fields {
			said := t.answer(f)
			if said == "" || f.Skipped {
				continue
			}
			if n > 0 {
				said = text.Cut(said, n)
			}
			lines = append(lines, t.line(f.Title, said))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, t.say("desk.card.who_missing"))
	}
	return lines
}

// originals lists files for whoever has opened the originals of a case under a grant that is still good.
func (t *turn) originals(ctx context.Context, p data) error {
	d, err := t.read(ctx, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	if !t.holdsOriginals(d) {
		t.tell("desk.custody_over")
		return t.card(ctx, p.ref, "")
	}
	t.fileList(d, p, "orig", t.say("desk.custody_originals", "Ref", string(d.Ref), "Until", t.book.Moment(t.lang, d.Custody.Until)))
	return nil
}

// original sends one file as it came.
func (t *turn) original(ctx context.Context, p data) error {
	d, err := t.read(ctx, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	if !t.holdsOriginals(d) {
		t.tell("desk.custody_over")
		return t.card(ctx, p.ref, "")
	}
	return t.exhibit(ctx, p, true)
}

// holdsOriginals says whether this officer has opened the originals under the grant that stands.
func (t *turn) holdsOriginals(d *dossier) bool { return t.holds(d, cases.CustodyOriginals) }

// holds says whether this officer has opened what under the grant that stands.
func (t *turn) holds(d *dossier, what string) bool {
	if !d.open || !d.Custody.Open(what, t.by.Officer, t.Now) {
		return false
	}
	for _, e := range slices.Backward(d.events) {
		switch {
		case e.Kind == cases.CustodyOpened && e.By.Officer == t.by.Officer:
			return true
		case e.Kind == cases.CustodyGranted:
			return false
		}
	}
	return false
}

// askOnce asks before what cannot be taken back; yes is the button that does it.
func (t *turn) askOnce(ctx context.Context, ref cases.Reference, a cases.Action, word string) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err == nil {
		err = cases.Can(t.by, a, c)
	}
	if err != nil {
		return t.refuse(err)
	}
	if !slices.Contains(cases.Moves(c, t.by, t.Now), a) || a == cases.OpenCustody && !c.Custody.Open(word, t.by.Officer, t.Now) {
		t.tell("desk.not_as_it_stands", "Move", t.label(moveKey(a, word)), "Status", t.status(t.lang, c.Status))
		return t.card(ctx, ref, "")
	}
	if word == "" {
		word = whats[a]
	}
	t.onScreen(ref, t.say("desk.sure."+string(a), "Ref", string(ref)),
		[]text.Button{t.button("desk.yes."+string(a), data{what: "yes", ref: ref, number: c.Version, word: word})},
		[]text.Button{t.button("desk.button.card", data{what: "case", ref: ref})})
	return nil
}

// yes does what was asked about once.
func (t *turn) yes(ctx context.Context, p data) error {
	switch p.word {
	case cases.CustodyIdentity, cases.CustodyOriginals:
		return t.openSealed(ctx, p)
	case yesExport:
		return t.export(ctx, p)
	case whats[cases.Recuse]:
		return t.pressAct(ctx, p, cases.Act{Action: cases.Recuse}, "")
	case whats[cases.GrantCustody]:
		return t.pressAct(ctx, p, cases.Act{Action: cases.GrantCustody}, "")
	}
	return t.worn(ctx)
}
