package blobs

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestSharesBefore(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ids := []string{"0a-one", "0b-two", "1c-three"}
		for _, id := range ids {
			if err := s.PutShare(t.Context(), id, []byte("share")); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Put(t.Context(), "files/0a/one/copy", text("no share")); err != nil {
			t.Fatal(err)
		}
		for then, want := range map[time.Time][]string{
			time.Now().Add(time.Hour): ids, time.Now().Add(-25 * time.Hour): nil, // a folder rounds down to the day
		} {
			var got []string
			for id, err := range s.SharesBefore(t.Context(), then) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, id)
			}
			if !slices.Equal(got, want) {
				t.Errorf("before %s: %q, want %q", then, got, want)
			}
		}
	})
}

func BenchmarkPutShare(b *testing.B) {
	s, err := Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	share := bytes.Repeat([]byte{7}, 32)
	for i := range b.N {
		if err := s.PutShare(b.Context(), fmt.Sprintf("%02x-%d", i%256, i), share); err != nil {
			b.Fatal(err)
		}
	}
}
