package configs

import "testing"

func TestEmbeddedLoads(t *testing.T) {
	t.Parallel()
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Flows) != 11 {
		t.Errorf("%d flows, want 11", len(c.Flows))
	}
}
