package flows

// The notes: lines before a question. Each stands under "note." and its name in every language.
const (
	noteAnswered      = "note.already_answered"
	noteParked        = "note.parked"
	noteNotUnderstood = "note.not_understood"
	noteHelpOffer     = "note.help_offer"
	noteHelpOfferSkip = "note.help_offer_skip"
	noteNotThisKind   = "note.not_this_kind"
	noteRequired      = "note.required"
	noteNothingYet    = "note.nothing_yet"
	noteFirst         = "note.first_step"
	noteTooLong       = "note.too_long"
	noteTooShort      = "note.too_short"
	noteReceived      = "note.received"
	noteAlbum         = "note.album"
	noteVoiceLeft     = "note.voice_left_out"
	noteFileTaken     = "note.file_taken"
	noteWordsTaken    = "note.words_taken"
	noteFileNotHere   = "note.file_not_here"
	noteFileTooBig    = "note.file_too_big"
	noteFilesFull     = "note.files_full"
	noteEdited        = "note.edited"
	noteEditedOther   = "note.edited_elsewhere"
	noteCleared       = "note.cleared"
	noteDateFuture    = "note.date_future"
	noteDateUnclear   = "note.date_unclear"
	noteDateHow       = "note.date_how"
	noteMissing       = "note.missing"
	noteResumed       = "note.resumed"
	noteFormsFull     = "note.forms_full"
	noteFormChanged   = "note.form_changed"
	noteButtons       = "note.use_buttons"
)

// Texts of the questions that cover a step, and labels that no single flow owns.
const (
	askDiscard      = "form.discard.ask"
	askVoiceText    = "form.voice.ask"
	askPointersText = "pointers.ask"
	labelYes        = "option.yes"
	labelNo         = "option.no"
)

// Options of a date question.
const (
	dateToday     = "today"
	dateYesterday = "yesterday"
	dateOngoing   = "ongoing"
	dateOther     = "other"
)

// Notes are the message keys of all notes the engine may show.
// They may use {{.Max}}, {{.Min}}, {{.Length}} and {{.Count}}.
func Notes() []string {
	return []string{
		noteAnswered, noteParked, noteNotUnderstood, noteHelpOffer, noteHelpOfferSkip, noteNotThisKind,
		noteRequired, noteNothingYet, noteFirst, noteTooLong, noteTooShort, noteReceived, noteAlbum, noteVoiceLeft,
		noteFileTaken, noteWordsTaken, noteFileNotHere, noteFileTooBig, noteFilesFull, noteEdited, noteEditedOther, noteCleared,
		noteDateFuture, noteDateUnclear, noteDateHow, noteMissing, noteResumed, noteFormsFull, noteFormChanged, noteButtons,
	}
}

// SharedKeys are the message keys that every flow needs besides its own.
func SharedKeys() []string {
	keys := append(Notes(), askPointersText, "pointers.line", "pointers.bare", "pointers.more")
	for _, r := range Rules() {
		keys = append(keys, r.Key())
	}
	return append(keys,
		"way.done", "way.keep_answer", "way.back", "way.skip", "way.exit", "way.cancel", "way.drop", "way.keep",
		"way.edit", "way.send", "way.page_prev", "way.page_next", "way.unit_up", "way.unit_here", "way.aside_list",
		"way.aside_back", "way.clear", "way.voice_keep", "way.voice_drop", "way.send_as_is", "way.review_back",
		askDiscard, askVoiceText, labelYes, labelNo,
		"date.today", "date.yesterday", "date.ongoing", "date.other",
		"placeholder.text", "placeholder.date", "placeholder.place", "placeholder.people", "placeholder.files",
	)
}

// WordOps are the operations that have words; "yes", "no" and "ok" answer yes_no and info steps.
func WordOps() []Op {
	return []Op{OpBack, OpSkip, OpExit, OpCancel, OpDone, OpDiscard, OpKeep, OpSubmit, OpClear, wordYes, wordNo, wordOK}
}

const (
	wordYes Op = "yes"
	wordNo  Op = "no"
	wordOK  Op = "ok"
)
