package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// rights is what each role may do with each table, as far as grants go: r, c, u and d, "-" for nothing, and "(…)" where
// only some columns are meant.
var rights = map[string][3]string{ // intake, desk, postman
	"cases":             {"rcu", "r(u)", "r"},
	"events":            {"rc", "rc", "r"},
	"notices":           {"rcu", "rc", "ru"},
	"reporters":         {"(r)cud", "-", "(r)"},
	"identities":        {"rcud", "r", "-"},
	"join_links":        {"rcud", "-", "-"},
	"co_reporters":      {"(r)cd", "(r)", "(r)"},
	"co_identities":     {"rc", "r", "-"},
	"drafts":            {"rcud", "rcud", "-"},
	"officers":          {"r", "rcu", "r"},
	"officer_addresses": {"-", "(r)cu", "r"},
	"officer_codes":     {"-", "rcud", "-"},
	"invites":           {"-", "rcu", "-"},
	"snoozes":           {"-", "rcud", "r"},
	"kept_filters":      {"-", "rcd", "-"},
	"digests":           {"r(u)", "r(c)(u)", "r(u)"},
	"files":             {"rcu", "rc", "-"},
	"keyset":            {"rc", "r", "r"},
	"case_words":        {"rcud", "rcu", "-"},
	"account_events":    {"rc", "rc", "-"},
	"audit_pending":     {"rcd", "c", "-"},
	"audit_leaves":      {"rc", "-", "-"},
	"audit_hashes":      {"rc", "-", "-"},
	"audit_blocks":      {"rc", "-", "-"},
	"audit_exports":     {"rc", "-", "-"},

	"reception_days":     {"rd", "rc(u)", "r"},
	"reception_bookings": {"(r)c(u)d", "(r)(u)", "(r)"},
}

