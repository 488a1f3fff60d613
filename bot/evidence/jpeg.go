package evidence

// bareJPEG copies a JPEG without its metadata, pixels untouched: of the segments that programs fill only JFIF's and
// Adobe's stay, which say how to read the colours, and nothing stays behind the end. It serves for pictures inside
// documents, whose place on the page hangs on their being as they are. nil when raw is no whole JPEG.
func bareJPEG(raw []byte) []byte {
	if len(raw) < 4 || raw[0] != 0xff || raw[1] != 0xd8 {
		return nil
	}
	out := append(make([]byte, 0, len(raw)), 0xff, 0xd8)
	for at := 2; at+4 <= len(raw); {
		if raw[at] != 0xff {
			return nil
		}
		marker := raw[at+1]
		if marker == 0xff { // filling
			at++
			continue
		}
		if marker == 0xd9 {
			return append(out, 0xff, 0xd9)
		}
		length := int(raw[at+2])<<8 | int(raw[at+3])
		if length < 2 || at+2+length > len(raw) || marker < 0xc0 || marker >= 0xd0 && marker <= 0xd8 {
			return nil
		}
		segment := raw[at : at+2+length]
		at += len(segment)
		switch {
		case marker == 0xe0 && length >= 16 && string(segment[4:9]) == "JFIF\x00":
			// Without the small picture that may follow.
			out = append(out, 0xff, 0xe0, 0, 16)
			out = append(append(out, segment[4:16]...), 0, 0)
		case marker == 0xee && length == 14 && string(segment[4:9]) == "Adobe":
			out = append(out, segment...)
		case marker >= 0xe0 && marker <= 0xef || marker == 0xfe:
		default:
			out = append(out, segment...)
		}
		if marker != 0xda {
			continue
		}
		from := at // the picture itself, up to a marker that is neither a stuffed byte nor a restart
		for at+1 < len(raw) && (raw[at] != 0xff || raw[at+1] == 0 || raw[at+1] >= 0xd0 && raw[at+1] <= 0xd7 || raw[at+1] == 0xff) {
			at++
		}
		if at+1 == len(raw) {
			at++
		}
		out = append(out, raw[from:at]...)
		if at+4 > len(raw) { // the end, or one cut short
			return append(out, 0xff, 0xd9)
		}
	}
	return nil
}

// bareJP2 copies a JPEG 2000 file without the boxes that programs fill. Bare code streams come back
// without comments. nil when raw is neither.
func bareJP2(raw []byte) []byte {
	if len(raw) > 2 && raw[0] == 0xff && raw[1] == 0x4f {
		return bareCodeStream(raw)
	}
	var out []byte
	for at := 0; at+8 <= len(raw); {
		length := int(raw[at])<<24 | int(raw[at+1])<<16 | int(raw[at+2])<<8 | int(raw[at+3])
		if length == 0 {
			length = len(raw) - at
		}
		if length < 8 || length > len(raw)-at {
			return nil
		}
		body := raw[at+8 : at+length]
		switch name := string(raw[at+4 : at+8]); name {
		case "jP  ", "ftyp", "jp2h":
			out = append(out, raw[at:at+length]...)
		case "jp2c":
			stream := bareCodeStream(body)
			if stream == nil {
				return nil
			}
			n := len(stream) + 8
			out = append(out, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
			return append(append(out, "jp2c"...), stream...)
		}
		at += length
	}
	return nil
}

// bareCodeStream takes the comments out of the main header of a JPEG 2000 code stream.
func bareCodeStream(raw []byte) []byte {
	out := append([]byte{}, raw[:min(2, len(raw))]...)
	for at := 2; at+4 <= len(raw); {
		if raw[at] != 0xff {
			return nil
		}
		if raw[at+1] == 0x90 { // the first tile
			return append(out, raw[at:]...)
		}
		length := 2 + (int(raw[at+2])<<8 | int(raw[at+3]))
		if length < 4 || at+length > len(raw) {
			return nil
		}
		if raw[at+1] != 0x64 {
			out = append(out, raw[at:at+length]...)
		}
		at += length
	}
	return nil
}
