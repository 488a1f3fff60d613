package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

const (
	perDays = 14  // days to choose from on a page
	maxAway = 366 // days that somebody may be away
)

// dayNumber names a day on a button: days since 1970, as the organisation's calendar counts them.
func dayNumber(d cases.Date) int {
	return int(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

func dayOf(number int) cases.Date {
	return cases.DateOf(time.Unix(int64(number)*24*60*60, 0).UTC(), time.UTC)
}

func (t *turn) today() cases.Date { return cases.DateOf(t.Now, t.book.Zone()) }

// theirs loads an officer of whom this one may say that they are away and what they are good at. Without ok the person is
// told why not.
func (t *turn) theirs(ctx context.Context, id cases.OfficerID) (o cases.Officer, ok bool, err error) {
	o, err = t.store.Officer(ctx, id)
	if err != nil && !told(err) {
		return o, false, fmt.Errorf("load officer: %w", err)
	}
	if err == nil && !o.Revoked && o.Role.Placed() {
		err = cases.MaySetAway(t.by, o)
	} else if err == nil {
		err = &cases.Error{Code: cases.NotAllowed}
	}
	if err != nil {
		return o, false, t.refuse(err)
	}
	return o, true, nil
}

// pressTeam handles the buttons about who is away, what they are good at, and who carries what.
func (t *turn) pressTeam(ctx context.Context, p data) error {
	if p.what == "team" {
		return t.team(ctx, "")
	}
	who, rest, _ := strings.Cut(p.word, "-")
	id, err := strconv.ParseInt(who, 36, 64)
	if err != nil || id < 1 {
		return t.worn(ctx)
	}
	o, ok, err := t.theirs(ctx, cases.OfficerID(id))
	if err != nil || !ok {
		return err
	}
	switch p.what {
	case "away":
		return t.away(ctx, o)
	case "awayp":
		t.pickDay(o, p.number)
		return nil
	case "awayd":
		return t.whoStandsIn(ctx, o, p.number)
	case "awayx":
		return t.setAway(ctx, o, p.number, rest)
	case "back":
		return t.back(ctx, o)
	case "skills":
		t.skills(o, "")
		return nil
	case "skill":
		return t.setSkill(ctx, o, rest)
	case "mate":
		return t.mate(ctx, o, "")
	case "spread":
		return t.spread(ctx, o, rest)
	case "spready":
		return t.spreadNow(ctx, o, rest)
	}
	return t.worn(ctx)
}

// self is who acts, as an officer that their own settings are about; false for whom they are not meant.
func (t *turn) self(ctx context.Context) (cases.Officer, bool, error) {
	return t.theirs(ctx, t.by.Officer)
}

// about makes a button about an officer.
func about(what string, o cases.Officer, number int, rest string) data {
	word := base36(int64(o.ID))
	if rest != "" {
		word += "-" + rest
	}
	return data{what: what, number: number, word: word}
}

// whose says something of an officer, who a screen is about: nobody by name when it is oneself.
func (t *turn) whose(key string, o cases.Officer, pairs ...any) string {
	if o.ID != t.by.Officer {
		key += "_other"
	}
	return t.say(key, append(pairs, "Name", o.Name)...)
}

// leave is the way from a screen about an officer.
func (t *turn) leave(o cases.Officer) []text.Button {
	if o.ID != t.by.Officer {
		return []text.Button{{Text: t.label("desk.team.person", "Name", text.Cut(o.Name, 32)), Data: about("mate", o, 0, "").String()}}
	}
	return []text.Button{t.button("desk.button.home", data{what: "home"})}
}

// away asks until when somebody is away, or says it and asks whether they are back.
func (t *turn) away(ctx context.Context, o cases.Officer) error {
	var rows [][]text.Button
	markup := t.whose("desk.away.ask", o)
	if o.Away(t.Now) {
		var err error
		if markup, err = t.awayLine(ctx, o); err != nil {
			return err
		}
		markup += "\n" + t.say("desk.away.change")
		key := "desk.away.back"
		if o.ID != t.by.Officer {
			key = "desk.away.back_other"
		}
		rows = append(rows, []text.Button{t.button(key, about("back", o, 0, ""))})
	}
	day := func(key string, days int) text.Button {
		return t.button(key, about("awayd", o, dayNumber(t.today().Add(days)), ""))
	}
	rows = append(rows,
		[]text.Button{day("desk.away.today", 0), day("desk.away.three_days", 3)},
		[]text.Button{day("desk.away.week", 7), day("desk.away.two_weeks", 14)},
		[]text.Button{t.button("desk.away.pick", about("awayp", o, 0, ""))},
		t.leave(o))
	t.screen(flows.Screen{Name: screenHome}, markup, rows...)
	return nil
}

// awayLine says until when somebody is away and who stands in.
func (t *turn) awayLine(ctx context.Context, o cases.Officer) (string, error) {
	until := t.book.Day(t.lang, o.AwayUntil)
	if o.Deputy == 0 {
		return t.whose("desk.away.is", o, "Until", until), nil
	}
	name, err := t.colleague(ctx, o.Deputy)
	return t.whose("desk.away.is_deputy", o, "Until", until, "Deputy", name), err
}

// pickDay offers every day of two weeks, page by page.
func (t *turn) pickDay(o cases.Officer, page int) {
	page = min(page, maxAway/perDays-1)
	var buttons []text.Button
	for i := range perDays {
		d := t.today().Add(1 + page*perDays + i)
		buttons = append(buttons, text.Button{
			Text: t.book.Day(t.lang, d.End(t.book.Zone())), Data: about("awayd", o, dayNumber(d), "").String(),
		})
	}
	var turn []text.Button
	if page > 0 {
		turn = append(turn, t.button("desk.away.earlier", about("awayp", o, page-1, "")))
	}
	if page < maxAway/perDays-1 {
		turn = append(turn, t.button("desk.away.later", about("awayp", o, page+1, "")))
	}
	rows := append(pairUp(2, 44, buttons...), turn, t.leave(o))
	t.screen(flows.Screen{Name: screenHome}, t.whose("desk.away.which", o), rows...)
}

// until reads a day on a button: from today on, and not further than anybody is away.
func (t *turn) until(number int) (time.Time, bool) {
	if first := dayNumber(t.today()); number < first || number > first+maxAway {
		return time.Time{}, false
	}
	return dayOf(number).End(t.book.Zone()), true
}

// whoStandsIn asks who is told meanwhile of what the officer would be told of.
func (t *turn) whoStandsIn(ctx context.Context, o cases.Officer, number int) error {
	until, ok := t.until(number)
	if !ok {
		return t.worn(ctx)
	}
	all, err := t.store.Officers(ctx, o.Department)
	if err != nil {
		return fmt.Errorf("list officers: %w", err)
	}
	var buttons []text.Button
	for _, x := range all {
		if !x.MayStandIn(o) || x.Away(t.Now) {
			continue
		}
		name := text.Cut(x.Name, 40)
		if x.ID == t.by.Officer {
			name = t.label("desk.assign.me")
		}
		buttons = append(buttons, text.Button{Text: name, Data: about("awayx", o, number, base36(int64(x.ID))).String()})
	}
	rows := append(pairUp(2, 40, buttons...),
		[]text.Button{t.button("desk.away.nobody", about("awayx", o, number, "0"))},
		[]text.Button{t.button("desk.away.other_day", about("away", o, 0, ""))}, t.leave(o))
	t.screen(flows.Screen{Name: screenHome}, t.whose("desk.away.deputy", o, "Until", t.book.Day(t.lang, until)), rows...)
	return nil
}

func (t *turn) setAway(ctx context.Context, o cases.Officer, number int, deputy string) error {
	until, ok := t.until(number)
	id, err := strconv.ParseInt(deputy, 36, 64)
	if !ok || err != nil {
		return t.worn(ctx)
	}
	err = t.store.SetAway(ctx, t.by, o.ID, until, cases.OfficerID(id))
	if cases.CodeOf(err) == cases.NotFound {
		t.tell("desk.away.cannot")
		return t.whoStandsIn(ctx, o, number)
	}
	if err != nil {
		return t.refuse(err)
	}
	o.AwayUntil, o.Deputy = until, cases.OfficerID(id)
	lead, err := t.awayLine(ctx, o)
	if err != nil {
		return err
	}
	if o.ID != t.by.Officer {
		return t.mate(ctx, o, lead)
	}
	return t.home(ctx, lead+"\n"+t.say("desk.away.how_back"))
}

func (t *turn) back(ctx context.Context, o cases.Officer) error {
	if err := t.store.SetAway(ctx, t.by, o.ID, time.Time{}, 0); err != nil {
		return t.refuse(err)
	}
	o.AwayUntil, o.Deputy = time.Time{}, 0
	lead := t.whose("desk.away.is_back", o)
	if o.ID != t.by.Officer {
		return t.mate(ctx, o, lead)
	}
	return t.home(ctx, lead)
}

// skill is one thing that an officer may be good at, with its name.
type skill struct{ id, name string }

func (t *turn) allSkills() (out []skill) {
	for _, k := range t.org.Kinds {
		out = append(out, skill{cases.KindSkill(k.ID), t.kind(t.lang, k.ID)})
	}
	for _, lang := range t.book.Languages() {
		out = append(out, skill{cases.LanguageSkill(lang), t.tongue(t.lang, lang)})
	}
	return out
}

// skills shows what an officer is good at; every button says what it changes.
func (t *turn) skills(o cases.Officer, lead string) {
	var have []string
	var buttons []text.Button
	for _, s := range t.allSkills() {
		key, to := "desk.skills.add", "1"
		if slices.Contains(o.Skills, s.id) {
			have = append(have, s.name)
			key, to = "desk.skills.remove", "0"
		}
		buttons = append(buttons, text.Button{
			Text: t.label(key, "Skill", s.name), Data: about("skill", o, 0, tag(s.id)+"-"+to).String(),
		})
	}
	markup := t.whose("desk.skills.none", o)
	if len(have) > 0 {
		markup = t.whose("desk.skills.are", o, "Skills", strings.Join(have, t.label("desk.comma")))
	}
	if lead != "" {
		markup = "<i>" + lead + "</i>\n\n" + markup
	}
	t.screen(flows.Screen{Name: screenHome}, markup+"\n\n"+t.say("desk.skills.what_for"), append(pairUp(2, 44, buttons...), t.leave(o))...)
}

// setSkill adds one skill or takes it away, as the button said: pressed twice it does the same.
func (t *turn) setSkill(ctx context.Context, o cases.Officer, rest string) error {
	which, to, _ := strings.Cut(rest, "-")
	for _, s := range t.allSkills() {
		if tag(s.id) != which {
			continue
		}
		o.Skills = slices.DeleteFunc(slices.Clone(o.Skills), func(have string) bool { return have == s.id })
		if to == "1" {
			o.Skills = append(o.Skills, s.id)
		}
		if err := t.store.SetSkills(ctx, t.by, o.ID, o.Skills); err != nil {
			return t.refuse(err)
		}
		t.skills(o, "")
		return nil
	}
	return t.worn(ctx)
}

// mySkills is the way to what the officer themself is good at, for whoever works cases.
func (t *turn) mySkills() []text.Button {
	if !t.by.Role.Placed() {
		return nil
	}
	return []text.Button{t.button("desk.button.skills", about("skills", *t.Officer, 0, ""))}
}
