package blobs

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// What is done with files is counted, and of the halves of keys nothing but failures.
func TestMetricsTellNoFiling(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a folder
	reg := prometheus.NewRegistry()
	if err := s.Measure(reg); err != nil {
		t.Fatal(err)
	}
	const id = "00000000-0000-4000-8000-000000000001"
	counted := func() (all []string) {
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.Metric {
				if m.Counter.GetValue() > 0 {
					all = append(all, m.Label[0].GetValue()+" "+m.Label[1].GetValue())
				}
			}
		}
		return all
	}
	if err := s.PutShare(t.Context(), id, bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Share(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteShare(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := counted(); len(got) > 0 {
		t.Errorf("the life of a share is counted: %v", got)
	}
	broken := errors.New("broken")
	if err := s.Put(t.Context(), "files/a", func(w io.Writer) error { _, err := w.Write([]byte("x")); return err }); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "keys/00/b", func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "files/none"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	want := []string{"file_read missing", "file_write ok", "share failed"}
	if got := counted(); !slices.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}
