package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding of a file, as people and mappings name it.
type Encoding string

// The encodings that files come in.
const (
	UTF8        Encoding = "utf-8"
	UTF8BOM     Encoding = "utf-8-bom"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
	ISO885915   Encoding = "iso-8859-15"
	MacRoman    Encoding = "macintosh"
)

// Encodings lists those that a mapping or a screen may force.
func Encodings() []Encoding {
	return []Encoding{UTF8, Windows1252, ISO885915, MacRoman, UTF16LE, UTF16BE}
}

var decoders = map[Encoding]encoding.Encoding{
	Windows1252: charmap.Windows1252, ISO885915: charmap.ISO8859_15, MacRoman: charmap.Macintosh,
	UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), UTF16BE: unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
}

// sample is how much of a file settles its encoding and its separator.
const sample = 1 << 16

// decoded gives the file's text in UTF-8. Its encoding is settled at the first
// character that is not ASCII, wherever it stands, so that a long file without
// accents in its beginning is read right too.
type decoded struct {
	raw     *bufio.Reader
	settled io.Reader // nil while all was ASCII
	is      Encoding
	guessed bool // nobody said it
}

func decode(r io.Reader, forced Encoding) (*decoded, error) {
	d := &decoded{raw: bufio.NewReaderSize(r, sample), is: forced}
	head, err := d.raw.Peek(sample)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = d.raw.Discard(3)
		d.is, d.settled = UTF8BOM, d.raw
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		d.settle(UTF16LE)
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		d.settle(UTF16BE)
	case forced == UTF8 || forced == UTF8BOM:
		d.settled = d.raw
	case forced != "":
		if decoders[forced] == nil {
			return nil, fmt.Errorf("import: unknown encoding %q", forced)
		}
		d.settle(forced)
	default:
		d.guessed = true
		if wide := wideEncoding(head); wide != "" {
			d.settle(wide)
		}
	}
	return d, nil
}

func (d *decoded) settle(e Encoding) {
	d.is, d.settled = e, d.raw
	if decoder := decoders[e]; decoder != nil {
		d.settled = decoder.NewDecoder().Reader(d.raw)
	}
}

// encoding is what the file turned out to be; ASCII is UTF-8.
func (d *decoded) encoding() Encoding {
	if d.is == "" {
		return UTF8
	}
	return d.is
}

func (d *decoded) Read(b []byte) (int, error) {
	if d.settled != nil {
		return d.settled.Read(b)
	}
	head, err := d.raw.Peek(1)
	if len(head) == 0 {
		return 0, err
	}
	head, _ = d.raw.Peek(min(d.raw.Buffered(), len(b)))
	at := bytes.IndexFunc(head, func(r rune) bool { return r >= utf8.RuneSelf })
	if at == 0 {
		window, _ := d.raw.Peek(sample)
		d.settle(narrowEncoding(window))
		return d.settled.Read(b)
	}
	if at > 0 {
		head = head[:at]
	}
	n := copy(b, head)
	_, _ = d.raw.Discard(n)
	return n, nil
}

// wideEncoding recognises UTF-16 without a mark: every other byte of French
// text is nought.
func wideEncoding(head []byte) Encoding {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half < 4:
	case zeros[1]*10 > half*7 && zeros[0]*10 < half:
		return UTF16LE
	case zeros[0]*10 > half*7 && zeros[1]*10 < half:
		return UTF16BE
	}
	return ""
}

// narrowEncoding tells UTF-8 from the one-byte encodings by the sequences that
// are well formed, and those from each other by the letters that French writes.
func narrowEncoding(window []byte) Encoding {
	good, bad := 0, 0
	for i := 0; i < len(window); {
		r, size := utf8.DecodeRune(window[i:])
		switch {
		case r == utf8.RuneError && size == 1 && !utf8.FullRune(window[i:]): // cut by the window
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		i += size
	}
	if bad == 0 || good > 4*bad {
		return UTF8
	}
	if french(window, charmap.Macintosh) > french(window, charmap.Windows1252) {
		return MacRoman
	}
	return Windows1252
}

// french counts what accents are worth in an encoding: a letter of French next
// to a letter is likely, a sign in the middle of a word is not.
func french(window []byte, in *charmap.Charmap) int {
	score := 0
	for i, c := range window {
		if c < utf8.RuneSelf {
			continue
		}
		letter := i > 0 && isLetter(window[i-1]) || i+1 < len(window) && isLetter(window[i+1])
		switch r := in.DecodeByte(c); {
		case bytes.ContainsRune([]byte("éèêàçîôûùâëïœ"), r):
			score += 4
		case bytes.ContainsRune([]byte("ÉÈÊÀÇÎÔÛÙÂËÏŒüöäÿ’"), r):
			score += 2
		case bytes.ContainsRune([]byte("«»€–—…°·“” \u00a0"), r):
			score++
		case r == utf8.RuneError:
			score -= 6
		case letter:
			score -= 3
		}
	}
	return score
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
