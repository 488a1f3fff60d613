package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/sim"
	"huiyin/store/redis"
)

// TestLinkability files five cases without a name in words of the same lengths: two by one person, three by others. Nothing
// that is stored may be the same for the two that is not the same for all.
func TestLinkability(t *testing.T) {
	t.Parallel()
	for _, mode := range []cases.Mode{cases.Anonymous, cases.Dark} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			var s *strangers
			for range 2 { // what is dated to the day differs when midnight falls into the run
				if s = fileAsStrangers(t, mode); s.oneDay() {
					break
				}
			}
			for _, leak := range links(s.rows()) {
				t.Error(leak)
			}
			if len(s.filing) < 20 {
				t.Errorf("a filing moves only %d series", len(s.filing))
			}
			for series := range s.filing {
				if !s.others[series] && !ofAnyFile.MatchString(series) {
					t.Errorf("only a filing moves %s: who watches learns its minute", series)
				}
			}
			s.redisForgets()
			s.provesItself()
		})
	}
}

// strangers are five cases; the first and the third are by the same person.
type strangers struct {
	h       *testHouse
	mode    cases.Mode
	ids     []string // of the cases
	refs    []string
	secrets []string // receipts
	people  []person
	began   time.Time

	filing, others map[string]bool // which series every filing moved, and which other acts did
}

const twice = 2 // the case that the first person filed beside case 0

func fileAsStrangers(t *testing.T, mode cases.Mode) *strangers {
	h := startHouseWith(t, func(s *settings) { s.quiet = nil }) // the organisation's hours
	s := &strangers{h: h, mode: mode, began: time.Now()}
	officer := person{h.telegram.AddPhone(sim.Profile{ID: 990300, Name: "Li Na", Username: "lina", Language: "en"}), t}
	officer.Start(h.invite("Li Na", cases.RoleOfficer, "hr"))
	h.settle()
	var one person
	for n := range 5 {
		p := one
		if n != twice {
			p = person{h.telegram.AddPhone(sim.Profile{ID: int64(990310 + n), Name: fmt.Sprintf("Person %d", n), Username: fmt.Sprintf("person%d", n), Language: "en"}), t}
			s.say(p, "/start")
			p.label("English")
			h.settle()
		}
		if n == 0 {
			one = p
		}
		s.people = append(s.people, p)
		before := h.series()
		s.file(n, p)
		now := moved(before, h.series())
		if n == 0 {
			s.filing = now
		}
		maps.DeleteFunc(s.filing, func(name string, _ bool) bool { return !now[name] }) // what else went on at the time
	}
	filed := h.series()
	store := s.h.store // lets everything in at once, as if the slot had come
	for _, id := range s.ids {
		if err := store.Enqueue(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	h.settle()
	for _, ref := range s.refs {
		s.say(officer, "/take "+ref)
		officer.label("Accept")
		h.settle()
		s.say(officer, "/ask "+ref, "Please say more about it.", "done", "send")
		h.forgetPace(officer.ID())
	}
	for n, p := range s.people {
		s.say(p, s.secrets[n])
		p.label("Answer the question")
		h.settle()
		s.say(p, fmt.Sprintf("There is no more to say, %d.", n), "done", "skip", "send")
		p.label("Open the case")
		h.settle()
		p.label("Close and hide")
		h.settle()
		s.say(p, "/clear")
		h.forgetPace(p.ID())
	}
	s.others = moved(filed, h.series())
	return s
}

func (s *strangers) say(p person, words ...string) {
	s.h.t.Helper()
	for _, w := range words {
		p.Send(w)
		s.h.settle()
	}
}

// file files case n.
func (s *strangers) file(n int, p person) {
	t := s.h.t
	t.Helper()
	s.say(p, "/file", "anonymous", "ok", string(s.mode), "contract", "dismissed", fmt.Sprintf("They sent me away, number %d.", n),
		"done", "skip", "skip", "skip", "skip", "first_time")
	p.SendFile("document", fmt.Sprintf("%d.txt", n), fmt.Appendf(nil, "A page of the paper, number %d.", n), "", "")
	s.h.settle()
	s.say(p, "done", "send")
	s.refs = append(s.refs, refPattern.FindString(p.screen().Text))
	found := receiptPattern.FindAllString(p.screen().Text, -1)
	if s.refs[n] == "" || len(found) == 0 {
		t.Fatalf("case %d is not filed; the phone:\n%s", n, p.reads())
	}
	s.secrets = append(s.secrets, found[len(found)-1])
	p.label("I have saved the code")
	s.h.settle()
	var id string
	s.inDatabase(func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), "SELECT id::text FROM cases WHERE ref = $1", s.refs[n]).Scan(&id)
	})
	s.ids = append(s.ids, id)
	s.h.forgetPace(p.ID())
}

func (s *strangers) inDatabase(do func(*pgx.Conn) error) {
	t := s.h.t
	t.Helper()
	db, err := pgx.Connect(t.Context(), s.h.settings.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(t.Context()) }() // the database is dropped next
	if err := do(db); err != nil {
		t.Fatal(err)
	}
}

