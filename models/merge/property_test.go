package merge_test

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"passerelle/models/merge"
)

// world is a server and devices that write from pages they may have loaded long ago,
// over a network that delays, repeats and reorders.
type world struct {
	server  merge.Registers
	devices []*device
	sent    []merge.Op // everything ever written
}

type device struct {
	by     *merge.Author
	page   merge.Context
	shown  map[string]merge.Value
	outbox []merge.Op
}

var keys = []string{"name", "job", "courses/r1/title", "courses/r1/year"}

func newWorld(n int) *world {
	w := &world{server: merge.Registers{}}
	for i := range n {
		w.devices = append(w.devices, &device{by: author("d" + strconv.Itoa(i))})
		w.load(i)
	}
	return w
}

// load opens the page anew.
func (w *world) load(i int) {
	d := w.devices[i]
	d.page, d.shown = w.server.See(keys...), map[string]merge.Value{}
	for _, k := range keys {
		d.shown[k] = w.server.Current(k)
	}
}

// write posts from the page that the device has, however old.
func (w *world) write(i int, key string, v merge.Value) {
	d := w.devices[i]
	d.by.NowMs++
	posted := maps.Clone(d.shown)
	posted[key] = v
	ops := merge.Diff(w.server, posted, d.page, d.by)
	d.outbox = append(d.outbox, ops...)
	w.sent = append(w.sent, ops...)
}

// deliver brings one operation, perhaps again later, in any order.
func (w *world) deliver(t *rapid.T, i int) {
	d := w.devices[i]
	if len(d.outbox) == 0 {
		return
	}
	at := rapid.IntRange(0, len(d.outbox)-1).Draw(t, "which")
	w.server.Apply(d.outbox[at])
	if !rapid.Bool().Draw(t, "again later") {
		d.outbox = slices.Delete(slices.Clone(d.outbox), at, at+1)
	}
}

// lost lists what was written, never seen by who replaced it, and shown nowhere.
func (w *world) lost() []merge.Op {
	named := map[merge.OpID]bool{}
	for _, op := range w.sent {
		for _, id := range op.Ctx {
			named[id] = true
		}
	}
	var out []merge.Op
	for _, op := range w.sent {
		standing := slices.ContainsFunc(w.server[op.Key].Siblings, func(s merge.Op) bool { return s.ID == op.ID })
		if !named[op.ID] && !standing {
			out = append(out, op)
		}
	}
	return out
}

func drawValue(t *rapid.T) merge.Value {
	return merge.One(rapid.SampledFrom([]string{"", "A", "B", "C", "D"}).Draw(t, "value"))
}

func TestAnyInterleavingKeepsEveryValue(t *testing.T) {
	for _, n := range []int{2, 3} {
		t.Run("P13.3 "+strconv.Itoa(n)+" devices: no value is lost unseen", rapid.MakeCheck(func(t *rapid.T) {
			w := newWorld(n)
			for range rapid.IntRange(1, 40).Draw(t, "moves") {
				i := rapid.IntRange(0, n-1).Draw(t, "device")
				switch rapid.IntRange(0, 3).Draw(t, "move") {
				case 0:
					w.load(i)
				case 1, 2:
					w.write(i, rapid.SampledFrom(keys).Draw(t, "key"), drawValue(t))
				case 3:
					w.deliver(t, i)
				}
			}
			for _, d := range w.devices {
				w.server.ApplyAll(d.outbox)
				w.server.ApplyAll(d.outbox)
			}
			if lost := w.lost(); lost != nil {
				t.Fatalf("lost %v", lost)
			}
			for _, k := range keys {
				checkShown(t, w.server, k)
			}
		}))
	}
}

// checkShown: two different values standing are always shown as a conflict.
func checkShown(t *rapid.T, r merge.Registers, key string) {
	values := map[string]bool{}
	for _, s := range r[key].Siblings {
		values[strings.Join(s.Val, "\x00")+strconv.Itoa(len(s.Val))] = true
	}
	if want := len(values); want > 1 && len(r.Conflict(key)) != want || want <= 1 && r.Conflict(key) != nil {
		t.Fatalf("%d values, shown %v", want, r.Conflict(key))
	}
}

// drawOps writes operations whose contexts name earlier ones of the same key.
func drawOps(t *rapid.T) []merge.Op {
	var ops []merge.Op
	by := author("x")
	for range rapid.IntRange(0, 20).Draw(t, "ops") {
		key := rapid.SampledFrom(keys).Draw(t, "key")
		var ctx []merge.OpID
		for _, o := range ops {
			if o.Key == key && rapid.Bool().Draw(t, "seen") {
				ctx = append(ctx, o.ID)
			}
		}
		by.NowMs += int64(rapid.IntRange(-3, 3).Draw(t, "clock"))
		ops = append(ops, by.Write(key, drawValue(t), ctx))
	}
	return ops
}

