package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"huiyin/flows"
)

// Door is where the updates of chats come in. Every one takes from its chat's share and reads its chat's session, and waiting
// for a server is most of what either costs: both are asked for in one round trip. They are two commands and no script,
// because a chat's share and its session have different names, and so may be with different servers of a cluster.
type Door struct {
	*Limits
	Sessions *Sessions
}

// Enter is Allow for one unit of what under name; load gives the session under session as it was read on the way, as
// Sessions.Load does. load is there with an error too.
func (d Door) Enter(ctx context.Context, name [32]byte, what string, session [32]byte) (
	ok bool, retry time.Duration, first bool, load func(context.Context) (flows.Session, error), err error,
) {
	load = func(ctx context.Context) (flows.Session, error) { return d.Sessions.Load(ctx, session) }
	script, args, err := d.script(what, 1)
	if err != nil {
		return false, 0, false, load, err
	}
	key := d.key(name, what)
	took := call(ctx, script, key, args...)
	got := goredis.NewStringCmd(ctx, "get", d.Sessions.key(session))
	if err := d.r.do(ctx, took, got); err != nil {
		return false, 0, false, load, away("limit", err)
	}
	load = func(ctx context.Context) (flows.Session, error) { return d.Sessions.loaded(ctx, session, got) }
	ok, retry, first, err = verdict(d.r.known(ctx, took, script, key, args...))
	return ok, retry, first, load, err
}
