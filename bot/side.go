package bot

import "huiyin/flows"

// side is whose screen is up.
func (r *Router) side(t *Turn) Side {
	if t.Officer != nil && (deskScreen(t.Session.Screen) || t.Session.Screen.Name == "" || r.deskOnly()) {
		return r.Desk
	}
	return r.Intake
}

// deskOnly says whether reporters have a bot of their own and this one is officers'.
func (r *Router) deskOnly() bool {
	_, closed := r.Intake.(*Closed)
	return closed
}

func (r *Router) sideOf(d flows.Draft) Side {
	if ofDesk(d) {
		return r.Desk
	}
	return r.Intake
}

// ofDesk tells officers' forms from reporters'.
func ofDesk(d flows.Draft) bool { return len(d.Flow) > 5 && d.Flow[:5] == "desk_" }

// deskScreen: the desk's screens are named "desk" and what follows.
func deskScreen(s flows.Screen) bool { return len(s.Name) >= 4 && s.Name[:4] == "desk" }
