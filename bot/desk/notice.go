package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
)

// Notice renders a message to an officer about an event. It holds nobody's words: those are read in the card,
// where reading is recorded. No replies and no error: the case is out of this officer's eyes by now, or there is
// nothing an officer is told of such an event.
func (d *Desk) Notice(_ context.Context, n bot.Notice) ([]text.Reply, error) {
	if n.Officer == nil {
		return nil, errors.New("desk: a notice for no officer")
	}
	n.Case = n.Case.Known(n.Now)
	if n.Officer.Role == cases.RoleGuest {
		return d.guestNotice(n), nil
	}
	if replies, ok := d.timely(n); ok {
		return replies, nil
	}
	by := n.Officer.Actor()
	if bye := d.mediated(n); bye != nil {
		return bye, nil
	}
	if n.Officer.Revoked || cases.Can(by, cases.List, n.Case) != nil || n.Event.Kind == cases.CheckedIn && !n.Case.WatchesOver(by) {
		return nil, nil
	}
	switch n.Event.Kind {
	case cases.Filed, cases.Queued, cases.Answered, cases.Added, cases.WithdrawnBy, cases.Rated, cases.Assigned,
		cases.Recused, cases.Lowered, cases.Revealed, cases.CustodyAsked, cases.CustodyGranted, cases.CustodyRefused,
		cases.Satisfied, cases.TransferOffered, cases.Transferred, cases.TransferRefused, cases.TransferLapsed,
		cases.ExtensionAsked, cases.ExtensionGranted, cases.ExtensionRefused, cases.Convened, cases.Opined, cases.Mediating,
		cases.Unsettled, cases.Consented, cases.Offered, cases.Agreed, cases.Settled, cases.Reminded, cases.Missed,
		cases.SecondLookAsked, cases.FinalReviewAsked, cases.GuestJoined, cases.GuestLeft, cases.Raised, cases.CheckedIn,
		cases.Joined, cases.Left, cases.Noted, cases.Reopened:
	default:
		return nil, nil
	}
	if n.Absent != nil {
		n.Case.Deputy = n.Officer.ID
	}
	lang := d.book.Pick(n.Lang)
	var lines []string
	if n.Case.Urgent && n.Case.Status.Open() && by.Role != cases.RoleCustodian {
		lines = append(lines, d.book.T(lang, "desk.card.danger"))
	}
	rating, until, matter := "", "", d.matter(lang, n.Case)
	key := "notice.desk." + string(n.Event.Kind)
	switch {
	case n.Event.Kind == cases.Rated:
		rating = d.book.Label(lang, "desk.rating."+n.Event.Code)
	case n.Event.Kind == cases.Added && n.Event.Colleague > 0:
		key = "notice.desk.added_colleague"
	case n.Event.Kind == cases.Assigned && n.Event.To == 0:
		key = "notice.desk.moved"
	case n.Event.Kind == cases.Assigned && n.Absent != nil:
		key = "notice.desk.assigned_absent"
	case n.Event.Kind == cases.Queued:
		key = "notice.desk.filed"
	case n.Event.Kind == cases.CustodyGranted:
		until = d.book.Moment(lang, n.Case.Custody.Until)
	case n.Event.Kind == cases.TransferOffered:
		until = d.book.Day(lang, n.Event.Until)
	case n.Event.Kind == cases.CustodyAsked:
		matter = d.kind(lang, n.Case.Kind) // what a custodian needs, and no more
	}
	lines = append(lines,
		d.book.T(lang, key, "Rating", rating, "Until", until, "Mode", d.book.Label(lang, "desk.mode."+string(n.Case.Mode)),
			"Number", n.Event.Colleague, "What", d.code(lang, n.Event.Kind, n.Event.Code), "Reason", d.missed(lang, n.Event.Reason)),
		// The event's number makes a message that came twice recognisable.
		d.book.T(lang, "notice.desk.case", "Ref", string(n.Case.Ref), "Matter", matter, "Seq", n.Event.Seq))
	if n.More > 0 {
		lines = append(lines, d.book.T(lang, "notice.desk.more", "Count", n.More))
	}
	if o := n.Absent; o != nil {
		lines = append(lines, d.book.T(lang, "notice.desk.absent", "Name", o.Name, "Until", d.book.Day(lang, o.AwayUntil)))
	}
	if owed := d.owed(lang, n.Case, n.Now); owed != "" && by.Role != cases.RoleCustodian {
		lines = append(lines, escape(owed))
	}
	look := text.Button{Text: d.book.Label(lang, "desk.button.look"), Data: data{what: "case", ref: n.Case.Ref}.String()}
	row := []text.Button{look}
	if n.Case.Owner == 0 && slices.Contains(cases.Moves(n.Case, by, n.Now), cases.Take) {
		row = append(row, text.Button{
			Text: d.book.Label(lang, "desk.move.take"),
			Data: data{what: "take", ref: n.Case.Ref, number: n.Case.Version}.String(),
		})
	}
	return []text.Reply{{Do: text.Send, HTML: strings.Join(lines, "\n"), Rows: append([][]text.Button{row}, pairUp(2, 40, d.answers(lang, n, by)...)...)}}, nil
}
