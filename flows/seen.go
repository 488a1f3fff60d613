package flows

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
)

// UpdateIDs are ids of updates in the order in which they were seen. In a session they are a third of its length when
// written out, so they are written as what each is more than the one before it: varints, in base64.
type UpdateIDs []int64

// MarshalJSON implements json.Marshaler.
func (u UpdateIDs) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 4*len(u)+8)
	last := int64(0)
	for _, id := range u {
		raw = binary.AppendVarint(raw, id-last)
		last = id
	}
	out := make([]byte, 0, base64.RawStdEncoding.EncodedLen(len(raw))+2)
	out = append(out, '"')
	out = base64.RawStdEncoding.AppendEncode(out, raw)
	return append(out, '"'), nil
}

// UnmarshalJSON implements json.Unmarshaler. A list of numbers is taken too.
func (u *UpdateIDs) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' {
		return json.Unmarshal(b, (*[]int64)(u))
	}
	raw, err := base64.RawStdEncoding.AppendDecode(nil, b[1:len(b)-1])
	if err != nil {
		return errors.New("update ids: not base64")
	}
	*u = nil
	last := int64(0)
	for len(raw) > 0 {
		more, n := binary.Varint(raw)
		if n <= 0 {
			return errors.New("update ids: cut short")
		}
		last += more
		*u, raw = append(*u, last), raw[n:]
	}
	return nil
}
