package bot

import (
	"context"
	"fmt"
	"time"

	"huiyin/bot/telegram"
	"huiyin/bot/text"
	"huiyin/cases"
)

// ReceptionSide is a side that tells its people of leaders' reception days.
type ReceptionSide interface {
	// ReceptionNotice renders a message; none is for what there is nothing to say of.
	ReceptionNotice(ctx context.Context, n ReceptionNotice) ([]text.Reply, error)
}

// ReceptionNotice is what a side needs to render a message about a reception.
type ReceptionNotice struct {
	cases.ReceptionNotice
	Lang    string
	Officer *cases.Officer // nil for reporters
	Now     time.Time
	// Token is as for Notice.
	Token func(id string) string
}

// ReceptionMail is where an usher finds whom to write to.
type ReceptionMail interface {
	Officer(ctx context.Context, id cases.OfficerID) (cases.Officer, error)
	OfficerAddress(ctx context.Context, id cases.OfficerID) ([]byte, error)
	// BookingAddress gives where a booking's reporter is written to. Error: NotFound when nothing leads back.
	BookingAddress(ctx context.Context, id string) (sealed []byte, lang string, err error)
}

// Usher tells of receptions, through a postman.
type Usher struct {
	Postman *Postman
	Mail    ReceptionMail
	Intake  ReceptionSide
	Desk    ReceptionSide
}

// Deliver sends one message about a reception. What it gives back is as for Postman.Deliver.
func (u *Usher) Deliver(ctx context.Context, n cases.ReceptionNotice) (cases.Delivery, error) {
	notice := ReceptionNotice{ReceptionNotice: n, Now: u.Postman.Now()}
	side := u.Intake
	var sealed []byte
	var err error
	if n.Word == cases.Agenda {
		side = u.Desk
		var o cases.Officer
		if o, err = u.Mail.Officer(ctx, n.Day.Leader); err == nil {
			if o.Revoked {
				return cases.Failed, nil
			}
			notice.Officer, notice.Lang = &o, o.Language
			sealed, err = u.Mail.OfficerAddress(ctx, o.ID)
		}
	} else {
		sealed, notice.Lang, err = u.Mail.BookingAddress(ctx, n.Booking.ID)
	}
	if cases.CodeOf(err) == cases.NotFound || err == nil && sealed == nil {
		return cases.Failed, nil // nobody is to be found
	}
	if err != nil {
		return cases.Waiting, fmt.Errorf("read address: %w", err)
	}
	address, wire, chat, err := u.Postman.open(sealed)
	if err != nil {
		return cases.Waiting, err
	}
	if u.Postman.News != nil {
		notice.Token = func(id string) string { return u.Postman.News.NewsToken(id, 0, address) }
	}
	replies, err := side.ReceptionNotice(ctx, notice)
	if err != nil {
		return cases.Waiting, fmt.Errorf("render a reception notice: %w", err)
	}
	state, ids, err := u.Postman.send(telegram.Bulk(ctx), wire, chat, pieces(replies))
	if notice.Officer == nil {
		u.Postman.Trail.add(ctx, address, ids)
	}
	return state, err
}
