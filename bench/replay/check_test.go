package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiyin/sim"
)

var letter = "第一段：<b>不是</b> & \"引号\" 🙏。\n\n" + strings.Repeat("很长的一段话。", 700) + "\n\n最后一段。"

func TestWhole(t *testing.T) {
	t.Parallel()
	pieces := pasted(letter)
	if len(pieces) < 2 {
		t.Fatal("the letter fits one message")
	}
	between := []string{"something else", pieces[0], "a notice", pieces[1], "after"}
	for name, tt := range map[string]struct {
		texts []string
		ok    bool
	}{
		"in one text":                   {[]string{"HY-7K3M-9Q2X\n" + letter + "\nwrite back"}, true},
		"cut into messages":             {pieces, true},
		"cut, with others between":      {between, true},
		"nothing":                       {nil, false},
		"without its last message":      {pieces[:len(pieces)-1], false},
		"without its first message":     {pieces[1:], false},
		"in the wrong order":            {[]string{pieces[1], pieces[0]}, false},
		"shortened":                     {[]string{letter[:len(letter)/2] + "…"}, false},
		"a blank lost inside":           {[]string{strings.Replace(letter, " & ", " &", 1)}, false},
		"a blank lost inside a message": {append([]string{strings.Replace(pieces[0], " & ", " &", 1)}, pieces[1:]...), false},
		"shown as markup":               {[]string{strings.Replace(letter, "<b>不是</b>", "不是", 1)}, false},
		"escaped":                       {[]string{strings.Replace(letter, "&", "&amp;", 1)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := whole(letter, tt.texts); (err == nil) != tt.ok {
				t.Errorf("whole = %v, want ok %v", err, tt.ok)
			}
		})
	}
}

// One changed byte, wherever it is, is found: in one text, in a text cut into messages, and among pasted messages.
func TestAChangedByteIsFound(t *testing.T) {
	t.Parallel()
	pieces := pasted(letter)
	for at := 0; at < len(letter); at += 97 {
		bad := []byte(letter)
		bad[at] ^= 1
		if whole(letter, []string{"before " + string(bad) + " after"}) == nil {
			t.Fatalf("byte %d was changed in one text and not found", at)
		}
	}
	for n, piece := range pieces {
		for _, at := range []int{0, len(piece) / 2, len(piece) - 1} {
			changed := append([]string{}, pieces...)
			bad := []byte(piece)
			bad[at] ^= 1
			changed[n] = string(bad)
			if whole(letter, changed) == nil || inOrder(pieces, changed) == nil || names(letter, changed) == nil {
				t.Fatalf("byte %d of message %d was changed and not found", at, n)
			}
		}
	}
	if inOrder(pieces, pieces) != nil || names(letter, pieces) != nil {
		t.Fatal("what is whole is called changed")
	}
}

// names is told of a chat in which a case is named and then pieces follow.
func names(want string, pieces []string) error {
	_, err := told(want, "HY-7K3M-9Q2X", append([]string{"HY-7K3M-9Q2X (no. 4)"}, pieces...))
	return err
}

func TestToldWantsTheCaseNamed(t *testing.T) {
	t.Parallel()
	other := []string{"HY-0000-0000 (no. 3)\nwe mended the roof", "we mended the roof"}
	if _, err := told("we mended the roof", "HY-7K3M-9Q2X", other); err == nil {
		t.Error("the same words about another case were taken for this one's")
	}
	if at, err := told("we mended the roof", "HY-0000-0000", other); err != nil || at != 0 {
		t.Error(at, err)
	}
}

func TestDoubled(t *testing.T) {
	t.Parallel()
	const ref = "HY-7K3M-9Q2X"
	accepted, replied := sim.Message{ID: 1, Text: ref + " (no. 3)\naccepted"}, sim.Message{ID: 2, Text: ref + " (no. 5)\nreplied"}
	again, edited := accepted, accepted
	again.ID, edited.Edited = 3, true
	if err := doubled(ref, []sim.Message{accepted, replied, edited}); err != nil {
		t.Error(err)
	}
	if doubled(ref, []sim.Message{accepted, replied, again}) == nil {
		t.Error("a notice that came twice was not found")
	}
}

func TestLeaks(t *testing.T) {
	t.Parallel()
	m := &matter{row: row{number: 1, words: "标题\n他们说“加班费”从来没有发过 \"at all\" for years", answer: "已经处理，请放心，谢谢来信"}, receipt: "7K3M-9Q2X-4TBW-6HDN-5"}
	w := &world{matters: []*matter{m}}
	for name, tt := range map[string]struct {
		log    string
		failed int
	}{
		"clean":     {`{"msg":"serving","webhook":true}`, 0},
		"complaint": {"x 他们说“加班费”从来没有发过 \"at all\" for", 1},
		"as JSON":   {`{"text":"他们说“加班费”从来没有发过 \"at all\""}`, 1},
		"reply":     {"已经处理，请放心，谢谢来信", 1},
		"receipt":   {"7K3M-9Q2X-4TBW-6HDN-5", 1},
		"token":     {"https://api/bot1:secret/getMe", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(file, []byte(tt.log), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := leaks(file, w, "1:secret")
			if err != nil || len(f.failed) != tt.failed {
				t.Errorf("found %q, %v; want %d", f.failed, err, tt.failed)
			}
		})
	}
}
