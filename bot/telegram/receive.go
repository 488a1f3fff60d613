package telegram

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-telegram/bot/models"
)

// ErrAway marks errors of a store that is away. An update that ends so is not
// at fault: it is redelivered for as long as it takes and never put aside.
var ErrAway = errors.New("a store is away")

// Handler does what an update asks for.
type Handler interface {
	// Handle returns nil once the effect is stored, or when there was nothing to
	// do. An error that wraps ErrAway asks for redelivery; every other error
	// counts as a failed attempt. It may be called again for an update it has
	// done before and must then do nothing twice. ctx is not cancelled when
	// Telegram hangs up; it ends at the lanes' own deadline.
	Handle(ctx context.Context, u *models.Update) error
	// Apologise tells the sender that the update was put aside. class is the
	// failure's, for the log. It has no way to fail: it is tried once.
	Apologise(ctx context.Context, u *models.Update, class string)
}

// allowedUpdates are the kinds we ask Telegram for. The list is always sent:
// leaving it out keeps whatever was asked for last.
func allowedUpdates() []string {
	return []string{
		models.AllowedUpdateMessage,
		models.AllowedUpdateEditedMessage,
		models.AllowedUpdateCallbackQuery,
		models.AllowedUpdateMyChatMember,
	}
}

// laneKey is what orders updates: the chat, or the update alone when it belongs to none.
type laneKey struct {
	alone bool
	id    int64
}

// keyOf gives the lane of an update. A press whose message is not given goes
// to the lane of the user's id, which in a private chat is the chat's id too.
func keyOf(u *models.Update) laneKey {
	switch {
	case u.Message != nil:
		return laneKey{id: u.Message.Chat.ID}
	case u.EditedMessage != nil:
		return laneKey{id: u.EditedMessage.Chat.ID}
	case u.CallbackQuery != nil:
		q := u.CallbackQuery
		switch {
		case q.Message.Message != nil && q.Message.Message.Chat.ID != 0:
			return laneKey{id: q.Message.Message.Chat.ID}
		case q.Message.InaccessibleMessage != nil && q.Message.InaccessibleMessage.Chat.ID != 0:
			return laneKey{id: q.Message.InaccessibleMessage.Chat.ID}
		}
		return laneKey{id: q.From.ID}
	case u.MyChatMember != nil:
		return laneKey{id: u.MyChatMember.Chat.ID}
	}
	return laneKey{alone: true, id: u.ID}
}

// kindOf names the kind of an update for metrics and logs.
func kindOf(u *models.Update) string {
	switch {
	case u.Message != nil:
		return models.AllowedUpdateMessage
	case u.EditedMessage != nil:
		return models.AllowedUpdateEditedMessage
	case u.CallbackQuery != nil:
		return models.AllowedUpdateCallbackQuery
	case u.MyChatMember != nil:
		return models.AllowedUpdateMyChatMember
	}
	return "other"
}

// failureClass names a handler's error without quoting it. An error that has a
// method ErrorClass() string names itself.
func failureClass(err error) string {
	var named interface{ ErrorClass() string }
	switch {
	case errors.As(err, &named):
		return named.ErrorClass()
	case ClassOf(err) != "":
		return "telegram_" + string(ClassOf(err))
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	root := err
	for next := errors.Unwrap(root); next != nil; next = errors.Unwrap(root) {
		root = next
	}
	return fmt.Sprintf("error %T", root)
}
