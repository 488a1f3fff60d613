package postgres_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/postgres"
)

func wordKey(department, month string) [32]byte {
	return sha256.Sum256([]byte(department + "|" + month))
}

func searchable(o *postgres.Options) {
	o.Words = func(context.Context) (postgres.WordKeys, error) { return wordKey, nil }
}

// saying is a filing with these words.
func saying(draft, words string, change ...func(*cases.Case)) cases.Filing {
	f := filing(cases.Named, draft)
	f.Body.Fields[0].Text = []string{words}
	for _, c := range change {
		c(&f.Case)
	}
	return f
}

// search gives the drafts of what is found.
func (b *bundle) search(by cases.Actor, q cases.Query) []string {
	b.t.Helper()
	items, total, _, err := b.Search(b.ctx, by, q, 0, 50)
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, c := range items {
		if cases.Can(by, cases.List, c) != nil {
			b.t.Errorf("%s is not for these eyes", c.Draft)
		}
		out = append(out, c.Draft)
	}
	if total != len(items) {
		b.t.Errorf("%d found, %d shown", total, len(items))
	}
	return out
}

func words(w ...string) cases.Query { return cases.Query{Words: w} }

func TestSearchFindsWhatMayBeRead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	b := setup(t, searchable, func(o *postgres.Options) { o.Now = func() time.Time { return now } })
	desk := &bundle{Store: b.open(searchable, func(o *postgres.Options) { o.Role, o.Now = postgres.Desk, func() time.Time { return now } }), t: t, ctx: b.ctx, url: b.url}
	lin := b.officer("Lin Tao", cases.RoleOfficer, "hr").Actor()
	wu := b.officer("Wu Min", cases.RoleLead, "hr").Actor()
	zhao := b.officer("Zhao Lei", cases.RoleOfficer, "safety").Actor()
	admin := b.officer("Sun Yi", cases.RoleAdmin, "").Actor()
	first := b.file(saying("first", "公司拖欠加班费三个月。Overtime was never paid."))
	now = now.AddDate(0, 1, 3)
	b.file(saying("second", "食堂的饭菜不好，加班没有饭吃", func(c *cases.Case) { c.Kind = "conduct" }))
	b.file(saying("about_Lin", "Lin Tao 不给加班费"))
	b.file(saying("restricted", "加班费被人贪污", func(c *cases.Case) { c.Restricted = true }))
	b.file(saying("safety", "加班时叉车没有刹车", func(c *cases.Case) { c.Department = "safety" }))
	now = now.AddDate(0, 2, 0)
	b.act(first.Ref, cases.Act{Action: cases.Take, By: lin, Key: "t"})
	b.act(first.Ref, cases.Act{Action: cases.Note, By: lin, Key: "n", Body: &cases.Body{Text: "已与车间核对考勤"}})
	ref := string(first.Ref)

	for name, tt := range map[string]struct {
		by   cases.Actor
		q    cases.Query
		want []string
	}{
		"words":                       {wu, words("加班费"), []string{"about_Lin", "first"}},
		"newest first":                {wu, words("加班"), []string{"about_Lin", "second", "first"}},
		"recused":                     {lin, words("加班费"), []string{"first"}},
		"another department":          {zhao, words("加班"), []string{"safety"}},
		"nobody's words for an admin": {admin, words("加班"), nil},
		"two words":                   {wu, words("加班", "overtime"), []string{"first"}},
		"the beginning of a word":     {wu, words("overt"), []string{"first"}},
		"the end of a word":           {wu, words("time"), nil},
		"a note":                      {wu, words("考勤"), []string{"first"}},
		"characters, not in a row":    {wu, words("拖欠食堂"), nil},
		"one character":               {wu, words("费"), nil},
		"words and kind":              {wu, cases.Query{Words: []string{"加班"}, Kind: "conduct"}, []string{"second"}},
		"words and state":             {wu, cases.Query{Words: []string{"加班"}, State: cases.StateEnded}, nil},
		"words since":                 {wu, cases.Query{Words: []string{"加班"}, From: time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)}, []string{"about_Lin", "second"}},
		"words until":                 {wu, cases.Query{Words: []string{"加班"}, To: time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)}, []string{"first"}},
		"words before there was any":  {wu, cases.Query{Words: []string{"加班"}, To: time.Date(2020, 3, 20, 0, 0, 0, 0, time.UTC)}, nil},
		"kind":                        {wu, cases.Query{Kind: "conduct"}, []string{"second"}},
		"restricted, by kind":         {wu, cases.Query{Kind: "pay"}, []string{"restricted", "about_Lin", "first"}},
		"reference":                   {wu, cases.Query{Ref: first.Ref}, []string{"first"}},
		"reference, not for her":      {zhao, cases.Query{Ref: first.Ref}, nil},
		"part":                        {wu, cases.Query{Part: ref[8:]}, []string{"first"}},
		"part across the dash":        {wu, cases.Query{Part: ref[5:7] + ref[8:10]}, []string{"first"}},
		"part, not for her":           {zhao, cases.Query{Part: ref[8:]}, nil},
		"no such part":                {wu, cases.Query{Part: "%_%_"}, nil},
		"dates":                       {wu, cases.Query{To: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}, []string{"first"}},
		"status":                      {wu, cases.Query{Status: cases.StatusAccepted}, nil},
		"or else":                     {wu, cases.Query{Words: []string{"没有这样的"}, Else: &cases.Query{Kind: "conduct"}}, []string{"second"}},
		"not else":                    {wu, cases.Query{Words: []string{"考勤"}, Else: &cases.Query{Kind: "conduct"}}, []string{"first"}},
		"a department of no concern":  {wu, cases.Query{Department: "safety"}, nil},
		"an admin's":                  {admin, cases.Query{Department: "safety"}, []string{"safety"}},
	} {
		for where, bb := range map[string]*bundle{"owner": b, "desk": desk} {
			got := bb.search(tt.by, tt.q)
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s, as %s: found %q, want %q", name, where, got, tt.want)
			}
		}
	}
	if got := b.search(wu, words("加班")); got[len(got)-1] != "first" {
		t.Errorf("the oldest is not last: %q", got)
	}
	_, _, _, err := b.Search(b.ctx, cases.Actor{}, words("加班"), 0, 10)
	wantCode(t, "search of nobody", err, cases.NotFound)
	if n := b.count("SELECT count(*) FROM case_words"); n != 4 {
		t.Errorf("words of %d cases are kept, the restricted one's are not", n)
	}
}

