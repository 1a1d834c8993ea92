package render

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"passerelle/storage/worker"
)

const secret = "Chez Marie, 12 rue des Lilas"

// corners is an image with one colour in each corner: red, green (to the right),
// blue (below), white.
func corners(w, h int) *image.RGBA {
	made := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case y < h/2 && x < w/2:
				c = color.RGBA{255, 0, 0, 255}
			case y < h/2:
				c = color.RGBA{0, 255, 0, 255}
			case x < w/2:
				c = color.RGBA{0, 0, 255, 255}
			}
			made.SetRGBA(x, y, c)
		}
	}
	return made
}

// exif is a block with an orientation, a description and a place (GPS).
func exif(orientation uint16) []byte {
	var tiff bytes.Buffer
	put := func(v any) { _ = binary.Write(&tiff, binary.BigEndian, v) }
	entry := func(tag, kind uint16, count, value uint32) { put(tag); put(kind); put(count); put(value) }
	tiff.WriteString("MM\x00\x2a")
	put(uint32(8))
	const after = 8 + 2 + 3*12 + 4
	put(uint16(3))
	entry(0x010e, 2, uint32(len(secret)+1), after)
	entry(0x0112, 3, 1, uint32(orientation)<<16)
	entry(0x8825, 4, 1, after+uint32(len(secret)+1))
	put(uint32(0))
	tiff.WriteString(secret + "\x00")
	put(uint16(1))
	entry(0x0001, 2, 2, 'N'<<24)
	put(uint32(0))
	return append([]byte("Exif\x00\x00"), tiff.Bytes()...)
}

// photo is a JPEG as a telephone writes it.
func photo(t *testing.T, w, h int, orientation uint16) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, corners(w, h), &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	block := exif(orientation)
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(block)+2))
	icc := append([]byte{0xFF, 0xE2, 0, 2 + 12 + 2 + 4}, "ICC_PROFILE\x00\x01\x01data"...)
	return bytes.Join([][]byte{out.Bytes()[:2], segment, block, icc, out.Bytes()[2:]}, nil)
}

func chunk(name string, data []byte) []byte {
	made := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	made = append(append(made, name...), data...)
	return binary.BigEndian.AppendUint32(made, crc32.ChecksumIEEE(made[4:]))
}

// scan is a PNG that carries what a JPEG does.
func scan(t *testing.T, w, h int, orientation uint16) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, corners(w, h)); err != nil {
		t.Fatal(err)
	}
	const first = 8 + 25
	return bytes.Join([][]byte{out.Bytes()[:first], chunk("tEXt", []byte("Comment\x00"+secret)), chunk("eXIf", exif(orientation)[6:]), out.Bytes()[first:]}, nil)
}

func colourAt(img image.Image, right, low bool) string {
	b := img.Bounds()
	x, y := b.Min.X+b.Dx()/4, b.Min.Y+b.Dy()/4
	if right {
		x = b.Min.X + 3*b.Dx()/4
	}
	if low {
		y = b.Min.Y + 3*b.Dy()/4
	}
	r, g, bl, _ := img.At(x, y).RGBA()
	switch {
	case r > 0xC000 && g < 0x4000 && bl < 0x4000:
		return "red"
	case g > 0xC000 && r < 0x4000 && bl < 0x4000:
		return "green"
	case bl > 0xC000 && r < 0x4000 && g < 0x4000:
		return "blue"
	case r > 0xC000 && g > 0xC000 && bl > 0xC000:
		return "white"
	}
	return "?"
}

// seenCorners lists the colours: upper left, upper right, lower left, lower right.
func seenCorners(t *testing.T, made Image) string {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(made.Content))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(made.Width, made.Height) {
		t.Errorf("%v is said to be %dx%d", size, made.Width, made.Height)
	}
	return strings.Join([]string{colourAt(img, false, false), colourAt(img, true, false), colourAt(img, false, true), colourAt(img, true, true)}, " ")
}

