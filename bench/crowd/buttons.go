package crowd

import (
	"regexp"
	"slices"
	"strings"

	"huiyin/sim"
)

// Buttons gives the callback data of a message's buttons that begin with prefix.
func Buttons(m sim.Message, prefix string) []string {
	var out []string
	for _, row := range m.Buttons {
		for _, b := range row {
			if strings.HasPrefix(b.Data, prefix) {
				out = append(out, b.Data)
			}
		}
	}
	return out
}

// Has says whether a message has a button whose data begins so.
func Has(m sim.Message, prefix string) bool { return len(Buttons(m, prefix)) > 0 }

// With fits messages that have all these buttons.
func With(prefixes ...string) func(sim.Message) bool {
	return func(m sim.Message) bool {
		return !slices.ContainsFunc(prefixes, func(p string) bool { return !Has(m, p) })
	}
}

// Leads is the data of a reporter's button that does something about a case, or "". The same button begins with one
// letter on a screen and with another under a notice.
func Leads(m sim.Message, what, ref string) string {
	for _, data := range Buttons(m, "") {
		if _, rest, _ := strings.Cut(data, "."); rest == what+"."+Short(ref) {
			return data
		}
	}
	return ""
}

// Copied is what a message's copy button puts on the clipboard, or "".
func Copied(m sim.Message) string {
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Copy != "" {
				return b.Copy
			}
		}
	}
	return ""
}

// Short is a reference as it stands in callback data.
func Short(ref string) string { return strings.ReplaceAll(strings.TrimPrefix(ref, "HY-"), "-", "") }

// Long is a reference as people see it.
func Long(bare string) string {
	if len(bare) != 8 {
		return bare
	}
	return "HY-" + bare[:4] + "-" + bare[4:]
}

var referenceForm = regexp.MustCompile(`\bHY-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}`)

// Reference is the first reference in a text, or "".
func Reference(text string) string { return referenceForm.FindString(text) }