func (s *strangers) oneDay() bool {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		s.h.t.Fatal(err)
	}
	return s.began.In(zone).YearDay() == time.Now().In(zone).YearDay()
}

// stored is one value of a case: where it stands, and the row it is of.
type stored struct {
	column string // table.column
	row    string // what the row is of the case: an event's number, a notice's recipient
	value  string
	office bool // an officer's act brought the row, at a time of their own
}

// caseRows finds all that belongs to a case. The columns are those of the tables as they are: one that is added later is
// looked at too.
var caseRows = map[string]string{
	"cases":                 "SELECT to_jsonb(x), '', false FROM cases x WHERE id = $1",
	"events":                "SELECT to_jsonb(x), seq::text, party = 'office' FROM events x WHERE case_id = $1",
	"files":                 "SELECT to_jsonb(x), seq::text, false FROM files x WHERE case_id = $1",
	"reporters":             "SELECT to_jsonb(x), '', false FROM reporters x WHERE case_id = $1",
	"identities":            "SELECT to_jsonb(x), '', false FROM identities x WHERE case_id = $1",
	"notices":               "SELECT to_jsonb(x), seq || recipient, recipient = 'department' FROM notices x WHERE case_id = $1",
	"audit_pending":         "SELECT to_jsonb(x), seq::text, (SELECT party = 'office' FROM events e WHERE e.case_id = x.case_id AND e.seq = x.seq) FROM audit_pending x WHERE case_id = $1",
	"audit_leaves":          "SELECT to_jsonb(x), seq::text, true FROM audit_leaves x WHERE case_id = $1",
	"river_job of the slot": "SELECT to_jsonb(x), '', false FROM river_job x WHERE kind = 'enqueue' AND args->>'case' = $1",
	"river_job of a notice": `SELECT to_jsonb(x), n.seq || n.recipient, n.recipient = 'department' FROM river_job x JOIN notices n ON x.args->>'id' = n.id::text
		WHERE x.kind <> 'enqueue' AND x.kind <> 'fetch' AND n.case_id = $1`,
	"river_job of a file": "SELECT to_jsonb(x), f.seq::text, false FROM river_job x JOIN files f ON x.args->>'file' = f.id::text WHERE f.case_id = $1",
}

func (s *strangers) rows() (all [][]stored) {
	s.h.t.Helper()
	s.inDatabase(func(db *pgx.Conn) error {
		tx, err := db.Begin(s.h.t.Context())
		if err == nil {
			all = s.rowsIn(tx)
			err = tx.Rollback(s.h.t.Context())
		}
		return err
	})
	return all
}

// rowsIn gives everything that a transaction sees of every case.
func (s *strangers) rowsIn(db pgx.Tx) [][]stored {
	t := s.h.t
	t.Helper()
	all := make([][]stored, len(s.ids))
	err := func() error {
		for n, id := range s.ids {
			for table, query := range caseRows {
				rows, err := db.Query(t.Context(), query, id)
				if err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
				for rows.Next() {
					var row map[string]any
					var name string
					var office bool
					if err := rows.Scan(&row, &name, &office); err != nil {
						return fmt.Errorf("%s: %w", table, err)
					}
					for column, v := range row {
						value, err := json.Marshal(v)
						if err != nil {
							return err
						}
						all[n] = append(all[n], stored{table + "." + column, name, strings.Trim(string(value), `"`), office})
					}
				}
				if err := rows.Err(); err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
			}
		}
		return nil
	}()
	if err != nil {
		t.Fatal(err)
	}
	if len(all[0]) < 100 {
		t.Fatalf("only %d values of a case to compare", len(all[0]))
	}
	return all
}

// drawn are times that a notice to the reporter is given by lot.
var drawn = []string{"notices.due_at", "notices.updated_at", "river_job of a notice.scheduled_at", "river_job of a notice.created_at"}