func TestSameOpsSameRegisters(t *testing.T) {
	t.Run("P13.3 any order, with repeats, converges", rapid.MakeCheck(func(t *rapid.T) {
		ops := drawOps(t)
		one, two := merge.Registers{}, merge.Registers{}
		one.ApplyAll(ops)
		shuffled := rapid.Permutation(ops).Draw(t, "order")
		for _, op := range shuffled {
			two.Apply(op)
			two.Apply(op)
		}
		two.ApplyAll(ops)
		if !reflect.DeepEqual(normal(one), normal(two)) {
			t.Fatalf("\n%v\n%v", one, two)
		}
	}))
	t.Run("P13.3 an operation applied twice changes nothing the second time", rapid.MakeCheck(func(t *rapid.T) {
		r := merge.Registers{}
		for _, op := range drawOps(t) {
			r.Apply(op)
			before := normal(r.Clone())
			if got := r.Apply(op); got == merge.OK {
				t.Fatal(got)
			}
			if !reflect.DeepEqual(before, normal(r)) {
				t.Fatalf("changed by a repeat: %v", op)
			}
		}
	}))
	t.Run("P13.3 a picture taken earlier never changes", rapid.MakeCheck(func(t *rapid.T) {
		ops := drawOps(t)
		r := merge.Registers{}
		r.ApplyAll(ops[:len(ops)/2])
		picture := r.Clone()
		text := picture.See(keys...).String()
		r.ApplyAll(ops[len(ops)/2:])
		if picture.See(keys...).String() != text {
			t.Fatal("changed")
		}
	}))
}

// normal forgets the difference between an empty slice and none.
func normal(r merge.Registers) map[string]string {
	out := map[string]string{}
	for k, reg := range r {
		var b strings.Builder
		for _, s := range reg.Siblings {
			b.WriteString(string(s.ID) + s.HLC + strings.Join(s.Val, ",") + ";")
		}
		for _, id := range reg.Gone {
			b.WriteString("-" + string(id))
		}
		out[k] = b.String()
	}
	return out
}

func TestRowsUnderAnySchedule(t *testing.T) {
	t.Run("P13.3 a row with a value nobody deleted is shown", rapid.MakeCheck(func(t *rapid.T) {
		r := merge.Registers{}
		all := []merge.Op{}
		covered := map[merge.OpID]bool{}
		by := author("x")
		rowKeys := keys[2:]
		page := r.See(rowKeys...)
		for range rapid.IntRange(1, 25).Draw(t, "moves") {
			by.NowMs++
			switch rapid.IntRange(0, 3).Draw(t, "move") {
			case 0:
				page = r.See(rowKeys...)
			case 1:
				op := merge.RemoveRow(r, "courses", "r1", page, by)
				for _, id := range op.Ctx {
					covered[id] = true
				}
				all = append(all, op)
			default:
				posted := map[string]merge.Value{rapid.SampledFrom(rowKeys).Draw(t, "key"): {rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "v")}}
				all = append(all, merge.Diff(r, posted, page, by)...)
			}
			if rapid.Bool().Draw(t, "sync") {
				r.ApplyAll(all)
			}
		}
		r.ApplyAll(rapid.Permutation(all).Draw(t, "order"))
		alive := false
		for _, k := range rowKeys {
			for _, s := range r[k].Siblings {
				alive = alive || !covered[s.ID]
			}
		}
		if shown := len(r.Rows("courses")) == 1; alive && !shown {
			t.Fatalf("hidden: %v", r)
		}
	}))
	t.Run("places between any two places", rapid.MakeCheck(func(t *rapid.T) {
		place := rapid.StringMatching(`[-0-9a-z]{0,6}[1-9a-z]`)
		lo, hi := place.Draw(t, "lo"), place.Draw(t, "hi")
		if lo > hi {
			lo, hi = hi, lo
		}
		mid := merge.Between(lo, hi)
		if mid <= lo || lo != hi && mid >= hi {
			t.Fatalf("%q is not between %q and %q", mid, lo, hi)
		}
		if open := merge.Between(lo, ""); open <= lo {
			t.Fatalf("%q is not after %q", open, lo)
		}
	}))
}

func FuzzParseContext(f *testing.F) {
	f.Add("a=1,2~z;b=")
	f.Fuzz(func(t *testing.T, s string) {
		c, _ := merge.ParseContext(s)
		again, err := merge.ParseContext(c.String())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
