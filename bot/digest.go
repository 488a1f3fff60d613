package bot

import (
	"context"
	"fmt"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
)

// DigestSide is a side that tells its people once a day what there is to do.
type DigestSide interface {
	// Digest renders the message.
	Digest(n cases.DigestNotice) text.Reply
}

// Digests sends officers their digests, through a postman.
type Digests struct {
	Postman *Postman
	Desk    DigestSide
}

// Deliver sends one digest, after what is answered to people. What it gives back is as for Postman.Deliver.
func (d Digests) Deliver(ctx context.Context, n cases.DigestNotice) (cases.Delivery, error) {
	sealed, err := d.Postman.Mail.OfficerAddress(ctx, n.Officer.ID)
	if cases.CodeOf(err) == cases.NotFound {
		return cases.Failed, nil // has left
	}
	if err != nil {
		return cases.Waiting, fmt.Errorf("read address: %w", err)
	}
	_, wire, chat, err := d.Postman.open(sealed)
	if err != nil {
		return cases.Waiting, err
	}
	state, _, err := d.Postman.send(telegram.Bulk(ctx), wire, chat, []text.Reply{d.Desk.Digest(n)})
	return state, err
}
