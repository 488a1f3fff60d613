package bot

import (
	"context"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
)

// Wire is what of bot/telegram's Client is used here.
type Wire interface {
	SendMessage(ctx context.Context, p *tg.SendMessageParams) (*models.Message, error)
	EditMessageText(ctx context.Context, p *tg.EditMessageTextParams) error
	AnswerCallbackQuery(ctx context.Context, p *tg.AnswerCallbackQueryParams) error
	DeleteMessages(ctx context.Context, chat int64, ids []int) (telegram.Deleted, error)
	SendDocument(ctx context.Context, p *tg.SendDocumentParams) (*models.Message, error)
	SetCommands(ctx context.Context, commands []models.BotCommand, scope models.BotCommandScope, language string) error
	DeleteCommands(ctx context.Context, scope models.BotCommandScope, language string) error
}

// delivery is what is still to be shown in a chat.
type delivery struct {
	chat    int64
	lang    string
	asked   time.Time
	replies []text.Reply
	edit    int             // the message that the next screen takes the place of, 0 for none
	shown   *models.Message // that message as it stood, nil where Telegram does not tell
	said    int             // the message that the person sent
	ids     []int           // messages in the chat that are not in its trail yet
	trail   bool
}

// delivery is what a turn has to show.
func (r *Router) delivery(in incoming, t *Turn) *delivery {
	d := &delivery{
		chat: in.chat, lang: t.Lang(), asked: r.Now(), shown: in.shown, said: in.turn.In.Message, trail: r.leavesTrail(t),
	}
	for _, reply := range pieces(t.Replies) {
		if reply.Do != text.Toast && reply.Do != text.Alert { // they travel with the answer to the press
			d.replies = append(d.replies, reply)
		}
	}
	if t.Pressed {
		d.edit = t.In.Message
	}
	if !t.Pressed && !t.In.Edited && d.said != 0 {
		d.ids = append(d.ids, d.said)
	}
	return d
}

// perform carries a turn's replies out. The effects are stored by then: only an error that certainly sent
// nothing is worth another delivery; a person who blocked us meanwhile has asked for silence.
func (r *Router) perform(ctx context.Context, in incoming, t *Turn) error {
	if err := r.answer(ctx, in, t.Replies); err != nil {
		return err
	}
	return r.deliver(ctx, r.delivery(in, t))
}

// hand is perform, or when Telegram takes no more at the moment, the promise that it will be done: then the update counts
// as done, and a press is answered with how long it may take.
func (r *Router) hand(ctx context.Context, in incoming, t *Turn) error {
	wait, late := r.owed.late(in.chat)
	if late {
		r.owed.foresee(in.chat, t, r.Now())
	}
	replies := t.Replies
	if late && wait >= noticeable {
		replies = append(slices.Clone(replies), text.Reply{Do: text.Toast, HTML: r.Book.Label(t.Lang(), "note.queue", "Minutes", upTo(wait, time.Minute))})
	}
	if err := r.answer(ctx, in, replies); err != nil {
		return err
	}
	d := r.delivery(in, t)
	if !late {
		err := r.deliver(ctx, d)
		if telegram.ClassOf(err) != telegram.RateLimited || r.Queue == nil {
			return err
		}
		wait = r.Queue.Line().Wait
	}
	if len(d.replies) == 0 {
		return nil
	}
	return r.owed.add(ctx, d, wait)
}

// deliver carries out what is left of a delivery. After an error that certainly sent nothing the rest is left in d.
func (r *Router) deliver(ctx context.Context, d *delivery) error {
	defer func() {
		if d.trail {
			r.Trail.add(ctx, r.address(d.chat), d.ids)
		}
		d.ids = nil
	}()
	for len(d.replies) > 0 {
		reply := d.replies[0]
		if reply.Do == text.Clear {
			reply = r.clear(ctx, d, reply)
			d.replies[0], d.ids, d.edit = reply, nil, 0
		}
		edit := d.edit
		if reply.Do == text.Show && edit != 0 && same(d.shown, reply) {
			d.edit, d.replies = 0, d.replies[1:]
			continue
		}
		sent, err := Deliver(ctx, r.Wire, d.chat, &edit, reply)
		if reply.Spare {
			sent = spared(sent)
		}
		d.ids = append(d.ids, sent...)
		switch telegram.ClassOf(err) {
		case telegram.Blocked, telegram.ChatNotFound:
			d.replies = nil
			return nil
		case telegram.Unreachable, telegram.RateLimited:
			return fmt.Errorf("answer: %w", err)
		}
		if reply.Do == text.Delete {
			d.ids = slices.DeleteFunc(d.ids, func(id int) bool { return id == reply.Message })
		}
		if err != nil {
			// The outcome is unknown or the message refused. A second copy would be worse than a missing one:
			// the person's next tap shows the question again.
			r.Log.Warn("answer not delivered", "do", string(reply.Do), "class", string(telegram.ClassOf(err)))
		}
		d.edit, d.replies = edit, d.replies[1:]
	}
	return nil
}

