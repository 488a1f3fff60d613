package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

const (
	maxSpread   = 100 // cases moved at once
	spreadLines = 15  // of which so many are shown one by one
)

// team shows a lead who carries how much, and leads to each colleague. lead is a line above it, finished markup.
func (t *turn) team(ctx context.Context, lead string) error {
	if t.by.Role != cases.RoleLead {
		return t.refuse(&cases.Error{Code: cases.NotAllowed})
	}
	all, err := t.candidates(ctx, t.by.Department)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(x cases.Candidate) bool { return !x.Role.Placed() })
	slices.SortStableFunc(all, func(a, b cases.Candidate) int { return b.Open - a.Open })
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	parts = append(parts, t.say("desk.team.heading", "Department", t.place()), "<pre>"+escape(t.roster(all))+"</pre>")
	var buttons []text.Button
	for _, x := range all {
		buttons = append(buttons, text.Button{Text: text.Cut(x.Name, 40), Data: about("mate", x.Officer, 0, "").String()})
	}
	rows := append(pairUp(2, 40, buttons...), []text.Button{t.button("desk.button.home", data{what: "home"})})
	t.screen(flows.Screen{Name: screenHome}, strings.Join(parts, "\n\n"), rows...)
	return nil
}

// roster is what everybody carries. The numbers come first: names are of all widths, and on a narrow phone it is they that
// may break.
func (t *turn) roster(all []cases.Candidate) string {
	heads := []string{t.label("desk.team.open"), t.label("desk.team.overdue"), t.label("desk.team.unread")}
	row := func(cells []string, name string) string {
		var b strings.Builder
		for i, c := range cells {
			b.WriteString(strings.Repeat(" ", max(text.Columns(heads[i])-text.Columns(c), 0)) + c + " ")
		}
		return strings.TrimRight(b.String()+" "+name, " ")
	}
	lines := []string{row(heads, "")}
	for _, x := range all {
		name := text.Cut(x.Name, 24)
		if x.ID == t.by.Officer {
			name = t.label("desk.team.me", "Name", name)
		}
		if x.Away(t.Now) {
			name = t.label("desk.team.away", "Name", name, "Until", t.book.Day(t.lang, x.AwayUntil))
		}
		lines = append(lines, row([]string{strconv.Itoa(x.Open), strconv.Itoa(x.Overdue), strconv.Itoa(x.Unread)}, name))
	}
	return strings.Join(lines, "\n")
}

