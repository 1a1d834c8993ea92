package memory

import (
	"slices"

	"passerelle/models/catalogue/words"
)

// Comparison tells documents from what a View holds of them, one after the
// other, for the check of a process against the database.
type Comparison struct {
	view *View
	at   map[uint32]spot
}

type spot struct {
	shard int
	slot  uint16
}

// Compare begins one.
func (v *View) Compare() *Comparison {
	c := &Comparison{view: v, at: make(map[uint32]spot, v.Total)}
	var row Row
	v.Each(func(shard int, slot uint16) {
		v.Row(shard, slot, &row)
		c.at[row.No] = spot{shard, slot}
	})
	return c
}

// Same tells whether the view has a document, and whether it holds every word
// and facet of it. A document is asked for once.
func (c *Comparison) Same(d *Document) (there, same bool) {
	p, there := c.at[d.No]
	if !there {
		return false, false
	}
	delete(c.at, d.No)
	var row Row
	c.view.Row(p.shard, p.slot, &row)
	if row.Kind != d.Kind || row.Level != d.Level || row.Duration != d.Duration || row.Structure != d.Structure || !slices.Equal(row.Themes, d.Themes) || string(row.Occurrences) != string(d.Occurrences) {
		return true, false
	}
	var fields [Fields][]uint32
	known := c.view.Words.all(d, &fields)
	return true, known && string(c.view.shards[p.shard].words(int(p.slot))) == string(appendForward(nil, fields))
}

// Left lists the documents of the view that were never asked for.
func (c *Comparison) Left() []uint32 {
	list := make([]uint32, 0, len(c.at))
	for no := range c.at {
		list = append(list, no)
	}
	slices.Sort(list)
	return list
}

// all gives the words of a document as a Table numbers them; false where one of
// them is in no document of the view.
func (w *Words) all(d *Document, fields *[Fields][]uint32) bool {
	known := true
	add := func(f Field, stem string) {
		id, ok := w.Find(stem)
		known = known && ok
		fields[f] = append(fields[f], id)
	}
	plain := func(f Field, text string) {
		for _, word := range words.Cut(text) {
			if !word.Stop {
				add(f, word.Stem)
			}
		}
	}
	plain(Title, d.Title)
	for _, text := range d.Acronyms {
		cut, joined := words.Cut(text), ""
		for _, word := range cut {
			add(Acronym, word.Stem)
			joined += word.Folded
		}
		if len(cut) > 1 && len(joined) <= longestAcronym {
			add(Acronym, joined)
		}
	}
	for _, text := range d.Others {
		plain(Other, text)
	}
	plain(Body, d.Body)
	return known
}

// Kinds counts the documents by kind, as numbered in cards.
func (v *View) Kinds() map[uint8]int {
	n := map[uint8]int{}
	for kind, of := range v.kinds {
		if of > 0 {
			n[uint8(kind)] = of
		}
	}
	return n
}
