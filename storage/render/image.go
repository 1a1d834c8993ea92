package render

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"sync"

	"github.com/bep/imagemeta"
	"github.com/gen2brain/heic"
	"golang.org/x/image/draw"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"passerelle/storage/worker"
)

// header reads the size of an image as it is stored, and refuses what would
// take too much memory before anything is decoded.
func header(kind Kind, content []byte) (image.Config, error) {
	var config image.Config
	var err error
	switch r := bytes.NewReader(content); kind {
	case JPEG:
		config, err = jpeg.DecodeConfig(r)
	case PNG:
		config, err = png.DecodeConfig(r)
	case WebP:
		config, err = webp.DecodeConfig(r)
	case TIFF:
		if severalPages(content) {
			return config, worker.Fail(codeUnsupported)
		}
		config, err = tiff.DecodeConfig(r)
	case HEIC:
		config, err = heicConfig(content)
	default:
		return config, worker.Fail(codeUnsupported)
	}
	switch {
	case err != nil || config.Width < 1 || config.Height < 1:
		return config, worker.Fail(codeBroken)
	case config.Width > MaxPixels || config.Height > MaxPixels,
		config.Width*config.Height > MaxPixels, config.Width*config.Height*depth(kind, config.ColorModel) > MaxBytes:
		return config, worker.Fail(codeTooBig)
	}
	return config, nil
}

// depth is the most bytes that decoding one pixel may hold; a progressive JPEG
// keeps its coefficients beside the pixels.
func depth(kind Kind, model color.Model) int {
	switch {
	case kind == JPEG || kind == HEIC:
		return 8
	case model == color.RGBA64Model || model == color.NRGBA64Model:
		return 8
	}
	return 4
}

// decode reads an image whole, as it is stored, and how it is to be turned.
func decode(kind Kind, content []byte) (image.Image, int, error) {
	if _, err := header(kind, content); err != nil {
		return nil, 0, err
	}
	var decoded image.Image
	var err error
	switch r := bytes.NewReader(content); kind {
	case JPEG:
		decoded, err = jpeg.Decode(r)
	case PNG:
		decoded, err = png.Decode(r)
	case WebP:
		decoded, err = webp.Decode(r)
	case TIFF:
		decoded, err = tiff.Decode(r)
	case HEIC:
		decoded, err = heicDecode(content)
	}
	if err != nil {
		return nil, 0, worker.Fail(codeBroken)
	}
	return decoded, orientation(kind, content), nil
}

// imageSize is the size as it is seen.
func imageSize(kind Kind, content []byte) (image.Point, error) {
	config, err := header(kind, content)
	if err != nil {
		return image.Point{}, err
	}
	if orientation(kind, content) > 4 {
		return image.Pt(config.Height, config.Width), nil
	}
	return image.Pt(config.Width, config.Height), nil
}

// imagePage scales an image to the width asked, never above its own, on white.
func imagePage(q request, content []byte) (Image, error) {
	if q.Page != 1 {
		return Image{}, worker.Fail(codeNoPage)
	}
	decoded, stored, err := decode(q.Kind, content)
	if err != nil {
		return Image{}, err
	}
	// Scaled first, turned afterwards: there is far less to turn.
	across := (stored > 4) != (q.Rotate%180 != 0)
	seen := decoded.Bounds().Size()
	if across {
		seen = image.Pt(seen.Y, seen.X)
	}
	width := min(q.Width, seen.X)
	to := bounded(float64(width), float64(width)*float64(seen.Y)/float64(seen.X), maxRendered)
	if across {
		to = image.Pt(to.Y, to.X)
	}
	made := upright(scaled(decoded, to), stored)
	made = upright(made, map[int]int{90: 6, 180: 3, 270: 8}[q.Rotate])
	return encode(made.(*image.RGBA), pageQuality)
}

// scaled draws an image on white at a size no larger than its own. Far larger
// ones are first averaged by blocks, strip by strip: the filter alone would hold
// a hundred megabytes for a photo.
func scaled(img image.Image, to image.Point) *image.RGBA {
	size := img.Bounds().Size()
	if k := min(size.X/to.X, size.Y/to.Y); k > 1 {
		img = averaged(img, k)
		size = img.Bounds().Size()
	}
	made := image.NewRGBA(image.Rectangle{Max: to})
	draw.Draw(made, made.Bounds(), image.White, image.Point{}, draw.Src)
	if to == size {
		draw.Draw(made, made.Bounds(), img, img.Bounds().Min, draw.Over)
	} else {
		draw.BiLinear.Scale(made, made.Bounds(), img, img.Bounds(), draw.Over, nil)
	}
	return made
}

