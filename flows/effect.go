package flows

// Effect is something the edges must do, in the order given, after the session is stored
// (Submit: before, because the draft may be dropped only when what it became is safe).
type Effect interface{ effect() }

type (
	// Ask shows the question that is now open.
	Ask struct {
		Prompt Prompt
		// Fresh: always as a new message. Otherwise, after a press, the pressed message becomes the question.
		Fresh bool
	}
	// Toast is a short word on the pressed button; losing it loses nothing.
	Toast struct{ Key string }
	// Alert must be read: it is confirmed by the person.
	Alert struct{ Key string }
	// Submit hands over a complete draft. The session still holds it: Engine.Close drops it.
	Submit struct{ Draft Draft }
	// Left: the form is off the screen, either Saved to be resumed or discarded.
	Left struct {
		Draft Draft
		Saved bool
	}
	// Closed: the press belongs to a form that is not open here any more.
	Closed struct{}
	// Corrected: an edited message that no open answer holds; after submission it becomes an addendum.
	Corrected struct{ Message int }
)

func (Ask) effect()       {}
func (Toast) effect()     {}
func (Alert) effect()     {}
func (Submit) effect()    {}
func (Left) effect()      {}
func (Closed) effect()    {}
func (Corrected) effect() {}

// Prompt says what to show, in message keys; bot/text turns it into words and buttons.
type Prompt struct {
	Draft Draft
	Flow  string
	Step  string // "" for the question whether to discard, and for asides
	Kind  Kind
	// Text is the key of the question; Help, when set, the key of a line under it.
	Text string
	Help string
	// Note is the key of a line before the question ("already answered", "not understood", ...), or "".
	Note     string
	NoteData map[string]string
	// At of Of: "Step 3 of 9" on the person's own path; Of is 0 when no count is to be shown.
	At, Of int
	// Rows are buttons with the answer's options, then Ways the ways out, one list the caller lays out.
	Options []Button
	Ways    []Button
	// Received counts parts taken in so far for text and files steps.
	Received int
	// Current is the answer that the step has already, if any.
	Current *Answer
	// Review lists the answers given, in the order of the path; only on a review.
	Review []ReviewLine
	// Pointers are passages that could point to the person, PointersMore how many are not listed, and Changes leads to
	// the answers that hold them; only on the page that asks about them.
	Pointers     []PointerLine
	PointersMore int
	Changes      []Change
	// Expects says what typing does here: "text", "date", "place", "people", "files", "words" or "" (buttons only).
	Expects string
	// Placeholder is the key for the input field, or "".
	Placeholder string
}

// Button is one choice. Either Key (a message key) or Label (literal, already in the person's language) is set.
type Button struct {
	Key   string
	Label string
	Data  string // callback data, at most 64 bytes
	Op    Op
	// Chosen marks the option that is the current answer.
	Chosen bool
}

// ReviewLine is one answer of a review.
type ReviewLine struct {
	Step   string
	Title  string // message key of the step's short name
	Kind   Kind
	Answer Answer
	// OptionKey is the message key of the chosen option, or "".
	OptionKey string
	Edit      Button
}

// PointerLine is one passage that could point to the person, with a few characters around it.
type PointerLine struct {
	Step               string
	Title              string // message key of the step's short name
	Before, Hit, After string
	Option             string // message key of a chosen answer, in place of a passage
	Rule               string // message key of what was found
}

// Change leads to an answer.
type Change struct {
	Title string // message key of the step's short name
	Edit  Button
}
