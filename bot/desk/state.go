package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huiyin/cases"
)

// around loads what a card says beside its own case.
func (t *turn) around(ctx context.Context, d *dossier) (err error) {
	var ids []string // in the order in which they came to have to do with it
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, l := range d.Links {
		add(l.Case)
	}
	add(d.Into)
	for _, e := range d.events {
		add(e.Other)
	}
	if len(ids) > 0 {
		if d.kin, err = t.store.CasesByIDs(ctx, t.by, ids); err != nil {
			return fmt.Errorf("load linked cases: %w", err)
		}
	}
	if d.aside, err = t.store.Aside(ctx, t.by, d.ID); err != nil {
		return fmt.Errorf("load what is put aside: %w", err)
	}
	return nil
}

// people are the colleagues whom a card's state names.
func (d *dossier) people() []cases.OfficerID {
	return append([]cases.OfficerID{d.Mediation.Mediator, d.Extension.By}, d.Panel.Members...)
}

// refOf is the reference of a case that has to do with this one; "" when it is not for these eyes.
func (d *dossier) refOf(id string) string {
	for _, c := range d.kin {
		if c.ID == id {
			return string(c.Ref)
		}
	}
	return ""
}

// state says in one line each what goes on around a case.
func (t *turn) state(d *dossier) []string {
	var lines []string
	add := func(key string, pairs ...any) { lines = append(lines, t.say("tools.state."+key, pairs...)) }
	if len(d.Tags) > 0 {
		add("tags", "Tags", "#"+strings.Join(d.Tags, " #"))
	}
	if ref := d.refOf(d.Into); ref != "" {
		add("into", "Ref", ref)
	}
	for _, other := range d.kin {
		var how []string
		for _, l := range d.Links {
			if l.Case == other.ID {
				how = append(how, t.label("desk.link."+l.Code))
			}
		}
		if len(how) > 0 {
			add("link", "Ref", string(other.Ref), "How", strings.Join(how, t.label("desk.comma")))
		}
	}
	if d.Colleagues > 0 {
		add("colleagues", "Count", d.Colleagues)
	}
	if to := d.Transfer.To; to != "" {
		add("transfer", "Department", t.department(t.lang, to), "Day", t.book.Day(t.lang, d.Transfer.Until))
	}
	if k := d.Extension.Clock; k != "" {
		add("extension", "Name", d.names[d.Extension.By], "Clock", t.clock(t.lang, k))
	}
	switch d.Status {
	case cases.StatusPanel:
		add("panel", "Given", len(d.Panel.Given), "Count", len(d.Panel.Members), "Quorum", d.Panel.Quorum)
	case cases.StatusMediation:
		add("mediation", "Name", d.names[d.Mediation.Mediator], "Stage", t.label("tools.mediation."+stage(d.Mediation)))
	}
	if !d.aside.IsZero() && !d.comesBack(t) {
		add("aside", "At", t.book.Moment(t.lang, d.aside))
	}
	return lines
}

// comesBack says whether a case that was put aside stands in the lists all the same.
func (d *dossier) comesBack(t *turn) bool { return d.Urgent || d.Overdue(t.Now) }

// stage is how far a mediation has got.
func stage(m cases.Mediation) string {
	switch {
	case m.Offer > 0 && len(m.Agreed) > 0:
		return "agreed_one"
	case m.Offer > 0:
		return "offered"
	case len(m.Consented) == 2:
		return "talking"
	case len(m.Consented) == 1:
		return "consented_one"
	}
	return "asked"
}
