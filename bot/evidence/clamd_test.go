package evidence

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// eicar is the file every scanner finds, in two parts so that this file is not taken for it.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + `STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// clamd is a strict stand-in: what is not the protocol to the byte is answered as clamd answers it, by an error and the
// end of the connection.
type clamd struct {
	limit  int
	silent bool
	answer string // in place of an honest one
}

func (c clamd) serve(t *testing.T, network string) string {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, address)
	must(t, err)
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			c.talk(conn)
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func (c clamd) talk(conn net.Conn) {
	r := bufio.NewReader(conn)
	say := func(s string) { _, _ = io.WriteString(conn, s+"\x00") }
	command, err := r.ReadString(0)
	if err != nil {
		return
	}
	if c.silent {
		_, _ = io.Copy(io.Discard, r)
		return
	}
	if command == "zPING\x00" {
		say("PONG")
		return
	}
	if command != "zINSTREAM\x00" {
		say("UNKNOWN COMMAND")
		return
	}
	var body bytes.Buffer
	for {
		var n uint32
		if binary.Read(r, binary.BigEndian, &n) != nil {
			return
		}
		if n == 0 {
			break
		}
		if body.Len()+int(n) > c.limit {
			say("INSTREAM size limit exceeded. ERROR")
			return
		}
		if _, err := io.CopyN(&body, r, int64(n)); err != nil {
			return
		}
	}
	switch {
	case c.answer != "":
		say(c.answer)
	case bytes.Contains(body.Bytes(), []byte(eicar)):
		say("stream: Eicar-Signature FOUND")
	default:
		say("stream: OK")
	}
}

func TestClamd(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m, err := NewScanMetrics(reg)
	must(t, err)
	for _, network := range []string{"tcp", "unix"} {
		c := Clamd{Addr: clamd{limit: 1 << 20}.serve(t, network), Metrics: m}
		must(t, c.Ping(t.Context()))
		for _, n := range []int{0, 1, clamChunk - 1, clamChunk, clamChunk + 1, 5 * clamChunk} {
			if hit, err := c.Scan(t.Context(), bytes.NewReader(make([]byte, n))); hit || err != nil {
				t.Errorf("%s, %d bytes: %v (%v)", network, n, hit, err)
			}
		}
		// Between two pieces too.
		if hit, err := c.Scan(t.Context(), strings.NewReader(strings.Repeat(" ", clamChunk-10)+eicar)); !hit || err != nil {
			t.Errorf("%s: %v (%v)", network, hit, err)
		}
		if hit, err := c.Scan(t.Context(), bytes.NewReader(make([]byte, 2<<20))); hit || !errors.Is(err, ErrScanner) {
			t.Errorf("%s, too long: %v (%v)", network, hit, err)
		}
		if hit, err := c.Scan(t.Context(), brokenReader{}); hit || !errors.Is(err, errBroken) || errors.Is(err, ErrScanner) {
			t.Errorf("%s, cannot be read: %v (%v)", network, hit, err)
		}
	}
	families, err := reg.Gather()
	must(t, err)
	said := map[string]float64{}
	for _, counted := range families[len(families)-1].Metric { // after the times, by name
		said[counted.Label[0].GetValue()] = counted.Counter.GetValue()
	}
	if want := map[string]float64{"clean": 12, "infected": 2, "away": 2, "failed": 2}; !maps.Equal(said, want) {
		t.Errorf("counted %v, want %v", said, want)
	}
}

func TestClamdThatDoesNotSay(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent := clamd{silent: true}.serve(t, "tcp")
	for name, scan := range map[string]func() (bool, error){
		"nobody there": func() (bool, error) { return Clamd{Addr: "127.0.0.1:1"}.Scan(t.Context(), strings.NewReader(eicar)) },
		"cancelled":    func() (bool, error) { return Clamd{Addr: silent}.Scan(ctx, strings.NewReader(eicar)) },
		"silent": func() (bool, error) {
			return Clamd{Addr: silent, Timeout: 50 * time.Millisecond}.Scan(t.Context(), strings.NewReader(eicar))
		},
		"out of memory": func() (bool, error) {
			return Clamd{Addr: clamd{limit: 1 << 20, answer: "stream: Can't allocate memory ERROR"}.serve(t, "tcp")}.Scan(t.Context(), strings.NewReader("x"))
		},
		"another answer": func() (bool, error) {
			return Clamd{Addr: clamd{limit: 1 << 20, answer: fmt.Sprintf("stream: %2000s FOUND", "x")}.serve(t, "tcp")}.Scan(t.Context(), strings.NewReader("x"))
		},
	} {
		if hit, err := scan(); hit || !errors.Is(err, ErrScanner) || strings.Contains(fmt.Sprint(err), "EICAR") {
			t.Errorf("%s: %v (%v)", name, hit, err)
		}
	}
	if err := (Clamd{Addr: silent, Timeout: 50 * time.Millisecond}).Ping(t.Context()); !errors.Is(err, ErrScanner) {
		t.Errorf("silent: %v", err)
	}
}