// What is kept follows a case: it goes to another department, is destroyed, or was there before anything was kept.
func TestWordsFollowTheirCase(t *testing.T) {
	t.Parallel()
	b := setup(t, searchable)
	wu := b.officer("Wu Min", cases.RoleLead, "hr").Actor()
	qian := b.officer("Qian", cases.RoleOfficer, "safety")
	moved := b.file(saying("moved", "叉车没有刹车"))
	gone := b.file(saying("gone", "叉车没有喇叭"))
	keeper := b.officer("Keeper", cases.RoleAdmin, "").Actor()
	b.act(moved.Ref, cases.Act{Action: cases.Assign, By: keeper, Key: "a", To: qian.ID, ToDepartment: "safety"})
	if got := b.search(wu, words("叉车")); !slices.Equal(got, []string{"gone"}) {
		t.Errorf("after the move her old department finds %q", got)
	}
	if got := b.search(qian.Actor(), words("刹车")); !slices.Equal(got, []string{"moved"}) {
		t.Errorf("after the move the new one finds %q", got)
	}
	b.act(gone.Ref, cases.Act{Action: cases.Withdraw, By: cases.Actor{Party: cases.Reporter}, Key: "w"})
	b.act(gone.Ref, cases.Act{Action: cases.Shred, By: cases.Actor{Party: cases.Reporter}, Key: "s"})
	if n := b.count("SELECT count(*) FROM case_words WHERE case_id = $1", gone.ID); n != 0 {
		t.Error("the words of a destroyed case are kept")
	}

	deaf := &bundle{Store: b.open(), t: t, ctx: b.ctx, url: b.url}
	deaf.file(saying("before", "拖欠工资"))
	if got := b.search(wu, words("工资")); len(got) != 0 {
		t.Errorf("found %q before it was read", got)
	}
	house := b.open(searchable, func(o *postgres.Options) { o.Role = postgres.Intake })
	if n, err := house.IndexWords(b.ctx, false, nil); n != 1 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
	if n, err := house.IndexWords(b.ctx, false, nil); n != 0 || err != nil {
		t.Errorf("read %d again, %v", n, err)
	}
	if n, err := house.IndexWords(b.ctx, true, nil); n != 2 || err != nil {
		t.Errorf("read %d anew, %v", n, err)
	}
	if got := b.search(wu, words("工资")); !slices.Equal(got, []string{"before"}) {
		t.Errorf("found %q", got)
	}
}

