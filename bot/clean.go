package bot

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif" // decoders register themselves
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
	_ "golang.org/x/image/webp" // a decoder too

	"huiyin/bot/text"
)

// maxPixels bounds what is decoded: a small file can claim a picture that fills the memory.
const maxPixels = 50_000_000

// cleanFile gives the bytes an officer may get. A picture is decoded and encoded anew, which leaves its metadata
// (place, camera, time) and anything hidden behind the picture's end behind; its orientation is kept.
// Other files go through as they are. body is read whole for pictures only; it holds at most 20 MB.
func cleanFile(f *text.File, body io.Reader) (io.Reader, error) {
	head := make([]byte, 512)
	n, err := io.ReadFull(body, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, fmt.Errorf("read file: %w", err)
	}
	whole := io.MultiReader(bytes.NewReader(head[:n]), body)
	if _, format, err := image.DecodeConfig(bytes.NewReader(head[:n])); err != nil && !looksLikePicture(head[:n]) {
		return whole, nil
	} else if format == "gif" {
		return whole, nil // may move; GIF has no place for a position
	}
	raw, err := io.ReadAll(io.LimitReader(whole, fetchLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	return cleanPicture(raw)
}

func looksLikePicture(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0xff, 0xd8, 0xff}) || bytes.HasPrefix(head, []byte("\x89PNG\r\n")) ||
		(len(head) > 12 && bytes.Equal(head[:4], []byte("RIFF")) && bytes.Equal(head[8:12], []byte("WEBP")))
}

func cleanPicture(raw []byte) (io.Reader, error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if config.Width*config.Height > maxPixels {
		return nil, fmt.Errorf("picture of %d × %d is too large to clean", config.Width, config.Height)
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("decode picture: %w", err)
	}
	picture = upright(picture, orientation(raw, format))
	var out bytes.Buffer
	if format == "png" {
		err = png.Encode(&out, picture)
	} else {
		err = jpeg.Encode(&out, picture, &jpeg.Options{Quality: 90})
	}
	if err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return &out, nil
}

// orientation is EXIF's tag 274, 1 to 8; 1 when there is none or it cannot be read.
func orientation(raw []byte, format string) int {
	formats := map[string]imagemeta.ImageFormat{"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "webp": imagemeta.WebP}
	found := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(raw), ImageFormat: formats[format], Sources: imagemeta.EXIF,
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
	turned := orientation >= 5
	size := image.Rect(0, 0, w, h)
	if turned {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
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
			out.Set(tx, ty, p.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}