// TestGrants compares the whole table with what the database says, so that no table is forgotten and no grant slips in.
func TestGrants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn := b.conn()
	rows, err := conn.Query(b.ctx, `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
		AND relname NOT LIKE 'river%' AND relname <> 'goose_db_version'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		want, ok := rights[table]
		if !ok {
			t.Errorf("nothing is said of who may use %s", table)
			continue
		}
		for i, role := range []string{"huiyin_intake", "huiyin_desk", "huiyin_postman"} {
			var got string
			for _, p := range []struct{ letter, name string }{{"r", "SELECT"}, {"c", "INSERT"}, {"u", "UPDATE"}, {"d", "DELETE"}} {
				var whole, some bool
				err := conn.QueryRow(b.ctx, "SELECT has_table_privilege($1, $2, $3)", role, table, p.name).Scan(&whole)
				if err == nil && p.name != "DELETE" {
					err = conn.QueryRow(b.ctx, "SELECT has_any_column_privilege($1, $2, $3)", role, table, p.name).Scan(&some)
				}
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case whole:
					got += p.letter
				case some:
					got += "(" + p.letter + ")"
				}
			}
			if got == "" {
				got = "-"
			}
			if got != want[i] {
				t.Errorf("%s on %s: %s, want %s", role, table, got, want[i])
			}
		}
	}
}

// scene is a database with a case of every mode in two departments, one restricted, one recused, one not queued yet.
type scene struct {
	*bundle
	intake, desk, postman *pgx.Conn
	lin, wu, zhao         cases.Officer // hr officer, hr lead, integrity officer
	admin, custodian      cases.Officer
	plain, restricted     cases.Case
	recused, waiting      cases.Case
}

func newScene(t *testing.T) *scene {
	s := &scene{bundle: setup(t)}
	s.lin, s.wu = s.officer("Lin Tao", cases.RoleOfficer, "hr"), s.officer("Wu Min", cases.RoleLead, "hr")
	s.zhao = s.officer("Zhao Lei", cases.RoleOfficer, "integrity")
	s.admin, s.custodian = s.officer("Sun Yi", cases.RoleAdmin, ""), s.officer("He Jun", cases.RoleCustodian, "")
	s.plain = s.file(filing(cases.Confidential, "plain"))
	f := filing(cases.Anonymous, "restricted")
	f.Case.Department, f.Case.Restricted = "integrity", true
	s.restricted = s.file(f)
	f = filing(cases.Named, "recused")
	f.Body.Fields[0].Text = []string{"It was Lin Tao who did it."}
	s.recused = s.file(f)
	quiet := s.open(func(o *postgres.Options) { o.Quiet = cases.Quiet{Queue: 480, From: 540, To: 1260} })
	var err error
	if s.waiting, _, err = quiet.File(s.ctx, filing(cases.Anonymous, "waiting")); err != nil {
		t.Fatal(err)
	}
	for role, conn := range map[string]**pgx.Conn{"intake": &s.intake, "desk": &s.desk, "postman": &s.postman} {
		*conn = s.conn()
		if _, err := (*conn).Exec(s.ctx, "SET ROLE huiyin_"+role); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// refs are the references that a query of the desk gives to an officer; 0 forgets to say who asks.
func (s *scene) refs(id cases.OfficerID, query string) []string {
	s.t.Helper()
	var out []string
	err := pgx.BeginFunc(s.ctx, s.desk, func(tx pgx.Tx) error {
		if id != 0 {
			if _, err := tx.Exec(s.ctx, "SELECT set_config('huiyin.officer', $1, true)", fmt.Sprint(id)); err != nil {
				return err
			}
		}
		rows, err := tx.Query(s.ctx, query)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	slices.Sort(out)
	return out
}

func TestRowsAreSeenByTheirOfficersOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	if _, _, _, err := s.Act(s.ctx, s.plain.Ref, cases.Act{
		Action: cases.AskCustody, By: s.wu.Actor(), Code: cases.CustodyIdentity, Body: &cases.Body{Text: "why"}, Key: "ask",
	}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		by   cases.OfficerID
		want []cases.Case
	}{
		"nobody said":         {0, nil},
		"no such officer":     {99, nil},
		"recused of one":      {s.lin.ID, []cases.Case{s.plain}},
		"lead":                {s.wu.ID, []cases.Case{s.plain, s.recused}},
		"another department":  {s.zhao.ID, []cases.Case{s.restricted}},
		"admin, not the rest": {s.admin.ID, []cases.Case{s.plain, s.recused}},
		"custodian, requests": {s.custodian.ID, []cases.Case{s.plain}},
	} {
		var want []string
		for _, c := range tt.want {
			want = append(want, string(c.Ref))
		}
		slices.Sort(want)
		for _, query := range []string{
			"SELECT ref FROM cases",
			"SELECT DISTINCT c.ref FROM events e JOIN cases c ON c.id = e.case_id",
			"SELECT ref FROM cases FOR UPDATE",
		} {
			if got := s.refs(tt.by, query); !slices.Equal(got, want) {
				t.Errorf("%s: %s: %v, want %v", name, query, got, want)
			}
		}
		// The rows behind a case stay behind it, whichever way they are asked for.
		for _, table := range []string{"events", "notices"} {
			got := s.refs(tt.by, "SELECT DISTINCT case_id::text FROM "+table)
			for _, id := range got {
				if !slices.ContainsFunc(tt.want, func(c cases.Case) bool { return c.ID == id }) {
					t.Errorf("%s: %s shows a case that is not for these eyes", name, table)
				}
			}
		}
	}
	if err := s.Revoke(s.ctx, house, s.wu.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.refs(s.wu.ID, "SELECT ref FROM cases"); len(got) != 0 {
		t.Errorf("revoked, and still sees %v", got)
	}
}

func TestWritesAreRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, m := range cases.Modes() {
		s.join(s.recused, joining(m, "joins_"+string(m)))
	}
	seen := func(table string, n int) string { // divides by zero where it is another number
		return fmt.Sprintf("SELECT 1/(count(*) = %d)::int FROM %s", n, table)
	}
	event := func(c cases.Case, officer cases.OfficerID, party string) string {
		by, role := fmt.Sprint(officer), "officer"
		if officer == 0 {
			by, role = "NULL", ""
		}
		return fmt.Sprintf(`INSERT INTO events (case_id, seq, kind, at, party, officer, role, by_department, status, department, code, action_key, hash)
			VALUES ('%s', 9, 'noted', now(), '%s', %s, '%s', '', 'received', '', '', 'k%d', sha256('x'))`, c.ID, party, by, role, officer)
	}
	write := func(c cases.Case, read int) string {
		return fmt.Sprintf(`SELECT write_case('%s', %d, '{"version": %d, "status": "received"}')`, c.ID, read, read+1)
	}
	type try struct {
		conn    *pgx.Conn
		by      cases.OfficerID
		sql     string
		refused bool
	}
	for name, tt := range map[string]try{
		"desk, an act of one's own":           {s.desk, s.lin.ID, event(s.plain, s.lin.ID, "office"), false},
		"desk, in a colleague's name":         {s.desk, s.lin.ID, event(s.plain, s.wu.ID, "office"), true},
		"desk, in the reporter's name":        {s.desk, s.lin.ID, event(s.plain, 0, "reporter"), true},
		"desk, the other half of a link":      {s.desk, s.lin.ID, strings.Replace(event(s.plain, 0, "system"), "noted", "linked", 1), false},
		"desk, a settlement of no mediation":  {s.desk, s.lin.ID, strings.Replace(event(s.plain, 0, "system"), "noted", "settled", 1), true},
		"desk, on another department's case":  {s.desk, s.lin.ID, event(s.restricted, s.lin.ID, "office"), true},
		"desk, on a case one is recused of":   {s.desk, s.lin.ID, event(s.recused, s.lin.ID, "office"), true},
		"desk, nobody said":                   {s.desk, 0, event(s.plain, s.lin.ID, "office"), true},
		"desk, past the function":             {s.desk, s.lin.ID, "UPDATE cases SET department = 'integrity'", true},
		"desk, un-recuse":                     {s.desk, s.lin.ID, "UPDATE cases SET recused = '{}'", true},
		"desk, files":                         {s.desk, s.lin.ID, "INSERT INTO cases (id) VALUES (gen_random_uuid())", true},
		"desk, deletes":                       {s.desk, s.lin.ID, "DELETE FROM cases", true},
		"desk, who filed":                     {s.desk, s.lin.ID, "SELECT * FROM reporters", true},
		"desk, addresses":                     {s.desk, s.lin.ID, "SELECT address FROM officer_addresses", true},
		"desk, becomes the owner of tables":   {s.desk, s.lin.ID, "ALTER TABLE cases DISABLE ROW LEVEL SECURITY", true},
		"intake, in an officer's name":        {s.intake, 0, event(s.plain, s.lin.ID, "office"), true},
		"intake, the reporter's act":          {s.intake, 0, event(s.plain, 0, "reporter"), false},
		"intake, addresses":                   {s.intake, 0, "SELECT address FROM reporters", true},
		"intake, officers' addresses":         {s.intake, 0, "SELECT * FROM officer_addresses", true},
		"intake, officers":                    {s.intake, 0, "UPDATE officers SET role = 'admin'", true},
		"intake, the desk's function":         {s.intake, 0, write(s.plain, 1), true},
		"intake, history":                     {s.intake, 0, "UPDATE events SET code = ''", true},
		"postman, an act":                     {s.postman, 0, event(s.plain, 0, "reporter"), true},
		"postman, a case":                     {s.postman, 0, "UPDATE cases SET status = 'closed'", true},
		"postman, who filed":                  {s.postman, 0, "SELECT reporter_key FROM reporters", true},
		"postman, receipts":                   {s.postman, 0, "SELECT receipt_lookup FROM reporters", true},
		"postman, an address":                 {s.postman, 0, "SELECT address FROM reporters", false},
		"postman, identities":                 {s.postman, 0, "SELECT * FROM identities", true},
		"postman, drafts":                     {s.postman, 0, "SELECT * FROM drafts", true},
		"desk, history":                       {s.desk, s.lin.ID, "DELETE FROM events", true},
		"desk, another's identity is no row":  {s.desk, s.lin.ID, "SELECT 1/count(*) FROM identities", true}, // divides by zero
		"intake, confidential is no row":      {s.intake, 0, "SELECT 1/count(*) FROM identities WHERE mode = 'confidential'", true},
		"desk, another's identity, the lead":  {s.desk, s.wu.ID, "SELECT 1/count(*) FROM identities", false}, // the named one
		"desk, colleagues' modes":             {s.desk, s.wu.ID, seen("(SELECT mode FROM co_reporters) x", 4), false},
		"desk, a named colleague":             {s.desk, s.wu.ID, seen("co_identities", 1), false},
		"desk, recused of colleagues":         {s.desk, s.lin.ID, seen("(SELECT mode FROM co_reporters) x", 0), false},
		"desk, recused of their names":        {s.desk, s.lin.ID, seen("co_identities", 0), false},
		"desk, colleagues elsewhere":          {s.desk, s.zhao.ID, seen("(SELECT mode FROM co_reporters) x", 0), false},
		"desk, an admin, modes":               {s.desk, s.admin.ID, seen("(SELECT mode FROM co_reporters) x", 4), false},
		"desk, an admin, names":               {s.desk, s.admin.ID, seen("co_identities", 0), false},
		"desk, nobody said, colleagues":       {s.desk, 0, seen("(SELECT mode FROM co_reporters) x", 0), false},
		"desk, a colleague's chat":            {s.desk, s.wu.ID, "SELECT reporter_key FROM co_reporters", true},
		"desk, a colleague's address":         {s.desk, s.wu.ID, "SELECT address FROM co_reporters", true},
		"desk, takes a colleague out":         {s.desk, s.wu.ID, "DELETE FROM co_reporters", true},
		"desk, links":                         {s.desk, s.wu.ID, "SELECT * FROM join_links", true},
		"intake, a colleague's address":       {s.intake, 0, "SELECT address FROM co_reporters", true},
		"intake, a named colleague":           {s.intake, 0, seen("co_identities", 1), false},
		"intake, takes a colleague out":       {s.intake, 0, "DELETE FROM co_reporters WHERE mode = 'named'", false},
		"intake, another mode for one":        {s.intake, 0, "UPDATE co_reporters SET mode = 'dark'", true},
		"postman, a colleague's address":      {s.postman, 0, seen("(SELECT address FROM co_reporters) x", 4), false},
		"postman, a colleague's chat":         {s.postman, 0, "SELECT reporter_key FROM co_reporters", true},
		"postman, a colleague's receipt":      {s.postman, 0, "SELECT receipt_lookup FROM co_reporters", true},
		"postman, a colleague's name":         {s.postman, 0, "SELECT * FROM co_identities", true},
		"postman, links":                      {s.postman, 0, "SELECT * FROM join_links", true},
		"desk, the function":                  {s.desk, s.lin.ID, "SELECT 1/" + strings.TrimPrefix(write(s.plain, 1), "SELECT ") + "::int", false},
		"desk, the function, recused":         {s.desk, s.lin.ID, "SELECT 1/" + strings.TrimPrefix(write(s.recused, s.recused.Version), "SELECT ") + "::int", true},
		"desk, the function, elsewhere":       {s.desk, s.lin.ID, "SELECT 1/" + strings.TrimPrefix(write(s.restricted, 1), "SELECT ") + "::int", true},
		"desk, the function, not queued":      {s.desk, s.wu.ID, "SELECT 1/" + strings.TrimPrefix(write(s.waiting, 1), "SELECT ") + "::int", true},
		"desk, the function, another version": {s.desk, s.lin.ID, "SELECT 1/" + strings.TrimPrefix(write(s.plain, 7), "SELECT ") + "::int", true},
		"desk, the function, nobody said":     {s.desk, 0, "SELECT 1/" + strings.TrimPrefix(write(s.plain, 1), "SELECT ") + "::int", true},
	} {
		tx, err := tt.conn.Begin(s.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if tt.by != 0 {
			if _, err := tx.Exec(s.ctx, "SELECT set_config('huiyin.officer', $1, true)", fmt.Sprint(tt.by)); err != nil {
				t.Fatal(err)
			}
		}
		_, err = tx.Exec(s.ctx, tt.sql)
		if (err != nil) != tt.refused {
			t.Errorf("%s: refused %v, want %v (%v)", name, err != nil, tt.refused, err)
		}
		if err := tx.Rollback(s.ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// The rule stands in cases and again in the database; here they are held against each other over every officer and case.
func TestDatabaseAndDomainAgree(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, o := range []cases.Officer{s.lin, s.wu, s.zhao, s.admin, s.custodian} {
		seen := s.refs(o.ID, "SELECT ref FROM cases")
		var listed []string
		items, total, err := s.List(s.ctx, o.Actor(), cases.Filter{}, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range items {
			listed = append(listed, string(c.Ref))
		}
		slices.Sort(listed)
		var may []string
		for _, c := range []cases.Case{s.plain, s.restricted, s.recused, s.waiting} {
			if cases.Can(o.Actor(), cases.List, c) == nil {
				may = append(may, string(c.Ref))
			}
		}
		slices.Sort(may)
		if !slices.Equal(seen, may) || !slices.Equal(listed, may) || total != len(may) {
			t.Errorf("%s: the database shows %v, the list %v of %d, the domain lets through %v", o.Name, seen, listed, total, may)
		}
	}
}

// The whole of what officers do works in the roles, and not only for the owner of the tables.
func TestStoresOfTheRoles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	as := func(r postgres.Role) *postgres.Store {
		return b.open(func(o *postgres.Options) { o.Role = r })
	}
	intake, desk, postman := as(postgres.Intake), as(postgres.Desk), as(postgres.Postman)
	b.Store = desk
	lin, wu := b.officer("Lin Tao", cases.RoleOfficer, "hr"), b.officer("Wu Min", cases.RoleLead, "hr")
	far, custodian := b.officer("Zhao Lei", cases.RoleLead, "safety"), b.officer("He Jun", cases.RoleCustodian, "")
	c, _, err := intake.FileDraft(b.ctx, filing(cases.Confidential, "d"), []byte("draft"), 1)
	if err != nil {
		t.Fatal(err)
	}
	officers := desk.Desk()
	if _, ok, err := desk.Next(b.ctx, lin.Actor(), "next"); err != nil || !ok {
		t.Fatal("next:", ok, err)
	}
	for i, a := range []cases.Act{
		{Action: cases.Accept, By: lin.Actor()},
		{Action: cases.Ask, By: lin.Actor(), Body: &cases.Body{Text: "when?"}},
		{Action: cases.AskCustody, By: lin.Actor(), Code: cases.CustodyIdentity, Body: &cases.Body{Text: "why"}},
		{Action: cases.GrantCustody, By: custodian.Actor()},
		{Action: cases.OpenCustody, By: lin.Actor(), Code: cases.CustodyIdentity, Body: &cases.Body{Text: "why"}},
	} {
		if a.Action == cases.OpenCustody {
			if _, err := officers.Identity(b.ctx, wu.Actor(), c.ID); cases.CodeOf(err) != cases.NotAllowed {
				t.Errorf("a grant is for whoever asked: %v", err)
			}
		}
		a.Key = fmt.Sprint("act", i)
		b.act(c.Ref, a)
	}
	who, err := officers.Identity(b.ctx, lin.Actor(), c.ID)
	if err != nil || len(who.Fields) != 1 || who.Fields[0].Text[0] != "王小明" {
		t.Errorf("identity %+v, %v", who, err)
	}
	if _, _, _, err := intake.ActByID(b.ctx, c.ID, cases.Act{
		Action: cases.Answer, By: cases.Actor{Party: cases.Reporter}, Body: &cases.Body{Text: "Ask Wu Min, she saw it."}, Key: "answer",
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := officers.CaseByRef(b.ctx, wu.Actor(), c.Ref); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("named in an answer, and still there: %v", err)
	}
	if _, _, _, err := desk.Act(b.ctx, c.Ref, cases.Act{Action: cases.Recuse, By: lin.Actor(), Key: "recuse"}); err != nil {
		t.Fatal(err)
	}
	if _, err := officers.Events(b.ctx, lin.Actor(), c.ID); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("stepped back, and still there: %v", err)
	}
	moved, _, err := intake.File(b.ctx, filing(cases.Named, "moved"))
	if err != nil {
		t.Fatal(err)
	}
	b.exec(`UPDATE cases SET work = jsonb_set(work, '{transfer}', '{"refused": 2}')`) // so that a lead decides
	b.act(moved.Ref, cases.Act{Action: cases.Assign, By: wu.Actor(), ToDepartment: "safety", Key: "move"})
	if _, err := officers.CaseByRef(b.ctx, wu.Actor(), moved.Ref); cases.CodeOf(err) != cases.NotFound {
		t.Errorf("moved away, and still there: %v", err)
	}
	if got, err := officers.CaseByRef(b.ctx, far.Actor(), moved.Ref); err != nil || got.Owner != 0 {
		t.Errorf("moved: %+v, %v", got, err)
	}
	if _, _, err := postman.ReporterAddress(b.ctx, c.ID); err != nil {
		t.Error(err)
	}
	if _, err := postman.OfficerAddress(b.ctx, far.ID); err != nil {
		t.Error(err)
	}
	if _, err := postman.Event(b.ctx, c.ID, 2); err != nil {
		t.Error(err)
	}
	if _, _, err := intake.ReporterAddress(b.ctx, c.ID); err == nil {
		t.Error("the intake reads addresses")
	}
	if all, err := b.Deliveries(b.ctx, c.ID); err != nil || len(all) == 0 {
		t.Errorf("deliveries: %v, %v", all, err)
	}
}
