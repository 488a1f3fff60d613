package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"huiyin/sim"
)

// metricLabels are all labels there may be, with all their values. What is not here could be an id.
var metricLabels = map[string]string{
	"method": `answerCallbackQuery|deleteMessages|deleteWebhook|download|editMessageText|getFile|getMe|getUpdates|getWebhookInfo|` +
		`sendDocument|sendMessage|setMyCommands|setWebhook`,
	"outcome": `ok|in_body|done|away|failed|panic|aside|undecodable|told|silent|tried|refused|shown|helped|not_helped|` +
		`forged|missing|exists|cancelled|put_off|sent|clean|infected|paid|merged|again|taken_over|` +
		`blocked|chat_not_found|not_modified|message_gone|query_expired|bad_entities|too_long|file_too_big|rate_limited|conflict|` +
		`unauthorized|migrated|rejected|unknown|unreachable`,
	"kind": `message|edited_message|callback_query|my_chat_member|other|` +
		`notice|reception|enqueue|retain|tick|relay|sweep_drafts|seal_audit|fetch`,
	"what":     `updates|backlog|desk|submissions|files|bytes`,
	"way":      `webhook|polling`,
	"bot":      `bot`,
	"part":     `bot|updates|redis|postgres_(intake|desk|postman)`,
	"pool":     `intake|desk|postman`,
	"queue":    `default|house`,
	"state":    `available|running|retryable|discarded|late|busy|idle|opening`,
	"call":     `file_read|file_write|file_delete|share`,
	"command":  `get|getdel|set|del|evalsha|eval|hello|client|pipeline|ping|command|script|time`,
	"quantile": `0|0\.25|0\.5|0\.75|1`,
	"version":  `go1\.[0-9.]+`,
	"le":       `[0-9.e+]+|\+Inf`,
	// The guide's articles; a new one is added here.
	"article": `after_report|annual_leave|arbitration|conduct|corruption|dismissal|harassment|injury|inspection|living|modes|no_contract|overtime|resignation|retaliation|social_insurance|unsafe_work|wages`,
}

var (
	metricLine = regexp.MustCompile(`^((?:huiyin|go|process)_[a-z_]+)(?:\{(.*)\})? ([0-9.e+-]+|NaN)$`)
	oneLabel   = regexp.MustCompile(`^([a-zA-Z_]+)="([^"\\]*)",?`)
)

// operations are what a statement may be called: our queries, those that sqlc cannot make, and River's.
var operations = sync.OnceValue(func() *regexp.Regexp {
	names := []string{"other", "begin", "commit", "rollback", "List", "Ready", "JobsDepth", "(Job|Leader|Queue|PG)[A-Z][A-Za-z]+"}
	files, _ := filepath.Glob("store/postgres/queries/*.sql") // none is no name
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)^-- name: (\w+) :`).FindAllSubmatch(raw, -1) {
			names = append(names, string(m[1]))
		}
	}
	return regexp.MustCompile(`^(?:` + strings.Join(names, "|") + `)$`)
})

// strangeLabels lists what of a scrape is not allowed.
func strangeLabels(scrape string) (strange []string) {
	for _, line := range strings.Split(strings.TrimSpace(scrape), "\n") {
		if strings.HasPrefix(line, "# ") {
			continue
		}
		m := metricLine.FindStringSubmatch(line)
		if m == nil {
			strange = append(strange, line)
			continue
		}
		for rest := m[2]; rest != ""; {
			l := oneLabel.FindStringSubmatch(rest)
			if l == nil {
				strange = append(strange, line)
				break
			}
			values, ok := metricLabels[l[1]]
			if l[1] == "operation" && operations().MatchString(l[2]) {
				ok, values = true, `.*`
			}
			if !ok || !regexp.MustCompile(`^(?:`+values+`)$`).MatchString(l[2]) {
				strange = append(strange, line)
				break
			}
			rest = rest[len(l[0]):]
		}
	}
	return strange
}

// After traffic of every kind by people with marked names and ids, the metrics hold labels of closed sets only.
func TestMetricsHoldNoIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.serve()
	w.wholeWay()
	p := w.person(sim.Profile{ID: markID + 1, Name: markName, Username: markUser + "2", Language: "en"})
	p.Send("/receipt " + markWords)
	p.Send("7K3M-9Q2X-4TBW-6HDN-" + checkCharacter(t, "7K3M9Q2X4TBW6HDN"))
	p.SendFile("document", markFile, []byte("%PDF-1.4"), markWords, "")
	p.Block()
	p.Unblock()
	for range 80 {
		p.Send(markWords)
	}
	w.settle()
	code, body := w.get("/metrics")
	if code != http.StatusOK {
		t.Fatalf("/metrics answers %d", code)
	}
	for _, line := range strangeLabels(body) {
		t.Errorf("not a label of ours: %s", line)
	}
	for _, mark := range append(w.marks(), strconv.Itoa(markID+1), "Li Na") {
		if strings.Contains(body, mark) {
			t.Errorf("the metrics tell %q", mark)
		}
	}
	for _, want := range []string{
		`huiyin_telegram_updates_total{kind="message",outcome="done"}`, `huiyin_telegram_calls_total{method="sendMessage",outcome="ok"}`,
		`huiyin_limited_total{outcome="told",what="updates"} `, `huiyin_receipt_guesses_total{outcome="tried"} 1`, "huiyin_receipt_guesses_window 1",
		"huiyin_updates_shed_total 0",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics lack %s:\n%s", want, body)
		}
	}
	planted := []string{
		`huiyin_x{chat="42"} 1`, `huiyin_x{kind="message",method="sendMessage7391"} 1`, `huiyin_x{outcome="Zhang"} 1`, `chat_x 1`, `huiyin_x{operation="LiNa"} 1`, `huiyin_x{kind="a\"b"} 1`,
	}
	if got := strangeLabels(strings.Join(planted, "\n")); len(got) != len(planted) {
		t.Errorf("of %d planted lines %d are found: %v", len(planted), len(got), got)
	}
}

// checkCharacter finds the last character of a receipt by trying.
func checkCharacter(t *testing.T, data string) string {
	t.Helper()
	for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		if _, ok := (receipts{}).Find(data + string(c)); ok {
			return string(c)
		}
	}
	t.Fatalf("%s has no check character", data)
	return ""
}
