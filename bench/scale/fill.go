package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
)

const (
	day      = 24 * time.Hour
	years    = 3 // over which cases were filed
	perHouse = 20
)

// department is one of the made-up organisation, with its kinds; those marked * are restricted.
type department struct {
	id    string
	share int // of all cases, in percent
	kinds []string
}

var departments = []department{
	{"hr", 45, []string{"pay", "pay", "pay", "contract", "benefits", "other"}},
	{"safety", 25, []string{"safety", "safety", "facilities"}},
	{"integrity", 10, []string{"conduct", "conduct", "harassment*", "corruption*"}},
	{"works", 12, []string{"facilities", "other"}},
	{"branch", 8, []string{"pay", "conduct", "other"}},
}

// filler fills a database.
type filler struct {
	url   string
	n     int
	vault vault
	said  *texts
	words int // of how many cases, the newest, the words are kept
	most  int // how many events a case has at most
	times int // how often all that is made stands in the database
	seed  uint64
	now   time.Time

	officers map[string][]cases.Officer // by department; "" holds admins
	made     []made                     // by id
	byFiling []int32                    // places in made
	events   int
	filings  []speech
	letters  []speech
}

// made is a case as it is kept in mind while its events are written.
type made struct {
	id         [16]byte
	filed      time.Time
	ref        cases.Reference
	department uint8
	kind       string
	restricted bool
	status     cases.Status
	ended      time.Time
	owner      cases.OfficerID
	events     uint8
}

