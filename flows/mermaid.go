package flows

import (
	"slices"
	"strings"
)

// Mermaid draws the flow: one node for each step, one arrow for each way forward. The same flow gives the same text.
func (f *Flow) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for _, s := range f.steps {
		open, end := "[", "]"
		switch s.Kind {
		case Choice, YesNo:
			open, end = "{", "}"
		case Review:
			open, end = "([", "])"
		}
		b.WriteString("  s_" + s.ID + open + s.ID + "<br/>" + string(s.Kind) + end + "\n")
	}
	for i, s := range f.steps {
		for _, br := range f.def.Steps[i].Next {
			arrow := " --> "
			if len(br.When) > 0 {
				arrow = " -- " + condition(br.When, s.ID) + " --> "
			}
			b.WriteString("  s_" + s.ID + arrow + "s_" + br.Goto + "\n")
		}
	}
	return b.String()
}

// condition is a branch's condition in a line; the step's own name goes without saying.
func condition(when map[string][]string, own string) string {
	var terms []string
	for id, options := range when {
		t := strings.Join(options, " / ")
		if id != own {
			t = id + ": " + t
		}
		terms = append(terms, t)
	}
	slices.Sort(terms)
	return strings.Join(terms, ", ")
}