// Equal words look equal within one department and month only.
func TestWordsAreBlind(t *testing.T) {
	t.Parallel()
	grams := cases.Grams(&cases.Body{Text: "拖欠工资三个月"})
	here, there := postgres.Blind(wordKey("hr", "2026-01"), grams), postgres.Blind(wordKey("hr", "2026-02"), grams)
	if len(here) != len(grams) || slices.ContainsFunc(here, func(h int32) bool { return slices.Contains(there, h) }) {
		t.Errorf("%d grams are %v in one month and %v in the next", len(grams), here, there)
	}
}

// A false match never shows: what is found was read.
func TestSearchReadsWhatItFinds(t *testing.T) {
	t.Parallel()
	b := setup(t, searchable)
	wu := b.officer("Wu Min", cases.RoleLead, "hr").Actor()
	b.file(saying("apart", "拖车欠修，班车加油，费用"))
	b.exec("UPDATE case_words SET grams = grams || $1", postgres.Blind(wordKey("hr", time.Now().UTC().Format("2006-01")), words("拖欠加班费").Grams()))
	if got := b.search(wu, words("拖欠加班费")); len(got) != 0 {
		t.Errorf("found %q, which does not say so", got)
	}
	if got := b.search(wu, words("拖车")); len(got) != 1 {
		t.Errorf("found %q", got)
	}
}

