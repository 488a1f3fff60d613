package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// wholeHouse stands for all departments where a leader is placed; no department's tag is so short.
const wholeHouse = "_"

const (
	perStaff  = 8              // officers on a page
	inviteFor = 72 * time.Hour // how long an invitation is good for
	longName  = 64             // characters of a work name
)

// staff lists the officers, for admins. lead is a line above it, finished markup.
func (t *turn) staff(ctx context.Context, page int, lead string) error {
	if err := cases.MayKeepAccounts(t.by); err != nil {
		return t.refuse(err)
	}
	all, err := t.store.Officers(ctx, "")
	if err != nil {
		return fmt.Errorf("list officers: %w", err)
	}
	last := max((len(all)-1)/perStaff, 0)
	page = min(max(page, 0), last)
	var lines []string
	if lead != "" {
		lines = append(lines, "<i>"+lead+"</i>", "")
	}
	lines = append(lines, t.say("desk.staff.list", "Count", len(all)), "")
	var buttons, turn []text.Button
	for _, o := range all[page*perStaff : min((page+1)*perStaff, len(all))] {
		lines = append(lines, escape(o.Name+" · "+t.position(o.Role, o.Department)))
		buttons = append(buttons, text.Button{Text: text.Cut(o.Name, 40), Data: data{what: "off", number: int(o.ID)}.String()})
	}
	if page > 0 {
		turn = append(turn, t.button("desk.button.prev", data{what: "offs", number: page - 1}))
	}
	if page < last {
		label := t.label("desk.button.more", "Page", page+2, "Of", last+1)
		turn = append(turn, text.Button{Text: label, Data: data{what: "offs", number: page + 1}.String()})
	}
	rows := pairUp(2, 40, buttons...)
	rows = append(rows, pairUp(2, 40, turn...)...)
	rows = append(rows, []text.Button{t.button("desk.button.invite", data{what: "inv"}), t.button("desk.button.home", data{what: "home"})})
	t.screen(flows.Screen{Name: screenStaff, Page: page}, strings.Join(lines, "\n"), rows...)
	return nil
}

// position says what an officer is, and where.
func (t *turn) position(role cases.Role, department string) string {
	name := t.label("desk.role." + string(role))
	if department != "" {
		name += " · " + t.department(t.lang, department)
	}
	return name
}

// person shows one officer and what an admin may change.
func (t *turn) person(ctx context.Context, id cases.OfficerID) error {
	o, ok, err := t.changeable(ctx, id)
	if err != nil || !ok {
		return err
	}
	app, err := t.store.StepUp(ctx, id)
	if err != nil {
		return fmt.Errorf("load a code app: %w", err)
	}
	n := int(id)
	var buttons []text.Button
	if id != t.by.Officer {
		buttons = append(buttons,
			t.button("desk.staff.change", data{what: "offc", number: n}), t.button("desk.staff.revoke", data{what: "offr", number: n}))
	}
	if app != nil && id != t.by.Officer {
		buttons = append(buttons, t.button("desk.staff.forget", data{what: "offf", number: n}))
	}
	rows := append(pairUp(2, 40, buttons...), []text.Button{t.button("desk.button.staff", data{what: "offs"})})
	t.screen(flows.Screen{Name: screenPerson, Arg: strconv.Itoa(n)},
		t.say("desk.staff.person", "Name", o.Name, "Position", t.position(o.Role, o.Department)), rows...)
	return nil
}

// changeable loads an officer for an admin. Without ok the person is told why not.
func (t *turn) changeable(ctx context.Context, id cases.OfficerID) (o cases.Officer, ok bool, err error) {
	if err := cases.MayKeepAccounts(t.by); err != nil {
		return o, false, t.refuse(err)
	}
	o, err = t.store.Officer(ctx, id)
	switch {
	case err != nil && !told(err):
		return o, false, fmt.Errorf("load officer: %w", err)
	case err != nil || o.Revoked:
		t.tell("desk.staff.gone")
		return o, false, t.staff(ctx, 0, "")
	}
	return o, true, nil
}

// pressStaff handles the buttons about officers.
func (t *turn) pressStaff(ctx context.Context, p data) error {
	if err := cases.MayKeepAccounts(t.by); err != nil {
		return t.refuse(err)
	}
	id := cases.OfficerID(p.number)
	switch p.what {
	case "offs":
		return t.staff(ctx, p.number, "")
	case "inv":
		return t.invite(ctx, p)
	case "off":
		return t.person(ctx, id)
	}
	o, ok, err := t.changeable(ctx, id)
	if err != nil || !ok {
		return err
	}
	if id == t.by.Officer {
		// Somebody must be left who keeps the accounts.
		t.tell("desk.staff.self")
		return t.staff(ctx, 0, "")
	}
	switch p.what {
	case "offr":
		t.screen(t.Session.Screen, t.say("desk.staff.revoke_sure", "Name", o.Name),
			[]text.Button{t.button("desk.staff.revoke_yes", data{what: "offy", number: p.number})},
			[]text.Button{t.button("desk.button.staff", data{what: "offs"})})
		return nil
	case "offy":
		return t.changed(ctx, t.store.Revoke(ctx, t.by, id), "desk.staff.revoked", o)
	case "offf":
		return t.changed(ctx, t.store.SetStepUp(ctx, id, nil), "desk.staff.forgotten", o)
	}
	role, dept, ok, err := t.choosePlace(ctx, p, "desk.staff.which_role")
	if err != nil || !ok {
		return err
	}
	err = t.store.Place(ctx, t.by, id, role, dept)
	o.Role, o.Department = role, dept
	return t.changed(ctx, err, "desk.staff.placed", o)
}

