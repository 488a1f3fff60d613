package postgres_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"huiyin/cases"
)

// TestIllegalRowsAreRefused changes good rows, whose constraints then speak.
func TestIllegalRowsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr")
	if _, err := b.Invite(b.ctx, house, cases.Invite{Name: "Z", Role: cases.RoleLead, Department: "hr", Expires: time.Now()}); err != nil {
		t.Fatal(err)
	}
	named := b.file(filing(cases.Named, "n"))
	joint := b.file(filing(cases.Confidential, "c"))
	b.file(filing(cases.Anonymous, "a"))
	b.file(filing(cases.Dark, "d"))
	for _, m := range cases.Modes() {
		b.join(joint, joining(m, "joins_"+string(m)))
	}
	conn := b.conn()
	insertEvent := func(change string) string {
		row := map[string]string{
			"case_id": "'" + named.ID + "'", "seq": "2", "kind": "'noted'", "at": "now()", "party": "'office'",
			"officer": fmt.Sprint(lin.ID), "role": "'officer'", "by_department": "'hr'", "status": "'received'", "to_officer": "NULL",
			"department": "''", "code": "''", "body": "NULL", "action_key": "'k'",
			"hash": "sha256('')",
		}
		for _, set := range strings.Split(change, ", ") {
			if column, value, ok := strings.Cut(set, " = "); ok {
				row[column] = value
			}
		}
		var columns, values []string
		for c, v := range row {
			columns, values = append(columns, c), append(values, v)
		}
		return "INSERT INTO events (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
	}
	for name, sql := range map[string]string{
		"anonymous with a chat":                "UPDATE reporters SET reporter_key = 'x' WHERE mode = 'anonymous'",
		"anonymous without an address":         "UPDATE reporters SET address = NULL WHERE mode = 'anonymous'",
		"anonymous with an identity":           "INSERT INTO identities SELECT id, mode, 'case', 'x' FROM cases WHERE mode = 'anonymous'",
		"anonymous without a receipt":          "UPDATE reporters SET receipt_lookup = NULL WHERE mode = 'anonymous'",
		"dark with a chat":                     "UPDATE reporters SET reporter_key = 'x' WHERE mode = 'dark'",
		"dark with an address":                 "UPDATE reporters SET address = 'x' WHERE mode = 'dark'",
		"dark without a receipt":               "UPDATE reporters SET receipt_lookup = NULL WHERE mode = 'dark'",
		"named without a chat":                 "UPDATE reporters SET reporter_key = NULL WHERE mode = 'named'",
		"named without an address":             "UPDATE reporters SET address = NULL WHERE mode = 'named'",
		"an identity of another mode":          "UPDATE identities SET mode = 'confidential' WHERE mode = 'named'",
		"an identity sealed to nobody":         "UPDATE identities SET sealed_to = 'me'",
		"named with a receipt":                 "UPDATE reporters SET receipt_lookup = 'x' WHERE mode = 'named'",
		"confidential without a chat":          "UPDATE reporters SET reporter_key = NULL WHERE mode = 'confidential'",
		"confidential with a receipt":          "UPDATE reporters SET receipt_lookup = 'x' WHERE mode = 'confidential'",
		"a nameless colleague with a chat":     "UPDATE co_reporters SET reporter_key = 'x' WHERE mode = 'anonymous'",
		"a dark colleague with an address":     "UPDATE co_reporters SET address = 'x' WHERE mode = 'dark'",
		"a dark colleague without a receipt":   "UPDATE co_reporters SET receipt_lookup = NULL WHERE mode = 'dark'",
		"a named colleague with a receipt":     "UPDATE co_reporters SET receipt_lookup = 'x' WHERE mode = 'named'",
		"a sealed colleague without a chat":    "UPDATE co_reporters SET reporter_key = NULL WHERE mode = 'confidential'",
		"a colleague with an empty address":    "UPDATE co_reporters SET address = '' WHERE mode = 'named'",
		"a colleague in two modes":             "UPDATE co_reporters SET mode = 'confidential' WHERE mode = 'named'",
		"colleague 0":                          "UPDATE co_reporters SET n = 0 WHERE mode = 'dark'",
		"a chat that joins twice":              "UPDATE co_reporters SET reporter_key = 'x' WHERE reporter_key IS NOT NULL",
		"a nameless colleague's identity":      "INSERT INTO co_identities SELECT case_id, n, mode, 'custodian', 'x' FROM co_reporters WHERE mode = 'dark'",
		"a named colleague's, to a custodian":  "UPDATE co_identities SET sealed_to = 'custodian'",
		"a sealed colleague's, to the case":    "UPDATE co_identities SET sealed_to = 'case'",
		"a link in the clear":                  "UPDATE join_links SET token_hash = 'token'",
		"a link used by nobody":                "UPDATE join_links SET used_key = NULL",
		"a notice to an officer for colleague": "UPDATE notices SET colleague = 1 WHERE recipient = 'department'",
		"an owner who is recused":              "UPDATE cases SET owner = 1, recused = '{1}'",
		"a request of nobody":                  "UPDATE cases SET custody_what = 'identity'",
		"a grant of nothing":                   "UPDATE cases SET custody_until = now()",
		"ended, and still open":                "UPDATE cases SET ended_at = now()",
		"named becomes anonymous":              "UPDATE cases SET mode = 'anonymous' WHERE mode = 'named'",
		"anonymous becomes named":              "UPDATE cases SET mode = 'named' WHERE mode = 'anonymous'",
		"no such mode":                         "UPDATE cases SET mode = 'secret'",
		"an empty chat":                        "UPDATE reporters SET reporter_key = '' WHERE mode = 'named'",
		"an empty receipt":                     "UPDATE reporters SET receipt_lookup = '' WHERE mode = 'anonymous'",
		"no key":                               "UPDATE cases SET wrapped_key = ''",
		"no such status":                       "UPDATE cases SET status = 'lost'",
		"version 0":                            "UPDATE cases SET version = 0",
		"updated before filed":                 "UPDATE cases SET updated_at = filed_at - interval '1 second'",
		"an ended case owes":                   "UPDATE cases SET status = 'closed', ended_at = now()",
		"clocks that are no list":              "UPDATE cases SET clocks = '{}'",
		"a sentence for a kind":                "UPDATE cases SET kind = 'my boss'",
		"words for a unit":                     "UPDATE cases SET unit = '三车间'",
		"a sentence for an outcome":            "UPDATE cases SET outcome = 'all is well'",
		"a reference of another form":          "UPDATE cases SET ref = 'HY-1'",
		"two cases of a draft":                 "UPDATE cases SET draft = 'one'",
		"two cases of a reference":             "UPDATE cases SET ref = 'HY-0000-0000'",
		"an owner who is none":                 "UPDATE cases SET owner = 99",
		"event 0":                              insertEvent("seq = 0"),
		"a second filing":                      insertEvent("kind = 'filed'"),
		"another first event":                  insertEvent("seq = 1"),
		"no such kind of event":                insertEvent("kind = 'lost'"),
		"no such party":                        insertEvent("party = 'press', officer = NULL, role = ''"),
		"the office without an officer":        insertEvent("officer = NULL"),
		"a reporter who is an officer":         insertEvent("party = 'reporter', role = ''"),
		"a reporter with a role":               insertEvent("party = 'reporter', officer = NULL"),
		"an event of no case":                  insertEvent("case_id = gen_random_uuid()"),
		"a key used twice":                     insertEvent("action_key = 'n'"),
		"a key with a space":                   insertEvent("action_key = 'a b'"),
		"an empty body":                        insertEvent("body = ''"),
		"an event without a hash":              insertEvent("hash = NULL"),
		"an event with half a hash":            insertEvent("hash = 'x'"),
		"a notice of no event":                 "INSERT INTO notices (case_id, seq, recipient) VALUES ('" + named.ID + "', 9, 'reporter')",
		"a notice to nobody":                   "INSERT INTO notices (case_id, seq, recipient) VALUES ('" + named.ID + "', 1, 'owner')",
		"a reporter's, to an officer":          "INSERT INTO notices (case_id, seq, recipient, officer) VALUES ('" + named.ID + "', 1, 'reporter', 1)",
		"a notice twice":                       "INSERT INTO notices (case_id, seq, recipient, officer) SELECT case_id, seq, recipient, officer FROM notices",
		"no such delivery":                     "UPDATE notices SET state = 'lost'",
		"an officer of no department":          "UPDATE officers SET department = ''",
		"no such role":                         "UPDATE officers SET role = 'king'",
		"an officer without address":           "UPDATE officer_addresses SET address = ''",
		"a token in the clear":                 "UPDATE invites SET token_hash = 'token'",
		"an invite used by nobody":             "UPDATE invites SET used_at = now(), used_by = NULL",
		"a draft without a name":               "INSERT INTO drafts (name, rev) VALUES ('', 1)",
		"an event changed":                     "UPDATE events SET code = 'x'",
		"an event removed":                     "DELETE FROM events",
		"events emptied":                       "TRUNCATE events CASCADE",
		"a case with events removed":           "DELETE FROM cases",
		"an officer with events removed":       "DELETE FROM officers",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "an officer with events removed" {
				if _, err := conn.Exec(b.ctx, insertEvent("action_key = 'good'")); err != nil {
					t.Fatal(err) // and so the other events were refused for the one thing changed
				}
			}
			_, err := conn.Exec(b.ctx, sql)
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || !strings.HasPrefix(pg.Code, "23") {
				t.Errorf("%s: %v", sql, err)
			}
		})
	}
}

