package cases

import "time"

// Filter narrows a list of cases. The zero value lets everything through that the asking officer may list;
// every field that is set narrows it further. What an officer may not see is never let through by a filter.
type Filter struct {
	Department string // id, "" for every department the officer may list
	Kind       string // id of the kind of matter
	Status     Status
	Owner      OwnerFilter
	// Of lets through the cases of one officer.
	Of  OfficerID
	Due DueFilter
	// MinAge lets through cases filed at least this long ago.
	MinAge time.Duration
	// Open leaves out cases that have ended.
	Open bool
	// Tag lets through cases that bear it.
	Tag string
	// Awake leaves out what the officer who asks has put aside; never a case that is in danger or overdue.
	Awake bool
}

// MostCounted is how far lists are counted. A total above it says that there are more, and not how many: who has more
// cases before them narrows the list, and counting a million of them takes longer than reading a page.
const MostCounted = 500

// OwnerFilter narrows by who owns a case.
type OwnerFilter string

// The owner filters.
const (
	OwnedByAnyone OwnerFilter = ""
	OwnedByMe     OwnerFilter = "me" // the officer who asks
	OwnedByNobody OwnerFilter = "none"
	// OfferedToUs lets through the cases of other departments that the asker's one has to say yes or no to, and no others.
	OfferedToUs OwnerFilter = "offered"
)

// DueFilter narrows by the date owed next.
type DueFilter string

// The due filters.
const (
	DueAnyTime DueFilter = ""
	DueOverdue DueFilter = "overdue" // the date has passed
	DueSoon    DueFilter = "soon"    // it passes within Soon, or has passed
)

// Soon is how far ahead DueSoon looks.
const Soon = 72 * time.Hour

// MostKept is how many lists one officer keeps.
const MostKept = 10

// KeptFilter is a list that an officer keeps, as it is stored: name, words and conditions are sealed for them.
type KeptFilter struct {
	ID     int64
	Sealed []byte
}
