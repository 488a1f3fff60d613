package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// Screen shows what the officer was looking at again.
func (d *Desk) Screen(ctx context.Context, bt *bot.Turn) error {
	t := d.at(bt)
	if t == nil {
		return nil
	}
	idle := t.here()
	switch s := t.Session.Screen; s.Name {
	case screenHome:
		if t.by.Role == cases.RoleCustodian {
			return t.requests(ctx, s.Page, "")
		}
	case screenCase:
		ref := t.shown()
		if ref != "" && idle && t.In.Press == nil {
			return t.home(ctx, t.say("desk.home.idle", "Ref", string(ref)))
		}
		if ref != "" {
			return t.card(ctx, ref, "")
		}
	case screenQueue:
		return t.queue(ctx, parseView(s.Arg), s.Page)
	case screenSearch:
		return t.search(ctx, s.Arg, s.Page)
	case screenBulk:
		if v, refs, ok := t.chosen(); ok {
			return t.selection(ctx, v, refs, s.Page)
		}
	case screenLink:
		if ref, ok := cases.ParseReference(s.Arg); ok {
			return t.linking(ctx, data{ref: ref}, "")
		}
	case screenTag:
		if ref, ok := cases.ParseReference(s.Arg); ok {
			return t.tagging(ctx, ref, "")
		}
	case screenKeep:
		return t.keepAsk(ctx, s.Arg)
	case screenStaff, screenInvite:
		return t.staff(ctx, s.Page, "")
	case screenPerson:
		id, _ := strconv.ParseInt(s.Arg, 10, 64)
		return t.person(ctx, cases.OfficerID(id))
	case screenReception:
		day, _ := strconv.ParseInt(s.Arg, 36, 64)
		return t.receptionDay(ctx, day, "")
	case screenAskIn:
		parts := strings.Split(s.Arg+"||", "|")
		if ref, ok := cases.ParseReference(parts[0]); ok {
			return t.colleagues(ctx, ref, askIns[parts[1]], "", 0)
		}
	case screenCode:
		return t.codeAgain(ctx, s.Arg)
	case screenExport:
		return t.exportTyped(ctx, "")
	}
	return t.home(ctx, "")
}

