package flows

// Kind of a step: a closed set; behaviour is code.
type Kind string

// The kinds of steps.
const (
	Choice Kind = "choice" // one of Options
	Text   Kind = "text"   // words; Many: several messages until Done; Voice: voice messages too
	Date   Kind = "date"   // buttons and words: a day, a range, going on
	Place  Kind = "place"  // the tree of units, or words
	People Kind = "people" // names or descriptions in words, several messages until Done
	Files  Kind = "files"  // photos, documents, voice, video, several until Done
	YesNo  Kind = "yes_no"
	Info   Kind = "info"   // something to read and accept
	Review Kind = "review" // all answers; the end of every flow
)

// Definition is a flow as its YAML file says it, before Compile has checked it.
type Definition struct {
	Flow    string `yaml:"flow"`
	Version int    `yaml:"version"`
	// Start is the first step's id.
	Start  string            `yaml:"start"`
	Steps  []StepDefinition  `yaml:"steps"`
	Asides []AsideDefinition `yaml:"asides,omitempty"`

	source string              // the file it was parsed from
	at     map[string]position // where each node stands in it, by YAML path
}

// StepDefinition is one question.
type StepDefinition struct {
	ID   string `yaml:"id"`
	Kind Kind   `yaml:"kind"`
	// Options of a choice, in order.
	Options []OptionDefinition `yaml:"options,omitempty"`
	// Optional: may be skipped.
	Optional bool `yaml:"optional,omitempty"`
	// Many: several messages until Done (text). Voice: voice messages count as words.
	Many  bool `yaml:"many,omitempty"`
	Voice bool `yaml:"voice,omitempty"`
	// MinLength and MaxLength bound the whole answer in characters (text, people).
	MinLength int `yaml:"min_length,omitempty"`
	MaxLength int `yaml:"max_length,omitempty"`
	// MaxFiles bounds a files step.
	MaxFiles int `yaml:"max_files,omitempty"`
	// Sets names the fact of the case that the chosen option becomes: mode, kind, matter, urgent, unit, outcome, rating, ...
	Sets string `yaml:"sets,omitempty"`
	// Modes: the step's answer may exist only in these modes; switching away removes it at once. ModeAnonymous among
	// them stands for ModeDark too, unless a step of the flow names ModeDark.
	Modes []string `yaml:"modes,omitempty"`
	// Next: the first branch whose When fits is taken; the last has none. A review has no Next.
	Next []BranchDefinition `yaml:"next,omitempty"`
}

// OptionDefinition is one answer of a choice. With Aside it opens a page and answers nothing.
type OptionDefinition struct {
	ID    string `yaml:"id"`
	Aside string `yaml:"aside,omitempty"`
}

// BranchDefinition leads to Goto when every step named in When was answered with one of its options.
type BranchDefinition struct {
	When map[string][]string `yaml:"when,omitempty"`
	Goto string              `yaml:"goto"`
}

// AsideDefinition is a set of pages that answer questions and store nothing.
type AsideDefinition struct {
	ID    string   `yaml:"id"`
	Pages []string `yaml:"pages"`
}

// Lexicon gives the engine the words people may type instead of pressing. Lookups only; no I/O.
type Lexicon interface {
	// Label is the text of a message key in a language.
	Label(lang, key string) string
	// Words are all words, in every language, that mean an operation ("back", "返回").
	Words(op Op) []string
}

// Places is the tree of units for place steps.
type Places interface {
	// Children lists the ids of the units inside a unit; "" is the top. The label key of a unit is "unit." and its id.
	Children(unit string) []string
	// Parent is the unit around a unit, "" at the top; ok is false for an unknown unit.
	Parent(unit string) (parent string, ok bool)
	// Size is how many people work in a unit, 0 when that is not known.
	Size(unit string) int
}

// Message keys follow from ids, so that YAML repeats nothing:
//
//	<flow>.title             the form's name
//	<flow>.<step>.ask        the question            <flow>.<step>.title  its short name in the review
//	<flow>.<step>.help       optional line under it  <flow>.<step>.<option>  an option's label
//	<flow>.<step>.help_anonymous                     optional, in its place in the modes that hide the person
//	<flow>.aside.<aside>.ask the list of an aside    <flow>.aside.<aside>.<page>.title / .text
//	way.<op>, note.<name>, unit.<id>                 shared by all flows
