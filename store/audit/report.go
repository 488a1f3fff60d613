package audit

// FindingKind names what is wrong.
type FindingKind string

// The kinds of findings.
const (
	ChangedEvent   FindingKind = "changed event" // its row does not give its hash, or its leaf has another
	MissingEvent   FindingKind = "missing event" // the chain, the tree or the case knows of it, and there is no row
	MissingCase    FindingKind = "missing case"  // events or leaves of a case that is not there
	UnknownEvent   FindingKind = "unknown event" // neither sealed nor waiting to be, so nobody wrote it in the right way
	ChangedCase    FindingKind = "changed case"  // it counts fewer events than it has
	ChangedAccount FindingKind = "changed account event"
	MissingAccount FindingKind = "missing account event"
	UnknownAccount FindingKind = "unknown account event"
	ChangedLeaf    FindingKind = "changed leaf"
	MissingLeaf    FindingKind = "missing leaf"
	ChangedNode    FindingKind = "changed tree hash"
	ChangedBlock   FindingKind = "changed block" // or the tree below it
	MissingBlock   FindingKind = "missing block"
)

// Finding is one thing that is not as it was written. Fields that have no meaning for its kind are zero.
type Finding struct {
	Kind  FindingKind
	Case  string // row id
	Seq   int64  // of the event
	Leaf  int64  // index in the tree
	Block int64
}

// maxFindings is how many findings are listed; beyond it they are only counted.
const maxFindings = 100

// Report is what a verification found.
type Report struct {
	Cases    int64 // with at least one event
	Events   int64 // of cases
	Accounts int64 // events of accounts
	Leaves   int64
	Blocks   int64
	Waiting  int64 // written, and not sealed in a block yet
	// Before counts events without a hash, from before there was a chain. They are covered from the next event of
	// their case on.
	Before int64
	Head   Block // the newest block; zero when there is none
	// Findings lists the first of them, Counts counts all.
	Findings []Finding
	Counts   map[FindingKind]int64

	listed map[Finding]bool
}

// Intact says that nothing was found.
func (r *Report) Intact() bool { return len(r.Counts) == 0 }

// Add notes a finding. What is listed already is not noted twice: the chain and the tree may both miss one event.
func (r *Report) Add(f Finding) {
	if r.listed[f] {
		return
	}
	if r.Counts == nil {
		r.Counts, r.listed = map[FindingKind]int64{}, map[Finding]bool{}
	}
	r.Counts[f.Kind]++
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, f)
		r.listed[f] = true
	}
}
