package bot

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"

	"huiyin/flows"
)

var commandForm = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// FuzzDecode reads any update: what the rooms behind the router get is of closed sets, and nothing in it is a name.
func FuzzDecode(f *testing.F) {
	const head = `"message_id":5,"from":{"id":9,"language_code":"zh-hans"},"chat":{"id":9,"type":"private"},"date":1,`
	for _, update := range []string{
		`"message":{` + head + `"text":"/status@huiyin_bot HY-1"}`,
		`"edited_message":{` + head + `"edit_date":9,"text":"/status"}`,
		`"message":{` + head + `"caption":"c","media_group_id":"g","photo":[{"file_id":"s","file_size":1},{"file_id":"l","file_size":2}]}`,
		`"message":{` + head + `"document":{"file_id":"d","file_name":"n","mime_type":"m","file_size":26214400}}`,
		`"message":{` + head + `"animation":{"file_id":"a"},"document":{"file_id":"a"}}`,
		`"message":{` + head + `"voice":{"file_id":"v","duration":3},"caption":"c"}`,
		`"message":{` + head + `"contact":{"phone_number":"1"}}`,
		`"message":{"message_id":5,"chat":{"id":9,"type":"channel"},"date":1,"text":"x"}`,
		`"message":{"message_id":5,"from":{"id":1087968824},"chat":{"id":-9,"type":"supergroup"},"date":1,"text":"/take"}`,
		`"callback_query":{"id":"q","from":{"id":9},"data":"f.abcd.1z.o.pay","message":{"message_id":5,"date":1,"chat":{"id":9,"type":"private"}}}`,
		`"callback_query":{"id":"q","from":{"id":9},"data":"d.take.7K3M9Q2X.1","message":{"message_id":5,"date":0,"chat":{"id":8}}}`,
		`"callback_query":{"id":"q","from":{"id":9},"inline_message_id":"i"}`,
		`"message":{` + head + `"photo":[]}`,
		`"something_new":{}`,
	} {
		f.Add([]byte(`{"update_id":7,` + update + `}`))
	}
	kinds := []string{"photo", "document", "voice", "video", "audio"}
	others := []string{"", "animation", "sticker", "poll", "dice", "location", "contact", "other"}
	f.Fuzz(func(t *testing.T, body []byte) {
		var u models.Update
		if json.Unmarshal(body, &u) != nil {
			return
		}
		const name = "龘NAME-OF-A-PERSON龘"
		sign(&u, name)
		in, ok := decode(&u, "huiyin_bot")
		if !ok {
			return
		}
		if strings.Contains(fmt.Sprintf("%+v %+v %+v", in, in.turn.In.File, in.turn.In.Press), name) {
			t.Fatalf("a name goes through: %+v", in)
		}
		turn, i := in.turn, in.turn.In
		if i.Update != u.ID {
			t.Fatalf("update %d is called %d", u.ID, i.Update)
		}
		if turn.Command != "" && (!commandForm.MatchString(turn.Command) || turn.Pressed || i.Edited || !strings.HasPrefix(i.Text, "/")) {
			t.Fatalf("command %q of %+v", turn.Command, i)
		}
		if turn.Pressed != (u.Message == nil && u.EditedMessage == nil) || turn.Pressed && (i.Text != "" || i.File != nil) {
			t.Fatalf("a press and not: %+v", turn)
		}
		if p := i.Press; p != nil && (flows.Draft{Nonce: p.Nonce, Turn: p.Turn}).Data(p.Op, p.Arg) != turn.Data {
			t.Fatalf("%q is read as %+v", turn.Data, p)
		}
		if !turn.Pressed && i.Text == "" && i.File == nil && i.Other == "" {
			t.Fatalf("nothing to act on: %+v", i)
		}
		if !slices.Contains(others, i.Other) || i.Other != "" && i.File != nil {
			t.Fatalf("of kind %q with file %+v", i.Other, i.File)
		}
		if i.File != nil && (!slices.Contains(kinds, i.File.Kind) || i.TooBig != (i.File.Size > fetchLimit)) || i.File == nil && i.TooBig {
			t.Fatalf("file %+v, too big %v", i.File, i.TooBig)
		}
		if turn.Pressed != in.sent.IsZero() {
			t.Fatalf("sent at %v", in.sent)
		}
	})
}

// sign writes a name wherever Telegram puts the names of people and groups.
func sign(u *models.Update, name string) {
	user := func(p *models.User) {
		if p != nil {
			p.FirstName, p.LastName, p.Username = name, name, name
		}
	}
	message := func(m *models.Message) {
		if m == nil {
			return
		}
		user(m.From)
		user(m.ViaBot)
		m.Chat.FirstName, m.Chat.LastName, m.Chat.Username, m.Chat.Title = name, name, name, name
		m.AuthorSignature = name
		if m.Contact != nil {
			m.Contact.FirstName, m.Contact.LastName, m.Contact.PhoneNumber, m.Contact.VCard = name, name, name, name
		}
	}
	message(u.Message)
	message(u.EditedMessage)
	if q := u.CallbackQuery; q != nil {
		user(&q.From)
		message(q.Message.Message)
	}
}
