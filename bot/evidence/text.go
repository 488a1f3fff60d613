package evidence

import (
	"bufio"
	"io"
	"os"
)

// plain copies text and makes sure that it is text to its end: behind a page of words there may be a picture.
func plain(j *job, out *os.File) error {
	r := bufio.NewReaderSize(j.reader(), 64<<10)
	wide, little := false, false
	if bom, err := r.Peek(2); err == nil {
		little = bom[0] == 0xff && bom[1] == 0xfe
		wide = little || bom[0] == 0xfe && bom[1] == 0xff
	}
	w := bufio.NewWriterSize(out, 64<<10)
	for {
		b, err := r.ReadByte()
		if err == io.EOF {
			return w.Flush()
		}
		if err != nil {
			return err
		}
		if err := w.WriteByte(b); err != nil {
			return err
		}
		if wide { // UTF-16: the high byte says whether the low one is a character of its own
			next, err := r.ReadByte()
			if err != nil {
				return errCannot // half a character
			}
			if err := w.WriteByte(next); err != nil {
				return err
			}
			high, low := b, next
			if little {
				high, low = next, b
			}
			if high == 0 && control(low) {
				return errCannot
			}
			continue
		}
		if control(b) {
			return errCannot
		}
	}
}

func control(b byte) bool {
	switch b {
	case '\t', '\n', '\r', '\f', 0x1a, 0x1b: // the last two: DOS's end of file, and escapes of terminals and ISO-2022
		return false
	}
	return b < 0x20 || b == 0x7f
}
