package flows

import "slices"

// durableModes are the modes of drafts that may be kept outside Redis: those that hide nobody from the office,
// and officers' own forms.
var durableModes = []string{"named", "confidential", "office"}

// Durable says whether the session may be checkpointed: it holds a draft, each draft has a mode that
// allows it, and nothing in it leads to an anonymous case (no opened case, no receipt).
// A draft whose mode was not chosen yet counts as anonymous.
func (s Session) Durable() bool {
	if len(s.Drafts) == 0 || s.Opened != nil || s.Filed != nil && s.Filed.Receipt != "" {
		return false
	}
	for _, d := range s.Drafts {
		mode := d.Answers["mode"].Option
		if mode == "" {
			mode = d.Context["mode"]
		}
		if !slices.Contains(durableModes, mode) {
			return false
		}
	}
	return true
}
