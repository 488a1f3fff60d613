package seal

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

const (
	newsID  = 16 // bytes of a case id
	newsMAC = 16 // bytes of the MAC that is kept
	newsLen = 43 // characters of a token
)

// newsText refuses a second spelling of the same token.
var newsText = base64.RawURLEncoding.Strict()

// NewsToken gives the token by which a chat asks for the news of a case: 43 characters of base64url
// that fit a button. It is good in that chat only, for as long as the keyset lives, and nothing is
// stored for it. It panics when the case id is not a UUID in lower case, which the store's all are.
func (k *Keyset) NewsToken(caseID, chat string) string {
	id, ok := parseID(caseID)
	if !ok {
		panic("seal: a case id is a UUID")
	}
	mac := k.newsMAC(caseID, chat)
	return newsText.EncodeToString(append(id[:], mac...))
}

// ParseNewsToken gives the case of a token that NewsToken made for the same chat. It is false for
// anything else.
func (k *Keyset) ParseNewsToken(token, chat string) (caseID string, ok bool) {
	if len(token) != newsLen {
		return "", false
	}
	raw, err := newsText.DecodeString(token)
	if err != nil || len(raw) != newsID+newsMAC {
		return "", false
	}
	id := raw[:newsID]
	caseID = fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	if !hmac.Equal(raw[newsID:], k.newsMAC(caseID, chat)) {
		return "", false
	}
	return caseID, true
}

func (k *Keyset) newsMAC(caseID, chat string) []byte {
	sum := k.name("huiyin/news/1", "case", caseID, chat)
	return sum[:newsMAC]
}

// parseID reads a UUID in its one canonical form.
func parseID(s string) (id [newsID]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return id, false
	}
	return id, hex.EncodeToString(id[:]) == digits
}
