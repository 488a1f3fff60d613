package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// A sealed stream is the format byte and a tink AES-GCM-HKDF stream of segments of 1 MiB. Inside are
// frames: 4 bytes of length and that many bytes, at most maxFrame; the frame of length 0 is the end.
// Zeros follow it that fill the stored length up to its class. So the length of a file need not be
// known before, and is not told afterwards.
const (
	segmentSize = 1 << 20
	segmentTag  = subtle.AESGCMHKDFTagSizeInBytes
	streamHead  = 1 + 1 + keySize + subtle.AESGCMHKDFNoncePrefixSizeInBytes // ours, then tink's: its length, salt, nonce prefix
	smallClass  = 64 << 10
	frameHead   = 4
	maxFrame    = 64<<10 - frameHead
)

// SealStream gives a writer that seals a file of the case into w, in constant memory of a few MiB.
// file says which one; the same opens it. Only Close, which does not close w, makes the stream whole:
// after a failure leave it out, and what was written opens nowhere. The stored length is a multiple
// of 64 KiB up to 1 MiB and of 1 MiB above.
func (c *CaseKey) SealStream(w io.Writer, file string) (io.WriteCloser, error) {
	aead, err := c.stream()
	if err != nil {
		return nil, fmt.Errorf("seal file: %w", err)
	}
	if _, err := w.Write([]byte{format}); err != nil {
		return nil, fmt.Errorf("seal file: %w", err)
	}
	inner, err := aead.NewEncryptingWriter(w, c.filePlace(file))
	if err != nil {
		return nil, fmt.Errorf("seal file: %w", err)
	}
	s := &sealer{inner: inner, frame: make([]byte, frameHead, frameHead+maxFrame)}
	return sealingStream{s: func() *sealer { return s }}, nil
}

// OpenStream gives a reader of what SealStream wrote for the same case and file. What does not open
// gives ErrCannotOpen, at once or at a later Read: what was read before is true but not whole, and a
// file is whole only when io.EOF is reached. Errors of r itself are given as they are.
func (c *CaseKey) OpenStream(r io.Reader, file string) (io.Reader, error) {
	aead, err := c.stream()
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	s := &opener{from: &source{r: r}}
	var head [1]byte
	if _, err := io.ReadFull(s.from, head[:]); err != nil {
		return nil, s.failed()
	}
	if head[0] != format {
		return nil, s.failed()
	}
	if s.inner, err = aead.NewDecryptingReader(s.from, c.filePlace(file)); err != nil {
		return nil, s.failed()
	}
	return openingStream{s: func() *opener { return s }}, nil
}

func (c *CaseKey) stream() (*subtle.AESGCMHKDF, error) {
	return subtle.NewAESGCMHKDF(c.s().files, "SHA256", keySize, segmentSize, 1)
}

func (c *CaseKey) filePlace(file string) []byte {
	return appendParts(nil, "huiyin/file/1", c.s().caseID, file)
}

// room gives how many bytes can stand inside a stream of the smallest class that holds n.
func room(n int64) int64 {
	inside := func(stored int64) int64 {
		segments := (stored + segmentSize - 1) / segmentSize
		return stored - streamHead - segments*segmentTag
	}
	for stored := int64(smallClass); stored < segmentSize; stored += smallClass {
		if inside(stored) >= n {
			return inside(stored)
		}
	}
	// Every whole segment holds the same but the first, which holds the head besides.
	per := inside(2*segmentSize) - inside(segmentSize)
	segments := (n + streamHead + per - 1) / per
	return inside(segments * segmentSize)
}

// sealer collects a frame, of which the length must be known, and seals it when it is full.
type sealer struct {
	inner   io.WriteCloser
	frame   []byte // its head, still empty, and what was written
	written int64  // into inner
	err     error  // the first failure, or that it is closed
}

var errClosed = errors.New("seal file: it is closed")