// The rule of who may know of a case stands a third time where the policy is of no use; all are held against each other
// over cases of every sort and officers of every role.
func TestWhoMayKnowIsSaidAlike(t *testing.T) {
	t.Parallel()
	b := setup(t, searchable)
	var actors []cases.Actor
	for _, o := range []struct {
		name, department string
		role             cases.Role
	}{
		{"A", "hr", cases.RoleOfficer}, {"B", "hr", cases.RoleLead}, {"C", "safety", cases.RoleOfficer}, {"D", "", cases.RoleAdmin},
		{"E", "", cases.RoleCustodian}, {"F", "", cases.RoleLeader}, {"G", "hr", cases.RoleLeader}, {"H", "", cases.RoleAdmin},
	} {
		actors = append(actors, b.officer("officer "+o.name, o.role, o.department).Actor())
	}
	b.exec("UPDATE officers SET role = 'guest' WHERE name = 'officer H'") // guests come into a case only
	actors[7].Role = cases.RoleGuest
	n := 0
	for _, department := range []string{"hr", "safety", "integrity"} {
		for _, set := range []string{
			"urgent = true", "watched = true", "watched = true, restricted = true", "transfer_to = 'hr'", "transfer_to = 'safety', guests = '{1}'",
			"guests = '{1,3,8}'", "guests = '{1,6,7}', watched = true", "recused = '{1,3}'", "recused = '{8}', guests = '{8}'", "unqueued = true",
			"custody_what = 'identity', custody_by = 1", "restricted = true", "guests = '{6}', restricted = true", "transfer_to = 'hr', recused = '{2}'",
		} {
			n++
			c := b.file(saying(fmt.Sprint("case-", n), "叉车没有刹车", func(c *cases.Case) { c.Department = department }))
			b.exec("UPDATE cases SET "+set+" WHERE id = $1", c.ID)
		}
	}
	desk := b.open(searchable, func(o *postgres.Options) { o.Role = postgres.Desk })
	conn := b.conn()
	for _, by := range actors {
		ask := func(role, query string) (out []string) {
			err := pgx.BeginFunc(b.ctx, conn, func(tx pgx.Tx) error {
				if role != "" {
					if _, err := tx.Exec(b.ctx, "SET LOCAL ROLE "+role); err != nil {
						return err
					}
				}
				if _, err := tx.Exec(b.ctx, "SELECT set_config('huiyin.officer', $1, true)", fmt.Sprint(by.Officer)); err != nil {
					return err
				}
				rows, err := tx.Query(b.ctx, query)
				if err != nil {
					return err
				}
				out, err = pgx.CollectRows(rows, pgx.RowTo[string])
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		want := ask("huiyin_desk", "SELECT draft FROM cases ORDER BY draft")
		said := ask("", "SELECT draft FROM cases c WHERE may_know(c, officer_now(), department_now(), leads_now(), role_now()) ORDER BY draft")
		words := ask("huiyin_desk", "SELECT draft FROM cases JOIN case_words ON case_id = id ORDER BY draft")
		all := ask("", "SELECT draft FROM cases JOIN case_words ON case_id = id")
		for i, store := range []*postgres.Store{b.Store, desk} {
			items, total, err := store.List(b.ctx, by, cases.Filter{}, 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			var listed []string
			for _, c := range items {
				listed = append(listed, c.Draft)
			}
			slices.Sort(listed)
			if !slices.Equal(listed, want) || total != len(want) {
				t.Errorf("%s of %q: the policy shows\n%v, list %d\n%v", by.Role, by.Department, want, i, listed)
			}
		}
		if !slices.Equal(said, want) {
			t.Errorf("%s of %q: the policy shows\n%v, may_know\n%v", by.Role, by.Department, want, said)
		}
		if want = slices.DeleteFunc(want, func(d string) bool { return !slices.Contains(all, d) }); !slices.Equal(words, want) {
			t.Errorf("%s of %q: the policy shows\n%v, of words\n%v", by.Role, by.Department, want, words)
		}
	}
}

// Lists are counted up to a point, and pages end there.
func TestListsAreCountedUpToAPoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wu := b.officer("Wu Min", cases.RoleLead, "hr").Actor()
	b.file(filing(cases.Named, "one"))
	b.exec(`INSERT INTO cases (id, ref, draft, mode, kind, matter, unit, department, language, procedure, urgent, status, outcome, rating, version,
			unread, clocks, filed_at, updated_at, wrapped_key, queued_at)
		SELECT gen_random_uuid(), 'HY-' || lpad(i::text, 4, '0') || '-0000', 'copy' || i, mode, kind, matter, unit, department, language, procedure,
			urgent, status, outcome, rating, version, unread, clocks, filed_at, updated_at, wrapped_key, queued_at
		FROM cases, generate_series(1, 600) AS i`)
	items, total, err := b.List(b.ctx, wu, cases.Filter{Open: true}, cases.MostCounted/6, 6)
	if err != nil || total != cases.MostCounted+1 || len(items) != 3 {
		t.Errorf("the last page holds %d of %d, %v", len(items), total, err)
	}
	if items, _, err = b.List(b.ctx, wu, cases.Filter{Open: true}, 1<<40, 6); err != nil || len(items) != 0 {
		t.Errorf("a page far away holds %d, %v", len(items), err)
	}
	found, total, more, err := b.Search(b.ctx, wu, cases.Query{Kind: "pay"}, 2, 100)
	if err != nil || total != cases.MostCounted || !more || len(found) != 100 {
		t.Errorf("found %d of %d, more %v, %v", len(found), total, more, err)
	}
	var seen []string
	for page := range 10 {
		items, _, err := b.List(b.ctx, wu, cases.Filter{}, page, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range items {
			seen = append(seen, c.ID)
		}
	}
	slices.Sort(seen)
	if len(slices.Compact(seen)) != 500 {
		t.Errorf("ten pages of fifty hold %d cases", len(slices.Compact(seen)))
	}
}

var bigTables = []string{"cases", "events", "notices", "case_words"}

// A migration that locks a big table stops the house for as long as it takes.
func TestMigrationsDoNotLock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list, err := postgres.MigrationStatus(b.ctx, b.url)
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, m := range list {
		if strings.HasPrefix(m.Name, "river/") || m.Name < "00020" {
			continue
		}
		looked++
		for _, fault := range locks(read(t, "migrations/"+m.Name)) {
			t.Errorf("%s: %s", m.Name, fault)
		}
	}
	if looked == 0 {
		t.Error("no migration was looked at")
	}
	for _, sql := range []string{
		"-- +goose Up\nCREATE INDEX x ON cases (id);", "-- +goose Up\ncreate unique index\n x on ONLY events using gin (a);",
		"-- +goose Up\nCREATE INDEX IF NOT EXISTS x ON public.notices (id);", "-- +goose Up\nDROP INDEX x;",
		"-- +goose Up\nCREATE INDEX CONCURRENTLY x ON cases (id);",
	} {
		if len(locks(sql)) == 0 {
			t.Errorf("%q passes", sql)
		}
	}
	for _, sql := range []string{
		"-- +goose Up\nCREATE INDEX x ON cabinets (id);", "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY x ON cases (id);",
		"-- +goose Up\n-- CREATE INDEX x ON cases\nSELECT 1;",
	} {
		if faults := locks(sql); len(faults) > 0 {
			t.Errorf("%q: %v", sql, faults)
		}
	}
}
