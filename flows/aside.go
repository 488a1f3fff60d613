package flows

import (
	"slices"
	"strings"
)

// An aside covers a question with a list of pages ("consult") or one page ("consult.pay"); it stores nothing.

// hasAside says whether an option of the step opens the aside or its page.
func (f *Flow) hasAside(cur *step, arg string) bool {
	id, page, paged := strings.Cut(arg, ".")
	a, ok := f.asides[id]
	if !ok || paged && !slices.Contains(a.Pages, page) {
		return false
	}
	return slices.ContainsFunc(cur.Options, func(o OptionDefinition) bool { return o.Aside == id })
}

func (f *Flow) asideKey(id, name string) string { return f.def.Flow + ".aside." + id + "." + name }

func (f *Flow) asidePrompt(p *Prompt, d *Draft) {
	id, page, paged := strings.Cut(d.Aside, ".")
	if paged {
		p.Text = f.asideKey(id, page+".text")
		p.Ways = append(p.Ways, d.button(OpAside, id, "way.aside_list"))
	} else {
		p.Text = f.asideKey(id, "ask")
		for _, page := range f.asides[id].Pages {
			p.Options = append(p.Options, d.button(OpAside, id+"."+page, f.asideKey(id, page+".title")))
		}
	}
	p.Ways = append(p.Ways, d.button(OpAside, "", "way.aside_back"))
	p.Ways = append(p.Ways, d.button(OpExit, "", "way.exit"), d.button(OpCancel, "", "way.cancel"))
	p.Expects = "words"
}

// asideWord opens the page that a number or a title names.
func (t *turn) asideWord(_ *step, folded string) bool {
	id, _, _ := strings.Cut(t.d.Aside, ".")
	pages := t.f.asides[id].Pages
	if n := number(folded); n > 0 && n <= len(pages) {
		t.d.Aside = id + "." + pages[n-1]
		return true
	}
	if page := t.f.titles[id+"."+folded]; page != "" && folded != "" {
		t.d.Aside = id + "." + page
		return true
	}
	return false
}
