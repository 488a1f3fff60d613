package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"huiyin/cases"
	"huiyin/configs"
	"huiyin/store/postgres"
	"huiyin/store/postgres/local"
)

// year is a company, its office and the days that pass.
type year struct {
	config *configs.Config
	loc    *time.Location
	server *local.Server
	store  *postgres.Store
	db     *pgxpool.Pool // to look into what is stored
	now    atomic.Int64  // microseconds
	seed   uint64
	office map[string][]*worker // by department
	people int
	filed  atomic.Int64
	acts   atomic.Int64
	ticks  atomic.Int64
	weekly []week
}

// worker is an officer and how they are.
type worker struct {
	cases.Officer
	// pace is how many acts a day they get done; slow ones forget what is not in front of them.
	pace     int
	forgets  float64
	holidays [2][2]int // days of the year on which they are away: from and to
}

// The office of a company: officers of each department beside one lead.
const perDepartment = 5

var departments = []string{"hr", "safety", "integrity"}

// live lets the days pass.
func live(ctx context.Context, o options) (_ *year, err error) {
	first, err := time.Parse("2006-01-02", o.from)
	if err != nil || o.people < 1 || o.days < 1 {
		return nil, errors.New("want -from as a date, and at least one person and day")
	}
	y := &year{seed: o.seed, people: o.people, office: map[string][]*worker{}}
	defer func() {
		if err != nil {
			y.close()
		}
	}()
	if err := y.open(ctx, first); err != nil {
		return nil, err
	}
	if err := y.hire(ctx); err != nil {
		return nil, err
	}
	for d := range o.days {
		if err := y.day(ctx, first.AddDate(0, 0, d)); err != nil {
			return nil, fmt.Errorf("on %s: %w", first.AddDate(0, 0, d).Format("2006-01-02"), err)
		}
	}
	return y, nil
}

func (y *year) close() {
	if y.db != nil {
		y.db.Close()
	}
	if y.store != nil {
		y.store.Close()
	}
	if y.server != nil {
		_ = y.server.Stop(context.Background()) // its folder is thrown away
	}
}

func (y *year) open(ctx context.Context, first time.Time) (err error) {
	if y.config, err = configs.Load(os.Getenv("HUIYIN_CONFIG_DIR")); err != nil {
		return err
	}
	if y.loc, err = y.config.Org.Location(); err != nil {
		return err
	}
	y.at(first, 0)
	if y.server, err = local.Start(ctx, local.Options{}); err != nil {
		return err
	}
	if err := postgres.Migrate(ctx, y.server.URL("postgres")); err != nil {
		return err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	y.store, err = postgres.Open(ctx, y.server.URL("postgres"), vault{aead: gcm(key)}, postgres.Options{
		Now: y.time, Location: y.loc, Rules: y.config.Rules(y.loc), Quiet: y.config.Org.Quiet, MaxConns: 8,
	})
	if err != nil {
		return err
	}
	y.db, err = pgxpool.New(ctx, y.server.URL("postgres"))
	return err
}

func (y *year) time() time.Time { return time.UnixMicro(y.now.Load()).UTC() }

// at sets the clock to so many minutes after midnight of a day.
func (y *year) at(day time.Time, minutes int) {
	y.now.Store(time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, y.loc).UnixMicro())
}

// chance is a source of its own for a day and a use, so that what one worker does moves nobody else's dice.
func (y *year) chance(day time.Time, use string) *mathrand.Rand {
	h := uint64(14695981039346656037)
	for _, b := range []byte(use) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return mathrand.New(mathrand.NewPCG(y.seed, h^uint64(day.Unix())))
}

func (y *year) hire(ctx context.Context) error {
	hire := func(name string, role cases.Role, department string) (cases.Officer, error) {
		house := cases.Actor{Party: cases.System}
		token, err := y.store.Invite(ctx, house, cases.Invite{Name: name, Role: role, Department: department, Expires: y.time().Add(time.Hour)})
		if err != nil {
			return cases.Officer{}, err
		}
		return y.store.Join(ctx, token, []byte("key of "+name), []byte("address of "+name), "en")
	}
	for _, department := range departments {
		for i := range perDepartment + 1 {
			role := cases.RoleOfficer
			if i == perDepartment {
				role = cases.RoleLead
			}
			o, err := hire(fmt.Sprintf("%s %d", department, i+1), role, department)
			if err != nil {
				return err
			}
			dice := y.chance(time.Time{}, o.Name)
			w := &worker{Officer: o, pace: 6 + dice.IntN(8), forgets: 0.02 + 0.05*dice.Float64()}
			if i == 0 {
				w.pace, w.forgets = 3, 0.3 // there is one everywhere
			}
			for h := range w.holidays {
				from := 1 + dice.IntN(350)
				w.holidays[h] = [2]int{from, from + 5 + dice.IntN(10)}
			}
			y.office[department] = append(y.office[department], w)
		}
	}
	_, err := hire("leader", cases.RoleLeader, "")
	return err
}

// away says whether a worker is not there on a day.
func (w *worker) away(day time.Time) bool {
	n := day.YearDay()
	for _, h := range w.holidays {
		if n >= h[0] && n <= h[1] {
			return true
		}
	}
	return false
}

// vault seals with one key: what is measured and checked here is what the store does, not who may read it.
type vault struct {
	aead cipher.AEAD
}

type caseKey struct {
	aead cipher.AEAD
	id   string
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // 32 bytes fit
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // as above
	}
	return aead
}

func (v vault) NewCaseKey(_ context.Context, id string) ([]byte, postgres.CaseKey, error) {
	return []byte("wrapped"), caseKey{v.aead, id}, nil
}

func (v vault) OpenCaseKey(_ context.Context, id string, _ []byte, _ bool) (postgres.CaseKey, error) {
	return caseKey{v.aead, id}, nil
}

func (v vault) DestroyCaseKey(context.Context, string) error { return nil }
func (v vault) DestroyFile(context.Context, string) error    { return nil }

func (v vault) SealIdentity(id string, plain []byte) ([]byte, error) {
	return v.aead.Seal(nil, nil, plain, []byte(id)), nil
}

func (v vault) OpenIdentity(id string, sealed []byte) ([]byte, error) {
	return v.aead.Open(nil, nil, sealed, []byte(id))
}

func (k caseKey) place(field string, version int) []byte {
	return fmt.Appendf(nil, "%s|%s|%d", k.id, field, version)
}

func (k caseKey) Seal(field string, version int, plain []byte) ([]byte, error) {
	return k.aead.Seal(nil, nil, plain, k.place(field, version)), nil
}

func (k caseKey) Open(field string, version int, sealed []byte) ([]byte, error) {
	return k.aead.Open(nil, nil, sealed, k.place(field, version))
}
