package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"huiyin/bot"
	"huiyin/cases"
)

// Press handles the desk's buttons. For anybody but an officer there are none.
func (d *Desk) Press(ctx context.Context, bt *bot.Turn) (bool, error) {
	if !strings.HasPrefix(bt.Data, prefix) {
		return false, nil
	}
	t := d.at(bt)
	if t == nil {
		return false, nil
	}
	t.here()
	p, ok := parse(bt.Data)
	if !ok {
		return true, t.worn(ctx)
	}
	return true, t.press(ctx, p)
}

// worn answers a button that means nothing: nothing happens, and the way on is shown.
func (t *turn) worn(ctx context.Context) error {
	t.tell("desk.worn")
	return t.home(ctx, "")
}

func (t *turn) press(ctx context.Context, p data) error {
	switch p.what {
	case "next", "queue", "kinds", "deps", "find", "tags", "filters", "keep", "keepas", "keepno", "kept", "keptx":
		if t.by.Role == cases.RoleCustodian {
			return t.home(ctx, "") // a custodian sees requests and no queue
		}
	}
	if t.guest() {
		if done, err := t.pressGuest(ctx, p); done || err != nil {
			return err
		}
	}
	switch p.what {
	case "next":
		if t.leader() {
			return t.home(ctx, "") // leaders take nothing
		}
		return t.next(ctx, "desk:"+strconv.FormatInt(int64(t.by.Officer), 10)+":next:"+base36(int64(p.number)))
	case "home":
		return t.home(ctx, "")
	case "reqs":
		if t.by.Role == cases.RoleCustodian {
			return t.requests(ctx, p.number, "")
		}
	case "code":
		return t.setUpCode(ctx)
	case "coded":
		return t.stored(ctx)
	case "offs", "off", "offr", "offy", "offc", "offf", "inv":
		return t.pressStaff(ctx, p)
	case "rcp", "rcpb", "rcpd", "rcph", "rcpi", "rcpl", "rcpm", "rcpn", "rcpo", "rcpy":
		return t.pressReception(ctx, p)
	case "team", "mate", "spread", "spready", "away", "awayp", "awayd", "awayx", "back", "skills", "skill":
		return t.pressTeam(ctx, p)
	case "queue":
		return t.queue(ctx, parseView(p.word), p.number)
	case "kinds":
		t.choose(parseView(p.word), false)
		return nil
	case "deps":
		t.choose(parseView(p.word), true)
		return nil
	case "tags":
		return t.chooseTag(ctx, parseView(p.word))
	case "filters", "keep", "keepas", "keepno", "kept", "keptx":
		return t.pressKept(ctx, p)
	case "digest", "digd", "digh":
		return t.pressDigest(ctx, p)
	case "find":
		words := ""
		if p.number > 0 {
			words = t.Session.Screen.Arg
		}
		return t.search(ctx, words, max(p.number-1, 0))
	case "help":
		t.help()
		return nil
	case "langs":
		t.languages()
		return nil
	case "lang":
		return t.setLanguage(ctx, p.word)
	case "draft":
		return t.resume(ctx, p.word)
	}
	if known, err := t.pressBulk(ctx, p); known {
		return err
	}
	if p.ref == "" {
		return t.worn(ctx)
	}
	return t.pressCase(ctx, p)
}

