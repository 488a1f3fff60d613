package postgres_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"huiyin/cases"
	"huiyin/store/postgres"
)

// A file is fetched by a job, however often that fails first; what Telegram called it is gone afterwards.
func TestFilesAreFetched(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wu, far := b.officer("Wu Min", cases.RoleLead, "hr").Actor(), b.officer("Zhao Lei", cases.RoleLead, "safety").Actor()
	custodian := b.officer("He Jun", cases.RoleCustodian, "").Actor()
	f := filing(cases.Confidential, "d")
	f.Body.Files = []cases.File{{ID: "wire-1", Kind: "photo"}, {ID: "wire-2", Kind: "document", Name: "mine.docx"}}
	c := b.file(f)
	j := joining(cases.Dark, "colleague")
	j.Body = &cases.Body{Files: []cases.File{{ID: "wire-3", Kind: "photo"}}}
	b.join(c, j)
	var tries atomic.Int64
	fetch := func(_ context.Context, f postgres.File, wire string, mode cases.Mode, key postgres.CaseKey) (postgres.File, error) {
		if tries.Add(1) == 1 {
			return f, errors.New("not yet")
		}
		want := map[int]cases.Mode{1: cases.Confidential, 2: cases.Dark}[f.Seq]
		if mode != want || key == nil || f.Case != c.ID || f.Seq != 2 != (wire != "wire-3") {
			t.Errorf("fetch %+v of %s, who is %s", f, wire, mode)
		}
		f.State, f.MIME, f.Size, f.Cleaned, f.Original = postgres.FileKept, "image/jpeg", 7, "clean", true
		if wire == "wire-2" {
			f.MIME, f.Cleaned, f.Original = "application/zip", "cannot", false
		}
		return f, nil
	}
	if err := b.StartHouse(b.ctx, postgres.HouseOptions{Fetch: fetch}); err != nil {
		t.Fatal(err)
	}
	b.until("all are kept", func() bool { return b.count("SELECT count(*) FROM files WHERE state = 'kept' AND source IS NULL") == 3 })
	stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := b.StopHouse(stop); err != nil {
		t.Error(err)
	}
	desk := b.Desk()
	files, err := desk.Files(b.ctx, wu, c.ID)
	if err != nil || len(files) != 3 {
		t.Fatalf("files %+v, %v", files, err)
	}
	if n, err := b.Uncleaned(b.ctx, c.ID); err != nil || n[1] != 1 {
		t.Errorf("uncleaned %v, %v", n, err)
	}
	for _, file := range files {
		if _, key, err := desk.FileKey(b.ctx, wu, file.ID, false); err != nil || key == nil {
			t.Errorf("the clean copy: %v", err)
		}
		_, _, err := desk.FileKey(b.ctx, wu, file.ID, true)
		wantCode(t, "an original", err, cases.NotAllowed)
		_, _, err = desk.FileKey(b.ctx, far, file.ID, false)
		wantCode(t, "another department's", err, cases.NotFound)
	}
	_, err = desk.Files(b.ctx, custodian, c.ID)
	wantCode(t, "a custodian", err, cases.NotFound)
	b.act(c.Ref, cases.Act{
		Action: cases.AskCustody, By: wu, Code: cases.CustodyOriginals, Body: &cases.Body{Text: "why"}, Key: "1",
	})
	b.act(c.Ref, cases.Act{Action: cases.GrantCustody, By: custodian, Key: "2"})
	if _, _, err := desk.FileKey(b.ctx, wu, files[0].ID, true); err != nil {
		t.Errorf("an original after the custodian's yes: %v", err)
	}
	_, _, err = desk.FileKey(b.ctx, wu, "no id", false)
	wantCode(t, "no id", err, cases.NotFound)
}
