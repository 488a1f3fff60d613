package configs

import (
	"io/fs"
	"testing"
)

func TestEmbeddedLoads(t *testing.T) {
	t.Parallel()
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(embedded, "flows/*.yaml")
	if err != nil || len(files) == 0 || len(c.Flows) != len(files) {
		t.Errorf("%d flows in %d files, %v", len(c.Flows), len(files), err)
	}
}
