package importer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
)

// A packed file may not grow beyond this: real lists pack five to thirty times.
const (
	freePlain  = 64 << 20 // never judged under this
	mostRatio  = 150
	mostPlain  = 16 << 30
	packedSign = "\x1f\x8b"
)

var (
	errBomb   = &fatal{LineError{Key: "import.bomb"}}
	errCut    = &fatal{LineError{Key: "import.cut"}}
	errPacked = &fatal{LineError{Key: "import.packed"}}
)

// unpack opens gzip by its first bytes, whatever the name says, and refuses
// other archives. What it gives is bounded: a small file that grows without end
// is refused while it grows, not after.
func unpack(r io.Reader) (io.Reader, bool, error) {
	b := bufio.NewReaderSize(r, sample)
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("7z\xbc\xaf")) || bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")) {
		return nil, false, errPacked
	}
	if !bytes.HasPrefix(head, []byte(packedSign)) {
		return b, false, nil
	}
	counted := &counter{r: b}
	z, err := gzip.NewReader(counted)
	if err != nil {
		return nil, true, errCut
	}
	return &bounded{plain: z, packed: counted}, true, nil
}

type bounded struct {
	plain  io.Reader
	packed *counter
	n      int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.plain.Read(p)
	b.n += int64(n)
	if b.n > mostPlain || b.n > freePlain && b.n > mostRatio*b.packed.n {
		return 0, errBomb
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		err = errCut
	}
	return n, err
}
