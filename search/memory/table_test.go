package memory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var usual = Weights{K1: 1.2, Field: [Fields]float32{3, 3, 1, 1}, Length: [Fields]float32{.6, 0, .3, .5}}

// answers lists the documents that hold a word, with their scores.
func answers(v *View, stem string) []string {
	id, ok := v.Words.Find(stem)
	if !ok {
		return nil
	}
	units := []Unit{{Branches: []Branch{{Terms: []Term{{Any: []Alternative{{Word: id, Worth: 1}}, Rarity: 1}}, Worth: 1}}}}
	var list []string
	var row Row
	for _, m := range v.Weigh(units, &usual) {
		for _, x := range m.List {
			v.Row(m.Shard, x.Slot, &row)
			list = append(list, fmt.Sprintf("%d %.4f %d %x", row.No, x.Score, x.Held, row.Occurrences))
		}
	}
	slices.Sort(list)
	return list
}

func TestTable(t *testing.T) {
	vocabulary := []string{"ruche", "miel", "cire", "fleur", "essaim", "pollen"}
	t.Run("P4.9 after any changes a table answers as one made of what is left", rapid.MakeCheck(func(t *rapid.T) {
		table, left := NewTable(), map[uint32]Document{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			var put []Document
			var gone []uint32
			for range rapid.IntRange(0, 30).Draw(t, "documents") {
				d := Document{No: uint32(rapid.IntRange(1, 90).Draw(t, "no")), Occurrences: []byte{byte(rapid.IntRange(0, 2).Draw(t, "sessions"))},
					Title: strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 4).Draw(t, "title"), " "),
					Body:  strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 9).Draw(t, "body"), " ")}
				if slices.ContainsFunc(put, func(x Document) bool { return x.No == d.No }) {
					continue
				}
				put = append(put, d)
			}
			for range rapid.IntRange(0, 5).Draw(t, "gone") {
				no := uint32(rapid.IntRange(1, 90).Draw(t, "gone no"))
				gone = append(gone, no)
				delete(left, no)
			}
			for _, d := range put {
				left[d.No] = d
			}
			before := table.View()
			kept := answers(before, "miel")
			table.Put(put, gone)
			if !slices.Equal(kept, answers(before, "miel")) {
				t.Fatal("a view changed")
			}
		}
		fresh := NewTable()
		list := []Document{}
		for _, d := range left {
			list = append(list, d)
		}
		fresh.Put(list, nil)
		got, want := table.View(), fresh.View()
		if got.Total != want.Total || got.Words.Len() != want.Words.Len() {
			t.Fatal(got.Total, want.Total, got.Words.Len(), want.Words.Len())
		}
		for _, stem := range vocabulary {
			if a, b := answers(got, stem), answers(want, stem); !slices.Equal(a, b) {
				t.Fatalf("%s: %v, want %v", stem, a, b)
			}
		}
	}))
}