func (s *sealer) Write(p []byte) (n int, err error) {
	for len(p) > 0 && s.err == nil {
		take := min(len(p), cap(s.frame)-len(s.frame))
		s.frame = append(s.frame, p[:take]...)
		p = p[take:]
		n += take
		if len(s.frame) == cap(s.frame) {
			s.flush()
		}
	}
	return n, s.err
}

// Close seals what is left, the end and the filling. After a failure it makes nothing whole and
// gives the failure again.
func (s *sealer) Close() error {
	if s.err != nil {
		return s.err
	}
	if len(s.frame) > frameHead {
		s.flush()
	}
	s.flush() // the empty frame
	for left := room(s.written) - s.written; left > 0 && s.err == nil; {
		clear(s.frame[:cap(s.frame)])
		left -= s.put(s.frame[:min(left, int64(cap(s.frame)))])
	}
	if s.err != nil {
		return s.err
	}
	if err := s.inner.Close(); err != nil {
		s.err = fmt.Errorf("seal file: %w", err)
		return s.err
	}
	s.err = errClosed
	clear(s.frame[:cap(s.frame)])
	return nil
}

func (s *sealer) flush() {
	binary.BigEndian.PutUint32(s.frame, uint32(len(s.frame)-frameHead))
	s.put(s.frame)
	s.frame = s.frame[:frameHead]
}

func (s *sealer) put(b []byte) int64 {
	if s.err != nil {
		return 0
	}
	n, err := s.inner.Write(b)
	s.written += int64(n)
	if err != nil {
		s.err = fmt.Errorf("seal file: %w", err)
	}
	return int64(n)
}

// opener gives the bytes of the frames.
type opener struct {
	inner io.Reader
	from  *source
	left  uint32 // bytes of the frame that are not read yet
	err   error  // how it ended; tink's reader would go on after a failure as if at the end
}

func (s *opener) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, s.err
	}
	for s.left == 0 && s.err == nil {
		s.err = s.next()
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.inner.Read(p[:min(len(p), int(s.left))])
	s.left -= uint32(n)
	if err != nil {
		s.err = s.failed() // inside a frame the end is too early
	}
	return n, s.err
}

// next reads the head of a frame. At the last it gives io.EOF, once everything after it is seen.
func (s *opener) next() error {
	var head [frameHead]byte
	if _, err := io.ReadFull(s.inner, head[:]); err != nil {
		return s.failed()
	}
	s.left = binary.BigEndian.Uint32(head[:])
	if s.left > maxFrame {
		return s.failed()
	}
	if s.left > 0 {
		return nil
	}
	fill := make([]byte, smallClass)
	for {
		n, err := s.inner.Read(fill)
		for _, b := range fill[:n] {
			if b != 0 {
				return s.failed()
			}
		}
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return s.failed()
		}
	}
}

// failed tells a broken source from a stream that does not open.
func (s *opener) failed() error {
	s.left = 0
	if s.from.err != nil {
		return fmt.Errorf("read sealed file: %w", s.from.err)
	}
	return fmt.Errorf("open file: %w", ErrCannotOpen)
}

// source remembers why its reader failed, which tink does not tell in every case.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// sealingStream and openingStream keep bytes of the file from being printed, for the reason given at
// Keyset.
type (
	sealingStream struct{ s func() *sealer }
	openingStream struct{ s func() *opener }
)

func (s sealingStream) Write(p []byte) (int, error) { return s.s().Write(p) }

func (s sealingStream) Close() error { return s.s().Close() }

func (s openingStream) Read(p []byte) (int, error) { return s.s().Read(p) }

// Format prints "[sealing stream]" for every verb: it holds bytes of the file.
func (sealingStream) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[sealing stream]") }

// LogValue gives "[sealing stream]" to slog.
func (sealingStream) LogValue() slog.Value { return slog.StringValue("[sealing stream]") }

// Format prints "[opening stream]" for every verb.
func (openingStream) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[opening stream]") }

// LogValue gives "[opening stream]" to slog.
func (openingStream) LogValue() slog.Value { return slog.StringValue("[opening stream]") }
