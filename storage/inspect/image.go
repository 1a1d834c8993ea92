package inspect

import (
	"bytes"
	"image"
	imagejpeg "image/jpeg"
	imagepng "image/png"
	"strings"

	"github.com/bep/imagemeta"
)

// maxPixels of a picture, beyond any camera whose file a slot takes.
const maxPixels = 80_000_000

// inspectImage bounds a picture by its header, then decodes it whole: a picture
// that stops half-way is not proof of anything.
func inspectImage(j *judgement, b []byte, k kind) {
	configure, decode := imagejpeg.DecodeConfig, imagejpeg.Decode
	if k == png {
		configure, decode = imagepng.DecodeConfig, imagepng.Decode
	}
	config, err := configure(bytes.NewReader(b))
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		j.add(Broken, "header")
		return
	}
	j.facts.Width, j.facts.Height = config.Width, config.Height
	if int64(config.Width)*int64(config.Height) > maxPixels {
		j.add(Bomb, "pixels")
		return
	}
	picture, err := decode(bytes.NewReader(b))
	if err != nil {
		j.add(Broken, "pixels")
		return
	}
	if uniform(picture) {
		j.add(BlankPage, "")
		j.facts.BlankPages = 1
	}
	metadata(j, b, map[kind]imagemeta.ImageFormat{jpeg: imagemeta.JPEG, png: imagemeta.PNG}[k])
}

// uniform tells a picture of one colour, from a grid of points.
func uniform(m image.Image) bool {
	bounds := m.Bounds()
	light, dark := uint32(0), uint32(0xffff)
	const points = 128
	for y := range points {
		for x := range points {
			r, g, b, a := m.At(bounds.Min.X+x*bounds.Dx()/points, bounds.Min.Y+y*bounds.Dy()/points).RGBA()
			grey := (r*3+g*6+b)/10 + 0xffff - a
			light, dark = max(light, grey), min(dark, grey)
		}
	}
	return light-dark < 0xffff*blankContrast/255
}

// metadata tells what a copy for others must lose.
func metadata(j *judgement, b []byte, format imagemeta.ImageFormat) {
	defer func() { _ = recover() }() // A library reading untrusted bytes; the facts are a courtesy
	_, _ = imagemeta.Decode(imagemeta.Options{R: bytes.NewReader(b), ImageFormat: format, Sources: imagemeta.EXIF | imagemeta.XMP,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return strings.HasPrefix(t.Tag, "GPS") || t.Tag == "Orientation" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if strings.HasPrefix(t.Tag, "GPSL") {
				j.facts.GPS = true
			}
			if n, is := t.Value.(uint16); is && t.Source == imagemeta.EXIF && t.Tag == "Orientation" && n > 1 && n <= 8 {
				j.facts.Orientation = int(n)
			}
			return nil
		}})
}

// isHEIC reads the brands of an ISO media file.
func isHEIC(b []byte) bool {
	if len(b) < 16 || string(b[4:8]) != "ftyp" {
		return false
	}
	size := min(int(be32(b)), len(b), 256)
	for at := 8; at+4 <= size; at += 4 {
		switch string(b[at : at+4]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			return true
		}
	}
	return false
}

// inspectHEIC checks the boxes and the declared size of the picture; the pixels
// are only decoded by the conversion, which has the same bounds.
func inspectHEIC(j *judgement, b []byte) {
	hasMeta, hasData := false, false
	for at := 0; at+8 <= len(b); {
		size := int64(be32(b[at:]))
		if size == 0 {
			size = int64(len(b) - at)
		}
		if size == 1 && at+16 <= len(b) {
			size = int64(be32(b[at+8:]))<<32 | int64(be32(b[at+12:]))
		}
		if size < 8 || size > int64(len(b)-at) {
			j.add(Broken, "cut")
			return
		}
		switch string(b[at+4 : at+8]) {
		case "meta":
			hasMeta = true
			heicSize(j, b[at:at+int(size)])
		case "mdat":
			hasData = true
		}
		at += int(size)
	}
	if !hasMeta || !hasData {
		j.add(Broken, "no picture")
	}
	metadata(j, b, imagemeta.HEIF)
}

// heicSize reads every image spatial extents box; the largest is the picture.
func heicSize(j *judgement, meta []byte) {
	for {
		i := bytes.Index(meta, []byte("ispe"))
		if i < 0 || i+16 > len(meta) {
			return
		}
		w, h := int64(be32(meta[i+8:])), int64(be32(meta[i+12:]))
		if w*h > maxPixels || w < 0 || h < 0 {
			j.add(Bomb, "pixels")
		}
		if w*h > int64(j.facts.Width)*int64(j.facts.Height) {
			j.facts.Width, j.facts.Height = int(w), int(h)
		}
		meta = meta[i+4:]
	}
}