// changed tells what became of a change.
func (t *turn) changed(ctx context.Context, err error, key string, o cases.Officer) error {
	if err != nil {
		return t.refuse(err)
	}
	return t.staff(ctx, 0, t.say(key, "Name", o.Name, "Position", t.position(o.Role, o.Department)))
}

// choosePlace reads role and department out of a button, or asks for what is missing with buttons of the same kind.
func (t *turn) choosePlace(ctx context.Context, p data, ask string) (role cases.Role, dept string, ok bool, err error) {
	word, place, _ := strings.Cut(p.word, "-")
	role = cases.Role(word)
	ways := []text.Button{t.button("desk.button.staff", data{what: "offs"})}
	switch {
	case word == "":
		var buttons []text.Button
		for _, r := range cases.Roles() {
			if r == cases.RoleGuest {
				continue // they are invited into a case, by whoever works it
			}
			p.word = string(r)
			buttons = append(buttons, t.button("desk.role."+string(r), p))
		}
		t.screen(t.Session.Screen, t.say(ask), append(pairUp(2, 40, buttons...), ways)...)
		return role, "", false, nil
	case !slices.Contains(cases.Roles(), role), role == cases.RoleGuest:
		return role, "", false, t.worn(ctx)
	case role == cases.RoleLeader && place == wholeHouse, !role.Placed() && role != cases.RoleLeader:
		return role, "", true, nil
	}
	var buttons []text.Button
	if role == cases.RoleLeader {
		p.word = word + "-" + wholeHouse
		buttons = append(buttons, t.button("desk.every_department", p))
	}
	for _, d := range t.org.Departments {
		if place != "" && tag(d.ID) == place {
			return role, d.ID, true, nil
		}
		p.word = word + "-" + tag(d.ID)
		buttons = append(buttons, text.Button{Text: t.department(t.lang, d.ID), Data: p.String()})
	}
	t.screen(t.Session.Screen, t.say("desk.staff.which_department"), append(pairUp(2, 40, buttons...), ways)...)
	return role, "", false, nil
}

// invite asks for role, department and name of who is invited, one at a time.
func (t *turn) invite(ctx context.Context, p data) error {
	if err := cases.MayKeepAccounts(t.by); err != nil {
		return t.refuse(err)
	}
	p.what, p.number = "inv", 0
	if p.word == "" {
		t.Session.Screen = flows.Screen{Name: screenStaff}
	}
	role, dept, ok, err := t.choosePlace(ctx, p, "desk.staff.invite_role")
	if err != nil || !ok {
		return err
	}
	t.screen(flows.Screen{Name: screenInvite, Arg: p.word},
		t.say("desk.staff.invite_name", "Position", t.position(role, dept)), []text.Button{t.button("desk.button.staff", data{what: "offs"})})
	return nil
}

// invited makes the invitation for a name that was typed, and shows its link once.
func (t *turn) invited(ctx context.Context, name string) error {
	if err := cases.MayKeepAccounts(t.by); err != nil {
		return t.refuse(err)
	}
	back := []text.Button{t.button("desk.button.staff", data{what: "offs"})}
	if utf8.RuneCountInString(name) > longName || name == "" || strings.ContainsFunc(name, unicode.IsControl) {
		t.Send(t.say("desk.staff.bad_name", "Max", longName), back)
		return nil
	}
	role, dept, ok, err := t.choosePlace(ctx, data{what: "inv", word: t.Session.Screen.Arg}, "desk.staff.invite_role")
	if err != nil || !ok {
		return err
	}
	until := t.Now.Add(inviteFor)
	token, err := t.store.Invite(ctx, t.by, cases.Invite{Name: name, Role: role, Department: dept, Expires: until})
	if err != nil {
		return t.refuse(fmt.Errorf("invite: %w", err))
	}
	t.Session.Screen = flows.Screen{Name: screenStaff}
	t.protected(t.say("desk.staff.link", "Name", name, "Position", t.position(role, dept), "Link", t.link(token),
		"Until", t.book.Moment(t.lang, until)), back)
	return nil
}