// lay copies the part of an image that begins at from onto white. Palettes, as of
// black and white scans, would take the slow way of the library.
func lay(strip *image.RGBA, img image.Image, from image.Point) {
	draw.Draw(strip, strip.Bounds(), image.White, image.Point{}, draw.Src)
	source, ok := img.(*image.Paletted)
	if !ok {
		draw.Draw(strip, strip.Bounds(), img, from, draw.Over)
		return
	}
	var table [256][4]byte
	for i, c := range source.Palette {
		one := image.NewRGBA(image.Rect(0, 0, 1, 1))
		one.Set(0, 0, color.White)
		draw.Draw(one, one.Bounds(), image.NewUniform(c), image.Point{}, draw.Over)
		copy(table[i][:], one.Pix)
	}
	for y := range strip.Rect.Dy() {
		row := source.Pix[source.PixOffset(from.X, from.Y+y):]
		for x := range strip.Rect.Dx() {
			copy(strip.Pix[y*strip.Stride+4*x:], table[row[x]][:])
		}
	}
}

// averaged makes each k by k block of an image one pixel, on white.
func averaged(img image.Image, k int) *image.RGBA {
	size := img.Bounds().Size()
	made := image.NewRGBA(image.Rect(0, 0, size.X/k, size.Y/k))
	strip := image.NewRGBA(image.Rect(0, 0, size.X, k))
	for y := range size.Y / k {
		lay(strip, img, img.Bounds().Min.Add(image.Pt(0, y*k)))
		for x := range size.X / k {
			var r, g, b int
			for dy := range k {
				block := strip.Pix[dy*strip.Stride+4*k*x : dy*strip.Stride+4*k*(x+1)]
				for i := 0; i < len(block); i += 4 {
					r, g, b = r+int(block[i]), g+int(block[i+1]), b+int(block[i+2])
				}
			}
			n := k * k
			copy(made.Pix[y*made.Stride+4*x:], []byte{byte((r + n/2) / n), byte((g + n/2) / n), byte((b + n/2) / n), 255})
		}
	}
	return made
}

// clean writes an image again, with its pixels and nothing else: PNG stays PNG,
// any other becomes JPEG (P7.3).
func clean(kind Kind, content []byte) (Image, error) {
	decoded, stored, err := decode(kind, content)
	if err != nil {
		return Image{}, err
	}
	decoded = upright(decoded, stored)
	size := decoded.Bounds().Size()
	made := Image{Type: "image/jpeg", Width: size.X, Height: size.Y}
	var out bytes.Buffer
	if kind == PNG {
		made.Type = "image/png"
		err = png.Encode(&out, decoded)
	} else {
		err = jpeg.Encode(&out, onWhite(decoded), &jpeg.Options{Quality: cleanQuality})
	}
	if err != nil {
		return Image{}, worker.Fail(codeBroken)
	}
	made.Content = out.Bytes()
	return made, nil
}

// onWhite fills what is transparent; an image that hides nothing is left alone.
func onWhite(decoded image.Image) image.Image {
	switch decoded.(type) {
	case *image.YCbCr, *image.Gray:
		return decoded
	}
	made := image.NewRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
	draw.Draw(made, made.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(made, made.Bounds(), decoded, decoded.Bounds().Min, draw.Over)
	return made
}

// heicPure keeps the decoder from a library of the machine: only the one
// compiled into the program is known and bounded.
var heicPure = sync.OnceFunc(func() { heic.ForceWasmMode = true })

func heicConfig(content []byte) (config image.Config, err error) {
	defer broken(&err)
	heicPure()
	return heic.DecodeConfig(bytes.NewReader(content))
}

// heicDecode gives the image upright: this decoder applies the turn that the
// format itself holds, and the EXIF one must not be applied again.
func heicDecode(content []byte) (decoded image.Image, err error) {
	defer broken(&err)
	heicPure()
	if decoded, err = heic.Decode(bytes.NewReader(content)); err != nil {
		return nil, worker.Fail(codeBroken)
	}
	return decoded, nil
}

// broken turns the panics by which the HEIC decoder tells of bounds into errors;
// each call has its own memory, so that nothing of it remains.
func broken(err *error) {
	if recover() != nil {
		*err = worker.Fail(codeBroken)
	}
}

// severalPages tells a TIFF with more than its first page: showing that one
// alone would hide the others.
func severalPages(content []byte) bool {
	if len(content) < 8 {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if content[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(content[4:]))
	if at+2 > int64(len(content)) {
		return false
	}
	next := at + 2 + 12*int64(order.Uint16(content[at:]))
	return next+4 <= int64(len(content)) && order.Uint32(content[next:]) != 0
}

// orientation reads the EXIF orientation, from 1 to 8; 1 where there is none.
func orientation(kind Kind, content []byte) int {
	format, known := map[Kind]imagemeta.ImageFormat{JPEG: imagemeta.JPEG, PNG: imagemeta.PNG, WebP: imagemeta.WebP, TIFF: imagemeta.TIFF}[kind]
	if !known {
		return 1
	}
	found := 1
	_, _ = imagemeta.Decode(imagemeta.Options{R: bytes.NewReader(content), ImageFormat: format, Sources: imagemeta.EXIF, LimitNumTags: 500,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" && tag.Namespace == "IFD0" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			switch v := tag.Value.(type) {
			case uint16:
				found = int(v)
			case uint32:
				found = int(v)
			}
			return imagemeta.ErrStopWalking
		}})
	if found < 1 || found > 8 {
		return 1
	}
	return found
}
