package memory

// Row is what a reader sees of a document without its words; slices belong to
// the table.
type Row struct {
	No                    uint32
	Kind, Level, Duration uint8
	Themes                []uint16
	Structure             uint32
	Occurrences           []byte // packed, without their number
	TitleWords            uint8  // lengthCode
}

// Row reads a document of a match.
func (v *View) Row(shard int, slot uint16, row *Row) {
	s := &v.shards[shard]
	row.No, row.Kind, row.Level, row.Duration = s.nos[slot], s.kinds[slot], s.levels[slot], s.duration[slot]
	i := int(slot) // the last slot plus one does not fit in two bytes
	row.Themes = s.themes[s.themesAt[i]:s.themesAt[i+1]]
	row.Structure = s.structures[slot]
	row.Occurrences = s.occurrences[s.occurrencesAt[i]:s.occurrencesAt[i+1]]
	row.TitleWords = s.lengths[Title][slot]
	if s.changed != nil {
		if changed, ok := s.changed[slot]; ok {
			row.Occurrences = changed
		}
	}
}

// Each calls every document.
func (v *View) Each(call func(shard int, slot uint16)) {
	for i := range v.shards {
		s := &v.shards[i]
		for slot := range len(s.nos) {
			if s.alive(uint16(slot)) {
				call(i, uint16(slot))
			}
		}
	}
}

// Read gives the words of a document, field by field in their order, in into's
// memory.
func (v *View) Read(shard int, slot uint16, into *[Fields][]uint32) {
	for f := range into {
		into[f] = into[f][:0]
	}
	readForward(v.shards[shard].words(int(slot)), func(f Field, _ int, id uint32) { into[f] = append(into[f], id) })
}

// Pick finds documents by their numbers, with the scores that another engine
// gave them; unknown ones are left out.
func (v *View) Pick(scores map[uint32]float32) []Matches {
	var last uint32
	for no := range scores {
		last = max(last, no)
	}
	wanted := make([]uint64, last/64+1)
	for no := range scores {
		wanted[no>>6] |= 1 << (no & 63)
	}
	list := []Matches{}
	for i := range v.shards {
		s := &v.shards[i]
		m := Matches{Shard: i}
		for slot, no := range s.nos {
			if no <= last && wanted[no>>6]&(1<<(no&63)) != 0 && s.alive(uint16(slot)) {
				m.List = append(m.List, Match{Slot: uint16(slot), Score: scores[no]})
			}
		}
		if len(m.List) > 0 {
			list = append(list, m)
		}
	}
	return list
}
