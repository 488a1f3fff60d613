package evidence

import (
	"bufio"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"github.com/bep/imagemeta"
	_ "golang.org/x/image/webp" // registers a decoder
)

// maxPixels bounds what is decoded: a small file can claim a picture that fills the memory.
const maxPixels = 50_000_000

// picture decodes a picture and encodes it anew, which leaves its metadata (place, camera, time) and anything hidden
// behind the picture's end behind. Its orientation is kept by turning the picture.
func picture(j *job, out *os.File) error {
	var err error
	j.t, err = redraw(j.src, j.size, out, true)
	return err
}

// redraw writes the picture anew as a PNG, or as a JPEG when it was no PNG and nothing of it is transparent. Errors that
// are not errCannot are of out.
func redraw(src io.ReaderAt, size int64, out io.Writer, turn bool) (Type, error) {
	read := func() *bufio.Reader { return bufio.NewReader(io.NewSectionReader(src, 0, size)) }
	config, format, err := image.DecodeConfig(read())
	if err != nil || !sane(config) {
		return Unknown, errCannot
	}
	p, _, err := image.Decode(read())
	if err != nil {
		return Unknown, errCannot
	}
	if turn {
		p = upright(p, orientation(io.NewSectionReader(src, 0, size), format))
	}
	w := bufio.NewWriter(out)
	t := JPEG
	if opaque, ok := p.(interface{ Opaque() bool }); format == "png" || format == "gif" || ok && !opaque.Opaque() {
		t = PNG
		err = png.Encode(w, p)
	} else {
		err = jpeg.Encode(w, p, &jpeg.Options{Quality: 90})
	}
	if err != nil {
		return Unknown, onlyDisk(err)
	}
	return t, w.Flush()
}

func sane(c image.Config) bool {
	return c.Width > 0 && c.Height > 0 && int64(c.Width)*int64(c.Height) <= maxPixels
}

// movingPicture keeps the frames of a GIF, their times and whether they repeat; its comments and blocks of programs go.
func movingPicture(j *job, out *os.File) error {
	if pixels, err := gifPixels(bufio.NewReader(j.reader())); err != nil || pixels > 2*maxPixels {
		return errCannot
	}
	g, err := gif.DecodeAll(bufio.NewReader(j.reader()))
	if err != nil || !sane(g.Config) {
		return errCannot
	}
	w := bufio.NewWriter(out)
	if err := gif.EncodeAll(w, g); err != nil {
		return onlyDisk(err)
	}
	return w.Flush()
}

// gifPixels adds up the areas of all frames without decoding any.
func gifPixels(r *bufio.Reader) (int64, error) {
	head := make([]byte, 13)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, err
	}
	table := func(flags byte) error {
		if flags&0x80 == 0 {
			return nil
		}
		_, err := r.Discard(3 << (flags&7 + 1))
		return err
	}
	blocks := func() error {
		for {
			n, err := r.ReadByte()
			if err != nil || n == 0 {
				return err
			}
			if _, err := r.Discard(int(n)); err != nil {
				return err
			}
		}
	}
	err := table(head[10])
	for total := int64(0); ; {
		if err != nil {
			return 0, err
		}
		var kind byte
		if kind, err = r.ReadByte(); err != nil {
			return 0, err
		}
		switch kind {
		case 0x3b: // the end
			return total, nil
		case 0x21: // an extension
			if _, err = r.Discard(1); err == nil {
				err = blocks()
			}
		case 0x2c: // a frame
			frame := head[:9]
			if _, err = io.ReadFull(r, frame); err != nil {
				return 0, err
			}
			total += (int64(frame[4]) | int64(frame[5])<<8) * (int64(frame[6]) | int64(frame[7])<<8)
			if err = table(frame[8]); err != nil {
				return 0, err
			}
			if _, err = r.Discard(1); err == nil { // the size of a code
				err = blocks()
			}
		default:
			return 0, errCannot
		}
	}
}

// orientation is EXIF's tag 274, 1 to 8; 1 when there is none or it cannot be read.
func orientation(r io.ReadSeeker, format string) int {
	formats := map[string]imagemeta.ImageFormat{"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "webp": imagemeta.WebP}
	f, ok := formats[format]
	if !ok {
		return 1
	}
	found := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R: r, ImageFormat: f, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if v, ok := tag.Value.(uint16); ok && v >= 1 && v <= 8 {
				found = int(v)
			}
			return nil
		},
	})
	if err != nil {
		return 1
	}
	return found
}

// upright turns and mirrors a picture as its orientation asks (EXIF 2.32, 4.6.4.A).
func upright(p image.Image, orientation int) image.Image {
	if orientation == 1 {
		return p
	}
	b := p.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	fast, isFast := p.(image.RGBA64Image) // the standard library's all are; At makes a new value of each pixel
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			if isFast {
				out.SetRGBA64(tx, ty, fast.RGBA64At(b.Min.X+x, b.Min.Y+y))
			} else {
				out.Set(tx, ty, p.At(b.Min.X+x, b.Min.Y+y))
			}
		}
	}
	return out
}
