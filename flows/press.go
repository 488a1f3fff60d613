package flows

import (
	"strconv"
	"strings"
)

const (
	pressMark  = "f"
	maxData    = 64 // bytes of callback data that Telegram takes
	maxNonce   = 16
	maxTurn    = 36*36*36*36 - 1 // four base-36 digits
	fixedBytes = len(pressMark) + 1 + maxNonce + 1 + 4 + 1
)

// ParsePress reads the callback data of a form's button: "f.<nonce>.<turn in base 36>.<op>[.<arg>]".
// ok is false for anything that Draft.Data cannot have written.
func ParsePress(data string) (press *Press, ok bool) {
	if len(data) > maxData {
		return nil, false
	}
	parts := strings.SplitN(data, ".", 5)
	if len(parts) < 4 || parts[0] != pressMark || !plain(parts[1], maxNonce) {
		return nil, false
	}
	turn, err := strconv.ParseInt(parts[2], 36, 32)
	if err != nil || turn < 0 || turn > maxTurn || strconv.FormatInt(turn, 36) != parts[2] {
		return nil, false
	}
	p := &Press{Nonce: parts[1], Turn: int(turn), Op: Op(parts[3])}
	if !known(p.Op) {
		return nil, false
	}
	if len(parts) == 5 {
		if parts[4] == "" || !plain(strings.ReplaceAll(parts[4], ".", ""), maxData) {
			return nil, false
		}
		p.Arg = parts[4]
	}
	return p, true
}

// Data is the callback data of a button under the draft's present question.
func (d Draft) Data(op Op, arg string) string {
	var b strings.Builder
	b.Grow(maxData)
	b.WriteString(pressMark)
	b.WriteByte('.')
	b.WriteString(d.Nonce)
	b.WriteByte('.')
	b.WriteString(strconv.FormatInt(int64(d.Turn), 36))
	b.WriteByte('.')
	b.WriteString(string(op))
	if arg != "" {
		b.WriteByte('.')
		b.WriteString(arg)
	}
	return b.String()
}

func known(op Op) bool {
	switch op {
	case OpOption, OpDone, OpBack, OpSkip, OpExit, OpCancel, OpDiscard, OpKeep, OpEdit, OpSubmit, OpPage, OpUnit, OpAside, OpClear:
		return true
	}
	return false
}

// plain says whether s is made of letters, digits, "_" and "-" only, and neither empty nor too long.
func plain(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// SeenUpdate says whether the update already took effect in this session.
func (s Session) SeenUpdate(id int64) bool {
	for _, seen := range s.Seen {
		if seen == id {
			return true
		}
	}
	return false
}

// MarkSent remembers the messages of a submission, the newest MaxSentMessages of them, forgetting the oldest
// submission over MaxSent.
func (s *Session) MarkSent(sent Sent) {
	sent.Messages = sent.Messages[max(len(sent.Messages)-MaxSentMessages, 0):]
	if len(sent.Messages) == 0 {
		return
	}
	all := append(append([]Sent{}, s.Sent...), sent)
	s.Sent = all[max(len(all)-MaxSent, 0):]
}

// SentWith gives the submission that a message became part of; one without a case when none is remembered.
func (s Session) SentWith(message int) Sent {
	for _, sent := range s.Sent {
		for _, m := range sent.Messages {
			if m == message && m != 0 {
				return sent
			}
		}
	}
	return Sent{}
}

// MarkSeen remembers an update, forgetting the oldest over MaxSeen. It never changes the array that
// an earlier copy of the session holds.
func (s *Session) MarkSeen(id int64) {
	if s.SeenUpdate(id) {
		return
	}
	keep := s.Seen
	if len(keep) >= MaxSeen {
		keep = keep[len(keep)-MaxSeen+1:]
	}
	seen := make([]int64, 0, len(keep)+1)
	s.Seen = append(append(seen, keep...), id)
}