// pressCase handles the buttons that concern one case.
func (t *turn) pressCase(ctx context.Context, p data) error {
	if t.by.Role == cases.RoleCustodian && !slices.Contains([]string{"yes", whats[cases.GrantCustody], whats[cases.RefuseCustody]}, p.what) {
		return t.card(ctx, p.ref, "")
	}
	switch p.what {
	case "case":
		return t.card(ctx, p.ref, "")
	case "dcase":
		t.Below() // the digest stays, with its other cases
		return t.card(ctx, p.ref, "")
	case "all":
		return t.whole(ctx, p)
	case "file":
		return t.evidence(ctx, p)
	case "files":
		return t.files(ctx, p)
	case "past":
		return t.past(ctx, p)
	case "letter":
		return t.letter(ctx, p.ref)
	case "do":
		i := slices.IndexFunc(entries, func(e entry) bool { return e.on && e.name == p.word })
		if i < 0 {
			return t.worn(ctx)
		}
		return t.do(ctx, entries[i], p.ref)
	case "asgw":
		return t.assign(ctx, p.ref, true)
	case "toffd":
		return t.offerTo(ctx, p)
	case "asgd":
		return t.otherDepartments(ctx, p)
	case "asgo":
		return t.assignTo(ctx, p)
	case "asgp":
		return t.moveTo(ctx, p)
	case "orig":
		return t.original(ctx, p)
	case "origs":
		return t.originals(ctx, p)
	case "yes":
		return t.yes(ctx, p)
	case "col", "colx", "cold", "colgo":
		return t.pressAskIn(ctx, p)
	case "guest", "guestx", "gstx":
		return t.pressGuests(ctx, p)
	}
	if known, err := t.pressTool(ctx, p); known {
		return err
	}
	for action, what := range whats {
		switch {
		case what != p.what:
			continue
		case action == cases.AckMajor: // whatever happened to the case since
			return t.act(ctx, p.ref, cases.Act{Action: action, Key: t.once("ack:" + string(p.ref))})
		case action == cases.Convene, action == cases.Mediate:
			return t.colleagues(ctx, p.ref, action, "", 0)
		case action == cases.Export:
			return t.exportAsk(ctx, p.ref, "")
		case action == cases.Reopen:
			return t.reopen(ctx, p)
		case action == cases.Assign:
			return t.assign(ctx, p.ref, false)
		case action == cases.OfferTransfer:
			return t.offerTransfer(ctx, p)
		case action == cases.AskExtension:
			return t.askExtension(ctx, p)
		case (action == cases.AskCustody || action == cases.OpenCustody) && !slices.Contains(cases.Custodies(), p.word):
			return t.worn(ctx)
		case action == cases.AskCustody:
			return t.form(ctx, p.ref, action, p.word)
		case action == cases.OpenCustody:
			return t.askOnce(ctx, p.ref, action, p.word)
		case action == cases.Recuse, action == cases.GrantCustody:
			return t.askOnce(ctx, p.ref, action, "")
		case forms[action] != "":
			return t.form(ctx, p.ref, action, "")
		}
		return t.pressAct(ctx, p, cases.Act{Action: action}, "")
	}
	return t.worn(ctx)
}

// pressAct does what a button of a card stands for, if the case is still as the button showed it.
func (t *turn) pressAct(ctx context.Context, p data, a cases.Act, arg string) error {
	c, err := t.store.CaseByRef(ctx, t.by, p.ref)
	if err != nil {
		return t.refuse(err)
	}
	if a.Action == cases.GrantCustody {
		if err := t.sure(ctx, c); err != nil {
			return t.refuse(err)
		}
	}
	a.Key = t.key(c, p.number, a.Action, arg)
	current, err := t.current(ctx, c, p.number, a.Key)
	if err != nil {
		return err
	}
	if !current {
		if a.Action == cases.Take && c.Owner != 0 && c.Owner != t.by.Officer {
			if err := t.takenBy(ctx, p.ref); err != nil {
				return err
			}
		} else {
			t.tell("desk.moved_on")
		}
		return t.card(ctx, p.ref, "")
	}
	return t.act(ctx, p.ref, a)
}

// current says whether a case is as it was at a version: readings since do not count, nor does the very act
// the button stands for, which a second delivery of the same press finds done.
func (t *turn) current(ctx context.Context, c cases.Case, version int, key string) (bool, error) {
	if c.Version <= version {
		return c.Version == version, nil
	}
	events, err := t.store.Events(ctx, t.by, c.ID)
	if err != nil {
		return false, err
	}
	for _, e := range events {
		if e.Key == key {
			return true, nil
		}
	}
	for _, e := range events {
		if e.Seq > version && e.Kind != cases.Opened {
			return false, nil
		}
	}
	return true, nil
}
