package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"huiyin/cases"
	"huiyin/store/postgres/db"
)

// fieldFile seals what Telegram calls a file; version: the number of its event.
const fieldFile = "file"

// FileState is what became of a file.
type FileState string

// The states.
const (
	FileWaiting  FileState = "waiting"  // its bytes are with Telegram still
	FileKept     FileState = "kept"     // sealed in the blob store
	FileInfected FileState = "infected" // a scanner found something: nothing of it is given out
	FileLost     FileState = "lost"     // it could not be fetched for a day
)

// File is a file that somebody sent with an event.
type File struct {
	ID    string
	Case  string
	Seq   int
	State FileState
	MIME  string // by its bytes
	Size  int64
	// Cleaned says what was done about hidden details: "clean", "plain" (there were none), "cannot".
	Cleaned  string
	Original bool // the bytes as they were sent are kept too
}

// Fetch brings the bytes of a file from where wire names them into the blob store, sealed with key, and says what it is:
// State (FileKept or FileInfected), MIME, Size, Cleaned and Original. mode is that of who sent it. It may be called again for the
// same file. An error means: try again.
type Fetch func(ctx context.Context, f File, wire string, mode cases.Mode, key CaseKey) (File, error)

// Uncleaned says of each event of a case how many of its files hold hidden details that could not be taken out; for the
// reporter's side, which has found the case.
func (s *Store) Uncleaned(ctx context.Context, caseID string) (map[int]int, error) {
	if !validID(caseID) {
		return nil, notFound()
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	rows, err := s.q.FilesOfCase(ctx, s.pool, caseID)
	if err != nil {
		return nil, safe("read files", err)
	}
	out := map[int]int{}
	for _, f := range filesOf(rows) {
		if f.Cleaned == "cannot" {
			out[f.Seq]++
		}
	}
	return out, nil
}

// Files gives what became of the files of a case that an officer may open. Error: NotFound.
func (o Officers) Files(ctx context.Context, by cases.Actor, caseID string) (out []File, err error) {
	err = o.look(ctx, "read files", by, func(ctx context.Context, tx pgx.Tx) error {
		_, c, err := o.seen(ctx, tx, by, caseID)
		if err != nil {
			return err
		}
		if err := cases.Can(by, cases.Open, c); err != nil {
			return err
		}
		rows, err := o.q.FilesOfCase(ctx, tx, caseID)
		out = filesOf(rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// FileKey gives a file with the key that opens its bytes: the clean copy to who may open the case, the original to
// whom a custodian let. Errors: NotFound; NotAllowed for an original without a grant.
func (o Officers) FileKey(ctx context.Context, by cases.Actor, fileID string, original bool) (f File, key CaseKey, err error) {
	err = o.look(ctx, "read a file", by, func(ctx context.Context, tx pgx.Tx) error {
		if !validID(fileID) {
			return notFound()
		}
		row, err := o.q.FileByID(ctx, tx, fileID)
		if err != nil {
			return err
		}
		owner, c, err := o.seen(ctx, tx, by, row.CaseID)
		if err != nil {
			return err
		}
		if err := cases.Can(by, cases.Open, c); err != nil {
			return err
		}
		now, err := o.now(ctx, tx)
		if err != nil {
			return err
		}
		if original && !c.Custody.Open(cases.CustodyOriginals, by.Officer, now) {
			return &cases.Error{Code: cases.NotAllowed, Detail: "original"}
		}
		f = fileOf(row)
		key, err = o.caseKey(ctx, owner)()
		return err
	})
	if err != nil {
		return File{}, nil, err
	}
	return f, key, nil
}

// takeFiles gives an event whose files have names of our own, and stores what Telegram calls them, sealed, with the jobs
// that will bring their bytes. The caller's event stays as it is.
func (s *Store) takeFiles(e cases.Event, key func() (CaseKey, error)) (cases.Event, []river.InsertManyParams, []newFile, error) {
	if e.Body == nil || len(e.Body.Files) == 0 {
		return e, nil, nil, nil
	}
	k, err := key()
	if err != nil {
		return e, nil, nil, err
	}
	body := *e.Body
	body.Files = make([]cases.File, len(e.Body.Files))
	var jobs []river.InsertManyParams
	var rows []newFile
	for i, f := range e.Body.Files {
		source, err := k.Seal(fieldFile, e.Seq, []byte(f.ID))
		if err != nil {
			return e, nil, nil, fmt.Errorf("seal a file's name: %w", err)
		}
		f.ID = newID()
		body.Files[i] = f
		rows = append(rows, newFile{id: f.ID, source: source})
		jobs = append(jobs, river.InsertManyParams{Args: fetchArgs{File: f.ID}})
	}
	e.Body = &body
	return e, jobs, rows, nil
}

// newFile is a row to be.
type newFile struct {
	id     string
	source []byte
}

// fetchSoon stores the jobs that bring an event's files. Their rows tell the day of what a nameless reporter sends and
// not the hour, and go when the file is here.
func (s *Store) fetchSoon(ctx context.Context, tx pgx.Tx, c cases.Case, e cases.Event, jobs []river.InsertManyParams) error {
	if e.Slot.IsZero() && (!c.Mode.Nameless() || c.Prompt || e.By.Party == cases.Office) {
		if len(jobs) == 0 {
			return nil
		}
		_, err := s.jobs.InsertManyFastTx(ctx, tx, jobs)
		return err
	}
	return s.insertDated(ctx, tx, jobs, e.At)
}

// sizeClass is what sizes of files are rounded up to: an exact one names a file.
const sizeClass = 64 << 10

type fetchArgs struct {
	File string `json:"file"`
}

func (fetchArgs) Kind() string { return "fetch" }

func (fetchArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: houseQueue, MaxAttempts: maxAttempts}
}

type fetchWorker struct {
	river.WorkerDefaults[fetchArgs]
	s     *Store
	fetch Fetch
}

func (w *fetchWorker) Work(ctx context.Context, job *river.Job[fetchArgs]) error {
	err := w.bring(ctx, job.Args.File)
	if err != nil && job.Attempt < job.MaxAttempts {
		return err
	}
	if err != nil {
		err = w.keep(ctx, File{ID: job.Args.File, State: FileLost})
	}
	if err != nil {
		return err
	}
	// River would keep the row for a day, and with it the moment at which a reporter without a name sent the file.
	_, err = w.s.pool.Exec(ctx, "DELETE FROM river_job WHERE id = $1", job.ID)
	return safe("forget a job", err)
}

// bring fetches one file and keeps what became of it; one that is here, or whose case is destroyed, stays as it is.
func (w *fetchWorker) bring(ctx context.Context, id string) error {
	row, err := w.s.q.FileByID(ctx, w.s.pool, id)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && row.State != string(FileWaiting) {
		return nil
	}
	if err != nil {
		return safe("read a file", err)
	}
	owner, err := w.s.caseRow(ctx, w.s.pool, row.CaseID)
	if err != nil {
		return err
	}
	key, err := w.s.caseKey(ctx, owner)()
	if cases.CodeOf(err) == cases.NotFound {
		return w.keep(ctx, File{ID: id, State: FileLost})
	}
	if err != nil {
		return err
	}
	wire, err := key.Open(fieldFile, int(row.Seq), row.Source)
	if err != nil {
		return fmt.Errorf("open a file's name: %w", err)
	}
	mode, err := w.s.senderMode(ctx, owner, int(row.Seq))
	if err != nil {
		return err
	}
	f, err := w.fetch(ctx, fileOf(row), string(wire), mode, key)
	if err != nil {
		w.s.log.WarnContext(ctx, "file not fetched", "error", err)
		return errNotDelivered
	}
	f.ID = id
	return w.keep(ctx, f)
}

// senderMode is the mode of who sent the files of an event: the case's, or that of the colleague, who may have left.
func (s *Store) senderMode(ctx context.Context, owner db.Case, seq int) (cases.Mode, error) {
	events, err := s.history(ctx, s.pool, owner.ID)
	if err != nil {
		return "", err
	}
	mode := cases.Mode(owner.Mode)
	for _, e := range events {
		for _, who := range cases.Colleagues(events) {
			if e.Seq == seq && e.Colleague == who.Number {
				mode = who.Mode
			}
		}
	}
	return mode, nil
}

func (w *fetchWorker) keep(ctx context.Context, f File) error {
	_, err := w.s.q.KeepFile(ctx, w.s.pool, db.KeepFileParams{
		ID: f.ID, State: string(f.State), Mime: f.MIME, Size: (f.Size + sizeClass - 1) / sizeClass * sizeClass, Cleaned: f.Cleaned, Original: f.Original,
	})
	return safe("keep a file", err)
}

// Timeout bounds the fetching of one file.
func (w *fetchWorker) Timeout(*river.Job[fetchArgs]) time.Duration { return 2 * time.Minute }

func filesOf(rows []db.File) []File {
	out := make([]File, len(rows))
	for i, r := range rows {
		out[i] = fileOf(r)
	}
	return out
}

func fileOf(r db.File) File {
	return File{
		ID: r.ID, Case: r.CaseID, Seq: int(r.Seq), State: FileState(r.State), MIME: r.Mime, Size: r.Size,
		Cleaned: r.Cleaned, Original: r.Original,
	}
}
