package telegram

import (
	"context"
	"errors"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// tidy makes an error of the library an *Error, dropping its text: the library
// quotes descriptions and decoding failures. What is left over after the seam
// has had its say is an answer the library could not read.
func tidy(method string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Method: method, Class: Unknown, Reason: "answer not readable", cause: contextCause(err)}
}

// SendDocument sends a file. A body over 64 KiB streams and has one try.
func (c *Client) SendDocument(ctx context.Context, p *bot.SendDocumentParams) (*models.Message, error) {
	m, err := c.bot.SendDocument(ctx, p)
	return m, tidy("sendDocument", err)
}

// SendPhoto sends a photo. A body over 64 KiB streams and has one try.
func (c *Client) SendPhoto(ctx context.Context, p *bot.SendPhotoParams) (*models.Message, error) {
	m, err := c.bot.SendPhoto(ctx, p)
	return m, tidy("sendPhoto", err)
}

// SendVoice sends a voice message. A body over 64 KiB streams and has one try.
func (c *Client) SendVoice(ctx context.Context, p *bot.SendVoiceParams) (*models.Message, error) {
	m, err := c.bot.SendVoice(ctx, p)
	return m, tidy("sendVoice", err)
}

// SendVideo sends a video. A body over 64 KiB streams and has one try.
func (c *Client) SendVideo(ctx context.Context, p *bot.SendVideoParams) (*models.Message, error) {
	m, err := c.bot.SendVideo(ctx, p)
	return m, tidy("sendVideo", err)
}

// SendMediaGroup sends an album.
func (c *Client) SendMediaGroup(ctx context.Context, p *bot.SendMediaGroupParams) ([]*models.Message, error) {
	m, err := c.bot.SendMediaGroup(ctx, p)
	return m, tidy("sendMediaGroup", err)
}

// SendChatAction shows "typing…" or the like for a few seconds.
func (c *Client) SendChatAction(ctx context.Context, chat int64, action models.ChatAction) error {
	return c.post(ctx, "sendChatAction", chat, &bot.SendChatActionParams{ChatID: chat, Action: action}, nil)
}

// SetCommands sets the command menu of scope (nil: everybody) in language
// ("": those without a menu in their own).
func (c *Client) SetCommands(ctx context.Context, commands []models.BotCommand, scope models.BotCommandScope, language string) error {
	_, err := c.bot.SetMyCommands(ctx, &bot.SetMyCommandsParams{Commands: commands, Scope: orEverybody(scope), LanguageCode: language})
	return tidy("setMyCommands", err)
}

// DeleteCommands takes the command menu of scope and language away.
func (c *Client) DeleteCommands(ctx context.Context, scope models.BotCommandScope, language string) error {
	_, err := c.bot.DeleteMyCommands(ctx, &bot.DeleteMyCommandsParams{Scope: orEverybody(scope), LanguageCode: language})
	return tidy("deleteMyCommands", err)
}

func orEverybody(scope models.BotCommandScope) models.BotCommandScope {
	if scope == nil {
		return &models.BotCommandScopeDefault{}
	}
	return scope
}

// Deleted counts what became of messages that were to be deleted.
type Deleted struct {
	Done int // deleted, or gone before
	Kept int // Telegram would not: too old, not ours, or not there
}

// DeleteMessages deletes messages of one chat. Messages that are gone or can
// no longer be deleted are counted, not failures; on an error the counts say how far it got.
func (c *Client) DeleteMessages(ctx context.Context, chat int64, ids []int) (Deleted, error) {
	var d Deleted
	for len(ids) > 0 {
		part := ids[:min(len(ids), 100)] // Telegram's limit
		ids = ids[len(part):]
		err := c.post(ctx, "deleteMessages", chat, &bot.DeleteMessagesParams{ChatID: chat, MessageIDs: part}, nil)
		switch ClassOf(err) {
		case "":
			d.Done += len(part)
			continue
		case MessageGone:
		default:
			return d, err
		}
		// One that cannot be deleted refuses the whole call: one at a time then.
		for _, id := range part {
			err := c.post(ctx, "deleteMessage", chat, &bot.DeleteMessageParams{ChatID: chat, MessageID: id}, nil)
			switch ClassOf(err) {
			case "":
				d.Done++
			case MessageGone:
				d.Kept++
			default:
				return d, err
			}
		}
	}
	return d, nil
}
