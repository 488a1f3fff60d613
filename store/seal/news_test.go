package seal

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
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
		number := rapid.SampledFrom([]int{0, 1, 2, 255, 65536, math.MaxUint32}).Draw(t, "number")
		token := k.NewsToken(id, number, chat)
		if length := map[bool]int{true: newsLen, false: newsColleagueLen}[number == 0]; len(token) != length || token != k.NewsToken(id, number, chat) {
			t.Fatalf("token %q", token)
		}
		if got, n, ok := k.ParseNewsToken(token, chat); !ok || got != id || n != number {
			t.Fatalf("parsed %q, %d, %v, want %q, %d", got, n, ok, id, number)
		}
		refuse := func(what string, k *Keyset, token, chat string) {
			if got, n, ok := k.ParseNewsToken(token, chat); ok || got != "" || n != 0 {
				t.Fatalf("%s: %q, %d, %v", what, got, n, ok)
			}
		}
		// The number is under the MAC: nobody turns their token into another reporter's of the same case.
		raw, err := newsText.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		mac := raw[len(raw)-newsMAC:]
		for _, other := range []uint32{0, 1, 3} {
			if int(other) != number {
				forged := append(binary.BigEndian.AppendUint32(slices.Clone(raw[:newsID]), other), mac...)
				refuse("another number", k, newsText.EncodeToString(forged), chat)
			}
		}
		if number > 0 {
			refuse("no number", k, newsText.EncodeToString(append(slices.Clone(raw[:newsID]), mac...)), chat)
		}
		refuse("another chat", k, token, chat+"1")
		refuse("another keyset", other, token, chat)
		at := rapid.IntRange(0, len(token)-1).Draw(t, "at")
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
	raw, err := base64.RawURLEncoding.DecodeString(k.NewsToken(id, 0, chat))
	if err != nil {
		t.Fatal(err)
	}
	// A name that a caller may ask for is no token.
	name := k.Name("case", id, chat)
	if forged := base64.RawURLEncoding.EncodeToString(append(raw[:newsID:newsID], name[:newsMAC]...)); forged == k.NewsToken(id, 0, chat) {
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
			k.NewsToken(id, 0, "1")
		}()
	}
}

func FuzzParseNewsToken(f *testing.F) {
	k := generate(f)
	f.Add(k.NewsToken("3f1c2a34-0000-4000-8000-0123456789ab", 0, "1"), "1")
	f.Add(k.NewsToken("3f1c2a34-0000-4000-8000-0123456789ab", 7, "1"), "1")
	f.Add("", "")
	f.Add(strings.Repeat("A", newsLen), "1")
	f.Add(strings.Repeat("A", newsLen-1)+"\n", "1")
	f.Fuzz(func(t *testing.T, token, chat string) {
		id, n, ok := k.ParseNewsToken(token, chat)
		if !ok {
			if id != "" || n != 0 {
				t.Fatal("a case id of a token that is none")
			}
			return
		}
		if k.NewsToken(id, n, chat) != token {
			t.Fatal("a second spelling of a token was taken")
		}
	})
}
