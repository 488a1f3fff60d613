package desk

import (
	"context"
	"slices"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
)

// Command is one line of an officer's command menu.
type Command struct {
	Name        string
	Description string
}

// entry is one command of the desk.
type entry struct {
	name string
	key  string       // of its description
	act  cases.Action // for commands about a case; "" is the card or the moves
	on   bool         // about a case
	// roles that have it in their menu; nil is everybody. The menu is a hint: cases.Can decides on every call.
	roles []cases.Role
}

var (
	readers    = []cases.Role{cases.RoleOfficer, cases.RoleLead}
	movers     = []cases.Role{cases.RoleOfficer, cases.RoleLead, cases.RoleAdmin}
	admins     = []cases.Role{cases.RoleAdmin}
	custodians = []cases.Role{cases.RoleCustodian}
	receivers  = []cases.Role{cases.RoleLead, cases.RoleLeader, cases.RoleAdmin}
	leaders    = []cases.Role{cases.RoleLeader}
)

// entries are all commands, in the order of the menu.
var entries = []entry{
	{name: "next", key: "command.next", roles: readers},
	{name: "queue", key: "command.queue", roles: append(leaders, movers...)},
	{name: "mine", key: "command.mine", roles: readers},
	{name: "due", key: "command.due", roles: append(leaders, movers...)},
	{name: "requests", key: "command.requests", roles: custodians},
	{name: "case", key: "command.case", on: true},
	{name: "take", key: "command.take", on: true, act: cases.Take, roles: readers},
	{name: "reply", key: "command.reply", on: true, act: cases.Reply, roles: readers},
	{name: "ask", key: "command.ask", on: true, act: cases.Ask, roles: readers},
	{name: "note", key: "command.note", on: true, act: cases.Note, roles: append(leaders, readers...)},
	{name: "raise", key: "major.command", on: true, act: cases.Raise, roles: readers},
	{name: "status", key: "desk.command.status", on: true, roles: movers},
	{name: "propose", key: "command.propose", on: true, act: cases.Propose, roles: readers},
	{name: "close", key: "command.close", on: true, act: cases.Close, roles: readers},
	{name: "assign", key: "command.assign", on: true, act: cases.Assign, roles: []cases.Role{cases.RoleLead, cases.RoleAdmin, cases.RoleLeader}},
	{name: "release", key: "command.release", on: true, act: cases.Release, roles: movers},
	{name: "tag", key: "tools.command.tag", on: true, act: cases.Tag, roles: readers},
	{name: "template", key: "tools.command.template", roles: readers},
	{name: "snooze", key: "tools.command.snooze", on: true, roles: movers},
	{name: "recuse", key: "command.recuse", on: true, act: cases.Recuse, roles: readers},
	{name: "export", key: "command.export", on: true, act: cases.Export, roles: []cases.Role{cases.RoleLead}},
	{name: "search", key: "command.search", roles: append(leaders, movers...)},
	{name: "filters", key: "kept.command", roles: append(leaders, movers...)},
	{name: "digest", key: "digest.command", roles: readers},
	{name: "reception", key: "command.reception", roles: receivers},
	{name: "team", key: "command.team", roles: []cases.Role{cases.RoleLead}},
	{name: "away", key: "command.away", roles: readers},
	{name: "back", key: "command.back", roles: readers},
	{name: "officers", key: "command.officers", roles: admins},
	{name: "invite", key: "command.invite", roles: admins},
	{name: commandCode, key: "command.code"},
	{name: "whoami", key: "command.whoami"},
	{name: "language", key: "desk.command.language"},
	{name: "help", key: "desk.command.help"},
}

// commandCode sets a code app up; it stands in the menu where the organisation asks for codes.
const commandCode = "code"

// Commands is the menu of a role, in the order it is shown.
func (d *Desk) Commands(lang string, role cases.Role) []Command {
	var out []Command
	for _, e := range entries {
		if e.name == commandCode && !d.org.StepUp {
			continue
		}
		if role == cases.RoleGuest && !slices.Contains(guestCommands, e.name) {
			continue
		}
		if e.roles == nil || slices.Contains(e.roles, role) {
			out = append(out, Command{Name: e.name, Description: d.book.Label(lang, e.key)})
		}
	}
	return out
}

// Command handles an officer's command. For anybody else there are none but /start with a valid invite.
func (d *Desk) Command(ctx context.Context, bt *bot.Turn) (bool, error) {
	if bt.Command == "start" {
		return d.start(ctx, bt)
	}
	t := d.at(bt)
	if t == nil {
		return false, nil
	}
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == t.Command })
	if i < 0 {
		return false, nil
	}
	t.here()
	e := entries[i]
	if t.guest() && !slices.Contains(guestCommands, e.name) {
		return true, t.home(ctx, "")
	}
	if e.on {
		return true, t.onCase(ctx, e)
	}
	if t.by.Role == cases.RoleCustodian && slices.Contains(e.roles, cases.RoleOfficer) {
		return true, t.home(ctx, "") // a custodian sees requests and no queue
	}
	switch e.name {
	case "requests":
		if t.by.Role != cases.RoleCustodian {
			return true, t.refuse(&cases.Error{Code: cases.NotAllowed})
		}
		return true, t.home(ctx, "")
	case "filters":
		return true, t.keptLists(ctx, "")
	case "digest":
		return true, t.digestDays(ctx)
	case "reception":
		return true, t.receptions(ctx, "")
	case "team":
		return true, t.team(ctx, "")
	case "away", "back":
		o, ok, err := t.self(ctx)
		if err != nil || !ok {
			return true, err
		}
		if e.name == "back" {
			return true, t.back(ctx, o)
		}
		return true, t.away(ctx, o)
	case "officers":
		return true, t.staff(ctx, 0, "")
	case "invite":
		return true, t.invite(ctx, data{})
	case commandCode:
		if words := strings.TrimSpace(t.Args); words != "" {
			return true, t.typed(ctx, words)
		}
		return true, t.setUpCode(ctx)
	case "next":
		return true, t.next(ctx, t.once("next"))
	case "queue":
		return true, t.queue(ctx, view{}, 0)
	case "mine":
		return true, t.queue(ctx, view{owner: cases.OwnedByMe}, 0)
	case "due":
		return true, t.queue(ctx, view{due: cases.DueSoon}, 0)
	case "template":
		return true, t.template(ctx)
	case "search":
		return true, t.search(ctx, t.Args, 0)
	case "whoami":
		if t.guest() {
			return true, t.guestWhoami(ctx)
		}
		t.whoami()
	case "language":
		t.languages()
	case "help":
		t.help()
	}
	return true, nil
}

