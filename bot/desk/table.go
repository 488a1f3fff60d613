package desk

import (
	"context"
	"slices"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// The table is the desk as a guest from outside finds it: one matter, and what may be done about it. Whatever else the
// desk can do does not exist here.

// guestButtons are the buttons that do something for a guest.
var guestButtons = []string{
	"home", "langs", "lang", "help", "code", "coded", "draft", "case", "all", "file", "files", "past",
	"agree", "consent", "offer", "medend", "medendy",
}

// guestCommands are the commands that do something for a guest; all others lead home.
var guestCommands = []string{commandCode, "whoami", "language", "help"}

// guest says whether the officer is somebody from outside.
func (t *turn) guest() bool { return t.by.Role == cases.RoleGuest }

// guestHome shows a guest the matter they were let into; lead is a line above it, finished markup.
func (t *turn) guestHome(ctx context.Context, lead string) error {
	in, err := t.store.AskedIn(ctx, t.by)
	if err != nil {
		return t.refuse(err)
	}
	if len(in) == 1 && in[0].Is(t.by, cases.GuestOther) {
		return t.table(ctx, in[0], lead)
	}
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	key := "together.home.counsel"
	if len(in) == 0 {
		key = "together.home.over"
	}
	parts = append(parts, t.say(key))
	var rows [][]text.Button
	for _, c := range in {
		if !c.Counsel.Until.IsZero() {
			parts = append(parts, t.say("together.home.until", "Ref", string(c.Ref), "Until", t.book.Moment(t.lang, c.Counsel.Until)))
		}
		rows = append(rows, []text.Button{t.caseButton(c, data{what: "case", ref: c.Ref})})
	}
	rows = append(rows, t.begun()...)
	rows = append(rows, t.guestWays()...)
	t.screen(flows.Screen{Name: screenHome}, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// guestWhoami says what a guest was let into, and until when.
func (t *turn) guestWhoami(ctx context.Context) error {
	in, err := t.store.AskedIn(ctx, t.by)
	if err != nil {
		return t.refuse(err)
	}
	lines := []string{t.say("desk.whoami.guest")}
	if len(in) == 0 {
		lines = []string{t.say("together.home.over")}
	}
	for _, c := range in {
		if c.Is(t.by, cases.GuestCounsel) {
			lines = append(lines, t.say("together.whoami_until", "Ref", string(c.Ref), "Until", t.book.Moment(t.lang, c.Counsel.Until)))
		} else {
			lines = append(lines, t.say("together.whoami_mediation", "Ref", string(c.Ref)))
		}
	}
	t.screen(t.Session.Screen, strings.Join(lines, "\n"),
		[]text.Button{t.button("desk.button.home", data{what: "home"}), t.button("desk.button.language", data{what: "langs"})})
	return nil
}

// guestWays are the ways out of a guest's screens. The reporters' side owns the last button: a guest may be an employee.
func (t *turn) guestWays() [][]text.Button {
	return [][]text.Button{
		{t.button("desk.button.help", data{what: "help"}), t.button("desk.button.language", data{what: "langs"})},
		{{Text: t.label("desk.button.own"), Data: "h.home"}},
	}
}

// guestCard shows a case to a guest: to counsel as a card, which shown leaves to the caller, to the other side as the table.
func (t *turn) guestCard(ctx context.Context, ref cases.Reference, lead string) (shown bool, err error) {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if told(err) {
		return true, t.guestHome(ctx, t.say("error."+string(cases.CodeOf(err))))
	}
	if err != nil {
		return true, t.refuse(err)
	}
	if c.Is(t.by, cases.GuestCounsel) {
		return false, nil
	}
	return true, t.table(ctx, c, lead)
}

// table is the other side's one screen: what mediation is, how it stands, and what is on the table.
func (t *turn) table(ctx context.Context, c cases.Case, lead string) error {
	events, err := t.store.Events(ctx, t.by, c.ID)
	if err != nil {
		return t.refuse(err)
	}
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	parts = append(parts, t.say("together.table.head", "Ref", string(c.Ref), "Kind", t.kind(t.lang, c.Kind)), t.say("together.table.rules"))
	m := c.Mediation
	mine, theirs := slices.Contains(m.Consented, cases.SideOther), slices.Contains(m.Consented, cases.SideReporter)
	stage := "asked"
	switch {
	case mine && theirs && m.Offer == 0:
		stage = "talking"
	case mine && theirs:
		stage = "offered"
	case mine:
		stage = "waiting"
	}
	parts = append(parts, t.say("together.table."+stage))
	for _, e := range events {
		if e.Seq == m.Offer && e.Body != nil {
			parts = append(parts, t.say("together.table.offer", "By", t.label("together.side."+side(e.Code)), "Words", text.Cut(e.Body.Text, 2400)))
		}
	}
	switch {
	case slices.Contains(m.Agreed, cases.SideOther):
		parts = append(parts, t.say("together.table.you_agree"))
	case slices.Contains(m.Agreed, cases.SideReporter):
		parts = append(parts, t.say("together.table.they_agree"))
	}
	rows := append(t.begun(), t.tableRows(c)...)
	rows = append(rows, t.guestWays()...)
	t.screen(flows.Screen{Name: screenCase, Arg: string(c.Ref)}, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// side is who put something on the table, as the other side is told of it.
func side(code string) string {
	switch code {
	case cases.SideOther:
		return "you"
	case cases.SideReporter:
		return "them"
	}
	return "mediator"
}

// tableRows are what the other side may do now.
func (r room) tableButtons(lang string, c cases.Case, moves []cases.Action) (rows [][]text.Button) {
	for _, a := range []cases.Action{cases.Consent, cases.Agree, cases.Offer, cases.EndMediation} {
		if !slices.Contains(moves, a) {
			continue
		}
		key := "together.button." + string(a)
		if a == cases.Offer && c.Mediation.Offer > 0 {
			key = "together.button.offer_else"
		}
		rows = append(rows, []text.Button{{Text: r.book.Label(lang, key), Data: data{what: whats[a], ref: c.Ref, number: c.Version}.String()}})
	}
	return rows
}

func (t *turn) tableRows(c cases.Case) [][]text.Button {
	return t.tableButtons(t.lang, c, cases.Moves(c, t.by, t.Now))
}

// pressGuest handles the buttons of the table; ok is false for those that mean the same to everybody.
func (t *turn) pressGuest(ctx context.Context, p data) (ok bool, err error) {
	if !slices.Contains(guestButtons, p.what) {
		return true, t.home(ctx, "")
	}
	switch p.what {
	case "medend":
		c, ok, err := t.ready(ctx, p.ref, cases.EndMediation, "")
		if err != nil || !ok {
			return true, err
		}
		t.onScreen(p.ref, t.say("together.table.end_sure", "Ref", string(p.ref)),
			[]text.Button{t.button("together.button.end_yes", data{what: "medendy", ref: p.ref, number: c.Version})},
			[]text.Button{t.button("together.button.back", data{what: "case", ref: p.ref})})
		return true, nil
	case "medendy":
		return true, t.pressAct(ctx, p, cases.Act{Action: cases.EndMediation}, "")
	}
	return false, nil
}

// mediated tells a mediator from elsewhere how it ended: with the end, the case is out of their eyes. Nil for everybody
// else.
func (d *Desk) mediated(n bot.Notice) []text.Reply {
	c, k := n.Case, n.Event.Kind
	if k == cases.WithdrawnBy {
		k = cases.Unsettled
	}
	if n.Officer.Revoked || c.Mediation.Mediator != n.Officer.ID || k != cases.Settled && k != cases.Unsettled ||
		cases.Can(n.Officer.Actor(), cases.List, c) == nil || slices.Contains(c.Recused, n.Officer.ID) || c.Shredded {
		return nil
	}
	markup := d.book.T(d.book.Pick(n.Lang), "together.notice.mediated_"+string(k), "Ref", string(c.Ref), "Seq", n.Event.Seq)
	return []text.Reply{{Do: text.Send, HTML: markup}}
}

// guestNotice is what a guest is told: of the mediation, with the words that are on the table, and of its end. Nothing of
// anything else.
func (d *Desk) guestNotice(n bot.Notice) []text.Reply {
	c, e, lang := n.Case, n.Event, d.book.Pick(n.Lang)
	left := e.Kind == cases.GuestLeft && e.To == n.Officer.ID
	if !left && c.Mediation.Other != n.Officer.ID {
		return nil
	}
	words := ""
	switch e.Kind {
	case cases.Offered, cases.Settled:
		if e.Body != nil {
			words = text.Cut(e.Body.Text, 3000)
		}
	case cases.Consented, cases.Agreed, cases.Unsettled:
	case cases.WithdrawnBy: // by whom it ends is nothing to the other side
		e.Kind = cases.Unsettled
	case cases.GuestLeft:
		if !left {
			return nil
		}
	default:
		return nil
	}
	lines := []string{d.book.T(lang, "together.notice."+string(e.Kind), "Ref", string(c.Ref), "Seq", e.Seq,
		"By", d.book.Label(lang, "together.side."+side(e.Code)))}
	if words != "" {
		lines = append(lines, d.book.T(lang, "together.notice.words", "Words", words))
	}
	var rows [][]text.Button
	if moves := cases.Moves(c, n.Officer.Actor(), n.Now); len(moves) > 0 {
		if e.Kind == cases.Offered && c.Mediation.Offer == e.Seq {
			rows = d.tableButtons(lang, c, moves)
		}
		rows = append(rows, []text.Button{{Text: d.book.Label(lang, "together.button.look"), Data: data{what: "case", ref: c.Ref}.String()}})
	}
	return []text.Reply{{Do: text.Send, HTML: strings.Join(lines, "\n\n"), Rows: rows, Protect: true}}
}
