package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"huiyin/bot/paper"
	"huiyin/bot/parcel"
	"huiyin/cases"
	"huiyin/configs"
)

// usualFonts are where systems keep a font for Chinese whose outlines a document can take: Debian's and Ubuntu's
// packages, Fedora's, macOS's, Windows'. The fonts that most systems have beside them (Noto CJK) have outlines of the
// other kind.
var usualFonts = []string{
	"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
	"/usr/share/fonts/truetype/droid/DroidSansFallback.ttf",
	"/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf",
	"/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf",
	"/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
	"/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
	"/Library/Fonts/Arial Unicode.ttf",
	`C:\Windows\Fonts\simhei.ttf`,
}

// maxFont bounds what is opened: no font for Chinese is larger.
const maxFont = 64 << 20

// openFonts gives what letters are printed with. A font that is named must be usable; of the usual places the first
// that has a usable one counts, and none is no error: letters in English need none.
func openFonts(named string, places []string) (*paper.Fonts, error) {
	if named != "" {
		fonts, err := openFont(named)
		if err != nil {
			return nil, fmt.Errorf("HUIYIN_FONT: %w", err)
		}
		return fonts, nil
	}
	for _, place := range places {
		if fonts, err := openFont(place); err == nil {
			return fonts, nil
		}
	}
	return paper.NewFonts(nil)
}

// openFont gives fonts with the file of that name among them, which stays open for as long as the program runs.
func openFont(name string) (*paper.Fonts, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case err != nil:
		return nil, errors.New("the file cannot be read")
	case !info.Mode().IsRegular() || info.Size() > maxFont:
		return nil, errors.New("that is no font")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, errors.New("the file cannot be read")
	}
	fonts, err := paper.NewFonts(io.NewSectionReader(file, 0, info.Size()))
	if err != nil {
		_ = file.Close() // nothing was written
	}
	return fonts, err
}

// exportKeysWork says which departments' keys for exported files are no public keys.
func exportKeysWork(org cases.Organisation) error {
	var wrong []error
	for _, d := range org.Departments {
		if d.ExportKey == "" {
			continue
		}
		if _, err := parcel.ParseKey(d.ExportKey); errors.Is(err, parcel.ErrSecretKey) {
			wrong = append(wrong, fmt.Errorf("org.yaml: department %s: export_key is a secret key: make a new pair, and name its public key", d.ID))
		} else if err != nil {
			wrong = append(wrong, fmt.Errorf("org.yaml: department %s: export_key is no age public key", d.ID))
		}
	}
	return errors.Join(wrong...)
}

// lettersWork says which languages letters cannot be written in.
func lettersWork(s settings) error {
	fonts, err := openFonts(s.Font, usualFonts)
	if err != nil {
		return err
	}
	config, err := configs.Load(s.ConfigDir)
	if err != nil {
		return errors.New("unknown, because the configuration cannot be read")
	}
	for _, lang := range config.Languages {
		if paper.Chinese(lang) && !fonts.Chinese() {
			return fmt.Errorf("there is no font for letters in %s", lang)
		}
	}
	return nil
}