func TestOrientation(t *testing.T) {
	want := map[uint16]string{0: "red green blue white", 1: "red green blue white", 2: "green red white blue", 3: "white blue green red",
		4: "blue white red green", 5: "red blue green white", 6: "blue red white green", 7: "white green blue red", 8: "green white red blue"}
	for orientation, corners := range want {
		for kind, content := range map[Kind][]byte{JPEG: photo(t, 64, 32, orientation), PNG: scan(t, 64, 32, orientation)} {
			size := image.Pt(64, 32)
			if orientation > 4 {
				size = image.Pt(32, 64)
			}
			made, err := shared.Clean(t.Context(), kind, content)
			if err != nil {
				t.Fatal(err)
			}
			if got := seenCorners(t, made); got != corners || made.Width != size.X || made.Height != size.Y {
				t.Errorf("P7.3 the kept copy of %s, orientation %d: %dx%d %s, want %s", kind, orientation, made.Width, made.Height, got, corners)
			}
			page, err := shared.Page(t.Context(), kind, content, 1, 1200, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got := seenCorners(t, page); got != corners {
				t.Errorf("P7.6 the page of %s, orientation %d: %s, want %s", kind, orientation, got, corners)
			}
			info, err := shared.Document(t.Context(), kind, content)
			if err != nil || len(info.Pages) != 1 || info.Pages[0] != (PageSize{float64(size.X) * .75, float64(size.Y) * .75}) {
				t.Errorf("orientation %d: %+v, %v", orientation, info, err)
			}
		}
	}
}

func TestPagesTurned(t *testing.T) {
	for rotate, corners := range map[int]string{0: "red green blue white", 90: "blue red white green", 180: "white blue green red",
		270: "green white red blue", 360: "red green blue white", -90: "green white red blue"} {
		made, err := shared.Page(t.Context(), JPEG, photo(t, 640, 320, 1), 1, 160, rotate)
		if err != nil {
			t.Fatal(err)
		}
		if got := seenCorners(t, made); got != corners || made.Width != 160 {
			t.Errorf("P7.6 turned by %d: %dx%d %s, want %s", rotate, made.Width, made.Height, got, corners)
		}
	}
	if _, err := shared.Page(t.Context(), JPEG, photo(t, 64, 32, 1), 1, 100, 45); !errors.Is(err, ErrUnsupported) {
		t.Errorf("turned by 45: %v", err)
	}
	if _, err := shared.Page(t.Context(), JPEG, photo(t, 64, 32, 1), 2, 100, 0); !errors.Is(err, ErrNoPage) {
		t.Errorf("second page of an image: %v", err)
	}
}

func TestMetadataIsGone(t *testing.T) {
	for kind, content := range map[Kind][]byte{JPEG: photo(t, 64, 32, 6), PNG: scan(t, 64, 32, 6)} {
		if !bytes.Contains(content, []byte(secret)) {
			t.Fatal("the test's own file is not as it should be")
		}
		kept, err := shared.Clean(t.Context(), kind, content)
		if err != nil {
			t.Fatal(err)
		}
		accepted(t, "kept."+string(kind), kept.Content)
		page, err := shared.Page(t.Context(), kind, content, 1, 50, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, made := range []Image{kept, page} {
			for _, sign := range []string{secret, "Exif", "eXIf", "ICC_PROFILE", "tEXt", "GPS", "http://ns.adobe.com"} {
				if bytes.Contains(made.Content, []byte(sign)) {
					t.Errorf("P7.3 the copy of %s still holds %q", kind, sign)
				}
			}
		}
	}
	t.Run("P7.3 a picture with a place loses it", func(t *testing.T) {
		content := pack(t, "image/testJPEG_GEO.jpg")
		made, err := shared.Clean(t.Context(), JPEG, content)
		if err != nil || made.Width != 100 || made.Height != 68 || bytes.Contains(made.Content, []byte("Exif")) || !bytes.Contains(content, []byte("Exif")) {
			t.Errorf("%dx%d, %v", made.Width, made.Height, err)
		}
	})
}

// pngHeader begins a PNG of any size and stops there.
func pngHeader(w, h uint32) []byte {
	data := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(data, 1, 0, 0, 0, 0))...)
}

