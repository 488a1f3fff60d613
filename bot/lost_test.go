package bot

import (
	"context"
	"testing"

	"github.com/go-telegram/bot/models"

	"huiyin/flows"
)

// forgetful loses the session, or has it written by somebody else, between the reading and the writing of one turn.
type forgetful struct {
	*door
	kept   flows.Session // what is there afterwards
	failed bool
}

func (f *forgetful) Save(ctx context.Context, name [32]byte, s flows.Session) (flows.Session, error) {
	if !f.failed {
		f.failed = true
		f.session = f.kept
		return flows.Session{}, flows.ErrConflict
	}
	return f.door.Save(ctx, name, s)
}

// TestSessionLostDuringATurn: what was done on a session that Redis has lost meanwhile is not done again on an empty one,
// where a case that was just filed would be a form that nobody knows.
func TestSessionLostDuringATurn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kept   flows.Session
		played int
		rev    int64
	}{
		"lost":                     {flows.Session{}, 1, 0},
		"written by somebody else": {flows.Session{Rev: 8, Lang: "en"}, 2, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &door{session: flows.Session{Rev: 7}}
			f := &forgetful{door: d, kept: tt.kept}
			r := newDoor(t, d, func(o *Options) { o.Sessions = f })
			if err := r.Handle(t.Context(), said(3, 0, func(m *models.Message) { m.Text = "the guard is off" })); err != nil {
				t.Fatal(err)
			}
			if d.played != tt.played || d.session.Rev != tt.rev || d.session.Lang != "en" || !d.session.SeenUpdate(3) {
				t.Errorf("played %d times, revision %d, language %q", d.played, d.session.Rev, d.session.Lang)
			}
		})
	}
}
