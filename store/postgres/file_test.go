package postgres_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/cases"
	"huiyin/store/postgres"
)

func TestFileStoresAndReadsBack(t *testing.T) {
	t.Parallel()
	for _, mode := range cases.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			f := filing(mode, "draft-1")
			f.Body.Files = []cases.File{{ID: "wire-id", Kind: "photo", MIME: "image/jpeg", Size: 5}}
			before := time.Now().Add(-time.Minute)
			c := b.file(f)
			if c.Status != cases.StatusReceived || c.Version != 1 || !c.Unread || len(c.Clocks) != 2 || !mode.Nameless() && c.Filed.Before(before) {
				t.Errorf("filed %+v", c)
			}
			if ref, ok := cases.ParseReference(string(c.Ref)); !ok || ref != c.Ref {
				t.Errorf("reference %q", c.Ref)
			}
			read, err := b.CaseByID(b.ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c, read); d != "" {
				t.Errorf("read back (-filed +read):\n%s", d)
			}
			events, err := b.Events(b.ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			// A file has a name of our own; what the wire calls it is sealed apart until it is fetched.
			said := f.Body
			said.Files = slices.Clone(f.Body.Files)
			said.Files[0].ID = events[0].Body.Files[0].ID
			if said.Files[0].ID == "wire-id" {
				t.Error("the event holds the wire's name of a file")
			}
			want := []cases.Event{{
				Case: c.ID, Seq: 1, Kind: cases.Filed, At: c.Filed, By: cases.Actor{Party: cases.System},
				Status: cases.StatusReceived, Department: "hr", Code: string(mode), Body: &said, Key: "draft-1", More: cases.More{Clocks: c.Clocks},
			}}
			if d := cmp.Diff(want, events); d != "" {
				t.Errorf("events (-want +got):\n%s", d)
			}
			if folded, err := cases.Fold(c, events); err != nil || !cmp.Equal(folded, c) {
				t.Errorf("the case is not the fold of its events: %v\n%s", err, cmp.Diff(c, folded))
			}

			who, err := b.Desk().Identity(b.ctx, b.officer("Lin", cases.RoleOfficer, "hr").Actor(), c.ID)
			address, language, addressErr := b.ReporterAddress(b.ctx, c.ID)
			mine, mineErr := b.ByReporter(b.ctx, []byte("reporter of draft-1"))
			byReceipt, receiptErr := b.ByReceipt(b.ctx, []byte("receipt of draft-1"))
			if mineErr != nil {
				t.Fatal(mineErr)
			}
			if mode.Nameless() {
				wantCode(t, "identity", err, cases.NotFound)
				if mode == cases.Dark {
					wantCode(t, "address", addressErr, cases.NotFound)
				} else if addressErr != nil || string(address) != "address of draft-1" {
					t.Errorf("address %q, %v", address, addressErr)
				}
				if len(mine) != 0 || receiptErr != nil || byReceipt.ID != c.ID {
					t.Errorf("found %d by chat; by receipt %q, %v", len(mine), byReceipt.ID, receiptErr)
				}
				return
			}
			wantCode(t, "receipt", receiptErr, cases.NotFound)
			if addressErr != nil || string(address) != "address of draft-1" || language != "zh-Hans" {
				t.Errorf("address %q, language %q, %v", address, language, addressErr)
			}
			if len(mine) != 1 || mine[0].ID != c.ID {
				t.Errorf("by chat: %+v", mine)
			}
			if mode == cases.Confidential {
				wantCode(t, "identity", err, cases.NotAllowed)
			} else if d := cmp.Diff(f.Identity, who); d != "" || err != nil {
				t.Errorf("identity: %v\n%s", err, d)
			}
		})
	}
}

func TestFileTwiceIsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.officer("Lin", cases.RoleOfficer, "hr")
	b.officer("Zhao", cases.RoleLead, "hr")
	b.officer("Qian", cases.RoleOfficer, "safety")
	b.officer("Sun", cases.RoleAdmin, "hr") // reads nobody's words, so is told of none
	replica := b.open()

	var first atomic.Int32
	var mu sync.Mutex
	ids := map[string]bool{}
	together(20, func(i int) {
		store := b.Store
		if i%2 == 1 {
			store = replica
		}
		c, again, err := store.File(b.ctx, filing(cases.Named, "one-draft"))
		if err != nil {
			t.Error(err)
			return
		}
		if !again {
			first.Add(1)
		}
		mu.Lock()
		defer mu.Unlock()
		ids[c.ID+string(c.Ref)] = true
	})
	if first.Load() != 1 || len(ids) != 1 {
		t.Errorf("%d filings were the first, of %d cases", first.Load(), len(ids))
	}
	for what, want := range map[string]int{"cases": 1, "events": 1, "notices": 2, "river_job": 2} {
		if got := b.count("SELECT count(*) FROM " + what); got != want {
			t.Errorf("%d rows in %s, want %d", got, what, want)
		}
	}
	if _, again, err := b.File(b.ctx, filing(cases.Anonymous, "one-draft")); err != nil || !again {
		t.Errorf("once more: again %v, %v", again, err)
	}
}

