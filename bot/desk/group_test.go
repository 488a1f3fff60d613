package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"

	"huiyin/cases"
)

// In a group nobody is shown a case, whoever asks and however; who hides behind the group is told why.
func TestGroups(t *testing.T) {
	t.Parallel()
	const group, anonymousAdmin = int64(-100123), int64(1087968824)
	w := newWorld(t, "en")
	ref := w.safety(1, cases.Named, true)
	w.says(leadID, "/case "+string(ref))
	version, stored := w.store.cases[ref].Version, len(w.sessions)
	short := strings.ReplaceAll(strings.TrimPrefix(string(ref), "HY-"), "-", "")
	chat := models.Chat{ID: group, Type: models.ChatTypeSupergroup}
	answers := func(u *models.Update) string {
		before := len(w.chats[group])
		w.handle(u)
		var out strings.Builder
		for _, m := range w.chats[group][before:] {
			out.WriteString(m.text)
		}
		return out.String() + strings.Join(w.alerts, " ")
	}
	for _, from := range []int64{leadID, adminID, stranger, anonymousAdmin} {
		want := w.book.T("en", "error.group")
		if from == anonymousAdmin {
			want = w.book.T("en", "error.anonymous_admin")
		}
		for _, words := range []string{"/case " + string(ref), "/queue", "/next", "/officers", "/start", string(ref), "hello"} {
			w.update++
			m := &models.Message{ID: int(w.update), From: &models.User{ID: from, LanguageCode: "en"}, Chat: chat, Text: words}
			if strings.HasPrefix(words, "/") {
				name, _, _ := strings.Cut(words, " ")
				m.Entities = []models.MessageEntity{{Type: models.MessageEntityTypeBotCommand, Length: len(name)}}
			} else {
				want := ""
				if got := answers(&models.Update{ID: w.update, Message: m}); got != want {
					t.Errorf("%d says %q: %s", from, words, got)
				}
				continue
			}
			if got := answers(&models.Update{ID: w.update, Message: m}); got != want {
				t.Errorf("%d says %q: %s", from, words, got)
			}
		}
		for _, data := range []string{"d.case." + short, "d.take." + short + ".1", "d.queue", "d.home", "d.next..1", "d.offs"} {
			w.update++
			got := answers(&models.Update{ID: w.update, CallbackQuery: &models.CallbackQuery{
				ID: fmt.Sprint(w.update), From: models.User{ID: from, LanguageCode: "en"}, Data: data,
				Message: models.MaybeInaccessibleMessage{Message: &models.Message{ID: 1, Chat: chat}},
			}})
			if strings.Contains(got, short[:4]) || strings.Contains(got, "guard") || got == "" {
				t.Errorf("%d presses %q: %s", from, data, got)
			}
		}
	}
	if w.store.cases[ref].Version != version || len(w.sessions) != stored {
		t.Error("a group changed or kept something")
	}
}
