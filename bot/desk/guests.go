package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
)

// counselDays are for how long counsel may be let in.
var counselDays = []int{3, 7, 14, 30}

// otherSideDays bounds the account of the other side; the end of the mediation ends it sooner.
const otherSideDays = 180

// guestChoices are the kinds of guests that an officer may invite into a case, or send away.
func (t *turn) guestChoices(c cases.Case, a cases.Action) (out []string) {
	counsel, other := c.Counsel.Officer != 0, c.Mediation.Other != 0
	mediated := c.Status == cases.StatusMediation
	mediator := c.Mediation.Mediator == t.by.Officer && mediated
	ours := t.by.Department == c.Department
	if a == cases.InviteGuest {
		counsel, other = !counsel && t.by.Role == cases.RoleLead && ours, !other && mediated
	}
	if counsel && (ours || !mediator) {
		out = append(out, cases.GuestCounsel)
	}
	if other && mediated {
		out = append(out, cases.GuestOther)
	}
	return out
}

// pressGuests handles the buttons that let somebody from outside in, and out.
func (t *turn) pressGuests(ctx context.Context, p data) error {
	word, days, _ := strings.Cut(p.word, "-")
	a := cases.InviteGuest
	if p.what == whats[cases.DismissGuest] || p.what == "gstx" {
		a = cases.DismissGuest
	}
	c, ok, err := t.ready(ctx, p.ref, a, word)
	if err != nil || !ok {
		return err
	}
	if !slices.Contains(t.guestChoices(c, a), word) {
		t.tell("desk.moved_on")
		return t.card(ctx, p.ref, "")
	}
	back := []text.Button{t.button("desk.button.card", data{what: "case", ref: p.ref})}
	switch {
	case p.what == "gstx":
		return t.pressAct(ctx, p, cases.Act{Action: a, Code: word}, word)
	case a == cases.DismissGuest:
		t.onScreen(p.ref, t.say("together.guest.dismiss_"+word, "Ref", string(p.ref)),
			[]text.Button{t.button("together.guest.dismiss_yes", data{what: "gstx", ref: p.ref, number: c.Version, word: word})}, back)
		return nil
	case word == cases.GuestOther && days == "":
		t.onScreen(p.ref, t.say("together.guest.invite_other_side", "Ref", string(p.ref)),
			[]text.Button{t.button("together.guest.make_link", data{what: whats[a], ref: p.ref, number: c.Version, word: word + "-" + strconv.Itoa(otherSideDays)})}, back)
		return nil
	case days == "":
		var buttons []text.Button
		for _, n := range counselDays {
			buttons = append(buttons, text.Button{
				Text: t.label("together.guest.days", "Days", n),
				Data: data{what: whats[a], ref: p.ref, number: c.Version, word: word + "-" + strconv.Itoa(n)}.String(),
			})
		}
		t.onScreen(p.ref, t.say("together.guest.invite_counsel", "Ref", string(p.ref)), append(pairUp(2, 40, buttons...), back)...)
		return nil
	}
	n, err := strconv.Atoi(days)
	if err != nil || word == cases.GuestCounsel && !slices.Contains(counselDays, n) || word == cases.GuestOther && n != otherSideDays {
		return t.worn(ctx)
	}
	return t.inviteGuest(ctx, c, p, word, n)
}

// inviteGuest makes the one-time link and shows it once.
func (t *turn) inviteGuest(ctx context.Context, c cases.Case, p data, what string, days int) error {
	key := t.key(c, p.number, cases.InviteGuest, p.word)
	current, err := t.current(ctx, c, p.number, key)
	if err != nil {
		return err
	}
	if !current {
		t.tell("desk.moved_on")
		return t.card(ctx, p.ref, "")
	}
	expires, until := t.Now.Add(inviteFor), t.Now.AddDate(0, 0, days)
	token, _, err := t.store.InviteGuest(ctx, p.ref,
		cases.Act{Action: cases.InviteGuest, By: t.by, Code: what, Until: until, Key: key},
		cases.Invite{Name: t.label("together.guest.name_"+what, "Ref", string(p.ref)), Role: cases.RoleGuest, Expires: expires})
	if err != nil {
		return t.refuse(fmt.Errorf("invite a guest: %w", err))
	}
	if err := t.card(ctx, p.ref, t.say("desk.done.guest_invited")); err != nil {
		return err
	}
	t.protected(t.say("together.guest.link_"+what, "Ref", string(p.ref), "Link", t.link(token),
		"Expires", t.book.Moment(t.lang, expires), "Until", t.book.Moment(t.lang, until)))
	return nil
}

// counsel says on a card who from outside reads along, "" when nobody does.
func (t *turn) counsel(d *dossier) string {
	if d.Counsel.Officer == 0 {
		return ""
	}
	return t.say("together.card.counsel", "Name", d.names[d.Counsel.Officer], "Until", t.book.Moment(t.lang, d.Counsel.Until))
}

// invited are buttons to the cases of others that an officer was asked into.
func (t *turn) invitedTo(ctx context.Context) ([][]text.Button, error) {
	in, err := t.store.AskedIn(ctx, t.by)
	if err != nil {
		return nil, fmt.Errorf("list cases asked into: %w", err)
	}
	in = slices.DeleteFunc(in, func(c cases.Case) bool { return c.Department == t.by.Department && t.by.Department != "" })
	var rows [][]text.Button
	for _, c := range in {
		label := t.label("together.button.asked_in", "Ref", string(c.Ref), "Status", t.status(t.lang, c.Status))
		rows = append(rows, []text.Button{{Text: text.Cut(label, 60), Data: data{what: "case", ref: c.Ref}.String()}})
	}
	return rows, nil
}
