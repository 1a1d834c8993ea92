package render

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
)

// embedded is the picture of one page as PDF holds it; W and H are points. The
// parent writes its dictionary from these, never from a child's words.
type embedded struct {
	Columns int     `json:"columns"`
	Rows    int     `json:"rows"`
	Grey    bool    `json:"grey"`
	Bits    int     `json:"bits"` // 0 for JPEG
	Palette []byte  `json:"palette,omitempty"`
	W       float64 `json:"w"`
	H       float64 `json:"h"`
	data    []byte
}

func (e embedded) dict() string {
	size := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d", e.Columns, e.Rows)
	switch {
	case e.Bits > 0:
		return fmt.Sprintf("%s/BitsPerComponent %d/ColorSpace[/Indexed/DeviceRGB %d<%x>]/Filter/FlateDecode", size, e.Bits, len(e.Palette)/3-1, e.Palette)
	case e.Grey:
		return size + "/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode"
	}
	return size + "/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode"
}

// embed writes a picture in the lighter of two ways, as encode does: JPEG, or
// the numbers of few colours.
func embed(drawn *image.RGBA, way attempt) (embedded, error) {
	size := drawn.Bounds().Size()
	seen := look(drawn)
	var source image.Image = drawn
	if seen.grey {
		source = grey(drawn)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, source, &jpeg.Options{Quality: way.Quality}); err != nil {
		return embedded{}, err
	}
	made := embedded{Columns: size.X, Rows: size.Y, Grey: seen.grey, data: out.Bytes()}
	if seen.palette == nil {
		return made, nil
	}
	numbered := indexed(drawn, seen)
	if seen.grey && way.Shades < len(seen.palette) {
		numbered = shaded(source.(*image.Gray), way.Shades)
	}
	bits := 8
	if len(numbered.Palette) <= 16 {
		bits = 4
	}
	if data := deflated(numbered, bits); len(data) < len(made.data) {
		made.data, made.Bits, made.Palette = data, bits, colourTable(numbered)
	}
	return made, nil
}

// shaded keeps so many shades of grey, evenly apart.
func shaded(source *image.Gray, shades int) *image.Paletted {
	made := image.NewPaletted(source.Rect, nil)
	for i := range shades {
		made.Palette = append(made.Palette, color.Gray{uint8(i * 255 / (shades - 1))})
	}
	for i, v := range source.Pix {
		made.Pix[i] = uint8((int(v)*(shades-1) + 127) / 255)
	}
	return made
}

func deflated(img *image.Paletted, bits int) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	size := img.Bounds().Size()
	row := make([]byte, (size.X*bits+7)/8)
	for y := range size.Y {
		line := img.Pix[y*img.Stride : y*img.Stride+size.X]
		if bits == 8 {
			copy(row, line)
		} else {
			clear(row)
			for x, v := range line {
				row[x/2] |= v << (4 * (1 - x%2))
			}
		}
		_, _ = w.Write(row) // Into memory
	}
	_ = w.Close()
	return out.Bytes()
}

func colourTable(img *image.Paletted) []byte {
	var table []byte
	for _, c := range img.Palette {
		r, g, b, _ := c.RGBA()
		table = append(table, byte(r>>8), byte(g>>8), byte(b>>8))
	}
	return table
}

// bind writes a PDF that holds one picture a page and nothing else: no date, no
// name, not even the empty dictionaries by which libraries announce attached
// files, since other readers of the copy may be wary of them.
func bind(pages []embedded) []byte {
	var out bytes.Buffer
	places := make([]int, 0, 2+3*len(pages))
	object := func(dict string, data []byte) {
		places = append(places, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n<<%s", len(places), dict)
		if data == nil {
			out.WriteString(">>\nendobj\n")
			return
		}
		fmt.Fprintf(&out, "/Length %d>>\nstream\n", len(data))
		out.Write(data)
		out.WriteString("\nendstream\nendobj\n")
	}
	out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 3+3*i)
	}
	object("/Type/Catalog/Pages 2 0 R", nil)
	object(fmt.Sprintf("/Type/Pages/Kids[%s]/Count %d", kids.String(), len(pages)), nil)
	for _, p := range pages {
		// PDF allows no side below 3 nor above 14,400 points.
		w, h := min(max(p.W, 3), 14_400), min(max(p.H, 3), 14_400)
		n := len(places) + 1
		object(fmt.Sprintf("/Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents %d 0 R/Resources<</XObject<</P %d 0 R>>>>", w, h, n+1, n+2), nil)
		object("", fmt.Appendf(nil, "q %.2f 0 0 %.2f 0 0 cm /P Do Q", w, h))
		object(p.dict(), p.data)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, at := range places {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, start)
	return out.Bytes()
}