func TestPixelBombs(t *testing.T) {
	for _, size := range []uint32{20_000, 50_000, 1<<31 - 1} {
		fastest := time.Hour
		for range 3 { // the machine may stand still once
			began := time.Now()
			_, page := shared.Page(t.Context(), PNG, pngHeader(size, size), 1, 1200, 0)
			_, kept := shared.Clean(t.Context(), PNG, pngHeader(size, size))
			if _, info := shared.Document(t.Context(), PNG, pngHeader(size, size)); page == nil || kept == nil || info == nil {
				t.Errorf("P7.3 %d: %v, %v, %v", size, page, kept, info)
			}
			fastest = min(fastest, time.Since(began))
		}
		if fastest > time.Second {
			t.Errorf("P7.3 refused only after %v", fastest)
		}
	}
	began := time.Now()
	if _, err := shared.Page(t.Context(), PNG, pack(t, "image-hostile/genere-bombe-20000x20000.png"), 1, 1200, 0); !errors.Is(err, ErrTooBig) {
		t.Errorf("got %v", err)
	}
	t.Logf("refused in %v", time.Since(began))
}

func TestImagesOfThePack(t *testing.T) {
	t.Run("P7.3 a HEIC photo becomes a JPEG", func(t *testing.T) {
		content := pack(t, "image/testHEIF.heic")
		info, err := shared.Document(t.Context(), HEIC, content)
		if err != nil || info.Pages[0] != (PageSize{600, 408}) {
			t.Errorf("%+v, %v", info, err)
		}
		began := time.Now()
		made, err := shared.Clean(t.Context(), HEIC, content)
		if err != nil || made.Type != "image/jpeg" || made.Width != 800 || made.Height != 544 {
			t.Fatalf("%s %dx%d, %v", made.Type, made.Width, made.Height, err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(made.Content)); err != nil || bytes.Contains(made.Content, []byte("Exif")) {
			t.Errorf("the copy: %v", err)
		}
		t.Logf("in %v", time.Since(began))
	})
	t.Run("WebP is read, a TIFF of several pages is not", func(t *testing.T) {
		made, err := shared.Clean(t.Context(), WebP, pack(t, "image/testWEBP.webp"))
		if err != nil || made.Width != 150 || made.Height != 150 {
			t.Errorf("%dx%d, %v", made.Width, made.Height, err)
		}
		if _, err := shared.Clean(t.Context(), TIFF, pack(t, "image/testTIFF_multipage.tif")); !errors.Is(err, ErrUnsupported) {
			t.Errorf("TIFF: %v", err)
		}
	})
	t.Run("P7.3 a broken image is an error", func(t *testing.T) {
		for _, name := range []string{"truncated_jpeg.jpg", "broken.png"} {
			kind := PNG
			if strings.HasSuffix(name, "jpg") {
				kind = JPEG
			}
			if _, err := shared.Page(t.Context(), kind, pack(t, "image-hostile/"+name), 1, 1200, 0); !errors.Is(err, ErrBroken) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("P7.3 a name of another kind does not help", func(t *testing.T) {
		for _, kind := range []Kind{JPEG, PNG, HEIC, WebP, TIFF, PDF} {
			if _, err := shared.Page(t.Context(), kind, []byte("<svg onload=alert(1)>"), 1, 100, 0); !errors.Is(err, ErrBroken) {
				t.Errorf("%s: %v", kind, err)
			}
		}
		if _, err := shared.Page(t.Context(), "svg", []byte("<svg/>"), 1, 100, 0); !errors.Is(err, ErrUnsupported) {
			t.Errorf("svg: %v", err)
		}
	})
}

func TestBrokenHEICNeverCrashes(t *testing.T) {
	content := pack(t, "image/testHEIF.heic")
	for i := 0; i < len(content); i += len(content)/25 + 1 {
		for _, broken := range [][]byte{content[:i], append(append(bytes.Clone(content[:i]), 0xFF, 0xFF, 0xFF, 0xFF), content[min(i+4, len(content)):]...)} {
			if _, err := shared.Clean(t.Context(), HEIC, broken); errors.Is(err, worker.ErrCrashed) || errors.Is(err, worker.ErrTimeout) {
				t.Errorf("at %d: %v", i, err)
			}
		}
	}
}
