package desk_test

import (
	"os"
	"testing"

	"huiyin/bot/letter"
	"huiyin/bot/paper"
)

// printer prints with the font for Chinese that .ci/setup installs; without one in English alone.
func printer(t *testing.T) letter.Printer {
	t.Helper()
	raw, err := os.ReadFile("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
	if err != nil {
		raw = nil
	}
	f, err := paper.NewFonts(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
