package render

import (
	"image"

	"golang.org/x/image/draw"
)

// upright applies an EXIF orientation (2 mirrored, 3 upside down, 6 to be turned
// clockwise, 8 the other way, 4, 5 and 7 mirrored as well). Grey and the colours
// of JPEG stay what they are, any other type becomes RGBA.
func upright(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	size := img.Bounds().Size()
	to := size
	if orientation > 4 {
		to = image.Pt(size.Y, size.X)
	}
	switch source := img.(type) {
	case *image.Gray:
		made := image.NewGray(image.Rectangle{Max: to})
		for y := range to.Y {
			for x := range to.X {
				at := origin(orientation, x, y, size)
				made.Pix[y*made.Stride+x] = source.Pix[at.Y*source.Stride+at.X]
			}
		}
		return made
	case *image.YCbCr:
		made := image.NewYCbCr(image.Rectangle{Max: to}, image.YCbCrSubsampleRatio444)
		for y := range to.Y {
			for x := range to.X {
				at := origin(orientation, x, y, size).Add(source.Rect.Min)
				i, luma, chroma := y*made.YStride+x, source.YOffset(at.X, at.Y), source.COffset(at.X, at.Y)
				made.Y[i], made.Cb[i], made.Cr[i] = source.Y[luma], source.Cb[chroma], source.Cr[chroma]
			}
		}
		return made
	}
	return turned(img, orientation, to)
}

func turned(img image.Image, orientation int, to image.Point) image.Image {
	size := img.Bounds().Size()
	source, ok := img.(*image.RGBA)
	if !ok {
		// What has alpha keeps it: white comes later, or never.
		source = image.NewRGBA(image.Rectangle{Max: size})
		draw.Draw(source, source.Bounds(), img, img.Bounds().Min, draw.Src)
	}
	made := image.NewRGBA(image.Rectangle{Max: to})
	for y := range to.Y {
		row := made.Pix[y*made.Stride:]
		for x := range to.X {
			at := origin(orientation, x, y, size)
			i := at.Y*source.Stride + 4*at.X
			copy(row[4*x:4*x+4], source.Pix[i:i+4])
		}
	}
	return made
}

// origin is the stored pixel that is seen at x, y.
func origin(orientation, x, y int, size image.Point) image.Point {
	right, low := size.X-1, size.Y-1
	switch orientation {
	case 2:
		return image.Pt(right-x, y)
	case 3:
		return image.Pt(right-x, low-y)
	case 4:
		return image.Pt(x, low-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(y, low-x)
	case 7:
		return image.Pt(right-y, low-x)
	default:
		return image.Pt(right-y, x)
	}
}
