package inspect

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"errors"
	"io"

	"golang.org/x/image/tiff/lzw"
)

// unpack runs a stream through its filters, keeps the first bytes of the result
// and counts the rest, up to limit. whole is false when a filter is unknown or the
// data are cut: what could be read is still given. The limit counts the output of
// every filter of the chain, so that a bomb cannot hide behind another.
func unpack(raw []byte, filters []string, dict map[string]value, keep int, limit int64) (kept []byte, n int64, whole bool) {
	var total int64
	var r io.Reader = bytes.NewReader(raw)
	if len(filters) > 8 {
		return nil, 0, false
	}
	for _, f := range filters {
		next := filter(f, r)
		if next == nil {
			return nil, total, false
		}
		r = &counter{r: next, total: &total, limit: limit}
	}
	if len(filters) == 0 {
		return raw[:min(len(raw), keep)], int64(len(raw)), true
	}
	var out bytes.Buffer
	_, err := io.CopyN(&out, r, int64(keep))
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	} else if errors.Is(err, io.EOF) {
		err = nil
	}
	content := out.Bytes()
	if predictor(dict) >= 10 {
		content = unpredict(content, columns(dict))
	}
	return content, total, err == nil
}

func filter(name string, r io.Reader) io.Reader {
	switch name {
	case "FlateDecode", "Fl":
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil
		}
		return z
	case "LZWDecode", "LZW":
		return lzw.NewReader(r, lzw.MSB, 8)
	case "ASCIIHexDecode", "AHx":
		return &hexReader{r: bufio.NewReader(r)}
	case "ASCII85Decode", "A85":
		return ascii85.NewDecoder(&untilTilde{r: bufio.NewReader(r)})
	case "RunLengthDecode", "RL":
		return &runReader{r: bufio.NewReader(r)}
	}
	return nil
}

// counter adds up what passes, and ends at the limit.
type counter struct {
	r     io.Reader
	total *int64
	limit int64
}

func (c *counter) Read(p []byte) (int, error) {
	if *c.total >= c.limit {
		return 0, io.EOF
	}
	n, err := c.r.Read(p)
	*c.total += int64(n)
	return n, err
}

// untilTilde ends where "~>" does, which the decoder does not know.
type untilTilde struct{ r *bufio.Reader }

func (u *untilTilde) Read(p []byte) (int, error) {
	for i := range p {
		c, err := u.r.ReadByte()
		if err != nil || c == '~' {
			return i, io.EOF
		}
		p[i] = c
	}
	return len(p), nil
}

type hexReader struct{ r *bufio.Reader }

func (h *hexReader) Read(p []byte) (int, error) {
	for i := range p {
		high, err := h.digit()
		if err != nil {
			return i, err
		}
		low, err := h.digit()
		if err != nil {
			low = 0
		}
		p[i] = high<<4 | low
	}
	return len(p), nil
}

func (h *hexReader) digit() (byte, error) {
	for {
		c, err := h.r.ReadByte()
		switch {
		case err != nil || c == '>':
			return 0, io.EOF
		case c >= '0' && c <= '9':
			return c - '0', nil
		case c >= 'a' && c <= 'f':
			return c - 'a' + 10, nil
		case c >= 'A' && c <= 'F':
			return c - 'A' + 10, nil
		}
	}
}

type runReader struct {
	r       *bufio.Reader
	pending []byte
}

func (r *runReader) Read(p []byte) (int, error) {
	if len(r.pending) == 0 {
		n, err := r.r.ReadByte()
		switch {
		case err != nil || n == 128:
			return 0, io.EOF
		case n < 128:
			r.pending = make([]byte, int(n)+1)
			if _, err := io.ReadFull(r.r, r.pending); err != nil {
				return 0, io.EOF
			}
		default:
			c, err := r.r.ReadByte()
			if err != nil {
				return 0, io.EOF
			}
			r.pending = bytes.Repeat([]byte{c}, 257-int(n))
		}
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

func parameter(dict map[string]value, name string) float64 {
	v := dict["DecodeParms"]
	if v.kind == nothing {
		v = dict["DP"]
	}
	if v.kind == arrayValue && len(v.items) > 0 {
		v = v.items[len(v.items)-1]
	}
	return v.dict[name].num
}

func predictor(dict map[string]value) float64 { return parameter(dict, "Predictor") }

func columns(dict map[string]value) int {
	c := int(parameter(dict, "Columns"))
	if c <= 0 || c > 1<<16 {
		return 1
	}
	return c
}

// unpredict undoes PNG's row filters, of one byte a value.
func unpredict(b []byte, width int) []byte {
	out := make([]byte, 0, len(b))
	above := make([]byte, width)
	for len(b) > width {
		kind, row := b[0], b[1:width+1]
		b = b[width+1:]
		for i := range row {
			var left, corner byte
			if i > 0 {
				left, corner = row[i-1], above[i-1]
			}
			switch kind {
			case 1:
				row[i] += left
			case 2:
				row[i] += above[i]
			case 3:
				row[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				row[i] += paeth(left, above[i], corner)
			}
		}
		out = append(out, row...)
		above = row
	}
	return out
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
