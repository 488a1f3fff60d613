package desk

import (
	"context"
	"fmt"
	"strings"

	"huiyin/bot/paper"
	"huiyin/cases"
)

// filed is one piece of evidence as the file of a case names it.
type filed struct {
	name     string // in the parcel, "" when it is not in it
	original string // the same as it was sent, "" when that is not in it
	number   int
	kind     string
	state    string // what became of it, in words
}

// caseFile puts on paper what this officer may see of a case: what a card and its timeline show, and nothing of it cut.
// who is the reporter's identity where the officer may see it, nil otherwise; joined are the colleagues.
func (t *turn) caseFile(d *dossier, who *cases.Identity, joined []cases.Colleague, files []filed) paper.Document {
	c := d.Case
	head := t.org.Head(t.lang)
	doc := paper.Document{
		Lang: t.lang, Head: paper.Head{Name: head.Name, Lines: head.Lines},
		Title: t.label("export.title", "Ref", string(c.Ref)),
		Foot:  t.label("export.foot", "Ref", string(c.Ref), "Name", t.Officer.Name, "At", t.book.Moment(t.lang, t.Now)),
		Mark:  []string{t.label("export.mark", "Name", t.Officer.Name), string(c.Ref) + " · " + t.book.Moment(t.lang, t.Now)},
		Lost:  t.label("export.lost"),
		Day:   t.Now.In(t.book.Zone()),
	}
	doc.Parts = append(doc.Parts, paper.Part{Text: strings.Split(bare(t.head(d)), "\n")})
	doc.Parts = append(doc.Parts, t.filingParts(d)...)
	doc.Parts = append(doc.Parts, t.identityPart(d, who))
	doc.Parts = append(doc.Parts, t.jointPart(d, joined)...)
	doc.Parts = append(doc.Parts, paper.Part{Title: t.label("export.past")})
	for _, e := range d.events {
		if d.shows(e) {
			doc.Parts = append(doc.Parts, t.eventParts(d, e)...)
		}
	}
	doc.Parts = append(doc.Parts, t.filesPart(files))
	return doc
}

// filingParts are the answers of the filing, each under its name and whole.
func (t *turn) filingParts(d *dossier) []paper.Part {
	out := []paper.Part{{Title: bare(t.say("desk.card.said"))}}
	filing, ok := d.event(1)
	if !ok || filing.Body == nil {
		out[0].Text = []string{bare(t.say("desk.card.no_words"))}
		return out
	}
	for _, f := range filing.Body.Fields {
		said := t.answer(f)
		switch {
		case said == "":
		case len(f.Text) == 0 || f.Skipped:
			out[len(out)-1].Facts = append(out[len(out)-1].Facts, paper.Fact{Label: t.label(f.Title), Said: said})
		default:
			out = append(out, paper.Part{Title: t.label(f.Title), Text: []string{said}, Quote: true}, paper.Part{})
		}
	}
	if filing.Body.Text != "" {
		out = append(out, paper.Part{Text: []string{filing.Body.Text}, Quote: true})
	}
	return out
}

// identityPart says who filed, or why that is not in the file.
func (t *turn) identityPart(d *dossier, who *cases.Identity) paper.Part {
	p := paper.Part{Title: bare(t.say("desk.card.who"))}
	if who != nil {
		for _, f := range who.Fields {
			if said := t.answer(f); said != "" && !f.Skipped {
				p.Facts = append(p.Facts, paper.Fact{Label: t.label(f.Title), Said: said})
			}
		}
		return p
	}
	key := "export.who_" + string(d.Mode)
	p.Text = []string{t.label(key)}
	return p
}

// eventParts are one event, and under it its words, whole.
func (t *turn) eventParts(d *dossier, e cases.Event) []paper.Part {
	line := bare(t.sentence(d, e))
	if arrived := t.arrival(d, e); arrived != "" {
		line += t.label("export.arrival", "Arrival", arrived)
	}
	out := []paper.Part{{Text: []string{line}}}
	if e.Seq != 1 && e.Body != nil && d.open && e.Body.Text != "" {
		out = append(out, paper.Part{Text: []string{e.Body.Text}, Quote: true})
	}
	return out
}

func (t *turn) filesPart(files []filed) paper.Part {
	p := paper.Part{Title: t.label("export.files")}
	if len(files) == 0 {
		p.Text = []string{t.label("export.files_none")}
	}
	for _, f := range files {
		said := f.name
		if f.original != "" {
			said += t.label("desk.comma") + f.original
		}
		if said != "" && f.state != "" {
			said += t.label("desk.comma")
		}
		label := t.label("desk.button.file", "Number", f.number, "Kind", t.label("desk.file."+f.kind))
		p.Facts = append(p.Facts, paper.Fact{Label: label, Said: said + f.state})
	}
	return p
}

// identified gives who filed, where this officer may see it: of a named case always, of a confidential one after they
// have opened it under the grant that stands. Nil otherwise.
func (t *turn) identified(ctx context.Context, d *dossier) (*cases.Identity, error) {
	switch {
	case !d.open:
		return nil, nil
	case d.Mode == cases.Named:
		return d.identity, nil
	case d.Mode != cases.Confidential || !t.holds(d, cases.CustodyIdentity):
		return nil, nil
	}
	who, err := t.store.Identity(ctx, t.by, d.ID)
	if err != nil && !told(err) {
		return nil, fmt.Errorf("load identity: %w", err)
	}
	return who, nil
}
