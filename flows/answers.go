package flows

// Draft finds a draft by its id.
func (s Session) Draft(id string) (Draft, bool) {
	for _, d := range s.Drafts {
		if id != "" && d.ID == id {
			return d, true
		}
	}
	return Draft{}, false
}

// OfMatter says whether the answer of a step says something of the matter itself: not how the reporter files, nor how
// soon the office learns of it, which stand with the case.
func (e *Engine) OfMatter(d Draft, step string) bool {
	f, ok := e.Flow(d.Flow)
	if !ok {
		return true
	}
	n, ok := f.index[step]
	return !ok || f.steps[n].Sets != factMode && f.steps[n].Sets != factPrompt
}

// OptionKey is the message key of the option that an answer chose at a step, or "" when it chose none.
func (e *Engine) OptionKey(d Draft, step string, a Answer) string {
	f, ok := e.Flow(d.Flow)
	if !ok {
		return ""
	}
	return f.OptionKey(step, a.Option)
}
