package evidence

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

// ErrScanner is wrapped by every error of a scan: whether there is a virus is not known.
var ErrScanner = errors.New("evidence: the virus scanner did not say")

// Clamd is a ClamAV daemon. No maintained client is to be had as a module, and the protocol is one command.
type Clamd struct {
	Addr    string        // host:port, or the path of a socket
	Timeout time.Duration // of one scan as a whole; 0 is a minute
	Metrics *ScanMetrics
}

// clamChunk is what is sent at once. clamd takes any size up to its StreamMaxLength.
const clamChunk = 64 << 10

// Scan streams r to the daemon and says whether it found a virus.
func (c Clamd) Scan(ctx context.Context, r io.Reader) (hit bool, err error) {
	defer c.Metrics.scanned(time.Now(), &hit, &err)
	answer, err := c.ask(ctx, "zINSTREAM\x00", r)
	switch {
	case err != nil:
		return false, err
	case answer == "stream: OK":
		return false, nil
	case strings.HasPrefix(answer, "stream: ") && strings.HasSuffix(answer, " FOUND"):
		return true, nil // the name of the virus is left out: some are named after files
	case strings.Contains(answer, "size limit exceeded"):
		return false, errors.Join(ErrScanner, errors.New("StreamMaxLength in clamd.conf is smaller than this file"))
	}
	return false, ErrScanner
}

// Ping says whether the daemon is there.
func (c Clamd) Ping(ctx context.Context) error {
	answer, err := c.ask(ctx, "zPING\x00", nil)
	if err == nil && answer != "PONG" {
		return ErrScanner
	}
	return err
}

func (c Clamd) ask(ctx context.Context, command string, body io.Reader) (string, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	network := "tcp"
	if strings.Contains(c.Addr, "/") {
		network = "unix"
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, c.Addr)
	if err != nil {
		return "", errors.Join(ErrScanner, err)
	}
	defer conn.Close() // the answer has been read, or nobody waits for it
	// Whatever ends the context ends reading and writing.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, command); err != nil {
		return "", errors.Join(ErrScanner, err)
	}
	var sent error
	if body != nil {
		var read error
		if read, sent = stream(conn, body); read != nil {
			return "", failed("read file", read)
		}
	}
	// A daemon that has read enough answers and closes: its answer counts, not that it would take no more.
	answer, err := bufio.NewReader(io.LimitReader(conn, 1024)).ReadString(0)
	if err != nil {
		return "", errors.Join(ErrScanner, ctx.Err(), sent, err)
	}
	return strings.TrimSuffix(answer, "\x00"), nil
}

// stream sends body in pieces, each behind its length, and an empty one.
func stream(to io.Writer, body io.Reader) (read, sent error) {
	piece := make([]byte, 4+clamChunk)
	for {
		n, err := io.ReadFull(body, piece[4:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err, nil
		}
		binary.BigEndian.PutUint32(piece, uint32(n))
		if n > 0 {
			if _, err := to.Write(piece[:4+n]); err != nil {
				return nil, err
			}
		}
		if n < clamChunk {
			_, err := to.Write(make([]byte, 4))
			return nil, err
		}
	}
}
