package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"huiyin/cases"
	"huiyin/sim"
	"huiyin/store/seal"
)

// logins shows what each login cannot do, whoever holds its password.
func (a *apart) logins(officer person) {
	t := a.t
	t.Helper()
	const denied = "42501"
	mine := strconv.FormatInt(int64(a.officer(officer)), 10)
	for role, tries := range map[string][]struct {
		sql  string
		want string // a number of rows, or the SQLSTATE of a refusal
	}{
		seal.RoleIntake: {
			{"SELECT count(*) FROM cases", "2"},
			{"SELECT address FROM reporters", denied},
			{"SELECT * FROM reporters", denied},
			{"SELECT count(reporter_key) FROM reporters", "1"},
			{"SELECT address FROM officer_addresses", denied},
			{"SELECT count(*) FROM identities", "0"},
			{"SELECT sealed FROM officer_codes", denied},
			{"SELECT token_hash FROM invites", denied},
			{"UPDATE officers SET role = 'admin'", denied},
			{"SET ROLE huiyin_desk", denied},
			{"SET ROLE huiyin_postman", denied},
		},
		seal.RoleDesk: {
			{"SELECT count(*) FROM cases", "0"},
			{"SELECT count(*) FROM events", "0"},
			{"SELECT count(*) FROM notices", "0"},
			{"SELECT count(*) FROM files", "0"},
			{"SELECT count(*) FROM identities", "0"},
			{"SELECT set_config('huiyin.officer', '" + mine + "', false)::bigint", mine},
			{"SELECT count(*) FROM cases", "2"}, // the counts above are for want of an officer, not of cases
			{"SELECT count(*) FROM identities", "0"},
			{"SELECT count(*) FROM reporters", denied},
			{"SELECT address FROM officer_addresses", denied},
			{"UPDATE cases SET status = 'received'", denied},
			{"SET ROLE huiyin_intake", denied},
			{"SET ROLE huiyin_postman", denied},
		},
		seal.RolePostman: {
			{"SELECT count(address) FROM reporters", "2"},
			{"SELECT reporter_key FROM reporters", denied},
			{"SELECT receipt_lookup FROM reporters", denied},
			{"SELECT count(*) FROM drafts", denied},
			{"SELECT count(*) FROM identities", denied},
			{"SELECT count(*) FROM files", denied},
			{"SELECT count(*) FROM officer_codes", denied},
			{"SELECT count(*) FROM invites", denied},
			{"UPDATE cases SET status = 'received'", denied},
			{"DELETE FROM events", denied},
			{"SET ROLE huiyin_intake", denied},
			{"SET ROLE huiyin_desk", denied},
		},
	} {
		conn, err := pgx.Connect(t.Context(), a.parts[role]["DATABASE_URL"])
		if err != nil {
			t.Fatal(err)
		}
		for _, try := range append(tries, struct{ sql, want string }{"UPDATE goose_db_version SET is_applied = false", denied},
			struct{ sql, want string }{"DELETE FROM river_migration", denied}) {
			got := outcome(t.Context(), conn, try.sql)
			if got != try.want {
				t.Errorf("the %s's login: %s: %s, want %s", role, try.sql, got, try.want)
			}
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := a.count("SELECT count(*) FROM identities WHERE mode = 'confidential'"); n != 1 {
		t.Errorf("%d identities are there to be hidden, want 1", n)
	}
}

// outcome is the number that a statement gives, or the SQLSTATE of its refusal.
func outcome(ctx context.Context, conn *pgx.Conn, sql string) string {
	var n int64
	err := conn.QueryRow(ctx, sql).Scan(&n)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return pg.Code
	case err != nil:
		return err.Error()
	}
	return strconv.FormatInt(n, 10)
}

// officer is the number of the one officer there is.
func (a *apart) officer(person) cases.OfficerID {
	a.t.Helper()
	return cases.OfficerID(a.count("SELECT id::integer FROM officers"))
}

// keysets shows what each process's keys cannot open of what is stored.
func (a *apart) keysets() {
	t := a.t
	t.Helper()
	open := map[string]*seal.Keyset{}
	for _, role := range parts {
		k, err := seal.Open(a.parts[role]["HUIYIN_KEYSET"])
		if err != nil {
			t.Fatal(err)
		}
		open[role] = k
	}
	rows, err := a.db.Query(t.Context(), "SELECT address FROM reporters UNION ALL SELECT address FROM officer_addresses")
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil || len(addresses) != 3 {
		t.Fatalf("%d addresses, %v", len(addresses), err)
	}
	found := map[string]bool{}
	for _, sealed := range addresses {
		for _, role := range []string{seal.RoleIntake, seal.RoleDesk} {
			if plain, err := open[role].OpenAddress(sealed); !errors.Is(err, seal.ErrNotHeld) || plain != nil {
				t.Errorf("the %s opens an address: %v", role, err)
			}
		}
		plain, err := open[seal.RolePostman].OpenAddress(sealed)
		if err != nil {
			t.Fatal(err)
		}
		found[string(plain)] = true
	}
	for _, want := range []struct {
		bot *sim.Server
		who sim.Profile
	}{{a.telegram, alice}, {a.telegram, bob}, {a.office, lina}} {
		if address := fmt.Sprintf("%d|%d", want.bot.BotID(), want.who.ID); !found[address] {
			t.Errorf("the address of %s is not of the right bot", want.who.Name)
		}
	}
	var body []byte
	name := a.keys.Name("session", strconv.FormatInt(a.telegram.BotID(), 10), strconv.FormatInt(alice.ID, 10))
	if body, err = a.keys.SealSession(name[:], []byte("a session")); err != nil {
		t.Fatal(err)
	}
	for role, can := range map[string]bool{seal.RoleIntake: true, seal.RoleDesk: true, seal.RolePostman: false} {
		if _, err := open[role].OpenSession(name[:], body); can != (err == nil) || !can && !errors.Is(err, seal.ErrNotHeld) {
			t.Errorf("the %s opens a session: %v", role, err)
		}
		if got, want := open[role].HoldsReceipts(), role == seal.RoleIntake; got != want {
			t.Errorf("the %s holds receipts: %v", role, got)
		}
	}
	var id string
	var identity []byte
	if err := a.db.QueryRow(t.Context(), "SELECT case_id::text, sealed FROM identities").Scan(&id, &identity); err != nil {
		t.Fatal(err)
	}
	for role, can := range map[string]bool{seal.RoleIntake: false, seal.RoleDesk: true, seal.RolePostman: false} {
		if _, err := open[role].OpenIdentity(id, identity); can != (err == nil) || !can && !errors.Is(err, seal.ErrNotHeld) {
			t.Errorf("the %s opens an identity: %v", role, err)
		}
	}
}
