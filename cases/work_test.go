package cases

import "testing"

// Linking what is linked is refused in words, and changes nothing.
func TestLinkedTwice(t *testing.T) {
	t.Parallel()
	c := at(t, StatusInvestigating)
	must(t, &c, ready(LinkTo, ming))
	before := c.Version
	_, err := c.Do(ready(LinkTo, ming), book(), day(3))
	wantCode(t, err, NotNow)
	if c.Version != before || len(c.Links) != 1 {
		t.Errorf("%+v", c.Links)
	}
}
