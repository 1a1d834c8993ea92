package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A frame is two lengths, a JSON header and bytes: the whole protocol, in both
// directions. Lengths are checked before anything is allocated.
const (
	maxHeader = 4 << 20
	maxBody   = 96 << 20
)

var errFrame = errors.New("worker: frame out of bounds")

// request and reply are the headers of frames.
type request struct {
	Op     string          `json:"op"`
	Header json.RawMessage `json:"header,omitempty"`
	Millis int64           `json:"millis"` // Left to the operation
}

type reply struct {
	Failure string          `json:"failure,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
}

func writeFrame(w io.Writer, header any, body []byte) error {
	encoded, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("worker: header: %w", err)
	}
	if len(encoded) > maxHeader || len(body) > maxBody {
		return errFrame
	}
	head := make([]byte, 8, 8+len(encoded))
	binary.BigEndian.PutUint32(head, uint32(len(encoded)))
	binary.BigEndian.PutUint32(head[4:], uint32(len(body)))
	if _, err := w.Write(append(head, encoded...)); err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}

func readFrame(r io.Reader, header any) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	encodedLen, bodyLen := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
	if encodedLen > maxHeader || bodyLen > maxBody {
		return nil, errFrame
	}
	encoded := make([]byte, encodedLen)
	if _, err := io.ReadFull(r, encoded); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(encoded, header); err != nil {
		return nil, errFrame
	}
	body := make([]byte, bodyLen)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	return body, nil
}
