package application

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/google/uuid"

	"passerelle/models/merge"
)

// registersFormat is the first byte of stored registers; another one means
// another layout.
const registersFormat = 1

var errRegisters = errors.New("application: stored answers are not readable")

// encodeRegisters writes a draft's answers compactly: counts and lengths as
// varints, ids as their sixteen bytes. Ids that are no UUID must have been
// dropped before (see onlyUUIDs).
func encodeRegisters(r merge.Registers) []byte {
	b := binary.AppendUvarint([]byte{registersFormat}, uint64(len(r)))
	for _, key := range r.Keys() {
		reg := r[key]
		b = appendText(b, key)
		b = binary.AppendUvarint(b, uint64(len(reg.Siblings)))
		for _, op := range reg.Siblings {
			b = appendOp(b, op)
		}
		b = appendIDs(b, reg.Gone)
	}
	return b
}

func appendOp(b []byte, op merge.Op) []byte {
	b = appendID(b, op.ID)
	b = binary.AppendUvarint(b, uint64(len(op.Val)))
	for _, v := range op.Val {
		b = appendText(b, v)
	}
	b = appendIDs(b, op.Ctx)
	b = appendText(b, op.HLC)
	b = binary.AppendUvarint(b, uint64(op.FV))
	b = appendText(b, op.Dev)
	b = appendText(b, op.Actor)
	return binary.AppendVarint(b, op.At)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendIDs(b []byte, ids []merge.OpID) []byte {
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		b = appendID(b, id)
	}
	return b
}

func appendID(b []byte, id merge.OpID) []byte {
	u, _ := uuid.Parse(string(id))
	return append(b, u[:]...)
}

// decodeRegisters reads what encodeRegisters wrote; anything else is an error
// and never a panic.
func decodeRegisters(b []byte) (merge.Registers, error) {
	if len(b) == 0 || b[0] != registersFormat {
		return nil, errRegisters
	}
	d := decoder{rest: b[1:]}
	n := d.count(3)
	r := make(merge.Registers, n)
	for range n {
		key := d.text()
		reg := merge.Register{Siblings: make([]merge.Sibling, d.count(16))}
		for i := range reg.Siblings {
			reg.Siblings[i] = d.op(key)
		}
		reg.Gone = d.ids()
		r[key] = reg
	}
	if d.bad || len(d.rest) > 0 {
		return nil, errRegisters
	}
	return r, nil
}

type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) op(key string) merge.Op {
	op := merge.Op{Key: key, ID: d.id()}
	if n := d.count(1); n > 0 {
		op.Val = make(merge.Value, n)
		for i := range op.Val {
			op.Val[i] = d.text()
		}
	}
	op.Ctx = d.ids()
	op.HLC = d.text()
	op.FV = int(min(d.uvarint(), math.MaxInt32))
	op.Dev = d.text()
	op.Actor = d.text()
	at, n := binary.Varint(d.rest)
	d.skip(n)
	op.At = at
	return op
}

func (d *decoder) ids() []merge.OpID {
	n := d.count(16)
	if n == 0 {
		return nil
	}
	ids := make([]merge.OpID, n)
	for i := range ids {
		ids[i] = d.id()
	}
	return ids
}

func (d *decoder) id() merge.OpID {
	var u uuid.UUID
	if len(d.rest) < len(u) {
		d.fail()
		return ""
	}
	copy(u[:], d.rest)
	d.rest = d.rest[len(u):]
	return merge.OpID(u.String())
}

func (d *decoder) text() string {
	n := d.count(1)
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

// count reads a number of things that take at least size bytes each.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.rest)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	d.skip(n)
	return v
}

func (d *decoder) skip(n int) {
	if n <= 0 {
		d.fail()
		return
	}
	d.rest = d.rest[n:]
}

func (d *decoder) fail() { d.bad, d.rest = true, nil }

// onlyUUIDs drops from a context the ids that no server ever gave: a page's
// hidden field can hold anything.
func onlyUUIDs(ids []merge.OpID) []merge.OpID {
	var kept []merge.OpID
	for _, id := range ids {
		if u, err := uuid.Parse(string(id)); err == nil && u.String() == string(id) {
			kept = append(kept, id)
		}
	}
	return kept
}
