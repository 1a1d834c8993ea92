package memory

import (
	"fmt"
	"testing"
)

// A full segment uses every number that two bytes hold: the place after its
// last slot does not fit in them.
func TestFullSegment(t *testing.T) {
	const n = segmentSize + 2
	list := make([]Document, n)
	for i := range list {
		list[i] = Document{No: uint32(i + 1), Kind: uint8(1 + i%3), Themes: []uint16{uint16(i)}, Occurrences: []byte{byte(i), byte(i >> 8)}, Title: "ruche"}
		if i == segmentSize-1 || i == segmentSize {
			list[i].Title = "ruche ultime"
		}
	}
	table := NewTable()
	table.Put(list, nil)
	v := table.View()
	if v.Total != n || len(v.shards) != 2 || len(v.shards[0].nos) != segmentSize {
		t.Fatal(v.Total, len(v.shards), len(v.shards[0].nos))
	}
	t.Run("every slot gives its own document", func(t *testing.T) {
		seen := 0
		var row Row
		v.Each(func(shard int, slot uint16) {
			v.Row(shard, slot, &row)
			i := int(row.No - 1)
			if row.Kind != list[i].Kind || len(row.Themes) != 1 || row.Themes[0] != list[i].Themes[0] || string(row.Occurrences) != string(list[i].Occurrences) {
				t.Fatalf("slot %d of segment %d: %+v", slot, shard, row)
			}
			seen++
		})
		if seen != n {
			t.Fatal(seen)
		}
	})
	t.Run("a word of every document is weighed in every document", func(t *testing.T) {
		if got := answers(v, "ruch"); len(got) != n {
			t.Fatal(len(got))
		}
		if got := answers(v, "ultim"); len(got) != 2 {
			t.Fatal(got)
		}
	})
	t.Run("the last slot changes and dies as any other", func(t *testing.T) {
		last := list[segmentSize-1]
		last.Occurrences = []byte{9}
		table.Put([]Document{last}, nil)
		if got := answers(table.View(), "ultim"); len(got) != 2 || got[0] != fmt.Sprintf("%d %.4f 1 09", segmentSize, score(t, got[0])) {
			t.Fatal(got)
		}
		table.Put(nil, []uint32{segmentSize})
		if got := answers(table.View(), "ultim"); len(got) != 1 || table.View().Total != n-1 {
			t.Fatal(got)
		}
	})
	t.Run("segments of which half died are put together again", func(t *testing.T) {
		var gone []uint32
		for i := range n {
			if i%2 == 0 {
				gone = append(gone, uint32(i+1))
			}
		}
		table.Put(nil, gone)
		v := table.View()
		if got := answers(v, "ruch"); len(got) != v.Total || v.Total != n/2-1 {
			t.Fatal(len(got), v.Total)
		}
	})
}

func score(t *testing.T, line string) (x float64) {
	t.Helper()
	var no uint32
	if _, err := fmt.Sscanf(line, "%d %f", &no, &x); err != nil {
		t.Fatal(err)
	}
	return x
}