func (m *made) uuid() string {
	s := hex.EncodeToString(m.id[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func (f *filler) random(i int) *rand.Rand { return rand.New(rand.NewPCG(f.seed, uint64(i))) }

func (f *filler) fill(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, f.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	// Rows are checked, references between them are made right.
	if _, err := conn.Exec(ctx, "SET session_replication_role = replica; SET maintenance_work_mem = '1GB'; SET synchronous_commit = off"); err != nil {
		return err
	}
	if err := f.staff(ctx, conn); err != nil {
		return err
	}
	if err := errors.Join(f.make(), f.seal()); err != nil {
		return err
	}
	checks, err := dropChecks(ctx, conn)
	if err != nil {
		return err
	}
	indexes, err := dropIndexes(ctx, conn)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, *pgx.Conn) error{f.fillCases, f.fillEvents, f.fillNotices, f.multiply, f.fillWords} {
		if err := step(ctx, conn); err != nil {
			return err
		}
	}
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM events").Scan(&f.events); err != nil {
		return err
	}
	for _, sql := range append(append(indexes, checks...), "VACUUM ANALYZE") {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// dropChecks lets rows in unchecked: what is made here fits, and asking tens of millions of times is most of the work. It
// gives the statements that check what comes later.
func dropChecks(ctx context.Context, conn *pgx.Conn) (again []string, err error) {
	rows, err := conn.Query(ctx, `SELECT CASE WHEN conrelid <> 0 THEN 'ALTER TABLE ' || conrelid::regclass ELSE 'ALTER DOMAIN ' || contypid::regtype END,
		conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND (conrelid IN ('cases'::regclass, 'events'::regclass,
		'notices'::regclass) OR contypid IN ('facet'::regtype, 'facet_or_none'::regtype, 'machine_key'::regtype))`)
	if err != nil {
		return nil, err
	}
	var alter, name, def string
	var drops []string
	if _, err := pgx.ForEachRow(rows, []any{&alter, &name, &def}, func() error {
		name = pgx.Identifier{name}.Sanitize()
		drops = append(drops, alter+" DROP CONSTRAINT "+name)
		again = append(again, alter+" ADD CONSTRAINT "+name+" "+strings.TrimSuffix(def, " NOT VALID")+" NOT VALID")
		return nil
	}); err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, strings.Join(drops, "; "))
	return again, err
}

// dropIndexes drops what is quicker made afterwards, and gives the statements that make it again.
func dropIndexes(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
		WHERE indrelid IN ('cases'::regclass, 'events'::regclass, 'notices'::regclass, 'case_words'::regclass)
		AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`)
	if err != nil {
		return nil, err
	}
	var name, def string
	var names, defs []string
	if _, err := pgx.ForEachRow(rows, []any{&name, &def}, func() error {
		names, defs = append(names, name), append(defs, def)
		return nil
	}); err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, "DROP INDEX "+strings.Join(names, ", "))
	return defs, err
}

func (f *filler) staff(ctx context.Context, conn *pgx.Conn) error {
	f.officers = map[string][]cases.Officer{}
	add := func(role cases.Role, department string) error {
		o := cases.Officer{Name: "officer", Role: role, Department: department, Language: "zh-Hans"}
		err := conn.QueryRow(ctx, `INSERT INTO officers (officer_key, name, role, department, language)
			VALUES (decode(md5(random()::text), 'hex'), 'officer', $1, $2, 'zh-Hans') RETURNING id`, role, department).Scan(&o.ID)
		f.officers[department] = append(f.officers[department], o)
		return err
	}
	for _, d := range departments {
		for i := range perHouse {
			role := cases.RoleOfficer
			if i < 2 {
				role = cases.RoleLead
			}
			if err := add(role, d.id); err != nil {
				return err
			}
		}
	}
	return add(cases.RoleAdmin, "")
}

// make decides what cases there are: one in twenty is open, most of those were filed in the last two months.
func (f *filler) make() error {
	f.made = make([]made, f.n)
	seen := make(map[cases.Reference]bool, f.n)
	err := inOrder(f.n, func(i int) error {
		r, m := f.random(i), &f.made[i]
		for k := range m.id {
			m.id[k] = byte(r.Uint32())
		}
		m.id[6], m.id[8] = m.id[6]&0x0f|0x40, m.id[8]&0x3f|0x80
		for pick := r.IntN(100); ; m.department++ {
			if pick -= departments[m.department].share; pick < 0 {
				break
			}
		}
		d := departments[m.department]
		m.kind, m.restricted = strings.CutSuffix(d.kinds[r.IntN(len(d.kinds))], "*")
		age := time.Duration(r.Float64() * float64(years*365*day))
		m.filed = f.now.Add(-age).Truncate(time.Microsecond)
		open := 0.014
		if age < 60*day {
			open = 0.7
		}
		colleagues := f.officers[d.id]
		m.owner = colleagues[r.IntN(len(colleagues))].ID
		if r.Float64() < open {
			m.status = []cases.Status{cases.StatusReceived, cases.StatusReceived, cases.StatusAccepted, cases.StatusInvestigating, cases.StatusInvestigating, cases.StatusWaiting}[r.IntN(6)]
			if m.status == cases.StatusReceived && r.IntN(3) > 0 {
				m.owner = 0
			}
			m.events = uint8(2 + r.IntN(8))
		} else {
			m.status = []cases.Status{cases.StatusClosed, cases.StatusClosed, cases.StatusClosed, cases.StatusClosed, cases.StatusNotAccepted, cases.StatusRedirected, cases.StatusWithdrawn}[r.IntN(7)]
			m.ended = m.filed.Add(time.Duration(r.Float64() * float64(min(age, 60*day)))).Truncate(time.Microsecond)
			m.events = uint8(8 + r.IntN(6))
		}
		m.events = min(m.events, uint8(f.most))
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(f.made, func(a, b made) int { return bytes.Compare(a.id[:], b.id[:]) })
	source := rand.NewChaCha8([32]byte{byte(f.seed)})
	f.byFiling = make([]int32, f.n)
	for i := range f.made {
		for f.made[i].ref == "" || seen[f.made[i].ref] {
			if f.made[i].ref, err = cases.NewReference(source); err != nil {
				return err
			}
		}
		seen[f.made[i].ref] = true
		f.byFiling[i] = int32(i)
	}
	slices.SortFunc(f.byFiling, func(a, b int32) int { return f.made[a].filed.Compare(f.made[b].filed) })
	return nil
}

func (f *filler) fillCases(ctx context.Context, conn *pgx.Conn) error {
	columns := strings.Fields(`id ref draft mode kind matter unit department language procedure urgent status owner outcome
		rating version unread clocks next_due filed_at updated_at wrapped_key shared_key restricted queued_at unqueued recused
		retention ended_at shredded guests transfer_to watched`)
	return copyInto(ctx, conn, "cases", columns, f.n, func(i int) ([][]any, error) {
		m := &f.made[f.byFiling[i]]
		r, d := f.random(f.n+i), departments[m.department]
		acknowledge, answer := m.filed.Add(7*day), m.filed.Add(60*day)
		clock := cases.Clock{Name: "acknowledge", Due: acknowledge, Rule: "default/acknowledge: 7 days", Until: []cases.EventKind{cases.Accepted, cases.NotAccepted, cases.Redirected}}
		second := cases.Clock{Name: "answer", Due: answer, Rule: "default/answer: 60 days", Until: []cases.EventKind{cases.ClosedEvent}}
		var due, ended *time.Time
		var owner *cases.OfficerID
		switch {
		case !m.ended.IsZero():
			ended = &m.ended
		case m.status == cases.StatusReceived:
			due = &acknowledge
		default:
			due = &answer
		}
		if m.status != cases.StatusReceived {
			clock.Met = m.filed.Add(day)
		}
		if m.owner != 0 {
			owner = &m.owner
		}
		clocks, err := json.Marshal([]cases.Clock{clock, second})
		if err != nil {
			return nil, err
		}
		outcome := ""
		if m.status == cases.StatusClosed {
			outcome = "settled"
		}
		recused, guests, to := []int64{}, []int64{}, ""
		if r.IntN(50) == 0 {
			if o := f.officers[d.id][r.IntN(perHouse)].ID; o != m.owner {
				recused = append(recused, int64(o))
			}
		}
		if other := departments[r.IntN(len(departments))].id; other != d.id && r.IntN(100) == 0 {
			guests = append(guests, int64(f.officers[other][r.IntN(perHouse)].ID))
		} else if other != d.id && ended == nil && r.IntN(50) == 0 {
			to = other
		}
		latest := f.now
		if ended != nil {
			latest = m.ended
		}
		return [][]any{{
			m.id, string(m.ref), "d" + m.uuid(), []string{"named", "confidential", "anonymous"}[r.IntN(3)], m.kind, "", []string{"east_line_1", "west_casting", "canteen", ""}[r.IntN(4)],
			d.id, "zh-Hans", "default", r.IntN(33) == 0, string(m.status), owner, outcome,
			"", int32(m.events), r.IntN(10) == 0, clocks, due, m.filed, latest, wrapped, true, m.restricted, m.filed, ended == nil && r.IntN(200) == 0, recused,
			"default", ended, ended != nil && m.ended.Before(f.now.Add(-2*365*day)) && r.IntN(3) == 0, guests, to, ended == nil && r.IntN(50) == 0,
		}}, nil
	})
}

// crockford is the alphabet of references.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// multiply writes every row several times, with other ids and references and each beside the first, so that the order of
// filing is kept: that is quicker than to make as many. Words are not multiplied.
func (f *filler) multiply(ctx context.Context, conn *pgx.Conn) error {
	for _, t := range []struct{ table, key, number string }{{"cases", "id", "version"}, {"events", "case_id", "seq"}, {"notices", "case_id", "seq"}} {
		if f.times == 1 {
			return nil
		}
		rows, err := conn.Query(ctx, `SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
			AND NOT attisdropped AND attidentity = '' AND attgenerated = '' ORDER BY attnum`, t.table)
		if err != nil {
			return err
		}
		columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		values := slices.Clone(columns)
		for i, c := range columns {
			switch c {
			case t.key:
				values[i] = "md5(" + c + "::text || ':' || k)::uuid"
			case "ref": // its last character is a sum of the others: no two references differ in it alone
				values[i] = "left(ref, 11) || substr('" + crockford + "', (position(right(ref, 1) IN '" + crockford + "') - 1 + k) % 32 + 1, 1)"
			case "draft", "action_key":
				values[i] = c + " || ':' || k"
			}
		}
		// The series depends on the row so that it is what is run through within.
		if _, err := conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %[1]s CROSS JOIN LATERAL generate_series(1, %[4]d + 0 * %[5]s) k",
			t.table, strings.Join(columns, ", "), strings.Join(values, ", "), f.times-1, t.number)); err != nil {
			return fmt.Errorf("multiply %s: %w", t.table, err)
		}
	}
	return nil
}

// story is what happened to a case, event by event; * marks those with words.
var story = strings.Fields("filed* taken opened accepted noted* investigation_started asked* answered* opened replied* opened noted* closed*")

// fillEvents writes the first events of all cases, then the second, and so on: those of one case lie apart, as in a house
// where many cases are worked at once.
func (f *filler) fillEvents(ctx context.Context, conn *pgx.Conn) error {
	columns := strings.Fields("case_id seq kind at party officer role by_department status to_officer department code body action_key hash")
	for round := range story {
		err := copyInto(ctx, conn, "events", columns, f.n, func(i int) ([][]any, error) {
			m := &f.made[i]
			if round >= int(m.events) {
				return nil, nil
			}
			kind, says := strings.CutSuffix(story[round], "*")
			e := []any{m.id, int32(round + 1), kind, m.filed.Add(time.Duration(round) * time.Hour), "reporter", nil, "", ""}
			if kind != "filed" && kind != "answered" {
				by := m.owner
				if by == 0 {
					by = f.officers[departments[m.department].id][0].ID
				}
				e[4], e[5], e[6], e[7] = "office", int64(by), "officer", departments[m.department].id
			}
			var body []byte
			if round == 0 {
				body = f.filings[i%filings].sealed
			} else if says {
				body = f.letters[(i+round*7)%letters].sealed
			}
			action := fmt.Sprintf("%x:%d:%s", m.id, round, kind)
			hash := sha256.Sum256([]byte(action))
			return [][]any{append(e, string(m.status), nil, "", "", body, action, hash[:])}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) fillNotices(ctx context.Context, conn *pgx.Conn) error {
	return copyInto(ctx, conn, "notices", strings.Fields("case_id seq recipient officer state attempts"), f.n, func(i int) ([][]any, error) {
		m := &f.made[i]
		if m.owner == 0 {
			return [][]any{{m.id, int32(1), "department", int64(f.officers[departments[m.department].id][0].ID), "sent", int32(1)}}, nil
		}
		return [][]any{
			{m.id, int32(1), "department", int64(m.owner), "sent", int32(1)},
			{m.id, int32(2), "reporter", nil, "sent", int32(1)},
		}, nil
	})
}
