package seal

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// uuids draws case ids as the store writes them.
var uuids = rapid.Custom(func(t *rapid.T) string {
	b := rapid.SliceOfN(rapid.Byte(), newsID, newsID).Draw(t, "id")
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
})

func TestNewsToken(t *testing.T) {
	t.Parallel()
	k, other := generate(t), generate(t)
	rapid.Check(t, func(t *rapid.T) {
		id, chat := uuids.Draw(t, "case"), rapid.String().Draw(t, "chat")
		token := k.NewsToken(id, chat)
		if len(token) != newsLen || token != k.NewsToken(id, chat) {
			t.Fatalf("token %q", token)
		}
		if got, ok := k.ParseNewsToken(token, chat); !ok || got != id {
			t.Fatalf("parsed %q, %v, want %q", got, ok, id)
		}
		refuse := func(what string, k *Keyset, token, chat string) {
			if got, ok := k.ParseNewsToken(token, chat); ok || got != "" {
				t.Fatalf("%s: %q, %v", what, got, ok)
			}
		}
		refuse("another chat", k, token, chat+"1")
		refuse("another keyset", other, token, chat)
		at := rapid.IntRange(0, newsLen-1).Draw(t, "at")
		char := rapid.SampledFrom(strings.Split("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "")).Draw(t, "char")
		if char != token[at:at+1] {
			refuse("another character", k, token[:at]+char+token[at+1:], chat)
		}
		refuse("cut", k, token[:at], chat)
		refuse("longer", k, token+"A", chat)
		refuse("with a line break", k, token[:at]+"\n"+token[at+1:], chat)
	})
}

func TestNewsTokenIsOfItsOwnDomain(t *testing.T) {
	t.Parallel()
	k := generate(t)
	const id, chat = "3f1c2a34-0000-4000-8000-0123456789ab", "1"
	raw, err := base64.RawURLEncoding.DecodeString(k.NewsToken(id, chat))
	if err != nil {
		t.Fatal(err)
	}
	// A name that a caller may ask for is no token.
	name := k.Name("case", id, chat)
	if forged := base64.RawURLEncoding.EncodeToString(append(raw[:newsID:newsID], name[:newsMAC]...)); forged == k.NewsToken(id, chat) {
		t.Error("a name passes for a token")
	}
}

func TestNewsTokenWantsACase(t *testing.T) {
	t.Parallel()
	k := generate(t)
	for _, id := range []string{
		"", "case-1", "3F1C2A34-0000-4000-8000-0123456789AB", "3f1c2a3400004000800001234567 89ab",
		"3f1c2a34-0000-4000-8000-0123456789a", "3f1c2a34_0000-4000-8000-0123456789ab", "3f1c2a34-0000-4000-8000-0123456789ag",
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken", id)
				}
			}()
			k.NewsToken(id, "1")
		}()
	}
}

func FuzzParseNewsToken(f *testing.F) {
	k := generate(f)
	f.Add(k.NewsToken("3f1c2a34-0000-4000-8000-0123456789ab", "1"), "1")
	f.Add("", "")
	f.Add(strings.Repeat("A", newsLen), "1")
	f.Add(strings.Repeat("A", newsLen-1)+"\n", "1")
	f.Fuzz(func(t *testing.T, token, chat string) {
		id, ok := k.ParseNewsToken(token, chat)
		if !ok {
			if id != "" {
				t.Fatal("a case id of a token that is none")
			}
			return
		}
		if k.NewsToken(id, chat) != token {
			t.Fatal("a second spelling of a token was taken")
		}
	})
}
