package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"huiyin/cases"
	"huiyin/store/audit"
	"huiyin/store/postgres"
	"huiyin/store/seal"
)

type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Compute the whole record anew and say whether it is as it was written."`
	Head   auditHead   `cmd:"" help:"Print the head of the record: one line to keep where the database is not."`
	Prove  auditProve  `cmd:"" help:"Print a proof that the case of a receipt existed."`
	Check  auditCheck  `cmd:"" help:"Check such a proof; needs no database and no keys."`
}

type auditVerify struct {
	Heads string `help:"File of heads published earlier, one a line; each must still be in the record." type:"existingfile"`
}

// Run verifies DATABASE_URL, as a user who sees every row. It fails when anything was changed.
func (a auditVerify) Run(s *surroundings) error {
	store, err := openRecord(s)
	if err != nil {
		return err
	}
	defer store.Close()
	r, err := store.VerifyAudit(s.ctx, s.progress(time.Now, "verified"))
	if err != nil {
		return err
	}
	gone, err := missingHeads(s.ctx, store, a.Heads)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d events of %d cases, %d blocks", r.Events, r.Cases, r.Blocks)
	if r.Waiting > 0 {
		what += fmt.Sprintf(" (%d records wait for the next)", r.Waiting)
	}
	if r.Intact() && len(gone) == 0 {
		s.say("%s: all as they were written", what)
		if r.Before > 0 {
			s.say("%d of the events are from before there was a record, and covered only as they stood when their case went on", r.Before)
		}
		return nil
	}
	s.say("%s: NOT as they were written", what)
	for _, h := range gone {
		s.say("a published head is not in the record: %s", h)
	}
	for _, f := range r.Findings {
		s.say("%s", describe(f))
	}
	total, listed := int64(0), int64(len(r.Findings))
	for _, n := range r.Counts {
		total += n
	}
	if total > listed {
		s.say("and %d more", total-listed)
	}
	return errSaid
}

// describe names a finding by row ids: who can act on it has the database.
func describe(f audit.Finding) string {
	switch f.Kind {
	case audit.ChangedEvent, audit.MissingEvent, audit.UnknownEvent:
		return fmt.Sprintf("%s: case %s, event %d", f.Kind, f.Case, f.Seq)
	case audit.MissingCase, audit.ChangedCase:
		return fmt.Sprintf("%s: case %s", f.Kind, f.Case)
	case audit.ChangedAccount, audit.MissingAccount, audit.UnknownAccount:
		return fmt.Sprintf("%s: number %d", f.Kind, f.Seq)
	case audit.ChangedBlock, audit.MissingBlock:
		return fmt.Sprintf("%s: block %d", f.Kind, f.Block)
	default:
		return fmt.Sprintf("%s: leaf %d", f.Kind, f.Leaf)
	}
}

// missingHeads gives the heads of a file that are not in the record any more.
func missingHeads(ctx context.Context, store *postgres.Store, file string) (gone []audit.Head, err error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--heads: %w", err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		if strings.TrimSpace(line) == "" {
			continue
		}
		h, err := audit.ParseHead(line)
		if err != nil {
			return nil, fmt.Errorf("--heads: line %d: %w", n, err)
		}
		there, err := store.HasHead(ctx, h)
		if err != nil {
			return nil, err
		}
		if !there {
			gone = append(gone, h)
		}
	}
	return gone, nil
}

// progress tells on stderr how far something has come, when it takes long.
func (s *surroundings) progress(now func() time.Time, doing string) func(done, total int) {
	next := now().Add(2 * time.Second)
	return func(done, total int) {
		if t := now(); t.After(next) {
			next = t.Add(time.Second)
			_, _ = fmt.Fprintf(s.stderr, "%s %d of %d\n", doing, done, total) // nobody may be looking
		}
	}
}

type auditHead struct{}

// Run prints the newest block as it is published.
func (auditHead) Run(s *surroundings) error {
	store, err := openRecord(s)
	if err != nil {
		return err
	}
	defer store.Close()
	b, err := store.Head(s.ctx)
	if err != nil {
		return err
	}
	if b.N == 0 {
		return errors.New("nothing is sealed yet: a running bot does it every hour")
	}
	s.say("%s", b.Head())
	return nil
}

type auditProve struct {
	Receipt string `arg:"" optional:"" help:"The receipt. Better left out and given on standard input, where no history keeps it."`
}

// Run prints a proof as JSON, in one line. The receipt goes nowhere else.
func (a auditProve) Run(s *surroundings) error {
	given := a.Receipt
	if given == "" {
		b, err := io.ReadAll(io.LimitReader(s.input(), 1<<10))
		if err != nil {
			return fmt.Errorf("read the receipt: %w", err)
		}
		given = string(b)
	}
	receipt, ok := seal.ParseReceipt(given)
	if !ok {
		return errors.New("that is no receipt: it has 17 letters and digits, and the last one checks the others")
	}
	settings, err := readSettings(s.environ)
	if err != nil {
		return err
	}
	keys, err := seal.Open(settings.Keyset)
	if err != nil {
		return fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	store, err := openRecord(s)
	if err != nil {
		return err
	}
	defer store.Close()
	p, err := store.ProveCommitment(s.ctx, keys.Commitment(receipt))
	if cases.CodeOf(err) == cases.NotFound {
		return errors.New("the record knows of no case with this receipt")
	}
	if err != nil {
		return err
	}
	out, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write the proof: %w", err)
	}
	s.say("%s", out)
	return nil
}

type auditCheck struct {
	File string `arg:"" help:"The proof, as \"huiyin audit prove\" printed it." type:"existingfile"`
}

// Run checks a proof offline and says what it proves, and against what.
func (a auditCheck) Run(s *surroundings) error {
	b, err := os.ReadFile(a.File)
	if err != nil {
		return err
	}
	p, err := audit.ParseProof(b)
	if err != nil {
		return err
	}
	if err := audit.CheckProof(p, p.Head); err != nil {
		return fmt.Errorf("the proof does not hold: %w", err)
	}
	s.say("the case of this receipt existed by %s, if this head was published then:", p.Head.Sealed.Format("2006-01-02 15:04 MST"))
	s.say("%s", p.Head.Head())
	return nil
}

// openRecord opens the database for what needs no keys.
func openRecord(s *surroundings) (*postgres.Store, error) {
	settings, err := needDatabase(s)
	if err != nil {
		return nil, err
	}
	return postgres.Open(s.ctx, settings.DatabaseURL, vault{}, postgres.Options{})
}
