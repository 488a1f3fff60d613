package sim

// owe counts an update that waits. Caller holds mu.
func (us *updates) owe(u *update) {
	us.pending++
	us.owed[u.user]++
}

// Pending counts the phone's own updates that the bot has not confirmed.
func (p *Phone) Pending() int {
	us := p.srv.updates
	us.mu.Lock()
	defer us.mu.Unlock()
	return us.owed[p.ID()]
}

// Lapsed counts the phone's own updates that grew too old before the bot confirmed them, and so never reached it.
func (p *Phone) Lapsed() int {
	us := p.srv.updates
	us.mu.Lock()
	defer us.mu.Unlock()
	return us.lapsed[p.ID()]
}
