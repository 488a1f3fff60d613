package postgres_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain has properties looked for 30 times, not 100, unless a flag says how often: here every time is some fifty
// transactions of several people at once, and the tests say themselves whether the times together came far enough.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "30"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
