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

// OptionKey is the message key of the option that an answer chose at a step, or "" when it chose none.
func (e *Engine) OptionKey(d Draft, step string, a Answer) string {
	f, ok := e.Flow(d.Flow)
	if !ok {
		return ""
	}
	return f.OptionKey(step, a.Option)
}
