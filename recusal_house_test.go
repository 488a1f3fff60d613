package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/sim"
)

// TestRecusedOfficerSeesNoDifference runs two houses that differ by one case, in which officer X is named. X goes through
// every command, every button there is and buttons that are made up, in both at once, and is shown the same to the byte.
// References, the names of forms and keys of code apps are drawn: they are compared by the order in which they appear. Times of day are left
// out.
func TestRecusedOfficerSeesNoDifference(t *testing.T) {
	t.Parallel()
	for _, role := range []cases.Role{cases.RoleOfficer, cases.RoleLead, cases.RoleAdmin, cases.RoleCustodian} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			tw := newTwins(t, role, recusedName)
			if step, diff := tw.crawl(120); diff != "" {
				t.Errorf("after %s:\n%s", step, diff)
			}
			want := 60
			if role == cases.RoleCustodian {
				want = 20 // there is no more on a custodian's phone
			}
			if tw.tried < want {
				t.Errorf("only %d buttons were pressed", tw.tried)
			}
		})
	}
	t.Run("a case that does not name X is noticed", func(t *testing.T) {
		t.Parallel()
		for _, role := range []cases.Role{cases.RoleOfficer, cases.RoleAdmin} {
			if _, diff := newTwins(t, role, "Somebody Else").crawl(40); diff == "" {
				t.Errorf("%s: a case more makes no difference", role)
			}
		}
	})
}

const recusedName = "Zhao Leiming"

// twins are the two houses. The first holds the case that the second does not.
type twins struct {
	t      *testing.T
	houses [2]*testHouse
	x      [2]person
	names  [2]*orderOf
	ref    string // of the case that X must not know of
	tried  int
}

// newTwins makes them. Names says who is involved in the case more.
func newTwins(t *testing.T, role cases.Role, names string) *twins {
	tw := &twins{t: t}
	department := "hr"
	if role == cases.RoleAdmin || role == cases.RoleCustodian {
		department = ""
	}
	for i := range tw.houses {
		h := startHouse(t)
		tw.houses[i], tw.names[i] = h, newOrder()
		add := func(id int64, name string) person {
			return person{h.telegram.AddPhone(sim.Profile{ID: id, Name: name, Username: fmt.Sprintf("u%d", id), Language: "en"}), t}
		}
		say := func(p person, words ...string) {
			for _, w := range words {
				p.Send(w)
				h.settle()
			}
			h.forgetPace(p.ID())
		}
		x, y := add(990401, recusedName), add(990402, "Yang Mei")
		x.Start(h.invite(recusedName, role, department))
		h.settle()
		y.Start(h.invite("Yang Mei", cases.RoleOfficer, "hr"))
		h.settle()
		tw.x[i] = x
		file := func(id int64, kind, what, people string) string {
			p := add(id, fmt.Sprintf("Reporter %d", id))
			say(p, "/start")
			p.label("English")
			h.settle()
			say(p, "/file", "confidential", "ok", kind, what, "Something is wrong here, every week.", "done", "skip", "skip", people)
			if people != "skip" {
				say(p, "done")
			}
			say(p, "skip", "first_time", "skip", "Sam Example", "skip", "skip", "send")
			ref := refPattern.FindString(p.wholeChat())
			if ref == "" {
				t.Fatalf("the case is not filed; the phone:\n%s", p.reads())
			}
			return ref
		}
		first := file(990411, "contract", "dismissed", "skip")
		if i == 0 {
			// The case more goes through everything that could reach X: notices, counts, requests.
			tw.ref = file(990412, "contract", "dismissed", names)
			say(y, "/take "+tw.ref)
			y.label("Accept")
			h.settle()
			y.label("More…")
			h.settle()
			y.label("Ask for the identity")
			h.settle()
			say(y, "The court asks who can bear witness.", "done", "send", "/release "+tw.ref)
		}
		file(990413, "contract", "terms", "skip")
		if role == cases.RoleCustodian {
			say(y, "/take "+first)
			y.label("More…")
			h.settle()
			y.label("Ask for the identity")
			h.settle()
			say(y, "The court asks who can bear witness.", "done", "send")
		}
	}
	return tw
}

// crawl has X do everything and gives the first step after which the phones differ.
func (tw *twins) crawl(presses int) (step, diff string) {
	bare := strings.NewReplacer("HY-", "", "-", "").Replace(tw.ref)
	words := []string{"/start", "/queue", "/mine", "/due", "/requests", "/whoami", "/help", "/officers", "/invite", "/code", "/privacy", "/cancel",
		"/search contract", "/search HY", "/search " + tw.ref, "/search " + tw.ref[:7], "/search " + bare[:4], "/search " + recusedName,
		tw.ref, bare, tw.ref[:7], "About " + tw.ref + ", please.", "/nosuch " + tw.ref}
	for _, c := range []string{"case", "take", "reply", "ask", "note", "status", "close", "assign", "release", "recuse", "search", "next", "queue", "start"} {
		words = append(words, "/"+c+" "+tw.ref)
	}
	for _, c := range []string{"case", "take", "reply", "note", "status", "close", "assign", "release", "recuse"} {
		words = append(words, "/"+c)
	}
	if diff := tw.differ(); diff != "" {
		return "filing", diff
	}
	for _, w := range words {
		if diff := tw.both(func(i int) error { tw.x[i].Send(w); return nil }); diff != "" {
			return w, diff
		}
	}
	for _, what := range []string{"case", "all", "file", "files", "past", "asgd", "asgo", "asgp", "orig", "origs", "take", "rel", "acc", "inv", "reo", "asg", "reply", "ask",
		"note", "close", "decl", "redir", "cask", "copen", "cgrant", "crefuse", "hold", "lift", "recuse", "do", "yes"} {
		for _, end := range []string{"", ".1", ".4.identity", ".5.recuse", ".5.cgrant", ".1.take", "..status"} {
			if end != "" && what != "do" && what != "yes" && what != "cask" && what != "copen" && end != ".1" {
				continue
			}
			data := "d." + what + "." + bare + end
			if diff := tw.both(func(i int) error {
				_, err := tw.x[i].PressStale(tw.x[i].screen().ID, data)
				return err
			}); diff != "" {
				return data, diff
			}
		}
	}
	// Every button that is on the phone, the newest first, each kind once. What they bring is pressed next.
	seen := map[string]bool{}
	for _, again := range []string{"/start", "/queue", "/search contract", "/next", "/mine", "/due", "/officers", "/start"} {
		if diff := tw.both(func(i int) error { tw.x[i].Send(again); return nil }); diff != "" {
			return again, diff
		}
		for tw.tried < presses {
			at, row, column, key := tw.fresh(seen)
			if at < 0 {
				break
			}
			seen[key] = true
			tw.tried++
			if diff := tw.both(func(i int) error {
				m := tw.x[i].Messages()[at]
				_, err := tw.x[i].Press(m.ID, m.Buttons[row][column].Data)
				return err
			}); diff != "" {
				return key, diff
			}
		}
	}
	return "", ""
}

