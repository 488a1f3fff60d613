package evidence

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"os"
)

// oggPage is one page: its header with the lacing values, and its content.
type oggPage struct {
	head    [27]byte
	lacing  []byte
	content []byte
}

const (
	oggContinued = 1
	oggFirst     = 2
	oggLast      = 4
)

// readOggPage gives io.EOF at the end of the file, errCannot for anything but a whole page.
func readOggPage(r *bufio.Reader) (*oggPage, error) {
	p := &oggPage{}
	if _, err := io.ReadFull(r, p.head[:]); err == io.EOF {
		return nil, err
	} else if err != nil || string(p.head[:4]) != "OggS" || p.head[4] != 0 {
		return nil, errCannot
	}
	p.lacing = make([]byte, p.head[26])
	if _, err := io.ReadFull(r, p.lacing); err != nil {
		return nil, errCannot
	}
	size := 0
	for _, n := range p.lacing {
		size += int(n)
	}
	p.content = make([]byte, size)
	if _, err := io.ReadFull(r, p.content); err != nil {
		return nil, errCannot
	}
	return p, nil
}

// oggWriter writes the pages of one stream under a number of ours: the encoder's is random, and as good as a name.
type oggWriter struct {
	w     *bufio.Writer
	pages uint32
}

func (o *oggWriter) write(p *oggPage) error {
	binary.LittleEndian.PutUint32(p.head[14:], 1)
	binary.LittleEndian.PutUint32(p.head[18:], o.pages)
	binary.LittleEndian.PutUint32(p.head[22:], 0)
	p.head[26] = byte(len(p.lacing))
	o.pages++
	whole := bytes.Join([][]byte{p.head[:], p.lacing, p.content}, nil)
	binary.LittleEndian.PutUint32(whole[22:], oggSum(whole))
	_, err := o.w.Write(whole)
	return err
}

// oggSum is Ogg's check sum: CRC-32 with the bits the other way round than hash/crc32 has them.
func oggSum(b []byte) uint32 {
	var sum uint32
	for _, c := range b {
		sum ^= uint32(c) << 24
		for range 8 {
			if sum&0x80000000 != 0 {
				sum = sum<<1 ^ 0x04c11db7
			} else {
				sum <<= 1
			}
		}
	}
	return sum
}

// packets writes header packets, each from a lacing value of its own on, into as many pages as they need.
func (o *oggWriter) packets(packets [][]byte) error {
	var lacing, content []byte
	for _, p := range packets {
		for left := len(p); ; left -= 255 {
			lacing = append(lacing, byte(min(left, 255)))
			if left < 255 {
				break
			}
		}
		content = append(content, p...)
	}
	continued := false
	for len(lacing) > 0 {
		p := &oggPage{lacing: lacing[:min(len(lacing), 255)]}
		copy(p.head[:], "OggS")
		if continued {
			p.head[5] = oggContinued
		}
		size := 0
		ends := false
		for _, n := range p.lacing {
			size += int(n)
			ends = ends || n < 255
		}
		if !ends { // no packet ends here: such a page has no position
			binary.LittleEndian.PutUint64(p.head[6:], ^uint64(0))
		}
		continued = p.lacing[len(p.lacing)-1] == 255
		p.content, content = content[:size], content[size:]
		lacing = lacing[len(p.lacing):]
		if err := o.write(p); err != nil {
			return err
		}
	}
	return nil
}

// maxHeaders bounds the header packets: comments may hold a picture.
const maxHeaders = 8 << 20

// pages writes an Opus or Vorbis file anew with empty comments. Files with more than one stream cannot be cleaned.
func pages(j *job, out *os.File) error {
	r := bufio.NewReaderSize(j.reader(), 64<<10)
	o := &oggWriter{w: bufio.NewWriterSize(out, 64<<10)}
	first, err := readOggPage(r)
	if err != nil || first.head[5]&oggFirst == 0 || len(first.lacing) != 1 {
		return errCannot
	}
	serial := binary.LittleEndian.Uint32(first.head[14:])
	same := func(p *oggPage) bool {
		return p.head[5]&oggFirst == 0 && binary.LittleEndian.Uint32(p.head[14:]) == serial
	}
	want := 0
	switch {
	case bytes.HasPrefix(first.content, []byte("OpusHead")):
		want = 1
	case bytes.HasPrefix(first.content, []byte("\x01vorbis")) && len(first.content) == 30:
		want = 2
	default:
		return errCannot
	}
	if err := o.write(first); err != nil {
		return err
	}
	headers, err := oggHeaders(r, want, same)
	if err != nil {
		return err
	}
	nothing := make([]byte, 8) // a maker's name of no length, no comments
	switch {
	case want == 1 && bytes.HasPrefix(headers[0], []byte("OpusTags")):
		headers[0] = append([]byte("OpusTags"), nothing...)
	case want == 2 && bytes.HasPrefix(headers[0], []byte("\x03vorbis")) && bytes.HasPrefix(headers[1], []byte("\x05vorbis")):
		headers[0] = append(append([]byte("\x03vorbis"), nothing...), 1)
	default:
		return errCannot
	}
	if err := o.packets(headers); err != nil {
		return err
	}
	for {
		p, err := readOggPage(r)
		if err == io.EOF {
			return o.w.Flush()
		}
		if err != nil || !same(p) {
			return errCannot
		}
		if err := o.write(p); err != nil {
			return err
		}
		if p.head[5]&oggLast != 0 { // what stands behind the end is not sound
			return o.w.Flush()
		}
	}
}

// oggHeaders reads packets until there are want of them, which must end with their page.
func oggHeaders(r *bufio.Reader, want int, same func(*oggPage) bool) ([][]byte, error) {
	var headers [][]byte
	var packet []byte
	for read := 0; len(headers) < want; {
		p, err := readOggPage(r)
		if err != nil || !same(p) {
			return nil, errCannot
		}
		if read += len(p.content); read > maxHeaders {
			return nil, errCannot
		}
		at := 0
		for i, n := range p.lacing {
			packet = append(packet, p.content[at:at+int(n)]...)
			at += int(n)
			if n == 255 {
				continue
			}
			headers, packet = append(headers, packet), nil
			if len(headers) == want && i < len(p.lacing)-1 {
				return nil, errCannot
			}
		}
	}
	return headers, nil
}
