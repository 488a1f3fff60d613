package intake

import (
	"context"
	"html"
	"strconv"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/flows"
	"huiyin/guide"
)

// Buttons of the guide are "h.guide.<what>.<article>.<from>.<page>". They hold all that a screen needs, so that nothing
// of what somebody reads or looks for stands in the session, and an old button is as good as a new one.
const (
	guideKind  = "k"   // list the articles about a kind; the kind stands where an article would
	guideOpen  = "a"   // show an article in place
	guideFound = "f"   // show an article below the list that it was found in
	guideYes   = "yes" // it helped
	guideNo    = "no"  // it did not: file
)

// aboutReporting stands in buttons for the articles that are about no kind of matter; no kind is named so, an id of a
// kind being a word.
const aboutReporting = "-"

// guide asks what somebody would like to know. Words typed from here on are looked up.
func (i *Intake) guide(ctx context.Context, t *bot.Turn) error {
	if t.Session.Filed != nil {
		return i.showFiled(ctx, t)
	}
	t.Session.Screen = flows.Screen{Name: screenGuide}
	if t.Session.Lang == "" {
		i.languages(t)
		return nil
	}
	t.Show(t.T("guide.ask"), i.topics(t)...)
	return nil
}

// topics are the ways into the guide without words.
func (i *Intake) topics(t *bot.Turn) [][]text.Button {
	var rows [][]text.Button
	for _, k := range i.Org.Kinds {
		// A kind that the complaint does not offer has no name here either.
		if key := "complaint.kind." + k.ID; len(i.Guide.About(k.ID)) > 0 && t.Book().Has(t.Lang(), key) {
			rows = append(rows, []text.Button{button(t, key, guideData(guideKind, k.ID))})
		}
	}
	if len(i.Guide.About("")) > 0 {
		rows = append(rows, []text.Button{button(t, "guide.button.reporting", guideData(guideKind, aboutReporting))})
	}
	return append(rows, i.backRow(t))
}

func guideData(parts ...string) string { return "h.guide." + strings.Join(parts, ".") }

// pressGuide reads a button of the guide. One that leads to an article that is no more leads to the topics.
func (i *Intake) pressGuide(ctx context.Context, t *bot.Turn, arg string) error {
	if t.Session.Filed != nil {
		return i.showFiled(ctx, t)
	}
	parts := append(strings.SplitN(arg, ".", 4), "", "", "", "")
	what, id, from := parts[0], parts[1], parts[2]
	if what != guideNo {
		t.Park()
		t.Session.Screen = flows.Screen{Name: screenGuide}
	}
	if what == "" || t.Session.Lang == "" {
		return i.guide(ctx, t)
	}
	if what == guideKind {
		i.kind(t, id)
		return nil
	}
	a, ok := i.Guide.Article(t.Lang(), id)
	if !ok {
		t.Alert("error.old_button")
		return i.guide(ctx, t)
	}
	switch what {
	case guideFound:
		t.Below()
		fallthrough
	case guideOpen:
		page, _ := strconv.Atoi(parts[3])
		i.article(t, a, from, page)
	case guideYes:
		t.After(func() { i.Read.count(a.ID, readHelped) })
		t.Show(t.T("guide.helped"), []text.Button{button(t, "guide.button.more", guideData())}, i.backRow(t))
	case guideNo:
		t.After(func() { i.Read.count(a.ID, readNot) })
		return i.fileAbout(ctx, t, a, from)
	default:
		t.Alert("error.old_button")
		return i.guide(ctx, t)
	}
	return nil
}

// kind lists what there is about a kind of matter. A forged button asks for one that has no name.
func (i *Intake) kind(t *bot.Turn, kind string) {
	of, key := kind, "complaint.kind."+kind
	if kind == aboutReporting {
		of, key = "", "guide.button.reporting"
	}
	var rows [][]text.Button
	for _, id := range i.Guide.About(of) {
		rows = append(rows, i.row(t, guideOpen, id, kind))
	}
	if len(rows) == 0 || !t.Book().Has(t.Lang(), key) {
		t.Show(t.T("guide.ask"), i.topics(t)...)
		return
	}
	t.Show(t.T("guide.about", "Kind", t.Book().Label(t.Lang(), key)), append(rows, i.moreRow(t))...)
}

