package crowd

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// IntoPage puts text into a Markdown page in the place of what stands between two marks, whose first word is the target of make
// that writes it.
func IntoPage(page, mark, text string) error {
	raw, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	target, _, _ := strings.Cut(mark, " ")
	begins, ends := fmt.Sprintf("<!-- %s begins: written by `make %s` -->\n", mark, target), fmt.Sprintf("<!-- %s ends -->\n", mark)
	head, rest, ok := bytes.Cut(raw, []byte(begins))
	_, tail, closed := bytes.Cut(rest, []byte(ends))
	if !ok || !closed {
		return fmt.Errorf("write the page: %s lacks the marks of %s", page, mark)
	}
	whole := string(head) + begins + "\n" + text + "\n" + ends + string(tail)
	if err := os.WriteFile(page, []byte(whole), 0o644); err != nil { //nolint:gosec // a page for everybody
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
