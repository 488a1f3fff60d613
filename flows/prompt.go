package flows

import "strconv"

// prompt is the question that is open in a draft, with the buttons of its present turn.
func (e *Engine) prompt(f *Flow, d *Draft, lang, note string) Prompt {
	p := Prompt{Draft: *d, Flow: f.ID(), Note: note}
	if d.Asking != "" {
		e.cover(&p, f, d)
		return p
	}
	cur, editing := f.at(d)
	if d.Aside != "" && f.hasAside(cur, d.Aside) {
		f.asidePrompt(&p, d)
		return p
	}
	p.Step, p.Kind, p.Text = cur.ID, cur.Kind, f.key(cur.ID, "ask")
	p.Help = f.help(cur, f.mode(d))
	shown := f.shown(d)
	for i, n := range shown {
		if n == cur.n && cur.Kind != Review && !editing {
			p.At, p.Of = i+1, len(shown)-1
		}
	}
	a, given := d.Answers[cur.ID]
	if given {
		p.Received = len(a.Parts)
		current := a
		p.Current = &current
	}
	e.options(&p, f, d, cur, a)
	p.Ways = e.ways(d, cur, a, given, editing || len(shown) > 0 && shown[0] != cur.n)
	return p
}

func (d *Draft) button(op Op, arg, key string) Button {
	return Button{Key: key, Data: d.Data(op, arg), Op: op}
}

// options are the buttons that answer.
func (e *Engine) options(p *Prompt, f *Flow, d *Draft, cur *step, a Answer) {
	add := func(arg, key string) {
		b := d.button(OpOption, arg, key)
		b.Chosen = a.Option == arg
		p.Options = append(p.Options, b)
	}
	switch cur.Kind {
	case Choice:
		p.Expects = "words"
		from, to := e.window(f, d, cur)
		for _, o := range cur.Options[from:to] {
			add(o.ID, f.key(cur.ID, o.ID))
		}
		p.Options = append(p.Options, e.turning(f, d, cur)...)
	case YesNo:
		p.Expects = "words"
		add("yes", labelYes)
		add("no", labelNo)
	case Info:
		add("ok", f.key(cur.ID, "ok"))
	case Date:
		p.Expects, p.Placeholder = "date", "placeholder.date"
		for _, o := range dateOptions() {
			add(o, "date."+o)
		}
	case Place:
		p.Expects, p.Placeholder = "place", "placeholder.place"
		if d.Unit != "" {
			add(d.Unit, "way.unit_here")
		}
		for _, u := range e.unitPage(d) {
			if len(e.places.Children(u)) > 0 {
				p.Options = append(p.Options, d.button(OpUnit, u, "unit."+u))
			} else {
				add(u, "unit."+u)
			}
		}
		p.Options = append(p.Options, e.turning(f, d, cur)...)
		if d.Unit != "" {
			up, _ := e.places.Parent(d.Unit)
			p.Options = append(p.Options, d.button(OpUnit, up, "way.unit_up"))
		}
	case Review:
		for _, s := range f.lines(d) {
			line := ReviewLine{Step: s.ID, Title: f.key(s.ID, "title"), Kind: s.Kind, Answer: d.Answers[s.ID]}
			line.OptionKey = f.optionKey(s, line.Answer.Option)
			line.Edit = d.button(OpEdit, s.ID, "way.edit")
			p.Review = append(p.Review, line)
		}
		p.Options = []Button{d.button(OpSubmit, "", "way.send")}
	case Text:
		p.Expects, p.Placeholder = "text", "placeholder.text"
	case People:
		p.Expects, p.Placeholder = "people", "placeholder.people"
	case Files:
		p.Expects, p.Placeholder = "files", "placeholder.files"
	}
}

// ways are the buttons that leave the question without answering it.
func (e *Engine) ways(d *Draft, cur *step, a Answer, given, hasBack bool) []Button {
	var ways []Button
	add := func(op Op, key string) { ways = append(ways, d.button(op, "", key)) }
	parts := cur.manyParts() && len(a.Parts) > 0
	switch {
	case parts:
		add(OpDone, "way.done")
		add(OpClear, "way.clear")
	case given && !a.Open && cur.Kind != Info:
		add(OpDone, "way.keep_answer")
	}
	if cur.Optional && !parts {
		add(OpSkip, "way.skip")
	}
	if hasBack {
		add(OpBack, "way.back")
	}
	add(OpExit, "way.exit")
	add(OpCancel, "way.cancel")
	return ways
}

// OptionKey is the message key of an option of a step, or "" when it has none.
func (f *Flow) OptionKey(step, option string) string {
	n, ok := f.index[step]
	if !ok {
		return ""
	}
	return f.optionKey(f.steps[n], option)
}

func (f *Flow) optionKey(s *step, option string) string {
	switch {
	case option == "":
		return ""
	case s.Kind == YesNo:
		return "option." + option
	case s.Kind == Place:
		return "unit." + option
	case s.Kind == Choice, s.Kind == Info:
		return f.key(s.ID, option)
	}
	return ""
}

// lines are the answered steps that a review shows.
func (f *Flow) lines(d *Draft) []*step {
	var lines []*step
	for _, n := range f.shown(d) {
		if s := f.steps[n]; s.Kind != Info && f.answered(d, n) {
			lines = append(lines, s)
		}
	}
	return lines
}

// items are how many buttons a long list has.
func (e *Engine) items(d *Draft, cur *step) int {
	if cur.Kind == Place {
		return len(e.places.Children(d.Unit))
	}
	return len(cur.Options)
}

func (e *Engine) pages(_ *Flow, d *Draft, cur *step) int {
	n := e.items(d, cur)
	if cur.Kind == Choice && n <= wholeList {
		return 1
	}
	return max(1, (n+pageSize-1)/pageSize)
}

// window is the part of a long list that the draft's page shows.
func (e *Engine) window(f *Flow, d *Draft, cur *step) (from, to int) {
	n := e.items(d, cur)
	pages := e.pages(f, d, cur)
	if pages == 1 {
		return 0, n
	}
	page := min(max(d.Page, 0), pages-1)
	return page * pageSize, min(n, (page+1)*pageSize)
}

// turning are the buttons to the pages before and after.
func (e *Engine) turning(f *Flow, d *Draft, cur *step) []Button {
	pages := e.pages(f, d, cur)
	page := min(max(d.Page, 0), pages-1)
	var b []Button
	if page > 0 {
		b = append(b, d.button(OpPage, strconv.Itoa(page-1), "way.page_prev"))
	}
	if page < pages-1 {
		b = append(b, d.button(OpPage, strconv.Itoa(page+1), "way.page_next"))
	}
	return b
}

// unitPage are the units on the page that a place question shows.
func (e *Engine) unitPage(d *Draft) []string {
	units := e.places.Children(d.Unit)
	from := min(max(d.Page, 0)*pageSize, len(units))
	if len(units) <= pageSize {
		from = 0
	}
	return units[from:min(len(units), from+pageSize)]
}