// TestNothingInTheClear plants markers in all that a person says and searches every column of every
// table, and the dump an administrator would take.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr").Actor()
	n := 0
	var markers []string
	mark := func() string {
		n++
		m := fmt.Sprintf("MARKER%03dx标记", n)
		markers = append(markers, m)
		return m
	}
	field := func() cases.Field {
		return cases.Field{Step: mark(), Title: mark(), Option: mark(), Text: []string{mark(), mark()}, From: mark(), To: mark()}
	}
	body := func() *cases.Body {
		return &cases.Body{
			Fields: []cases.Field{field(), field()}, Text: mark(),
			Files: []cases.File{{ID: mark(), Kind: mark(), Name: mark(), MIME: mark(), Size: 1}},
		}
	}
	for _, mode := range []cases.Mode{cases.Named, cases.Confidential, cases.Anonymous} {
		f := filing(mode, "draft-"+string(mode))
		f.Body = *body()
		if f.Identity != nil {
			f.Identity = &cases.Identity{Fields: []cases.Field{field()}}
		}
		c := b.file(f)
		j := joining(mode, "join-"+string(mode))
		if j.Body = body(); j.Identity != nil {
			j.Identity = &cases.Identity{Fields: []cases.Field{field()}}
		}
		secret := mark()
		markers = append(markers, cases.JoinToken([]byte(secret)), secret)
		if _, _, err := b.JoinCase(b.ctx, b.linked(c, secret), j); err != nil {
			t.Fatal(err)
		}
		reporter := cases.Actor{Party: cases.Reporter}
		for i, a := range []cases.Act{
			{Action: cases.Take, By: lin}, {Action: cases.Accept, By: lin}, {Action: cases.Ask, By: lin, Body: body()},
			{Action: cases.Answer, By: reporter, Body: body()}, {Action: cases.Note, By: lin, Body: body()},
			{Action: cases.Add, By: reporter, Body: body()}, {Action: cases.Propose, By: lin, Code: "settled", Body: body()},
			{Action: cases.AskSecondLook, By: reporter, Body: body()},
		} {
			a.Key = fmt.Sprint(mode, i)
			b.act(c.Ref, a)
		}
	}
	token, err := b.Invite(b.ctx, house, cases.Invite{Name: "Z", Role: cases.RoleLead, Department: "hr", Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	markers = append(markers, token)

	conn := b.conn()
	rows, err := conn.Query(b.ctx, `SELECT table_schema || '.' || table_name FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []string{"public.cases", "public.events", "public.notices", "public.river_job"} {
		if !slices.Contains(tables, known) {
			t.Errorf("%s is not among the tables searched", known)
		}
	}
	var all bytes.Buffer
	for _, table := range tables {
		rows, err := conn.Query(b.ctx, "SELECT x::text FROM "+table+" x")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(strings.Join(lines, "\n"))
	}
	dump, err := exec.CommandContext(b.ctx, "pg_dump", "--inserts", b.url).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	for where, text := range map[string][]byte{"tables": all.Bytes(), "dump": dump} {
		if !bytes.Contains(text, []byte("draft-named")) || !bytes.Contains(text, []byte(hex.EncodeToString([]byte("reporter of draft-named")))) ||
			!bytes.Contains(text, []byte(hex.EncodeToString([]byte("reporter of join-named")))) {
			t.Fatalf("the %s do not hold what they should", where)
		}
		for _, m := range markers {
			if bytes.Contains(text, []byte(m)) || bytes.Contains(bytes.ToLower(text), []byte(hex.EncodeToString([]byte(m)))) {
				t.Errorf("%q is in the %s", m, where)
			}
		}
	}
}
