package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"huiyin/bot/text"
	"huiyin/cases"
	"huiyin/flows"
)

const (
	sureFor    = 15 * time.Minute // how long a right code is good for
	wrongCodes = 5                // so many wrong ones in a row, and none is looked at for sureFor
	codeStep   = 30               // seconds that an app shows a code
)

// What a code is typed for, beside a reference: as Arg of the code screen.
const (
	codeFree    = ""        // for nothing yet
	codeRenew   = "renew"   // to set up another app
	codeShown   = "shown"   // to confirm an app whose secret is on the screen
	codeConfirm = "confirm" // to confirm one whose secret is off it
)

// codeWanted says that a case opens only after a code. app: one is set up.
type codeWanted struct {
	arg  string
	app  bool
	lead string // finished markup, said with the question
}

func (*codeWanted) Error() string { return "a code is wanted" }

// sure says whether this officer has shown lately that it is them, where the organisation asks for it: nil, or a
// *codeWanted.
func (t *turn) sure(ctx context.Context, c cases.Case) error {
	if !t.org.StepUp || t.surely() {
		return nil
	}
	sealed, err := t.store.StepUp(ctx, t.by.Officer)
	if err != nil {
		return fmt.Errorf("load a code app: %w", err)
	}
	return &codeWanted{arg: string(c.Ref), app: sealed != nil}
}

// surely: a right code was typed in this chat, not long ago.
func (t *turn) surely() bool {
	o := t.Session.Office
	return o != nil && !o.Sure.IsZero() && t.Now.Sub(o.Sure) < sureFor
}

// askCode asks for a code, or says how to set one up.
func (t *turn) askCode(w *codeWanted) {
	var parts []string
	if w.lead != "" {
		parts = append(parts, "<i>"+w.lead+"</i>")
	}
	home := []text.Button{t.button("desk.button.home", data{what: "home"})}
	if !w.app {
		parts = append(parts, t.say("desk.code.none"))
		t.screen(flows.Screen{Name: screenHome}, strings.Join(parts, "\n\n"), []text.Button{t.button("desk.button.code", data{what: "code"})}, home)
		return
	}
	key := "desk.code.ask"
	if w.arg == codeFree || w.arg == codeRenew {
		key = "desk.code.ask_" + map[string]string{codeFree: "free", codeRenew: "renew"}[w.arg]
	}
	parts = append(parts, t.say(key))
	t.screen(flows.Screen{Name: screenCode, Arg: w.arg}, strings.Join(parts, "\n\n"), home)
}

// setUpCode sets a code app up. Whoever has one shows a code of it first, so that a chat left open gives nobody another.
func (t *turn) setUpCode(ctx context.Context) error {
	sealed, err := t.store.StepUp(ctx, t.by.Officer)
	switch {
	case err != nil:
		return fmt.Errorf("load a code app: %w", err)
	case sealed != nil && !t.surely():
		t.askCode(&codeWanted{arg: codeRenew, app: true})
		return nil
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: t.org.Name[t.lang], AccountName: t.Officer.Name})
	if err != nil {
		return fmt.Errorf("make a secret: %w", err)
	}
	office := t.office()
	if office.Secret, err = t.secrets.Seal(t.by.Officer, []byte(key.Secret())); err != nil {
		return fmt.Errorf("seal a secret: %w", err)
	}
	return t.showSecret(key.URL(), key.Secret())
}

// showSecret shows the secret of an app that is being set up, once: the button takes the message away.
func (t *turn) showSecret(url, secret string) error {
	if t.Session.Active != "" {
		t.Park()
	}
	t.Session.Screen = flows.Screen{Name: screenCode, Arg: codeShown}
	t.protected(t.say("desk.code.secret", "Secret", secret, "URL", url),
		[]text.Button{{Text: t.label("desk.button.copy"), Copy: secret}},
		[]text.Button{t.button("desk.button.stored", data{what: "coded"})},
		[]text.Button{t.button("desk.button.home", data{what: "home"})})
	return nil
}

// stored takes the message with the secret out of the chat and asks for a first code.
func (t *turn) stored(ctx context.Context) error {
	if t.Session.Office == nil || t.Session.Office.Secret == nil {
		return t.worn(ctx)
	}
	t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
	t.Below()
	t.screen(flows.Screen{Name: screenCode, Arg: codeConfirm}, t.say("desk.code.first"), []text.Button{t.button("desk.button.home", data{what: "home"})})
	return nil
}

