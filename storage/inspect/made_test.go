package inspect_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/md5"
	"crypto/rc4"
	"encoding/ascii85"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
)

// The files of the tests are made here: no hostile file is kept anywhere.

// pdfOf numbers the objects from 1 and writes a sound table; object 1 is the
// catalogue.
func pdfOf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	places := make([]int, len(objects))
	for i, o := range objects {
		places[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, p := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}

const (
	pagesObject = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
	pageObject  = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> %s >>"
)

func streamOf(dict, content string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(content), content)
}

// letter is a sound PDF of one page, with more in its catalogue and in its page,
// and more objects from number 5.
func letter(catalogue, page string, more ...string) []byte {
	return pdfOf(append([]string{"<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>", pagesObject, fmt.Sprintf(pageObject, page),
		streamOf("", "BT /F1 24 Tf 72 700 Td (Bonjour) Tj ET")}, more...)...)
}

func deflated(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// locked is a PDF encrypted (RC4, 40 bits) under an empty password, which opens
// without asking; its sixth object is packed within its fifth.
func locked(catalogue, packed string) []byte {
	pad := []byte("\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a")
	cipher := func(key, text []byte) []byte {
		c, err := rc4.NewCipher(key)
		if err != nil {
			panic(err)
		}
		out := make([]byte, len(text))
		c.XORKeyStream(out, text)
		return out
	}
	digest := func(parts ...[]byte) []byte {
		sum := md5.Sum(bytes.Join(parts, nil))
		return sum[:]
	}
	id := []byte("0123456789abcdef")
	owner := cipher(digest(pad)[:5], pad)
	key := digest(pad, owner, []byte{0xfc, 0xff, 0xff, 0xff}, id)[:5]
	of := func(object byte, text string) string {
		return string(cipher(digest(key, []byte{object, 0, 0, 0, 0})[:10], []byte(text)))
	}
	objects := []string{"<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>", pagesObject, fmt.Sprintf(pageObject, ""),
		streamOf("", of(4, "BT /F1 24 Tf 72 700 Td (Bonjour) Tj ET")),
		streamOf("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", of(5, deflated(packed)))}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	table := []byte{0, 0, 0, 0, 0, 0}
	for i, o := range objects {
		table = append(binary.BigEndian.AppendUint32(append(table, 1), uint32(b.Len())), 0)
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	// The sixth stands in the fifth, first.
	table = append(table, 2, 0, 0, 0, 5, 0)
	table = append(binary.BigEndian.AppendUint32(append(table, 1), uint32(b.Len())), 0)
	start := b.Len()
	fmt.Fprintf(&b, "7 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n", streamOf(fmt.Sprintf("/Type /XRef /Size 8 /W [1 4 1] /Root 1 0 R "+
		"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%x> /U <%x> >> /ID [<%x> <%x>]", owner, cipher(key, pad), id, id), string(table)), start)
	return b.Bytes()
}

func zeros(n int) string { return strings.Repeat("\x00", n) }

func ascii85Of(s string) string {
	var b bytes.Buffer
	w := ascii85.NewEncoder(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String() + "~>"
}

// part is one entry of an archive.
type part struct{ name, content string }

func zipOf(parts ...part) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := w.Create(p.name)
		if err == nil {
			_, err = io.WriteString(f, p.content)
		}
		if err != nil {
			panic(err)
		}
	}
	_ = w.Close()
	return b.Bytes()
}

// liar makes an archive whose one big part declares ten bytes.
func liar(name string, size int, parts ...part) []byte {
	var packed, b bytes.Buffer
	f, _ := flate.NewWriter(&packed, 9)
	_, _ = f.Write(make([]byte, size))
	_ = f.Close()
	w := zip.NewWriter(&b)
	for _, p := range parts {
		if e, err := w.Create(p.name); err == nil {
			_, _ = io.WriteString(e, p.content)
		}
	}
	e, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(make([]byte, size)),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: 10})
	if err == nil {
		_, err = e.Write(packed.Bytes())
	}
	if err != nil {
		panic(err)
	}
	_ = w.Close()
	return b.Bytes()
}

const (
	docxTypes = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	docxBody  = `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Bonjour</w:t></w:r></w:p></w:body></w:document>`
	odtType   = "application/vnd.oasis.opendocument.text"
	odtBody   = `<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:p>Bonjour</text:p></office:text></office:body></office:document-content>`
)

func docxOf(more ...part) []byte {
	return zipOf(append([]part{{"[Content_Types].xml", docxTypes}, {"word/document.xml", docxBody}}, more...)...)
}

func odtOf(more ...part) []byte {
	return zipOf(append([]part{{"mimetype", odtType}, {"content.xml", odtBody}}, more...)...)
}

func picture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			m.Set(x, y, color.RGBA{uint8(4 * x), uint8(5 * y), 90, 255})
		}
	}
	return m
}

func pngOf(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func jpegOf(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// pngHeader declares a picture of that size and holds a few bytes of it.
func pngHeader(w, h uint32) []byte {
	chunk := func(kind string, data []byte) []byte {
		out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		out = append(append(out, kind...), data...)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(head, 8, 6, 0, 0, 0))...)
	return append(append(b, chunk("IDAT", []byte(deflated(zeros(1<<20))))...), chunk("IEND", nil)...)
}

// sound is one harmless file of each kind that the test can make.
func sound() map[string][]byte {
	return map[string][]byte{"pdf": letter("", ""), "docx": docxOf(), "odt": odtOf(), "png": pngOf(picture()), "jpg": jpegOf(picture()),
		"rtf": []byte(`{\rtf1\ansi Bonjour \'e9t\'e9.\par}`), "txt": []byte("Bonjour.\nUne attestation, été comme hiver.\n"),
		"html": []byte("<!doctype html><html><body><p>Bonjour</p><a href=\"https://example.org\">lien</a></body></html>")}
}

func TestMadeFilesAreSound(t *testing.T) {
	c := client(t)
	for extension, content := range sound() {
		r, err := c.Inspect(t.Context(), "fichier."+extension, "", content, policy)
		if err != nil || r.Verdict == "refuse" || r.Verdict == "warn" && extension != "html" {
			t.Errorf("%s: %+v, %v", extension, r, err)
		}
	}
}
