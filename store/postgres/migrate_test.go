package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"huiyin/store/postgres"
	"huiyin/store/postgres/pgtest"
)

func TestMigrateFromEmptyAgainAndAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	url := pgtest.New(t)
	before, err := postgres.MigrationStatus(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range before {
		if m.Applied || !m.At.IsZero() {
			t.Errorf("%s is applied to an empty database", m.Name)
		}
	}
	together(3, func(int) {
		if err := postgres.Migrate(ctx, url); err != nil {
			t.Error(err)
		}
	})
	if err := postgres.Migrate(ctx, url); err != nil {
		t.Error(err)
	}
	after, err := postgres.MigrationStatus(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range after {
		names = append(names, m.Name)
		if !m.Applied || m.At.IsZero() {
			t.Errorf("%s is not applied", m.Name)
		}
	}
	if all := strings.Join(names, " "); !strings.HasPrefix(all, "00001_cases.sql ") || !strings.Contains(all, "river/001") || len(after) != len(before) {
		t.Errorf("migrations: %s", all)
	}
}

// TestEveryRoleSeesTheMigrations: a process whose login is a member of one role looks before it serves.
func TestEveryRoleSeesTheMigrations(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, role := range []postgres.Role{postgres.Intake, postgres.Desk, postgres.Postman} {
		conn := b.conn()
		if _, err := conn.Exec(b.ctx, "SET ROLE huiyin_"+string(role)); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"goose_db_version", "river_migration"} {
			if _, err := conn.Exec(b.ctx, "SELECT * FROM "+table); err != nil {
				t.Errorf("%s on %s: %v", role, table, err)
			}
		}
	}
}
