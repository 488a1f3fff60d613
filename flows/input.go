package flows

// Input is one thing a person did in a chat, already stripped of everything that says who they are.
type Input struct {
	// Update is the id Telegram gave the update.
	Update int64
	// Message is the id of the message sent, edited, or holding the pressed button.
	Message int
	// Protected: official clients neither forward nor save the message with the pressed button. An edit leaves it so.
	Protected bool
	// Press is set for a button whose callback data ParsePress understood.
	Press *Press
	// Text is the text, or the caption of a file.
	Text string
	// File is set for a message with something attached that flows can take.
	File *File
	// Album groups files that were sent together.
	Album string
	// Edited: the person changed an earlier message.
	Edited bool
	// Other names a kind of message that no step takes ("sticker", "poll", "location", ...).
	Other string
	// TooBig: the file is larger than a bot may fetch; File is set all the same.
	TooBig bool
}

// Op is what a button or a word asks for.
type Op string

// The closed set of operations. Their words in every language stand under "word" in the locales.
const (
	OpOption  Op = "o"      // choose the option Arg
	OpDone    Op = "done"   // no more parts
	OpBack    Op = "back"   // the question before
	OpSkip    Op = "skip"   // leave this one out
	OpExit    Op = "exit"   // keep the draft, leave the form
	OpCancel  Op = "cancel" // asks once, then discards
	OpDiscard Op = "drop"   // yes, discard
	OpKeep    Op = "keep"   // no, go on with the form
	OpEdit    Op = "edit"   // from the review: change the answer to step Arg
	OpSubmit  Op = "send"   // from the review
	OpPage    Op = "page"   // show page Arg of a long list
	OpUnit    Op = "unit"   // place: show what lies inside unit Arg ("" is the top)
	OpAside   Op = "aside"  // show aside page Arg ("" goes back to the question)
	OpClear   Op = "clear"  // take back the parts given so far
)

// Press is a button of a form.
type Press struct {
	Nonce string
	Turn  int
	Op    Op
	Arg   string
}