// links compares cases: what the first and the one filed by the same person share, sizes, and times.
func links(all [][]stored) []string {
	var leaks []string
	values := make([]map[string]bool, len(all))
	sizes := make([]map[string]string, len(all))
	for n, rows := range all {
		values[n], sizes[n] = map[string]bool{}, map[string]string{}
		acted := map[string]bool{} // when officers did something; what follows on the same day bears the same time
		for _, v := range rows {
			acted[v.value] = acted[v.value] || v.office
		}
		for _, v := range rows {
			if v.office && strings.HasPrefix(v.column, "river_job") {
				continue // how often and by which process an officer's notice was tried
			}
			where := v.column + " of " + v.row
			values[n][v.column+" = "+v.value] = true
			// Bytes that two sealed values have in common would come from the same key and nonce, or the same plain text.
			if raw, err := hex.DecodeString(strings.TrimPrefix(v.value, `\\x`)); err == nil && strings.HasPrefix(v.value, `\\x`) {
				sizes[n][where] = strconv.Itoa(len(raw)) + " bytes"
				for i := 0; i+8 <= len(raw); i++ {
					values[n][fmt.Sprintf("bytes %x in %s", raw[i:i+8], v.column)] = true
				}
			} else if at, err := time.Parse(time.RFC3339Nano, v.value); err == nil && !acted[v.value] && !(slices.Contains(drawn, v.column) && strings.HasSuffix(v.row, "reporter")) {
				sizes[n][where] = at.UTC().Format(time.RFC3339Nano)
			}
		}
	}
	for value := range values[0] {
		shared := 0
		for n := range all {
			if values[n][value] {
				shared++
			}
		}
		if values[twice][value] && shared < len(all) {
			leaks = append(leaks, fmt.Sprintf("the cases of one person share %s, which %d of %d do", value, shared, len(all)))
		}
	}
	for _, where := range slices.Sorted(maps.Keys(sizes[0])) {
		for n := range all {
			if sizes[n][where] != sizes[0][where] {
				leaks = append(leaks, fmt.Sprintf("%s is %s in one case and %q in another", where, sizes[0][where], sizes[n][where]))
				break
			}
		}
	}
	return leaks
}

// redisForgets opens what is left in Redis of the one person, with the keys of the house: neither case is in it.
func (s *strangers) redisForgets() {
	t := s.h.t
	t.Helper()
	c, err := redis.Open(t.Context(), s.h.settings.RedisURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }() // only read
	sessions := redis.NewSessions(redis.NewRounds(c), s.h.keys, s.h.store.Drafts(), redis.Options{})
	name := s.h.keys.Name("session", strconv.FormatInt(s.h.telegram.BotID(), 10), strconv.FormatInt(s.people[0].ID(), 10))
	session, err := sessions.Load(context.Background(), name)
	if err != nil || session.Lang == "" {
		t.Fatalf("the session is not found: %+v, %v", session, err)
	}
	plain, err := json.Marshal(session)
	if err != nil {
		t.Fatal(err)
	}
	dump := string(dumpRedis(t, s.h.settings.RedisURL))
	for n, id := range s.ids {
		for _, trace := range []string{id, s.refs[n], strings.ReplaceAll(id, "-", ""), s.secrets[n]} {
			if strings.Contains(string(plain), trace) {
				t.Errorf("the session still holds %s of case %d: %s", trace, n, plain)
			}
			if strings.Contains(dump, trace) {
				t.Errorf("Redis holds %s of case %d", trace, n)
			}
		}
	}
	s.inDatabase(func(db *pgx.Conn) error {
		var n int
		err := db.QueryRow(t.Context(), "SELECT count(*) FROM drafts WHERE body IS NOT NULL AND name = $1", name[:]).Scan(&n)
		if n != 0 {
			t.Error("Postgres keeps a session of somebody without a name")
		}
		return err
	})
}

// provesItself plants what a careless program would store, and it must be found.
func (s *strangers) provesItself() {
	t := s.h.t
	for name, c := range map[string]struct{ sql, column string }{
		"a kind of their own":           {"UPDATE files SET mime = 'x-same' WHERE case_id IN ($1, $2)", "files.mime"},
		"the same address, sealed once": {"UPDATE events SET body = (SELECT body FROM events WHERE case_id = $1 AND seq = 1) WHERE case_id = $2 AND seq = 1", "events.body"},
		"a part of a value":             {"UPDATE cases SET wrapped_key = substr(wrapped_key, 1, 20) || (SELECT substr(wrapped_key, 21) FROM cases WHERE id = $1) WHERE id = $2", "cases.wrapped_key"},
		"a size":                        {"UPDATE cases SET wrapped_key = wrapped_key || '\\x00' WHERE id = $1 AND $2 <> ''", "cases.wrapped_key"},
		"an hour":                       {"UPDATE cases SET filed_at = filed_at - interval '1 minute' WHERE id = $1 AND $2 <> ''", "cases.filed_at"},
		"a job":                         {"UPDATE river_job SET metadata = '{\"chat\": 1}' WHERE kind = 'enqueue' AND args->>'case' IN ($1, $2)", "river_job of the slot.metadata"},
	} {
		sql := strings.NewReplacer("$1", "'"+s.ids[0]+"'", "$2", "'"+s.ids[twice]+"'").Replace(c.sql)
		s.inDatabase(func(db *pgx.Conn) error {
			tx, err := db.Begin(t.Context())
			if err != nil {
				return err
			}
			defer func() { _ = tx.Rollback(t.Context()) }()                                                 // only looked at
			if _, err := tx.Exec(t.Context(), "SET LOCAL session_replication_role = replica"); err != nil { // events are append-only
				return err
			}
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if !slices.ContainsFunc(links(s.rowsIn(tx)), func(leak string) bool { return strings.Contains(leak, c.column) }) {
				t.Errorf("%s, planted in %s, is not noticed", name, c.column)
			}
			return nil
		})
	}
}
