package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func sealFile(t testing.TB, c *CaseKey, file string, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := c.SealStream(&out, file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openFile(c *CaseKey, file string, sealed []byte) ([]byte, error) {
	r, err := c.OpenStream(bytes.NewReader(sealed), file)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestStream(t *testing.T) {
	t.Parallel()
	_, _, c := caseKey(t, generate(t), "case-1")
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plain")
		plain = bytes.Repeat(plain, rapid.IntRange(1, 900).Draw(t, "times"))
		file := rapid.String().Draw(t, "file")
		// Written and read in pieces of any size.
		var out bytes.Buffer
		w, err := c.SealStream(&out, file)
		if err != nil {
			t.Fatal(err)
		}
		for rest := plain; len(rest) > 0; {
			n := rapid.IntRange(0, len(rest)).Draw(t, "piece")
			if m, err := w.Write(rest[:n]); err != nil || m != n {
				t.Fatalf("wrote %d of %d, %v", m, n, err)
			}
			rest = rest[n:]
			if n == 0 {
				if _, err := w.Write(rest); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := c.OpenStream(&out, file)
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, plain); err != nil {
			t.Fatal(err)
		}
	})
}

// TestStreamLengths holds every stored length to its class, at the borders above all.
func TestStreamLengths(t *testing.T) {
	t.Parallel()
	_, _, c := caseKey(t, generate(t), "case-1")
	const KiB, MiB = 1 << 10, 1 << 20
	one := 64*KiB - streamHead - segmentTag - 2*frameHead // the most that fits the first class
	for _, tt := range []struct{ length, want int }{
		{0, 64 * KiB}, {1, 64 * KiB}, {one, 64 * KiB}, {one + 1, 128 * KiB},
		{500 * KiB, 512 * KiB}, {960 * KiB, MiB}, {1023 * KiB, MiB},
		{MiB - streamHead - segmentTag - 17*frameHead, MiB}, {MiB - streamHead - segmentTag - 17*frameHead + 1, 2 * MiB},
		{MiB, 2 * MiB}, {2 * MiB, 3 * MiB}, {5*MiB - 1000, 5 * MiB}, {5*MiB - 10, 6 * MiB},
	} {
		plain := make([]byte, tt.length)
		_, _ = rand.Read(plain) // never fails
		sealed := sealFile(t, c, "1", plain)
		if len(sealed) != tt.want {
			t.Errorf("%d bytes are stored as %d, want %d", tt.length, len(sealed), tt.want)
		}
		if got, err := openFile(c, "1", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %d come back, %v", tt.length, len(got), err)
		}
	}
}

func TestRoomIsTheSmallestClass(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<40).Draw(t, "n")
		if rapid.Bool().Draw(t, "small") {
			n %= 4 << 20
		}
		r := room(n)
		if r < n {
			t.Fatalf("room for %d is %d", n, r)
		}
		segments := (r + streamHead + segmentSize - segmentTag - 1) / (segmentSize - segmentTag)
		stored, class := r+streamHead+segments*segmentTag, int64(segmentSize)
		if stored <= segmentSize {
			class = smallClass
		}
		if stored%class != 0 || stored-class >= n+streamHead+segments*segmentTag {
			t.Fatalf("%d bytes are stored as %d", n, stored)
		}
	})
}

func TestStreamOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	k := generate(t)
	_, _, c := caseKey(t, k, "case-1")
	_, _, other := caseKey(t, k, "case-1")
	secret, share := bytes.Repeat([]byte{1}, keySize), bytes.Repeat([]byte{2}, keySize)
	here, err := newCaseKey("case-1", secret, share)
	if err != nil {
		t.Fatal(err)
	}
	there, err := newCaseKey("case-2", secret, share)
	if err != nil {
		t.Fatal(err)
	}
	plain := make([]byte, 3<<20)
	_, _ = rand.Read(plain) // never fails
	sealed := sealFile(t, c, "1", plain)
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(sealed)) }
	swapped := change(func(b []byte) []byte {
		copy(b[segmentSize:], sealed[2*segmentSize:3*segmentSize])
		copy(b[2*segmentSize:], sealed[segmentSize:2*segmentSize])
		return b
	})
	field, err := c.Seal("1", 1, plain[:100])
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		key    *CaseKey
		file   string
		sealed []byte
	}{
		"another file":         {c, "2", sealed},
		"another key":          {other, "1", sealed},
		"another case":         {there, "1", sealFile(t, here, "1", []byte("words"))},
		"nothing":              {c, "1", nil},
		"one byte":             {c, "1", sealed[:1]},
		"the head":             {c, "1", sealed[:streamHead]},
		"cut in the head":      {c, "1", sealed[:10]},
		"cut at a segment":     {c, "1", sealed[:segmentSize]},
		"cut after two":        {c, "1", sealed[:2*segmentSize]},
		"one byte less":        {c, "1", sealed[:len(sealed)-1]},
		"one byte more":        {c, "1", append(bytes.Clone(sealed), 0)},
		"twice":                {c, "1", append(bytes.Clone(sealed), sealed...)},
		"segments swapped":     {c, "1", swapped},
		"a segment left out":   {c, "1", change(func(b []byte) []byte { return append(b[:segmentSize], b[2*segmentSize:]...) })},
		"another format":       {c, "1", change(func(b []byte) []byte { b[0]++; return b })},
		"the salt changed":     {c, "1", change(func(b []byte) []byte { b[5] ^= 1; return b })},
		"the last bit changed": {c, "1", change(func(b []byte) []byte { b[len(b)-1] ^= 1; return b })},
		"a field":              {c, "1", field},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := openFile(tt.key, tt.file, tt.sealed)
			if !errors.Is(err, ErrCannotOpen) {
				t.Fatalf("%d bytes, %v, want ErrCannotOpen", len(got), err)
			}
			if !bytes.HasPrefix(plain, got) {
				t.Error("bytes were given that are not the file's")
			}
		})
	}
}