// answer ends the spinner on a pressed button, with a word when there is one.
func (r *Router) answer(ctx context.Context, in incoming, replies []text.Reply) error {
	if in.queryID == "" {
		return nil
	}
	p := &tg.AnswerCallbackQueryParams{CallbackQueryID: in.queryID}
	for _, reply := range replies {
		if reply.Do == text.Toast || reply.Do == text.Alert {
			p.Text = text.Cut(reply.HTML, 190) // Telegram's limit is 200; Toast and Alert hold no markup
			p.ShowAlert = reply.Do == text.Alert
		}
		if p.ShowAlert {
			break
		}
	}
	if err := r.Wire.AnswerCallbackQuery(ctx, p); err != nil && telegram.ClassOf(err) == telegram.Unreachable {
		return fmt.Errorf("answer press: %w", err)
	}
	return nil
}

func (r *Router) answerOnly(ctx context.Context, in incoming) error {
	return r.answer(ctx, in, nil)
}

// Deliver carries one reply out in a chat and gives the ids of the messages sent, those before an error too. edit is
// the message a Show may turn into its screen, 0 for none; it is used up by the first.
func Deliver(ctx context.Context, w Wire, chat int64, edit *int, reply text.Reply) (sent []int, err error) {
	switch reply.Do {
	case text.Show, text.Send:
		if reply.Do == text.Show && *edit != 0 {
			id := *edit
			*edit = 0
			err := editScreen(ctx, w, chat, id, reply)
			switch telegram.ClassOf(err) {
			case telegram.MessageGone, telegram.TooLong, telegram.BadEntities, telegram.Rejected:
				// An old message may be gone or be no text: the screen comes as a new one.
			default:
				return nil, err
			}
		}
		return sendScreen(ctx, w, chat, reply)
	case text.Words:
		for _, piece := range telegram.SplitText(reply.Plain, telegram.MessageLimit) {
			if strings.TrimSpace(piece) == "" {
				continue // Telegram refuses a message of white space
			}
			p := &tg.SendMessageParams{ChatID: chat, Text: piece, ProtectContent: reply.Protect, LinkPreviewOptions: noPreview()}
			m, err := w.SendMessage(ctx, p)
			if err != nil {
				return sent, err
			}
			sent = append(sent, m.ID)
		}
		return sent, nil
	case text.Document:
		return sendFile(ctx, w, chat, reply)
	case text.Delete:
		_, err := w.DeleteMessages(ctx, chat, []int{reply.Message})
		return nil, err
	}
	return nil, nil // Toast and Alert travel with the answer to the press
}

func sendScreen(ctx context.Context, w Wire, chat int64, reply text.Reply) ([]int, error) {
	p := &tg.SendMessageParams{
		ChatID: chat, Text: reply.HTML, ParseMode: models.ParseModeHTML,
		ProtectContent: reply.Protect, LinkPreviewOptions: noPreview(),
	}
	if rows := keyboard(reply.Rows); rows != nil {
		p.ReplyMarkup = rows
	} else if reply.Placeholder != "" {
		p.ReplyMarkup = &models.ForceReply{ForceReply: true, InputFieldPlaceholder: reply.Placeholder}
	}
	m, err := w.SendMessage(ctx, p)
	if telegram.ClassOf(err) == telegram.BadEntities {
		p.Text, p.ParseMode = plain(reply.HTML), ""
		m, err = w.SendMessage(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	return []int{m.ID}, nil
}

func editScreen(ctx context.Context, w Wire, chat int64, id int, reply text.Reply) error {
	p := &tg.EditMessageTextParams{
		ChatID: chat, MessageID: id, Text: reply.HTML, ParseMode: models.ParseModeHTML, LinkPreviewOptions: noPreview(),
	}
	if rows := keyboard(reply.Rows); rows != nil {
		p.ReplyMarkup = rows
	}
	return w.EditMessageText(ctx, p)
}

// sendFile sends a file under our own name, so that neither the sender's file name nor the wire's id of the original
// travels to an officer.
func sendFile(ctx context.Context, w Wire, chat int64, reply text.Reply) ([]int, error) {
	body, err := reply.File.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	defer func() { _ = body.Close() }() // read only: closing cannot lose anything
	p := &tg.SendDocumentParams{
		ChatID: chat, Document: &models.InputFileUpload{Filename: reply.File.Name, Data: body},
		Caption: reply.File.Caption, ProtectContent: !reply.File.Free, DisableContentTypeDetection: true,
	}
	m, err := w.SendDocument(ctx, p)
	if err != nil {
		return nil, err
	}
	return []int{m.ID}, nil
}

func keyboard(rows [][]text.Button) *models.InlineKeyboardMarkup {
	if len(rows) == 0 {
		return nil
	}
	out := make([][]models.InlineKeyboardButton, len(rows))
	for i, row := range rows {
		out[i] = make([]models.InlineKeyboardButton, len(row))
		for j, b := range row {
			out[i][j] = inline(b)
		}
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: out}
}

func inline(b text.Button) models.InlineKeyboardButton {
	out := models.InlineKeyboardButton{Text: b.Text, CallbackData: b.Data, URL: b.URL}
	if b.Copy != "" {
		out.CopyText = &models.CopyTextButton{Text: b.Copy}
	}
	return out
}

func noPreview() *models.LinkPreviewOptions {
	off := true
	return &models.LinkPreviewOptions{IsDisabled: &off}
}

var tags = regexp.MustCompile(`</?[a-z][^>]*>`)

// plain takes the markup off again, for places that show none.
func plain(markup string) string { return html.UnescapeString(tags.ReplaceAllString(markup, "")) }
