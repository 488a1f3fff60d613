package flows

import "errors"

// What a store of sessions may answer besides success; bot looks for these with errors.Is.
var (
	// ErrConflict: somebody else has written the session since it was read. Read again, step again.
	ErrConflict = errors.New("session was written in between")
	// ErrAway: the store cannot be reached. The update is to be delivered again.
	ErrAway = errors.New("session store is away")
)