// mate shows a lead one colleague.
func (t *turn) mate(ctx context.Context, o cases.Officer, lead string) error {
	if t.by.Role != cases.RoleLead {
		return t.refuse(&cases.Error{Code: cases.NotAllowed})
	}
	loads, err := t.store.Loads(ctx, t.by, o.Department)
	if err != nil {
		return t.refuse(err)
	}
	l := loads[o.ID]
	var parts []string
	if lead != "" {
		parts = append(parts, "<i>"+lead+"</i>")
	}
	lines := []string{
		t.say("desk.staff.person", "Name", o.Name, "Position", t.position(o.Role, o.Department)),
		t.say("desk.team.load", "Open", l.Open, "Overdue", l.Overdue, "Unread", l.Unread),
	}
	if o.Away(t.Now) {
		line, err := t.awayLine(ctx, o)
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	buttons := []text.Button{
		t.button("desk.team.set_away", about("away", o, 0, "")), t.button("desk.team.set_skills", about("skills", o, 0, "")),
	}
	if o.Away(t.Now) {
		buttons = slices.Insert(buttons, 0, t.button("desk.away.back_other", about("back", o, 0, "")))
	}
	if l.Open > 0 {
		buttons = append(buttons, t.button("desk.team.spread", about("spread", o, 0, "")))
	}
	rows := append(pairUp(2, 44, buttons...), []text.Button{t.button("desk.button.team", data{what: "team"})})
	t.screen(flows.Screen{Name: screenHome}, strings.Join(append(parts, strings.Join(lines, "\n")), "\n\n"), rows...)
	return nil
}

// spreading says to whom the most urgent n cases of a colleague would go, and has a name that changes with it.
func (t *turn) spreading(ctx context.Context, o cases.Officer, n int) (gives []cases.Give, left []cases.Case, name string, err error) {
	f := cases.Filter{Of: o.ID, Department: o.Department, Open: true}
	list, _, err := t.store.List(ctx, t.by, f, 0, min(n, maxSpread))
	if err != nil {
		return nil, nil, "", fmt.Errorf("list cases: %w", err)
	}
	all, err := t.candidates(ctx, o.Department)
	if err != nil {
		return nil, nil, "", err
	}
	gives, left = cases.Spread(list, all, t.org.Limits, t.Now)
	for _, g := range gives {
		name += fmt.Sprintf("%s:%d:%d;", g.Case.Ref, g.Case.Version, g.To.ID)
	}
	return gives, left, tag(name), nil
}

// spread asks how many cases of a colleague go to others, and shows what would go where.
func (t *turn) spread(ctx context.Context, o cases.Officer, rest string) error {
	if t.by.Role != cases.RoleLead {
		return t.refuse(&cases.Error{Code: cases.NotAllowed})
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 {
		return t.howMany(ctx, o)
	}
	gives, left, name, err := t.spreading(ctx, o, n)
	if err != nil {
		return t.refuse(err)
	}
	lines := []string{t.say("desk.team.preview", "Name", o.Name, "Count", len(gives))}
	for i, g := range gives {
		if i == spreadLines {
			lines = append(lines, t.say("desk.team.more", "Count", len(gives)-i))
			break
		}
		lines = append(lines, t.say("desk.team.goes", "Ref", string(g.Case.Ref), "Kind", t.kind(t.lang, g.Case.Kind), "To", t.nameOf(g.To)))
	}
	if len(left) > 0 {
		lines = append(lines, t.say("desk.team.left", "Count", len(left)))
	}
	var rows [][]text.Button
	if len(gives) > 0 {
		label := t.label("desk.team.move", "Count", len(gives))
		rows = append(rows, []text.Button{{Text: label, Data: about("spready", o, 0, strconv.Itoa(n)+"-"+name).String()}})
	}
	rows = append(rows, t.leave(o), []text.Button{t.button("desk.button.team", data{what: "team"})})
	t.screen(flows.Screen{Name: screenHome}, strings.Join(lines, "\n"), rows...)
	return nil
}

func (t *turn) howMany(ctx context.Context, o cases.Officer) error {
	loads, err := t.store.Loads(ctx, t.by, o.Department)
	if err != nil {
		return t.refuse(err)
	}
	open := min(loads[o.ID].Open, maxSpread)
	if open == 0 {
		return t.mate(ctx, o, t.say("desk.team.none"))
	}
	var buttons []text.Button
	for _, n := range []int{1, 3, 5, 10, 20} {
		if n < open {
			buttons = append(buttons, text.Button{Text: t.label("desk.team.some", "Count", n), Data: about("spread", o, 0, strconv.Itoa(n)).String()})
		}
	}
	buttons = append(buttons, text.Button{Text: t.label("desk.team.all", "Count", open), Data: about("spread", o, 0, strconv.Itoa(open)).String()})
	rows := append(pairUp(3, 44, buttons...), t.leave(o))
	t.screen(flows.Screen{Name: screenHome}, t.say("desk.team.how_many", "Name", o.Name), rows...)
	return nil
}

// spreadNow moves what the preview showed. When anything of it has changed since, nothing is moved, and the preview is
// shown as it is now.
func (t *turn) spreadNow(ctx context.Context, o cases.Officer, rest string) error {
	if t.by.Role != cases.RoleLead {
		return t.refuse(&cases.Error{Code: cases.NotAllowed})
	}
	count, shown, _ := strings.Cut(rest, "-")
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		return t.worn(ctx)
	}
	gives, left, name, err := t.spreading(ctx, o, n)
	if err != nil {
		return t.refuse(err)
	}
	if name != shown {
		t.tell("desk.team.changed")
		return t.spread(ctx, o, count)
	}
	got := map[cases.OfficerID]int{}
	moved, not := 0, len(left)
	for _, g := range gives {
		act := cases.Act{
			Action: cases.Assign, By: t.by, To: g.To.ID, ToDepartment: o.Department,
			Key: t.key(g.Case, g.Case.Version, cases.Assign, "team:"+base36(int64(g.To.ID))),
		}
		switch _, _, _, err := t.store.Act(ctx, g.Case.Ref, act); {
		case err != nil && !told(err):
			return fmt.Errorf("move a colleague's case: %w", err)
		case err != nil:
			not++
		default:
			moved++
			got[g.To.ID]++
		}
	}
	var who []string
	for _, g := range gives {
		if n := got[g.To.ID]; n > 0 {
			who = append(who, t.label("desk.team.got", "Name", t.nameOf(g.To), "Count", n))
			delete(got, g.To.ID)
		}
	}
	said := t.say("desk.team.moved", "Name", o.Name, "Count", moved, "Who", strings.Join(who, t.label("desk.comma")))
	if moved == 0 {
		said = t.say("desk.team.moved_none")
	}
	if not > 0 {
		said += "\n" + t.say("desk.team.not_moved", "Count", not)
	}
	return t.team(ctx, said)
}

// nameOf names a colleague: "you" for oneself.
func (t *turn) nameOf(o cases.Officer) string {
	if o.ID == t.by.Officer {
		return t.label("desk.you")
	}
	return o.Name
}