// codeAgain puts the code screen up again.
func (t *turn) codeAgain(ctx context.Context, arg string) error {
	o := t.Session.Office
	if arg == codeShown && o != nil && o.Secret != nil {
		// Nobody may have seen it: another one takes its place.
		return t.setUpCode(ctx)
	}
	if arg == codeConfirm {
		t.Send(t.say("desk.code.first"), []text.Button{t.button("desk.button.home", data{what: "home"})})
		return nil
	}
	sealed, err := t.store.StepUp(ctx, t.by.Officer)
	if err != nil {
		return fmt.Errorf("load a code app: %w", err)
	}
	t.askCode(&codeWanted{arg: arg, app: sealed != nil})
	return nil
}

// codeLike says whether words can be a code, as apps show it.
func codeLike(words string) bool {
	digits := strings.ReplaceAll(words, " ", "")
	return len(digits) == 6 && strings.Trim(digits, "0123456789") == ""
}

// typed takes a code, which leaves the chat at once whatever it is good for.
func (t *turn) typed(ctx context.Context, words string) error {
	t.Replies = append(t.Replies, text.Reply{Do: text.Delete, Message: t.In.Message})
	if t.Session.Screen.Name != screenCode {
		t.Session.Screen = flows.Screen{Name: screenCode}
	}
	arg := t.Session.Screen.Arg
	home := []text.Button{t.button("desk.button.home", data{what: "home"})}
	office := t.office()
	if t.Now.Before(office.Wait) {
		t.Send(t.say("desk.code.wait", "Until", t.book.Moment(t.lang, office.Wait)), home)
		return nil
	}
	fresh := arg == codeShown || arg == codeConfirm
	sealed := office.Secret
	if !fresh {
		var err error
		if sealed, err = t.store.StepUp(ctx, t.by.Officer); err != nil {
			return fmt.Errorf("load a code app: %w", err)
		}
	}
	if sealed == nil {
		t.askCode(&codeWanted{arg: arg})
		return nil
	}
	secret, err := t.secrets.Open(t.by.Officer, sealed)
	if err != nil {
		return fmt.Errorf("open a secret: %w", err)
	}
	last := office.Step
	if fresh {
		last = 0 // of another secret
	}
	step, ok := stepOf(string(secret), words, t.Now, last)
	if !ok {
		t.wrongCode(office, home)
		return nil
	}
	office.Wrong, office.Step, office.Sure = 0, step, t.Now
	return t.right(ctx, arg, sealed)
}

// wrongCode counts a wrong code.
func (t *turn) wrongCode(office *flows.Office, home []text.Button) {
	office.Wrong++
	if office.Wrong < wrongCodes {
		t.Send(t.say("desk.code.wrong", "Left", wrongCodes-office.Wrong), home)
		return
	}
	office.Wrong, office.Wait = 0, t.Now.Add(sureFor)
	t.Send(t.say("desk.code.wait", "Until", t.book.Moment(t.lang, office.Wait)), home)
}

// right goes on to what a right code was typed for.
func (t *turn) right(ctx context.Context, arg string, sealed []byte) error {
	switch arg {
	case codeShown, codeConfirm:
		if err := t.store.SetStepUp(ctx, t.by.Officer, sealed); err != nil {
			return fmt.Errorf("keep a code app: %w", err)
		}
		t.office().Secret = nil
		done := t.say("desk.code.done")
		if arg == codeShown {
			done += " " + t.say("desk.code.delete")
		}
		return t.home(ctx, done)
	case codeRenew:
		return t.setUpCode(ctx)
	case codeFree:
		return t.home(ctx, t.say("desk.code.good"))
	}
	ref, _ := cases.ParseReference(arg)
	return t.card(ctx, ref, "")
}

// stepOf finds the time step of a code: the present one or one beside it, and later than last, so that no code is
// good twice.
func stepOf(secret, words string, now time.Time, last int64) (step int64, ok bool) {
	code := strings.ReplaceAll(words, " ", "")
	for _, shift := range []int64{0, -1, 1} {
		step = now.Unix()/codeStep + shift
		right, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && right && step > last {
			return step, true
		}
	}
	return 0, false
}