// fresh finds a button of the first house's phone that was not pressed yet; at is -1 when there is none.
func (tw *twins) fresh(seen map[string]bool) (at, row, column int, key string) {
	all := tw.x[0].Messages()
	for at := len(all) - 1; at >= max(0, len(all)-6); at-- {
		for row, buttons := range all[at].Buttons {
			for column, b := range buttons {
				key := tw.names[0].inOrder(b.Text) + " " + digits.ReplaceAllString(tw.names[0].data(b.Data), "#")
				if b.Data != "" && !seen[key] {
					return at, row, column, key
				}
			}
		}
	}
	return -1, 0, 0, ""
}

// digits are turns of forms and versions of cases, which differ wherever a form is opened again.
var digits = regexp.MustCompile(`\.[0-9a-z]{1,4}\.`)

// both does something in both houses and compares.
func (tw *twins) both(do func(i int) error) string {
	tw.t.Helper()
	var errs [2]error
	for i, h := range tw.houses {
		errs[i] = do(i)
		h.settle()
		h.forgetPace(tw.x[i].ID())
	}
	if (errs[0] == nil) != (errs[1] == nil) {
		return fmt.Sprintf("%v\n%v", errs[0], errs[1])
	}
	return tw.differ()
}

// differ compares the newest messages of both phones, what presses were answered with, and the menus.
func (tw *twins) differ() string {
	var shown [2][]string
	for i, x := range tw.x {
		all := x.Messages()
		shown[i] = append(shown[i], fmt.Sprintf("%d messages, menu %v", len(all), x.Commands()))
		for _, m := range all[max(0, len(all)-8):] {
			if m.From != "bot" {
				continue // X's own words, of which an invitation is drawn
			}
			line := fmt.Sprintf("%d %s edited %v: %s", m.ID, m.From, m.Edited, tw.names[i].inOrder(m.Text+m.Caption))
			for _, row := range m.Buttons {
				line += "\n|"
				for _, b := range row {
					line += " [" + tw.names[i].inOrder(b.Text) + " " + tw.names[i].data(b.Data) + "]"
				}
			}
			shown[i] = append(shown[i], line)
		}
		answers := x.Answers()
		for _, a := range answers[max(0, len(answers)-3):] {
			shown[i] = append(shown[i], fmt.Sprintf("%v %s", a.Alert, tw.names[i].inOrder(a.Text)))
		}
	}
	return cmp.Diff(shown[1], shown[0])
}

// orderOf names what is drawn by the order in which it appears.
type orderOf struct{ known map[string]string }

func newOrder() *orderOf { return &orderOf{map[string]string{}} }

func (o *orderOf) name(kind, drawn string) string {
	if _, ok := o.known[kind+drawn]; !ok {
		o.known[kind+drawn] = fmt.Sprintf("{%s %d}", kind, len(o.known))
	}
	return o.known[kind+drawn]
}

func (o *orderOf) inOrder(s string) string {
	s = refPattern.ReplaceAllStringFunc(s, func(ref string) string { return o.name("case", strings.NewReplacer("HY-", "", "-", "").Replace(ref)) })
	s = invitePattern.ReplaceAllString(s, "?start={invite}")
	// Which of the two a card shows is a matter of milliseconds.
	s = strings.NewReplacer("on its way to the reporter", "{sent}", "reached the reporter", "{sent}", "正在送达反映人", "{sent}", "已送达反映人", "{sent}").Replace(s)
	return clockTime.ReplaceAllString(codeKey.ReplaceAllString(s, "{key}"), "{time}")
}

// codeKey is the key of an officer's code app.
var codeKey = regexp.MustCompile(`\b[A-Z2-7]{32}\b`)

var bareRef = regexp.MustCompile(`^[0-9A-Z]{8}$`)

// data is a button's data with what is drawn named: references, forms, and the second in which "the next one" was offered.
func (o *orderOf) data(s string) string {
	parts := strings.Split(s, ".")
	for i, p := range parts {
		switch {
		case bareRef.MatchString(p):
			parts[i] = o.name("case", p)
		case parts[0] == "f" && i == 1, strings.HasPrefix(s, "h.resume.") && i == 2, strings.HasPrefix(s, "d.draft.") && i == len(parts)-1:
			parts[i] = o.name("form", p)
		case strings.HasPrefix(s, "d.next.") && i == 3:
			parts[i] = "{second}"
		}
	}
	return strings.Join(parts, ".")
}
