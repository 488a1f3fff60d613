package bot

import "huiyin/flows"

// rememberMenu notes in the session for whom the command menu of this chat was made, so that it is made anew when the
// officer's role or language changes.
func (t *Turn) rememberMenu() {
	key := t.menuKey()
	if t.Officer == nil || t.Session.Office != nil && t.Session.Office.Menu == key {
		return
	}
	var office flows.Office
	if t.Session.Office != nil {
		office = *t.Session.Office
	}
	office.Menu = key
	t.Session.Office, t.menuDue = &office, true
}

// strip takes from a session what only an officer has: the account was closed since the chat was last heard of. Forms
// of the desk go with their words, the desk's screen with its reference, and the command menu.
func (r *Router) strip(t *Turn) {
	if t.Session.Office == nil {
		return
	}
	t.menuDue = t.Session.Office.Menu != ""
	t.Session.Office = nil
	if deskScreen(t.Session.Screen) {
		t.Session.Screen = flows.Screen{}
	}
	for _, d := range t.Session.Drafts {
		if r.sideOf(d) == r.Desk {
			t.Close(d.ID)
		}
	}
}
