package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"huiyin/sim"
	"huiyin/store/postgres/pgtest"
	"huiyin/store/redis/redistest"
)

// The command line as scripts: testdata/script/*.txt. Each runs in an empty folder of its own, with
//
//	$DATABASE     a fresh, empty database        $REDIS  a Redis
//	$TELEGRAM     a stand-in for Telegram        $TOKEN  the bot's token there
//
// and `huiyin` as a command.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	program := program(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			telegram := sim.New(sim.Options{Token: testToken})
			e.Defer(telegram.Close)
			address, err := telegram.Listen("127.0.0.1:0")
			if err != nil {
				return err
			}
			redisURL, _ := redistest.New(t)
			e.Setenv("DATABASE", pgtest.New(t))
			e.Setenv("REDIS", redisURL)
			e.Setenv("TELEGRAM", address)
			e.Setenv("TOKEN", testToken)
			e.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+e.Getenv("PATH"))
			return nil
		},
	})
}

// program is the built binary, named huiyin.
func program(t *testing.T) string {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return file
}
