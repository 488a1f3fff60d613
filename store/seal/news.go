package seal

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
)

const (
	newsID     = 16 // bytes of a case id
	newsNumber = 4  // bytes of a colleague's number
	newsMAC    = 16 // bytes of the MAC that is kept
	newsLen    = 43 // characters of a token
	// newsColleagueLen is newsLen for a colleague who joined: their number stands between id and MAC.
	newsColleagueLen = 48
)

// newsText refuses a second spelling of the same token.
var newsText = base64.RawURLEncoding.Strict()

// NewsToken gives the token by which a chat asks for the news of a case: base64url that fits a button, of 43 characters,
// or of 48 for a colleague who joined the case under a number above 0. It is good in that chat and for that number only,
// for as long as the keyset lives, and nothing is stored for it. It panics when the case id is not a UUID in lower case,
// which the store's all are, or the number is not one of 0 to 2³²−1.
func (k *Keyset) NewsToken(caseID string, colleague int, chat string) string {
	id, ok := parseID(caseID)
	if !ok || colleague < 0 || colleague > math.MaxUint32 {
		panic("seal: a case id is a UUID, and a colleague a number")
	}
	raw := id[:]
	if colleague > 0 {
		raw = binary.BigEndian.AppendUint32(raw, uint32(colleague))
	}
	return newsText.EncodeToString(append(raw, k.newsMAC(caseID, colleague, chat)...))
}

// ParseNewsToken gives the case of a token that NewsToken made for the same chat, and the number of the colleague it was
// made for, 0 for the first reporter. It is false for anything else.
func (k *Keyset) ParseNewsToken(token, chat string) (caseID string, colleague int, ok bool) {
	if len(token) != newsLen && len(token) != newsColleagueLen {
		return "", 0, false
	}
	raw, err := newsText.DecodeString(token)
	if err != nil || len(raw) < newsID+newsMAC {
		return "", 0, false
	}
	id, number, mac := raw[:newsID], raw[newsID:len(raw)-newsMAC], raw[len(raw)-newsMAC:]
	if len(number) == newsNumber {
		if colleague = int(binary.BigEndian.Uint32(number)); colleague == 0 {
			return "", 0, false // a second spelling of the first reporter's
		}
	}
	caseID = fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	if !hmac.Equal(mac, k.newsMAC(caseID, colleague, chat)) {
		return "", 0, false
	}
	return caseID, colleague, true
}

func (k *Keyset) newsMAC(caseID string, colleague int, chat string) []byte {
	sum := k.name("huiyin/news/1", "case", caseID, chat)
	if colleague > 0 {
		sum = k.name("huiyin/news/1", "colleague", caseID, strconv.Itoa(colleague), chat)
	}
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