// home is the desk's first screen: what waits, and the ways into it. lead is a line above it, finished markup.
func (t *turn) home(ctx context.Context, lead string) error {
	if t.by.Role == cases.RoleCustodian {
		return t.requests(ctx, 0, lead)
	}
	if t.guest() {
		return t.guestHome(ctx, lead)
	}
	var counts [3]string
	for i, f := range []cases.Filter{
		{Owner: cases.OwnedByNobody, Open: true},
		{Owner: cases.OwnedByMe, Open: true, Awake: true},
		{Due: cases.DueOverdue, Open: true},
	} {
		_, n, err := t.store.List(ctx, t.by, f, 0, 1)
		if err != nil {
			return t.refuse(fmt.Errorf("count cases: %w", err))
		}
		counts[i] = counted(n)
	}
	key := "desk.home.counts"
	if t.by.Role == cases.RoleAdmin {
		key = "desk.home.counts_admin"
	}
	if t.leader() {
		return t.leaderHome(ctx, lead, counts[2])
	}
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	parts = append(parts,
		t.say("desk.home.title", "Name", t.Officer.Name),
		t.say(key, "Unassigned", counts[0], "Mine", counts[1], "Overdue", counts[2]))
	offered, err := t.offered(ctx)
	if err != nil {
		return t.refuse(err)
	}
	ways := append(offered, t.button("desk.button.queue", data{what: "queue", word: view{}.String()}))
	if t.by.Role != cases.RoleAdmin {
		ways = append(ways,
			t.button("desk.button.next", t.nextData()),
			t.button("desk.button.mine", data{what: "queue", word: view{owner: cases.OwnedByMe}.String()}))
	}
	ways = append(ways,
		t.button("desk.button.due", data{what: "queue", word: view{due: cases.DueSoon}.String()}),
		t.button("desk.button.search", data{what: "find"}),
		t.button("desk.button.help", data{what: "help"}),
		t.button("desk.button.language", data{what: "langs"}))
	if t.by.Role == cases.RoleAdmin {
		ways = append(ways, t.button("desk.button.staff", data{what: "offs"}))
	}
	if t.by.Role == cases.RoleLead {
		ways = append(ways, t.button("desk.button.team", data{what: "team"}))
	}
	rows, err := t.invitedTo(ctx)
	if err != nil {
		return t.refuse(err)
	}
	rows = append(rows, t.begun()...)
	rows = append(rows, pairUp(2, 40, ways...)...)
	// The reporters' side owns this button: an officer is an employee too.
	rows = append(rows, []text.Button{{Text: t.label("desk.button.own"), Data: "h.home"}})
	t.screen(flows.Screen{Name: screenHome}, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// begun are the letters that wait to be finished.
func (t *turn) begun() [][]text.Button {
	var rows [][]text.Button
	for _, d := range t.Session.Drafts {
		if key := receptionForms[d.Flow]; key != "" {
			rows = append(rows, []text.Button{t.button(key, data{what: "draft", word: d.Nonce})})
		}
		if action, ok := actionOf(d.Flow); ok {
			label := t.label("desk.button.draft", "Move", t.moveName(t.lang, action, d.Context["what"]), "Ref", d.Context["ref"])
			rows = append(rows, []text.Button{{Text: label, Data: data{what: "draft", word: d.Nonce}.String()}})
		}
	}
	return rows
}

// start lets an officer in by an invite. Without a payload it is an officer's way home; a payload that is no invite
// is not the desk's.
func (d *Desk) start(ctx context.Context, bt *bot.Turn) (bool, error) {
	t := d.at(bt)
	token := strings.TrimSpace(bt.Args)
	if token == "" {
		if t == nil {
			return false, nil
		}
		t.here()
		return true, t.home(ctx, "")
	}
	if !inviteLike(token) {
		return false, nil
	}
	address, err := bt.Address()
	if err != nil {
		return true, fmt.Errorf("seal an officer's address: %w", err)
	}
	lang := bt.Session.Lang
	if lang == "" {
		lang = d.book.Match(bt.Hint)
	}
	o, err := d.store.Join(ctx, token, bt.Person, address, lang)
	switch {
	case cases.CodeOf(err) == cases.UsedUp && t != nil:
		// The same tap delivered again after it let the officer in.
		return true, t.home(ctx, t.say("desk.join.already"))
	case cases.CodeOf(err) == cases.NotAllowed && t != nil:
		return true, t.home(ctx, t.say("together.join.works_here"))
	case cases.CodeOf(err) == cases.UsedUp:
		bt.Send(d.book.T(lang, "desk.join.used_up"))
		return true, nil
	case told(err):
		return false, nil
	case err != nil:
		return true, fmt.Errorf("join: %w", err)
	}
	bt.Officer = &o
	if bt.Session.Lang == "" {
		bt.Session.Lang = d.book.Pick(lang)
	}
	t = d.at(bt)
	if t == nil {
		return false, nil
	}
	if t.guest() {
		return true, t.home(ctx, "")
	}
	return true, t.home(ctx, t.say("desk.join.welcome", "Name", o.Name, "Role", t.label("desk.role."+string(o.Role)),
		"Department", t.place()))
}

// inviteLike says whether a start payload can be an invite at all, so that other links are left to the reporters' side:
// those by which colleagues join a case above all.
func inviteLike(token string) bool {
	return len(token) >= 24 && len(token) <= maxData && isWord(token) && !strings.HasPrefix(token, cases.JoinStart)
}

// place is where the officer works.
func (t *turn) place() string {
	if t.by.Department == "" {
		return t.label("desk.every_department")
	}
	return t.department(t.lang, t.by.Department)
}

// Message answers what no form takes: a reference opens its case, words on the search screen are searched for.
func (d *Desk) Message(ctx context.Context, bt *bot.Turn) error {
	t := d.at(bt)
	if t == nil {
		return nil
	}
	t.here()
	words := strings.TrimSpace(t.In.Text)
	if ref, ok := cases.ParseReference(words); ok && t.In.File == nil && t.Session.Screen.Name != screenLink {
		return t.card(ctx, ref, "")
	}
	switch name := t.Session.Screen.Name; {
	case t.In.File != nil:
	case name == screenCode && (codeLike(words) || strings.Trim(words, "0123456789 ") == ""):
		return t.typed(ctx, words)
	case name == screenLink && words != "":
		if ref, ok := cases.ParseReference(t.Session.Screen.Arg); ok {
			return t.typedLink(ctx, ref, words)
		}
	case name == screenTag && words != "":
		if ref, ok := cases.ParseReference(t.Session.Screen.Arg); ok {
			return t.typedTag(ctx, ref, words)
		}
	case name == screenKeep && words != "":
		return t.keepList(ctx, t.Session.Screen.Arg, words)
	case name == screenInvite:
		return t.invited(ctx, words)
	case name == screenExport && words != "":
		return t.exportTyped(ctx, words)
	case codeLike(words) && name != screenSearch:
		// A code that nobody asked for is a code all the same.
		t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
		t.Send(t.say("desk.code.not_asked"))
		return nil
	}
	if t.Session.Screen.Name == screenSearch && words != "" && t.In.File == nil {
		return t.search(ctx, words, 0)
	}
	if ref := t.shown(); ref != "" {
		c, err := t.store.CaseByRef(ctx, t.by, ref)
		if err == nil {
			rows := pairUp(2, 36, t.moves(c, false)...)
			rows = append(rows, []text.Button{t.button("desk.button.card", data{what: "case", ref: ref})})
			t.Send(t.say("desk.lost.case", "Ref", string(ref)), rows...)
			return nil
		}
		if !told(err) {
			return err
		}
	}
	return t.home(ctx, t.say("desk.lost.home"))
}

// help explains the desk in the order of a day's work.
func (t *turn) help() {
	if t.guest() {
		t.screen(t.Session.Screen, t.say("together.help"), []text.Button{t.button("desk.button.home", data{what: "home"})})
		return
	}
	lines := []string{t.say("desk.help.intro"), ""}
	desk := Desk{t.room}
	for _, c := range desk.Commands(t.lang, t.by.Role) {
		lines = append(lines, "/"+c.Name+" – "+escape(c.Description))
	}
	lines = append(lines, "", t.say("desk.help.rules"))
	t.screen(t.Session.Screen, strings.Join(lines, "\n"), []text.Button{t.button("desk.button.home", data{what: "home"})})
}

// whoami says what the house knows of the officer and what that lets them see.
func (t *turn) whoami() {
	t.screen(t.Session.Screen, t.say("desk.whoami_lines",
		"Name", t.Officer.Name, "Role", t.label("desk.role."+string(t.by.Role)),
		"Department", t.place(), "Language", t.label("language.name"))+
		"\n\n"+t.say("desk.whoami."+string(t.by.Role)),
		append([]text.Button{t.button("desk.button.home", data{what: "home"}), t.button("desk.button.language", data{what: "langs"})}, t.mySkills()...))
}

// languages offers every language in its own name.
func (t *turn) languages() {
	var buttons []text.Button
	for _, lang := range t.book.Languages() {
		buttons = append(buttons, text.Button{
			Text: t.book.Label(lang, "language.name"), Data: data{what: "lang", word: lang}.String(),
		})
	}
	rows := append(pairUp(2, 40, buttons...), []text.Button{t.button("desk.button.home", data{what: "home"})})
	t.screen(t.Session.Screen, t.say("desk.language.which"), rows...)
}

func (t *turn) setLanguage(ctx context.Context, lang string) error {
	if lang == "" || t.book.Pick(lang) != lang {
		return t.worn(ctx)
	}
	if err := t.store.SetOfficerLanguage(ctx, t.by.Officer, lang); err != nil {
		return fmt.Errorf("set an officer's language: %w", err)
	}
	t.Session.Lang, t.lang = lang, lang
	return t.home(ctx, t.say("desk.language.set"))
}
