package bot

import "strconv"

// session is the keyed name of a chat's session.
func (r *Router) session(in incoming) [32]byte {
	return r.Keys.Name("session", strconv.FormatInt(r.Bot.ID, 10), strconv.FormatInt(in.chat, 10))
}

// share is the keyed name under which a chat's share is counted.
func (r *Router) share(in incoming) [32]byte {
	return r.Keys.Name("limit", strconv.FormatInt(r.Bot.ID, 10), strconv.FormatInt(in.chat, 10))
}

// reporter is the keyed name by which a chat's cases are found.
func (r *Router) reporter(chat int64) [32]byte {
	return r.Keys.Name("reporter", strconv.FormatInt(r.Bot.ID, 10), strconv.FormatInt(chat, 10))
}

// person is the keyed name by which an officer's account is found.
func (r *Router) person(user int64) [32]byte {
	return r.Keys.Name("officer", strconv.FormatInt(user, 10))
}
