package configs

import (
	"io/fs"
	"sync"
	"testing"
)

// whole is what is shipped, loaded once. Nothing changes it.
var whole = sync.OnceValues(func() (*Config, error) { return Load("") })

func TestEmbeddedLoads(t *testing.T) {
	t.Parallel()
	c, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(embedded, "flows/*.yaml")
	if err != nil || len(files) == 0 || len(c.Flows) != len(files) {
		t.Errorf("%d flows in %d files, %v", len(c.Flows), len(files), err)
	}
}
