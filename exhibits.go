package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"huiyin/bot/desk"
	"huiyin/bot/evidence"
	"huiyin/bot/telegram"
	"huiyin/cases"
	"huiyin/store/blobs"
	"huiyin/store/postgres"
	"huiyin/store/seal"
)

// exhibits brings files from Telegram into the blob store, cleaned and sealed, and gives them to officers.
type exhibits struct {
	officers postgres.Officers // of the desk's store
	blobs    *blobs.Store
	cleaner  *evidence.Cleaner
	scanner  *evidence.Clamd // nil: nothing is scanned
	wires    []*telegram.Client
}

// fetch implements postgres.Fetch. What was sent goes to a temporary file without a name, then through the scanner and
// the cleaner. A file that cannot be cleaned is its own copy, and says so; a nameless reporter without an address keeps
// no original.
func (x *exhibits) fetch(ctx context.Context, f postgres.File, wire string, mode cases.Mode, key postgres.CaseKey) (postgres.File, error) {
	sealer, ok := key.(*seal.CaseKey)
	if !ok {
		return f, fmt.Errorf("fetch file: the key seals no streams")
	}
	raw, err := x.download(ctx, wire)
	if err != nil {
		return f, err
	}
	defer func() { _ = raw.Close() }() // it goes with its last reader
	kind, err := evidence.DetectFile(raw, raw.Size, "")
	if err != nil {
		return f, err
	}
	f.MIME, f.Size, f.State = kind.MIME(), raw.Size, postgres.FileKept
	if x.scanner != nil {
		hit, err := x.scanner.Scan(ctx, raw.Reader())
		if err != nil {
			return f, fmt.Errorf("scan file: %w", err)
		}
		if hit {
			f.State = postgres.FileInfected
			// Kept sealed, and given to nobody: it may be what the case is about, for whoever is called in with the keys.
			f.Original = mode != cases.Dark
			if !f.Original {
				return f, nil
			}
			return f, x.keep(ctx, sealer, originalOf(f.ID), f.ID+"/original", raw.Reader())
		}
	}
	clean, err := x.clean(ctx, raw, kind)
	if err != nil {
		return f, err
	}
	defer func() { _ = clean.copy.Close() }() // as above
	f.Cleaned, f.MIME, f.Size = clean.said, clean.kind.MIME(), clean.copy.Size
	if err := x.keep(ctx, sealer, copyOf(f.ID), f.ID+"/copy", clean.copy.Reader()); err != nil {
		return f, err
	}
	if f.Original = mode != cases.Dark && f.Cleaned == "clean"; !f.Original {
		return f, nil
	}
	return f, x.keep(ctx, sealer, originalOf(f.ID), f.ID+"/original", raw.Reader())
}

// download gives the bytes that Telegram knows by a name. Which of our bots was sent the file is not kept; only the one
// that was knows the name.
func (x *exhibits) download(ctx context.Context, wire string) (*evidence.Spooled, error) {
	var last error
	for _, w := range x.wires {
		body, _, err := w.Download(ctx, wire)
		if err != nil {
			last = fmt.Errorf("download file: %w", err)
			continue
		}
		raw, err := x.cleaner.Spool(body, evidence.MaxFile)
		_ = body.Close() // read to its end, or given up
		if err != nil {
			return nil, err
		}
		return raw, nil
	}
	return nil, last
}

// cleaned is a copy and what is said of it.
type cleaned struct {
	copy *evidence.Spooled
	kind evidence.Type
	said string
}

func (x *exhibits) clean(ctx context.Context, raw *evidence.Spooled, kind evidence.Type) (cleaned, error) {
	var result evidence.Result
	reader, writer := io.Pipe()
	go func() {
		var err error
		result, err = x.cleaner.Clean(ctx, raw.File, raw.Size, kind, writer)
		_ = writer.CloseWithError(err) // a nil error is the end of the file
	}()
	spooled, err := x.cleaner.Spool(reader, 4*evidence.MaxFile)
	_ = reader.Close() // ends a cleaner that still writes
	if err != nil {
		return cleaned{}, err
	}
	switch {
	case result.Cleaned:
		return cleaned{spooled, result.Type, "clean"}, nil
	case result.Why == evidence.KeptKind:
		return cleaned{spooled, kind, "plain"}, nil
	}
	_ = spooled.Close() // it is empty
	whole, err := x.cleaner.Spool(raw.Reader(), evidence.MaxFile)
	return cleaned{whole, kind, "cannot"}, err
}

// keep seals bytes into a blob; place is bound into the seal.
func (x *exhibits) keep(ctx context.Context, key *seal.CaseKey, blob, place string, body io.Reader) error {
	return away("keep file", x.blobs.Put(ctx, blob, func(w io.Writer) error {
		sealed, err := key.SealStream(w, place)
		if err != nil {
			return err
		}
		if _, err := io.Copy(sealed, body); err != nil {
			return err
		}
		return sealed.Close()
	}))
}

// Exhibits implements desk.Evidence.
func (x *exhibits) Exhibits(ctx context.Context, by cases.Actor, caseID string) ([]desk.Exhibit, error) {
	files, err := x.officers.Files(ctx, by, caseID)
	if err != nil {
		return nil, err
	}
	out := make([]desk.Exhibit, len(files))
	for i, f := range files {
		out[i] = desk.Exhibit{ID: f.ID, State: string(f.State), MIME: f.MIME, Cleaned: f.Cleaned, Original: f.Original, Size: f.Size}
	}
	return out, nil
}

// OpenExhibit implements desk.Evidence.
func (x *exhibits) OpenExhibit(ctx context.Context, by cases.Actor, id string, original bool) (io.ReadCloser, error) {
	f, key, err := x.officers.FileKey(ctx, by, id, original)
	if err != nil {
		return nil, err
	}
	if f.State != postgres.FileKept {
		return nil, &cases.Error{Code: cases.NotFound}
	}
	blob, place := copyOf(f.ID), f.ID+"/copy"
	if original {
		blob, place = originalOf(f.ID), f.ID+"/original"
	}
	opener, ok := key.(*seal.CaseKey)
	if !ok {
		return nil, fmt.Errorf("open file: the key opens no streams")
	}
	body, err := x.blobs.Get(ctx, blob)
	if errors.Is(err, blobs.ErrNotFound) {
		return nil, &cases.Error{Code: cases.NotFound}
	}
	if err != nil {
		return nil, away("read file", err)
	}
	plain, err := opener.OpenStream(body, place)
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	return opened{plain, body}, nil
}

// opened reads plain and closes what is under it.
type opened struct {
	io.Reader
	io.Closer
}
