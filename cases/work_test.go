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

// Who gave an opinion in a panel had a say in the answer: neither a second look nor the final review is theirs.
func TestPanelMembersDoNotLookAgain(t *testing.T) {
	t.Parallel()
	s := told(t, Named)
	third := Officer{ID: 30, Role: RoleOfficer, Department: "hr"}.Actor()
	s.convene(hua, lead, third) // two are a quorum, and the third says nothing
	s.do(Act{Action: Opine, By: hua, Code: "partly"}, Act{Action: Opine, By: lead, Code: "abstain"},
		Act{Action: Conclude, By: ming, Code: "partly"}, Act{Action: Propose, By: ming, Code: "partly"}, Act{Action: AskSecondLook, By: reporter})
	check := func() {
		t.Helper()
		for _, by := range []Actor{ming, hua, lead} {
			_, err := s.c.Do(Act{Action: Take, By: by}, book(), day(3))
			wantCode(t, err, NotAllowed)
			_, err = s.c.Do(Act{Action: Assign, By: lead, To: by.Officer, ToDepartment: "hr"}, book(), day(3))
			wantCode(t, err, NotAllowed)
		}
		if id := (Staff{Officers: []Officer{{ID: lead.Officer, Role: RoleLead, Department: "hr"}}}).lead(s.c); id != 0 {
			t.Errorf("a missed date gives it to %d", id)
		}
	}
	check()
	s.do(Act{Action: Take, By: third}, Act{Action: AnswerSecondLook, By: third, Code: "upheld"}, Act{Action: AskFinalReview, By: reporter})
	check()
	_, err := s.c.Do(Act{Action: Take, By: third}, book(), day(3))
	wantCode(t, err, NotAllowed)
}

// What is found when looking again changes an answer takes the place of what was found before.
func TestLookingAgainFinds(t *testing.T) {
	t.Parallel()
	for code, tt := range map[string]struct{ finding, want string }{"upheld": {"", "partly"}, "changed": {"substantiated", "substantiated"}} {
		c := at(t, StatusAccepted)
		for _, a := range []Act{
			{Action: Propose, By: ming, Code: "partly"}, {Action: AskSecondLook, By: reporter}, {Action: Take, By: hua},
			{Action: AnswerSecondLook, By: hua, Code: code, Finding: tt.finding},
		} {
			a.Body, a.Key = words("why"), string(a.Action)
			if _, err := c.Do(a, book(), day(3)); err != nil {
				t.Fatalf("%s: %v", a.Action, err)
			}
		}
		if c.Outcome != tt.want {
			t.Errorf("%s: found %q, want %q", code, c.Outcome, tt.want)
		}
		c.Status, c.Owner = StatusFinalReview, ming.Officer
		for _, finding := range map[string][]string{"upheld": {"partly", "so"}, "changed": {"", "so"}}[code] {
			_, err := c.Do(Act{Action: AnswerFinalReview, By: ming, Code: code, Finding: finding, Body: words("why"), Key: "f"}, book(), day(3))
			wantCode(t, err, Incomplete)
		}
	}
}
