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
