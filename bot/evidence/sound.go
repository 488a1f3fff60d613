package evidence

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"os"
)

// chunks keeps of a WAV file its format and its sound; lists, broadcast and recorder chunks go.
func chunks(j *job, out *os.File) error {
	head := make([]byte, 12)
	if err := j.at(head, 0); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return errCannot
	}
	if _, err := out.Write(head); err != nil {
		return err
	}
	length, kept := int64(4), map[string]bool{}
	for at := int64(12); at+8 <= j.size && !kept["data"]; {
		if err := j.at(head[:8], at); err != nil {
			return errCannot
		}
		name, n := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		if name == "data" {
			n = min(n, j.size-at-8) // recorders that were cut short, or never knew how long, claim more
		}
		next := at + 8 + n + n&1
		if name == "fmt " && n <= 64 || name == "data" && kept["fmt "] {
			if kept[name] || at+8+n > j.size {
				return errCannot
			}
			kept[name] = true
			if name == "data" {
				binary.LittleEndian.PutUint32(head[4:], uint32(n))
			}
			if _, err := out.Write(head[:8]); err != nil {
				return err
			}
			if _, err := io.Copy(out, io.NewSectionReader(j.src, at+8, n)); err != nil {
				return err
			}
			if _, err := out.Write(make([]byte, n&1)); err != nil {
				return err
			}
			length += 8 + n + n&1
		}
		at = next
	}
	if !kept["fmt "] || !kept["data"] {
		return errCannot
	}
	_, err := out.WriteAt(binary.LittleEndian.AppendUint32(nil, uint32(length)), 4)
	return err
}

// at fills p from off on; a file that ends before that cannot be understood.
func (j *job) at(p []byte, off int64) error {
	if n, err := j.src.ReadAt(p, off); n < len(p) {
		if err == nil || err == io.EOF {
			return errCannot
		}
		return err
	}
	return nil
}

// frames keeps of an MP3 file the frames of sound, one behind the other; tags before, between and behind them go, and
// the name of the encoder in the first.
func frames(j *job, out *os.File) error {
	w := bufio.NewWriterSize(out, 64<<10)
	at, kept, lost, inStep := int64(0), 0, int64(0), false
	head := make([]byte, 10)
	for at+4 <= j.size {
		n, err := j.src.ReadAt(head, at)
		if n < 4 {
			return err
		}
		if tag := tagLength(head[:n]); tag > 0 {
			at += tag
			inStep = false
			continue
		}
		length := frameLength(head)
		// One frame proves little, unless it stands where the last one ended: a picture in a tag has bytes that look
		// like its start.
		if length == 0 || at+length > j.size || !inStep && !j.frameAt(at+length) {
			at++
			inStep = false
			if lost++; lost > 1<<20 {
				return errCannot
			}
			continue
		}
		frame := make([]byte, length)
		if err := j.at(frame, at); err != nil {
			return err
		}
		if kept == 0 {
			frame = withoutEncoder(frame)
		}
		if _, err := w.Write(frame); err != nil {
			return err
		}
		kept++
		at += length
		inStep = true
	}
	if kept < 2 {
		return errCannot
	}
	return w.Flush()
}

// frameAt says whether what may follow a frame starts at off: another frame, a tag, or nothing.
func (j *job) frameAt(off int64) bool {
	head := make([]byte, 10)
	n, _ := j.src.ReadAt(head, off) // a file that cannot be read is noticed by the reader of the frame
	if n < 4 {
		return true
	}
	tail := bytes.HasPrefix(head, []byte("TAG")) || bytes.HasPrefix(head, []byte("APETAG")) || bytes.HasPrefix(head, []byte("LYRICS"))
	return tail || tagLength(head[:n]) > 0 || frameLength(head) > 0
}

// tagLength is the length of an ID3v2 tag that starts here, 0 when none does.
func tagLength(head []byte) int64 {
	if len(head) < 10 || string(head[:3]) != "ID3" || head[3] == 0xff || (head[6]|head[7]|head[8]|head[9])&0x80 != 0 {
		return 0
	}
	n := int64(head[6])<<21 | int64(head[7])<<14 | int64(head[8])<<7 | int64(head[9])
	if head[5]&0x10 != 0 {
		n += 10 // a footer
	}
	return n + 10
}

// frameLength is the length of an MPEG frame of layer III that starts here, 0 when none does.
func frameLength(h []byte) int64 {
	if h[0] != 0xff || h[1]&0xe0 != 0xe0 || h[1]>>1&3 != 1 {
		return 0
	}
	version, rate, pad := h[1]>>3&3, h[2]>>2&3, int64(h[2]>>1&1)
	if version == 1 || rate == 3 {
		return 0
	}
	first := [16]int64{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}
	later := [16]int64{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}
	hertz := [3]int64{44100, 48000, 32000}[rate]
	bits, samples := first[h[2]>>4], int64(144)
	switch version {
	case 2:
		bits, samples, hertz = later[h[2]>>4], 72, hertz/2
	case 0:
		bits, samples, hertz = later[h[2]>>4], 72, hertz/4
	}
	if bits == 0 {
		return 0
	}
	return samples*bits*1000/hertz + pad
}

// withoutEncoder blanks what stands in a frame with a table of contents (Xing, Info) behind the table: the encoder's
// name and settings. A frame of Fraunhofer's kind is left out.
func withoutEncoder(frame []byte) []byte {
	if bytes.Contains(frame[:min(len(frame), 64)], []byte("VBRI")) {
		return nil
	}
	at := max(bytes.Index(frame[:min(len(frame), 64)], []byte("Xing")), bytes.Index(frame[:min(len(frame), 64)], []byte("Info")))
	if at < 0 || at+8 > len(frame) {
		return frame
	}
	end := at + 8
	for bit, size := range []int{4, 4, 100, 4} { // frames, bytes, the table, quality
		if frame[at+7]>>bit&1 == 1 {
			end += size
		}
	}
	if end < len(frame) {
		clear(frame[end:])
	}
	return frame
}
