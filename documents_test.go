package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"huiyin/cases"
)

func TestExportKeys(t *testing.T) {
	t.Parallel()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	org := func(k string) cases.Organisation {
		return cases.Organisation{Departments: []cases.Department{{ID: "hr"}, {ID: "safety", ExportKey: k}}}
	}
	for k, want := range map[string]string{"": "", key.Recipient().String(): "", "age1x": "no age public key", key.String(): "a secret key"} {
		err := exportKeysWork(org(k))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), "safety: export_key is "+want)) {
			t.Errorf("%.8s…: %v", k, err)
		}
		if err != nil && strings.Contains(err.Error(), key.String()) {
			t.Error("the error tells the key")
		}
	}
}

func TestFonts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := filepath.Join(folder, "text.ttf")
	if err := os.WriteFile(text, []byte("this is no font at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	for named, wrong := range map[string]string{
		filepath.Join(folder, "none.ttf"): "there is no such file",
		folder:                            "that is no font",
		text:                              "that is no TrueType font",
	} {
		if _, err := openFonts(named, nil); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", wrong, err)
		} else if strings.Contains(err.Error(), folder) {
			t.Errorf("the error names the path: %v", err)
		}
	}
	none, err := openFonts("", []string{text, filepath.Join(folder, "none.ttf")})
	if err != nil || none.Chinese() {
		t.Errorf("without a font: %v, Chinese %v", err, none.Chinese())
	}
	if os.Getenv("HUIYIN_NO_PRINT") != "" && os.Getenv("CI") != "true" {
		t.Skip("LEFT OUT: HUIYIN_NO_PRINT=1, and there may be no font for Chinese (.ci/setup says how to get one)")
	}
	found, err := openFonts("", append([]string{text}, usualFonts...))
	if err != nil || !found.Chinese() {
		t.Errorf("the usual places: %v", err)
	}
}
