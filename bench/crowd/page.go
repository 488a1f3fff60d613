package crowd

import (
	"bytes"
	"fmt"
	"os"
)

// IntoPage puts text into a Markdown page in the place of what stands between the marks of the target of make that writes it.
func IntoPage(page, target, text string) error {
	raw, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	begins, ends := fmt.Sprintf("<!-- %s begins: written by `make %[1]s` -->\n", target), fmt.Sprintf("<!-- %s ends -->\n", target)
	head, rest, ok := bytes.Cut(raw, []byte(begins))
	_, tail, closed := bytes.Cut(rest, []byte(ends))
	if !ok || !closed {
		return fmt.Errorf("write the page: %s lacks the marks of %s", page, target)
	}
	whole := string(head) + begins + "\n" + text + "\n" + ends + string(tail)
	if err := os.WriteFile(page, []byte(whole), 0o644); err != nil { //nolint:gosec // a page for everybody
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