// TestStreamRefusesForeignFrames seals by hand what SealStream never writes.
func TestStreamRefusesForeignFrames(t *testing.T) {
	t.Parallel()
	_, _, c := caseKey(t, generate(t), "case-1")
	for name, inside := range map[string][]byte{
		"nothing":             nil,
		"half a head":         {0, 0},
		"no end":              {0, 0, 0, 1, 'x'},
		"a frame cut":         {0, 0, 0, 9, 'x'},
		"a frame too long":    append([]byte{0, 1, 0, 0}, make([]byte, 1<<16)...),
		"words after the end": {0, 0, 0, 1, 'x', 0, 0, 0, 0, 'y'},
	} {
		var out bytes.Buffer
		aead, err := c.stream()
		if err != nil {
			t.Fatal(err)
		}
		out.WriteByte(format)
		w, err := aead.NewEncryptingWriter(&out, c.filePlace("1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(inside); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := c.OpenStream(&out, "1")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); !errors.Is(err, ErrCannotOpen) {
			t.Errorf("%s: %q, %v, want ErrCannotOpen", name, got, err)
		}
		// A failure is not followed by an end.
		if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, ErrCannotOpen) {
			t.Errorf("%s: read again: %d, %v, want ErrCannotOpen", name, n, err)
		}
	}
}

var errDisk = errors.New("disk")

// full is a disk on which so many bytes fit.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errDisk
	}
	f.left -= len(p)
	return len(p), nil
}

func TestStreamTellsOfItsDisk(t *testing.T) {
	t.Parallel()
	_, _, c := caseKey(t, generate(t), "case-1")
	for _, room := range []int{0, 1, 1 << 19, 1 << 20, 2 << 20} {
		w, err := c.SealStream(&full{room}, "1")
		if err == nil {
			// The first failure is given by Write or by Close, and by each Close after it.
			_, _ = w.Write(make([]byte, 5<<20)) // Close tells
			if err = w.Close(); !errors.Is(w.Close(), errDisk) {
				t.Errorf("%d: closing again = %v", room, err)
			}
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("%d: %v, want the disk's error", room, err)
		}
	}
	w, err := c.SealStream(io.Discard, "1")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Write([]byte("x")); n != 0 || err == nil {
		t.Errorf("a write after Close = %d, %v", n, err)
	}

	sealed := sealFile(t, c, "1", make([]byte, 3<<20))
	for _, at := range []int{0, 1, 20, streamHead, 1 << 20, 2<<20 + 5, len(sealed) - 1} {
		for _, broken := range []error{errDisk, io.ErrUnexpectedEOF} {
			r, err := c.OpenStream(io.MultiReader(bytes.NewReader(sealed[:at]), iotest.ErrReader(broken)), "1")
			if err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			if !errors.Is(err, broken) || errors.Is(err, ErrCannotOpen) {
				t.Errorf("broken at %d: %v, want %v", at, err, broken)
			}
		}
	}
}

// TestStreamWithoutCloseOpensNowhere is what a transfer that breaks off leaves.
func TestStreamWithoutCloseOpensNowhere(t *testing.T) {
	t.Parallel()
	_, _, c := caseKey(t, generate(t), "case-1")
	var out bytes.Buffer
	w, err := c.SealStream(&out, "1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 3<<20)); err != nil {
		t.Fatal(err)
	}
	if got, err := openFile(c, "1", out.Bytes()); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("%d bytes, %v, want ErrCannotOpen", len(got), err)
	}
}

// zeros gives so many of them.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(z.left, int64(len(p)))
	clear(p[:n])
	z.left -= n
	return int(n), nil
}

// TestStreamTakesConstantMemory passes a file through both ways at once. Not parallel: it counts
// what the whole process allocates.
func TestStreamTakesConstantMemory(t *testing.T) {
	_, _, c := caseKey(t, generate(t), "case-1")
	allocated := func(size int64) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		pr, pw := io.Pipe()
		sealed := make(chan error, 1)
		go func() {
			w, err := c.SealStream(pw, "1")
			if err == nil {
				_, err = io.Copy(w, &zeros{size})
			}
			if err == nil {
				err = w.Close()
			}
			sealed <- errors.Join(err, pw.CloseWithError(err))
		}()
		r, err := c.OpenStream(pr, "1")
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if err := errors.Join(err, <-sealed); err != nil || n != size {
			t.Fatalf("%d of %d bytes, %v", n, size, err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := allocated(4<<20), allocated(64<<20)
	if large > small+1<<20 {
		t.Errorf("64 MiB allocate %d bytes, 4 MiB %d", large, small)
	}
}

func FuzzOpenStream(f *testing.F) {
	secret, share := bytes.Repeat([]byte{1}, keySize), bytes.Repeat([]byte{2}, keySize)
	c, err := newCaseKey("case-1", secret, share)
	if err != nil {
		f.Fatal(err)
	}
	words := []byte("words of the file")
	whole := sealFile(f, c, "1", words)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(whole[:streamHead])
	f.Add([]byte{})
	f.Add([]byte{format, streamHead - 1})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		got, err := openFile(c, "1", sealed)
		// Nobody without the key makes another: what opens is the seed, perhaps of another process.
		if err == nil && bytes.Equal(got, words) {
			return
		}
		if !errors.Is(err, ErrCannotOpen) || len(got) != 0 {
			t.Fatalf("%q, %v, want ErrCannotOpen", got, err)
		}
	})
}