func TestFileDrawsAnotherReference(t *testing.T) {
	t.Parallel()
	refs := []cases.Reference{"HY-0000-0000", "HY-0000-0000", "HY-0000-0000"}
	var drawn atomic.Int32
	b := setup(t, func(o *postgres.Options) {
		o.Reference = func() (cases.Reference, error) {
			if n := int(drawn.Add(1)); n <= len(refs) {
				return refs[n-1], nil
			}
			return cases.NewReference(&counter{})
		}
	})
	one := b.file(filing(cases.Named, "one"))
	two := b.file(filing(cases.Named, "two"))
	if one.Ref == two.Ref || drawn.Load() != 4 {
		t.Errorf("references %s and %s after %d draws", one.Ref, two.Ref, drawn.Load())
	}
}

// counter is a source of bytes that are not all the same.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

func TestFileRefusesWhatIsIncomplete(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, spoil := range map[string]func(*cases.Filing){
		"no draft":                    func(f *cases.Filing) { f.Case.Draft = "" },
		"no kind":                     func(f *cases.Filing) { f.Case.Kind = "" },
		"no department":               func(f *cases.Filing) { f.Case.Department = "" },
		"no words":                    func(f *cases.Filing) { f.Body = cases.Body{} },
		"no chat":                     func(f *cases.Filing) { f.Reporter = nil },
		"no address":                  func(f *cases.Filing) { f.Address = nil },
		"a receipt":                   func(f *cases.Filing) { f.Receipt = []byte("r") },
		"unknown procedure":           func(f *cases.Filing) { f.Case.Procedure = "else" },
		"an id that is none":          func(f *cases.Filing) { f.Case.ID = "1" },
		"anonymous with a chat":       func(f *cases.Filing) { f.Case.Mode, f.Receipt = cases.Anonymous, []byte("r") },
		"anonymous, with an identity": func(f *cases.Filing) { *f = filing(cases.Anonymous, "d"); f.Identity = &cases.Identity{} },
	} {
		t.Run(name, func(t *testing.T) {
			f := filing(cases.Named, "d")
			spoil(&f)
			_, _, err := b.File(b.ctx, f)
			wantCode(t, "File", err, cases.Incomplete)
		})
	}
	if n := b.count("SELECT count(*) FROM cases"); n != 0 {
		t.Errorf("%d cases stored", n)
	}
}

func TestFileDropsTheCheckpoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	name := []byte("session name")
	b.Drafts().Put(name, 4, []byte("sealed"))
	if err := b.Drafts().Flush(b.ctx); err != nil {
		t.Fatal(err)
	}
	b.Drafts().Put(name, 5, []byte("sealed later"))
	if _, _, err := b.FileDraft(b.ctx, filing(cases.Named, "d"), name, 5); err != nil {
		t.Fatal(err)
	}
	if err := b.Drafts().Flush(b.ctx); err != nil {
		t.Fatal(err)
	}
	if _, found, err := b.Drafts().Get(b.ctx, name); found || err != nil {
		t.Errorf("the checkpoint is still there: %v", err)
	}
	if _, _, err := b.FileDraft(b.ctx, filing(cases.Anonymous, "a"), []byte("another name"), 5); err != nil {
		t.Fatal(err)
	}
	if n := b.count("SELECT count(*) FROM drafts WHERE name = $1", []byte("another name")); n != 0 {
		t.Error("an anonymous filing left a row about its chat")
	}
}

func TestNoticesShareTheTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lin := b.officer("Lin", cases.RoleOfficer, "hr")
	c := b.file(filing(cases.Named, "before"))
	c = b.act(c.Ref, cases.Act{Action: cases.Take, By: lin.Actor(), Key: "take"})
	b.exec(`CREATE FUNCTION no_notice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the notice of %', NEW.case_id; END $$;
		CREATE TRIGGER no_notice BEFORE INSERT ON notices FOR EACH ROW EXECUTE FUNCTION no_notice()`)
	_, _, err := b.File(b.ctx, filing(cases.Named, "after"))
	if err == nil {
		t.Fatal("filed without its notices")
	}
	_, _, _, err = b.Act(b.ctx, c.Ref, cases.Act{Action: cases.Accept, By: lin.Actor(), Key: "accept"})
	if err == nil {
		t.Fatal("accepted without its notice")
	}
	if got := fmt.Sprint(err); got != "act on a case: SQLSTATE P0001" {
		t.Errorf("the error says %q", got)
	}
	if n := b.count("SELECT count(*) FROM cases WHERE draft = 'after'"); n != 0 {
		t.Error("the case stayed")
	}
	now, err := b.CaseByID(b.ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, now); d != "" {
		t.Errorf("the case changed:\n%s", d)
	}
	if n := b.count("SELECT count(*) FROM events"); n != 2 {
		t.Errorf("%d events", n)
	}
	if n := b.count("SELECT count(*) FROM river_job"); n != 1 {
		t.Errorf("%d jobs", n)
	}
}
