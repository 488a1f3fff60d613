package intake

import (
	"context"
	"slices"
	"strings"

	"huiyin/bot"
	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

// home shows where everything begins, below the rows first. Before a language is chosen it asks for one, in native names.
func (i *Intake) home(ctx context.Context, t *bot.Turn, first ...[]text.Button) error {
	if t.Session.Filed != nil {
		return i.showFiled(ctx, t) // a receipt that is not confirmed comes before everything
	}
	t.Session.Screen = flows.Screen{}
	if t.Session.Lang == "" {
		i.languages(t)
		return nil
	}
	reception, err := i.receptionRows(ctx, t)
	if err != nil {
		return err
	}
	rows := append(append(first, i.resumeRows(t)...),
		[]text.Button{button(t, "intake.button.file", "h.file")},
		[]text.Button{button(t, "guide.button.open", "h.guide")},
		[]text.Button{button(t, "intake.button.cases", "h.cases"), button(t, "intake.button.receipt", "h.receipt")},
	)
	rows = append(append(rows, reception...),
		[]text.Button{button(t, "intake.button.privacy", "h.privacy"), button(t, "intake.button.help", "h.help")},
		[]text.Button{button(t, "intake.button.language", "h.language")},
	)
	t.Show(t.T("intake.home"), rows...)
	return nil
}

// resumeRows lead back to the forms that wait. Two of a kind are told apart by their case, unless it has no name:
// its reference must not stay on a screen that it was not opened for.
func (i *Intake) resumeRows(t *bot.Turn) [][]text.Button {
	var rows [][]text.Button
	for _, d := range t.Session.Drafts {
		if !isReporters(d) {
			continue
		}
		key := "intake.button.resume"
		if d.Context["ref"] != "" && !cases.Mode(d.Context["mode"]).Nameless() {
			key = "intake.button.resume_about"
		}
		rows = append(rows, []text.Button{button(t, key, "h.resume."+d.Nonce,
			"Form", t.Book().Label(t.Lang(), "intake.form."+d.Flow), "Ref", d.Context["ref"])})
	}
	return rows
}

// spoken finds the language that was typed instead of tapped: its own name, its tag or its place in the list.
func (i *Intake) spoken(t *bot.Turn) (string, bool) {
	said := strings.ToLower(strings.TrimSpace(t.In.Text))
	for _, lang := range t.Book().Languages() {
		if said == strings.ToLower(t.Book().Label(lang, "language.name")) || said == strings.ToLower(lang) {
			return lang, true
		}
	}
	switch said {
	case "中文", "汉语", "简体", "chinese":
		return t.Book().Pick("zh-Hans"), true
	case "英文", "英语":
		return t.Book().Pick("en"), true
	}
	return "", false
}

// languages offers every language by its own name, the client's first.
func (i *Intake) languages(t *bot.Turn) {
	langs := slices.Clone(t.Book().Languages())
	first := t.Book().Match(t.Hint)
	slices.SortStableFunc(langs, func(a, b string) int {
		switch {
		case a == first && b != first:
			return -1
		case b == first && a != first:
			return 1
		}
		return 0
	})
	question := ""
	var rows [][]text.Button
	for n, lang := range langs {
		if n > 0 {
			question += "\n"
		}
		question += t.Book().T(lang, "intake.choose_language")
		rows = append(rows, []text.Button{{Text: t.Book().Label(lang, "language.name"), Data: "h.lang." + lang}})
	}
	t.Show(question, rows...)
}

func (i *Intake) setLanguage(ctx context.Context, t *bot.Turn, lang string) error {
	if !slices.Contains(t.Book().Languages(), lang) {
		i.languages(t)
		return nil
	}
	t.Session.Lang = lang
	t.Toast("intake.language_set")
	if t.Ask() {
		return nil
	}
	return i.Screen(ctx, t)
}

// begin opens the complaint form, or the one begun before.
func (i *Intake) begin(ctx context.Context, t *bot.Turn) error {
	if t.Session.Lang == "" {
		i.languages(t)
		return nil
	}
	if t.Session.Filed != nil {
		return i.showFiled(ctx, t)
	}
	i.leaveGuide(t)
	if err := t.Begin(ctx, "complaint", nil); err != nil {
		return err
	}
	t.InPlace()
	return nil
}

func (i *Intake) resume(ctx context.Context, t *bot.Turn, nonce string) error {
	for _, d := range t.Session.Drafts {
		if d.Nonce == nonce {
			if err := t.Resume(ctx, d.ID); err != nil {
				return err
			}
			t.InPlace()
			return nil
		}
	}
	t.Alert("note.form_closed")
	return i.home(ctx, t)
}