// onCase finds the case a command is about: the one named, else the one on the screen, else one to choose.
func (t *turn) onCase(ctx context.Context, e entry) error {
	if strings.TrimSpace(t.Args) != "" {
		ref, ok := readReference(t.Args)
		if !ok {
			t.Send(t.say("desk.not_a_reference"), []text.Button{t.button("desk.button.search", data{what: "find"})})
			return nil
		}
		return t.do(ctx, e, ref)
	}
	if ref := t.shown(); ref != "" {
		return t.do(ctx, e, ref)
	}
	return t.offer(ctx, e)
}

// readReference reads a reference at the beginning of what was typed, forgivingly.
func readReference(s string) (cases.Reference, bool) {
	if ref, ok := cases.ParseReference(s); ok {
		return ref, true
	}
	words := strings.Fields(s)
	for n := min(len(words), 4); n > 0; n-- {
		if ref, ok := cases.ParseReference(strings.Join(words[:n], "")); ok {
			return ref, true
		}
	}
	return "", false
}

// do carries out a command on a case.
func (t *turn) do(ctx context.Context, e entry, ref cases.Reference) error {
	switch {
	case t.by.Role == cases.RoleCustodian:
		return t.card(ctx, ref, "")
	case e.act == cases.Assign:
		return t.assign(ctx, ref, false)
	case e.act == cases.Tag:
		return t.tagging(ctx, ref, "")
	case e.name == "snooze":
		return t.asideFor(ctx, ref)
	case e.act == cases.Export:
		return t.exportAsk(ctx, ref, "")
	case e.act == cases.Recuse:
		return t.askOnce(ctx, ref, e.act, "")
	case forms[e.act] != "":
		return t.form(ctx, ref, e.act, "")
	case e.act != "":
		return t.act(ctx, ref, cases.Act{Action: e.act, Key: t.once(e.name + ":" + string(ref))})
	case e.name == "status":
		return t.standing(ctx, ref)
	}
	return t.card(ctx, ref, "")
}

// offer shows the cases a command could be about: the officer's own, and those of nobody for taking and assigning.
func (t *turn) offer(ctx context.Context, e entry) error {
	if t.by.Role == cases.RoleCustodian {
		return t.home(ctx, "")
	}
	if e.act != "" && e.roles != nil && !slices.Contains(e.roles, t.by.Role) {
		// No case that could be chosen would help.
		return t.refuse(&cases.Error{Code: cases.NotAllowed})
	}
	f := cases.Filter{Owner: cases.OwnedByMe, Open: true}
	if t.leader() {
		f.Owner = cases.OwnedByAnyone
	}
	if e.act == cases.Take || e.act == cases.Assign && !t.leader() {
		f.Owner = cases.OwnedByNobody
	}
	if t.by.Role == cases.RoleAdmin || e.act == cases.Export {
		f.Owner = cases.OwnedByAnyone
	}
	list, total, _, err := t.page(ctx, f, 0)
	if err != nil {
		return t.refuse(err)
	}
	if total == 0 {
		var ways []text.Button
		if t.by.Role != cases.RoleAdmin && !t.leader() {
			ways = append(ways, t.button("desk.button.next", t.nextData()))
		}
		ways = append(ways, t.button("desk.button.queue", data{what: "queue", word: view{}.String()}))
		t.Show(t.say("desk.offer.none"), ways)
		return nil
	}
	var rows [][]text.Button
	for _, c := range list {
		rows = append(rows, []text.Button{t.caseButton(c, data{what: "do", ref: c.Ref, word: e.name})})
	}
	rows = append(rows, []text.Button{t.button("desk.button.queue", data{what: "queue", word: view{}.String()})})
	t.Show(t.say("desk.offer.which", "Command", "/"+e.name), rows...)
	return nil
}

// standing shows where a case stands and what may be done next.
func (t *turn) standing(ctx context.Context, ref cases.Reference) error {
	c, err := t.store.CaseByRef(ctx, t.by, ref)
	if err != nil {
		return t.refuse(err)
	}
	moves := t.moves(c, false)
	key := "desk.standing.moves"
	if len(moves) == 0 {
		key = "desk.standing.none"
	}
	lines := []string{
		t.say("desk.card.title", "Ref", string(c.Ref), "Matter", t.matter(t.lang, c)),
		t.say("desk.card.status", "Status", t.status(t.lang, c.Status)),
	}
	if owed := t.owed(t.lang, c, t.Now); owed != "" {
		lines = append(lines, escape(owed))
	}
	rows := pairUp(2, 36, moves...)
	rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: c.Ref})})
	t.onScreen(c.Ref, strings.Join(lines, "\n")+"\n\n"+t.say(key), rows...)
	return nil
}
