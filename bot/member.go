package bot

import (
	"context"

	"github.com/go-telegram/bot/models"
)

// member hears of a chat that was closed or opened. A closed one needs nothing: the next send tells.
func (r *Router) member(ctx context.Context, m *models.ChatMemberUpdated) error {
	if m.Chat.Type != models.ChatTypePrivate || m.NewChatMember.Type != models.ChatMemberTypeMember {
		return nil
	}
	if r.Limits != nil {
		if ok, _, _ := r.allow(ctx, r.share(incoming{chat: m.Chat.ID}), LimitUpdates, 1); !ok {
			r.LimitMetrics.count(LimitUpdates, "silent")
			return nil // opened and closed over and over: only the first times bring anything
		}
	}
	reporter := r.reporter(m.Chat.ID)
	return r.Intake.Returned(ctx, reporter[:])
}