func (i *Intake) row(t *bot.Turn, what, id, from string) []text.Button {
	a, _ := i.Guide.Article(t.Lang(), id)
	return []text.Button{{Text: a.Title, Data: guideData(what, id, from)}}
}

func (i *Intake) moreRow(t *bot.Turn) []text.Button {
	return []text.Button{button(t, "guide.button.topics", guideData()), button(t, "intake.button.home", "h.home")}
}

// look looks typed words up and forgets them.
func (i *Intake) look(t *bot.Turn) {
	if strings.TrimSpace(t.In.Text) == "" {
		t.Send(t.T("guide.words_only"), i.topics(t)...)
		return
	}
	found := i.Guide.Search(t.In.Text)
	if len(found) == 0 {
		t.Send(t.T("guide.nothing"), append([][]text.Button{{button(t, "intake.button.file", "h.file")}}, i.topics(t)...)...)
		return
	}
	var rows [][]text.Button
	for _, id := range found {
		rows = append(rows, i.row(t, guideFound, id, ""))
	}
	rows = append(rows, []text.Button{button(t, "guide.button.none", "h.file")}, i.moreRow(t))
	t.Send(t.T("guide.found"), rows...)
}

// article shows a page of an article. from is the kind of matter under which it was found, or "".
func (i *Intake) article(t *bot.Turn, a guide.Article, from string, page int) {
	last := len(a.Pages) - 1
	page = min(max(page, 0), last)
	body := "<b>" + html.EscapeString(a.Title) + "</b>\n\n" + a.HTML(page)
	turn := func(key string, to int) text.Button {
		return button(t, key, guideData(guideOpen, a.ID, from, strconv.Itoa(to)))
	}
	var turning []text.Button
	if page > 0 {
		turning = append(turning, turn("way.page_prev", page-1))
	}
	if page < last {
		turning = append(turning, turn("way.page_next", page+1))
	} else {
		if len(a.Law) > 0 {
			body += "\n\n" + t.T("guide.law", "Law", strings.Join(a.Law, t.Book().Label(t.Lang(), "guide.between"))) +
				"\n\n" + t.T("guide.general")
		}
	}
	var rows [][]text.Button
	if len(turning) > 0 {
		rows = append(rows, turning)
	}
	rows = append(rows,
		[]text.Button{button(t, "guide.button.helped", guideData(guideYes, a.ID))},
		[]text.Button{button(t, "guide.button.file", guideData(guideNo, a.ID, from))})
	if from != "" {
		rows = append(rows, []text.Button{button(t, "intake.button.back", guideData(guideKind, from))})
	}
	rows = append(rows, i.moreRow(t))
	if page == 0 {
		t.After(func() { i.Read.count(a.ID, readShown) })
	}
	t.Show(body, rows...)
}

// fileAbout begins a complaint of the kind under which the article was found, else of the article's first. A form begun
// before is gone on with as it is.
func (i *Intake) fileAbout(ctx context.Context, t *bot.Turn, a guide.Article, from string) error {
	kind := ""
	for n, k := range a.Kinds {
		if n == 0 || k == from {
			kind = k
		}
	}
	if kind == "" {
		return i.begin(ctx, t)
	}
	i.leaveGuide(t)
	known, err := t.BeginKnowing(ctx, "complaint", "kind", kind)
	if err != nil {
		return err
	}
	t.InPlace()
	if known {
		t.Alert("guide.kind_known", "Kind", t.Book().Label(t.Lang(), "complaint.kind."+kind))
	}
	return nil
}

// leaveGuide makes the way out of a form that was begun from the guide lead home, where the form is found again.
func (i *Intake) leaveGuide(t *bot.Turn) {
	if t.Session.Screen.Name == screenGuide {
		t.Session.Screen = flows.Screen{}
	}
}
