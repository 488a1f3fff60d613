package sim

import (
	"bytes"
	"encoding/json"
	"strings"
)

// markup is a parsed reply_markup: an inline keyboard or something for the input field.
type markup struct {
	Inline      *inlineKeyboard
	Keyboard    [][]keyButton
	Remove      bool
	ForceReply  bool
	Placeholder string
}

type keyButton struct {
	Text string `json:"text"`
}

// UnmarshalJSON takes an object or, as Telegram does, a plain string.
func (k *keyButton) UnmarshalJSON(raw []byte) error {
	if bytes.HasPrefix(raw, []byte(`"`)) {
		return json.Unmarshal(raw, &k.Text)
	}
	var v struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	k.Text = v.Text
	return nil
}

// markup reads reply_markup; inlineOnly is for edits. A missing one is nil.
func (p *params) markup(inlineOnly bool) (*markup, error) {
	raw := strings.TrimSpace(p.str("reply_markup"))
	if raw == "" || raw == "{}" || raw == "null" {
		return nil, nil
	}
	var v struct {
		Inline      *[][]button    `json:"inline_keyboard"`
		Keyboard    *[][]keyButton `json:"keyboard"`
		Remove      bool           `json:"remove_keyboard"`
		ForceReply  bool           `json:"force_reply"`
		Placeholder string         `json:"input_field_placeholder"`
	}
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		return nil, bad("can't parse reply keyboard markup JSON object")
	}
	if units(v.Placeholder) > 64 {
		return nil, bad("input field placeholder is too long")
	}
	switch {
	case v.Inline != nil:
		rows, err := checkButtons(*v.Inline)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, nil
		}
		return &markup{Inline: &inlineKeyboard{rows}}, nil
	case inlineOnly:
		return nil, bad("inline keyboard expected")
	case v.Keyboard != nil:
		for _, row := range *v.Keyboard {
			for _, b := range row {
				if strings.TrimSpace(b.Text) == "" {
					return nil, bad("keyboard button text must not be empty")
				}
			}
		}
		return &markup{Keyboard: *v.Keyboard, Placeholder: v.Placeholder}, nil
	case v.Remove:
		return &markup{Remove: true}, nil
	case v.ForceReply:
		return &markup{ForceReply: true, Placeholder: v.Placeholder}, nil
	}
	return nil, nil
}

func checkButtons(rows [][]button) ([][]button, error) {
	kept := rows[:0:0]
	total := 0
	for _, row := range rows {
		for _, b := range row {
			if err := checkButton(b); err != nil {
				return nil, err
			}
		}
		if len(row) > 0 {
			kept = append(kept, row)
		}
		total += len(row)
	}
	if total > 100 {
		return nil, bad("REPLY_MARKUP_TOO_LONG")
	}
	return kept, nil
}

func checkButton(b button) error {
	// Telegram drops a button without text in silence; nobody wants that.
	if strings.TrimSpace(b.Text) == "" {
		return bad("can't parse inline keyboard button: Field \"text\" must be non-empty")
	}
	kinds := 0
	for _, set := range []bool{b.CallbackData != "", b.URL != "", b.CopyText != nil, b.WebApp != nil, b.LoginURL != nil, b.SwitchInline != nil, b.SwitchHere != nil, b.Pay} {
		if set {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		return bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	case kinds > 1:
		return bad("can't parse inline keyboard button: more than one action given")
	case len(b.CallbackData) > 64:
		return bad("BUTTON_DATA_INVALID")
	case b.CopyText != nil && (b.CopyText.Text == "" || units(b.CopyText.Text) > 256):
		return bad("BUTTON_COPY_TEXT_INVALID")
	case b.URL != "":
		if _, ok := checkedLink(b.URL); !ok {
			return bad("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", b.URL)
		}
	}
	return nil
}

func sameInline(a, b *inlineKeyboard) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
