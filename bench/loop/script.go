package loop

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// Script is one form as people fill it in. It is the specification that every bot under test keeps to.
type Script struct {
	Begin string `json:"begin"` // the command that opens the form
	Steps []Step `json:"steps"`
	Sent  string `json:"sent"` // stands in the message that ends a filing
}

// Step is one question and its answer: a button pressed, or words said.
type Step struct {
	ID    string     `json:"id"`
	Text  string     `json:"text"` // the question in Telegram's HTML; on the review, its beginning
	Rows  [][]string `json:"rows"` // labels of the buttons
	Press string     `json:"press,omitempty"`
	Say   string     `json:"say,omitempty"`
}

//go:embed intake.json
var intake []byte

// Intake is the form of ten questions that all bots are compared by.
func Intake() (Script, error) {
	var s Script
	if err := json.Unmarshal(intake, &s); err != nil {
		return s, fmt.Errorf("read intake.json: %w", err)
	}
	return s, nil
}

// reviewed is how much of an answer a review must repeat at least, in bytes.
const reviewed = 60

// fits says what is wrong with the reply to an answer: step is the question that it must ask, len(Steps) the end.
func (s *Script) fits(step int, m *message) error {
	if step == len(s.Steps) {
		if !strings.Contains(m.Text, s.Sent) {
			return fmt.Errorf("after the last step: %q", m.Text)
		}
		return nil
	}
	want := &s.Steps[step]
	if !strings.Contains(m.Text, want.Text) {
		return fmt.Errorf("step %s asks %q", want.ID, m.Text)
	}
	if len(m.rows) != len(want.Rows) {
		return fmt.Errorf("step %s has %d rows of buttons, want %d", want.ID, len(m.rows), len(want.Rows))
	}
	for i, row := range want.Rows {
		for j, label := range row {
			if len(m.rows[i]) != len(row) || m.rows[i][j].Text != label {
				return fmt.Errorf("step %s has the buttons %v, want %v", want.ID, m.rows[i], row)
			}
		}
	}
	if step == len(s.Steps)-1 {
		for _, before := range s.Steps[:step] {
			if !strings.Contains(m.Text, before.Say[:min(len(before.Say), reviewed)]) {
				return fmt.Errorf("the review does not repeat what was said at %s", before.ID)
			}
		}
	}
	return nil
}
