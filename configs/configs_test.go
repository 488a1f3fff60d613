package configs

import "testing"

func TestEmbeddedLoads(t *testing.T) {
	t.Parallel()
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Flows) != 13 {
		t.Errorf("%d flows, want 13", len(c.Flows))
	}
}
