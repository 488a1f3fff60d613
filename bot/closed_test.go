package bot

import (
	"context"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"

	"huiyin/bot/telegram"
)

// wing is the one side that a bot has. It knows /next, and its own buttons.
type wing struct{ door }

func (w *wing) Command(_ context.Context, t *Turn) (bool, error) {
	return w.reach(t, t.Command == "next" || t.Command == "start" && t.Args == "")
}

func (w *wing) Press(_ context.Context, t *Turn) (bool, error) {
	return w.reach(t, strings.HasPrefix(t.Data, "d."))
}

func (w *wing) Message(_ context.Context, t *Turn) error { _, err := w.reach(t, true); return err }

func (w *wing) Screen(ctx context.Context, t *Turn) error { return w.Message(ctx, t) }

func (w *wing) DeleteMessages(_ context.Context, _ int64, ids []int) (telegram.Deleted, error) {
	w.filed += len(ids)
	return telegram.Deleted{Done: len(ids)}, nil
}

func (w *wing) reach(t *Turn, mine bool) (bool, error) {
	if mine {
		t.Send("the side that is here")
	}
	return mine, nil
}

// TestClosed: each bot shows what belongs to the other one where that is, and does not pass for knowing anything else.
func TestClosed(t *testing.T) {
	t.Parallel()
	const here, unknown = "the side that is here", "I do not know this command."
	const reporters, officers = "This bot is for officers.", "This bot is for reporters."
	invite := strings.Repeat("a", 32)
	press := func(data string) *models.Update {
		u := pressed(1)
		u.CallbackQuery.Data = data
		return u
	}
	say := func(words string) *models.Update {
		return said(1, 0, func(m *models.Message) { m.Text = words })
	}
	for name, test := range map[string]struct {
		update   *models.Update
		officer  bool
		desk     bool // at officers' bot, else at reporters'
		want     string
		deletion int
	}{
		"an officer's own grievance":       {update: press("h.home"), officer: true, desk: true, want: reporters},
		"the same from an old keyboard":    {update: press("h.file"), officer: true, desk: true, want: reporters},
		"a notice's button":                {update: press("n.case.HY1"), desk: true, want: reporters},
		"an officer's button":              {update: press("d.home"), officer: true, desk: true, want: here},
		"an officer's /file":               {update: say("/file"), officer: true, desk: true, want: reporters},
		"an officer's /next":               {update: say("/next"), officer: true, desk: true, want: here},
		"an officer's slip":                {update: say("/nxet"), officer: true, desk: true, want: unknown},
		"an officer's words":               {update: say("HY-0000"), officer: true, desk: true, want: here},
		"a stranger's /start":              {update: say("/start"), desk: true, want: reporters},
		"a stranger's /next":               {update: say("/next"), desk: true, want: reporters},
		"a stranger's words":               {update: say("words"), desk: true, want: reporters},
		"a receipt at officers' bot":       {update: say("a receipt"), desk: true, want: reporters, deletion: 1},
		"an officer's receipt":             {update: say("a receipt"), officer: true, desk: true, want: reporters, deletion: 1},
		"an invite at reporters' bot":      {update: say("/start " + invite), want: officers},
		"a colleague's link at reporters'": {update: say("/start join_" + invite), want: unknown}, // left to the side that is here
		"the same at officers' bot":        {update: say("/start join_" + invite), desk: true, want: reporters},
		"the same from an officer":         {update: say("/start join_" + invite), officer: true, desk: true, want: reporters},
		"a short link at reporters' bot":   {update: say("/start poster"), want: unknown},
		"a reporter's /start":              {update: say("/start"), want: here},
		"an officer's command":             {update: say("/queue"), want: unknown},
		"a reporter's words":               {update: say("words"), want: here},
		"an officer's button at reporters": {update: press("h.news"), want: here},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wing{door{officer: test.officer}}
			r := newDoor(t, &w.door, func(o *Options) {
				o.Wire, o.Intake, o.Desk = w, w, &Closed{Text: "error.officers_elsewhere", To: "desk_bot", Officers: true}
				if test.desk {
					find := func(typed string) (string, bool) { return typed, typed == "a receipt" }
					o.Intake, o.Desk = &Closed{Text: "error.reporters_elsewhere", To: "reporters_bot", Find: find}, w
				}
			})
			if err := r.Handle(t.Context(), test.update); err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(w.sent, "\n"); !strings.Contains(said, test.want) || len(w.sent) != 1 {
				t.Errorf("says %q, want %q", said, test.want)
			}
			if w.filed != test.deletion {
				t.Errorf("%d messages are taken out of the chat, want %d", w.filed, test.deletion)
			}
		})
	}
}

// The token of a link is drawn, so one may hold what looks like a receipt; whoever types a receipt after /start means it.
func TestLinksAreNotReceipts(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{
		"7K3M9Q2X4TBW6HDN5_abcdefghijklmn":     true,
		"join_7K3M9Q2X4TBW6HDN5_abcdefghijklm": true,
		"7K3M-9Q2X-4TBW-6HDN-5":                false,
		"my receipt is 7K3M-9Q2X-4TBW-6HDN-5":  false,
		"":                                     false,
	} {
		if got := (&Turn{Command: "start", Args: args}).linked(); got != want {
			t.Errorf("%q is a link: %v", args, got)
		}
	}
	if (&Turn{Command: "help", Args: "7K3M9Q2X4TBW6HDN5_abcdefghijklmn"}).linked() {
		t.Error("another command is a link")
	}
}
