package application

import (
	"reflect"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"passerelle/models/merge"
)

func drawID(t *rapid.T) merge.OpID {
	return merge.OpID(uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")).String())
}

func drawRegisters(t *rapid.T) merge.Registers {
	r := merge.Registers{}
	for range rapid.IntRange(0, 12).Draw(t, "ops") {
		op := merge.Op{ID: drawID(t), Key: rapid.SampledFrom([]string{"a", "b.c", "g/1/x"}).Draw(t, "key"),
			HLC: rapid.String().Draw(t, "hlc"), FV: rapid.IntRange(0, 9).Draw(t, "fv"), Dev: rapid.String().Draw(t, "dev"),
			Actor: rapid.String().Draw(t, "actor"), At: rapid.Int64().Draw(t, "at")}
		if vals := rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "val"); len(vals) > 0 {
			op.Val = vals
		}
		if reg := r[op.Key]; rapid.Bool().Draw(t, "seen") && len(reg.Siblings) > 0 {
			op.Ctx = r.IDs(op.Key)
		}
		r.Apply(op)
	}
	return r
}

func TestRegistersCodec(t *testing.T) {
	t.Run("what is written is read back", rapid.MakeCheck(func(t *rapid.T) {
		r := drawRegisters(t)
		got, err := decodeRegisters(encodeRegisters(r))
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Fatalf("%v: %v is not %v", err, got, r)
		}
	}))
	t.Run("no bytes make it panic", rapid.MakeCheck(func(t *rapid.T) {
		b := append([]byte{registersFormat}, rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")...)
		_, _ = decodeRegisters(b)
		whole := encodeRegisters(drawRegisters(t))
		_, _ = decodeRegisters(whole[:rapid.IntRange(0, len(whole)).Draw(t, "cut")])
	}))
}
