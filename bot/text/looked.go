package text

import "huiyin/cases"

// Looked adds to words about a case what looking at it again came to.
func (b *Book) Looked(lang, said string, c cases.Case) string {
	for i, kind := range []cases.EventKind{cases.SecondLookAnswered, cases.FinalReviewAnswered} {
		if i < len(c.Verdicts) {
			what := b.Label(lang, "code."+string(kind)+"."+c.Verdicts[i])
			said = b.Label(lang, "looked."+string(kind), "Said", said, "What", what)
		}
	}
	return said
}

// Found adds to words about what looking again came to what is found now: finding in words, "" for nothing new.
func (b *Book) Found(lang, said, finding string) string {
	if finding == "" {
		return said
	}
	return b.Label(lang, "looked.found", "What", said, "Finding", finding)
}
