package render

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// Qualities of JPEG, from 1 to 100.
const (
	pageQuality  = 85
	cleanQuality = 90
)

// encode writes a picture in the lighter of two ways: PNG with a palette where
// it has few colours, as typed pages do, else JPEG; grey where it is grey.
func encode(drawn *image.RGBA, quality int) (Image, error) {
	size := drawn.Bounds().Size()
	made := Image{Type: "image/jpeg", Width: size.X, Height: size.Y}
	seen := look(drawn)
	var out bytes.Buffer
	var source image.Image = drawn
	if seen.grey {
		source = grey(drawn)
	}
	if err := jpeg.Encode(&out, source, &jpeg.Options{Quality: quality}); err != nil {
		return Image{}, err
	}
	if seen.palette != nil {
		var lossless bytes.Buffer
		if err := png.Encode(&lossless, indexed(drawn, seen)); err == nil && lossless.Len() < out.Len() {
			out, made.Type = lossless, "image/png"
		}
	}
	made.Content = out.Bytes()
	return made, nil
}

// colours is what a picture is made of; palette is nil beyond 256 of them, which
// are never all grey.
type colours struct {
	grey    bool
	palette color.Palette
	index   map[uint32]uint8
}

func look(drawn *image.RGBA) colours {
	seen := colours{grey: true, index: make(map[uint32]uint8, 257), palette: color.Palette{}}
	size := drawn.Bounds().Size()
	last := uint32(1 << 31)
	for y := range size.Y {
		row := drawn.Pix[y*drawn.Stride : y*drawn.Stride+4*size.X]
		for x := 0; x < len(row); x += 4 {
			r, g, b := row[x], row[x+1], row[x+2]
			key := uint32(r)<<16 | uint32(g)<<8 | uint32(b)
			if key == last {
				continue
			}
			last = key
			seen.grey = seen.grey && r == g && g == b
			if _, known := seen.index[key]; known {
				continue
			}
			if len(seen.palette) == 256 {
				return colours{}
			}
			seen.index[key] = uint8(len(seen.palette))
			seen.palette = append(seen.palette, color.RGBA{r, g, b, 255})
		}
	}
	return seen
}

func grey(drawn *image.RGBA) *image.Gray {
	size := drawn.Bounds().Size()
	made := image.NewGray(image.Rectangle{Max: size})
	for y := range size.Y {
		row := drawn.Pix[y*drawn.Stride:]
		for x := range size.X {
			made.Pix[y*made.Stride+x] = row[4*x]
		}
	}
	return made
}

func indexed(drawn *image.RGBA, seen colours) *image.Paletted {
	size := drawn.Bounds().Size()
	made := image.NewPaletted(image.Rectangle{Max: size}, seen.palette)
	last, index := uint32(1<<31), uint8(0)
	for y := range size.Y {
		row := drawn.Pix[y*drawn.Stride:]
		for x := range size.X {
			key := uint32(row[4*x])<<16 | uint32(row[4*x+1])<<8 | uint32(row[4*x+2])
			if key != last {
				last, index = key, seen.index[key]
			}
			made.Pix[y*made.Stride+x] = index
		}
	}
	return made
}
