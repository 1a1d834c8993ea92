package memory

// Share is what one unit of a query brings to one document, by what it comes
// from; it adds up to what Weigh gives.
type Share struct {
	Fields [Fields]float32 // words as they were typed
	Other  float32         // what stands for them: beginnings, mended words, synonyms, likenesses
	Held   bool            // the unit is there whole
	Branch int             // which way of saying it counted, 0 being what was typed
}

// Total is the whole of it.
func (s Share) Total() float32 {
	sum := s.Other
	for _, x := range s.Fields {
		sum += x
	}
	return sum
}

// Shares weighs one document again, unit by unit, to explain its score.
func (v *View) Shares(shard int, slot uint16, units []Unit, w *Weights) []Share {
	s := &v.shards[shard]
	counts := map[uint32]*[Fields]int{}
	readForward(s.words(int(slot)), func(f Field, _ int, id uint32) {
		if counts[id] == nil {
			counts[id] = new([Fields]int)
		}
		counts[id][f]++
	})
	norms := v.scale(w)
	list := make([]Share, len(units))
	for u := range units {
		for b := range units[u].Branches {
			one, whole := branchShare(&units[u].Branches[b], b, counts, s.segment, slot, norms, w.K1)
			if one.Held = whole || list[u].Held; (whole || b == 0) && one.Total() > list[u].Total() {
				list[u] = one
			}
			list[u].Held = one.Held
		}
	}
	return list
}

func branchShare(branch *Branch, which int, counts map[uint32]*[Fields]int, s *segment, slot uint16, norms *scale, k1 float32) (share Share, whole bool) {
	share.Branch, whole = which, true
	for _, t := range branch.Terms {
		var typed [Fields]float32
		var other, sum float32
		firm := false
		for _, a := range t.Any {
			n := counts[a.Word]
			if n == nil {
				continue
			}
			firm = firm || !a.Weak
			for f := range Fields {
				x := a.Worth * weight(only(counted(*n), Field(f)), s, slot, norms)
				if sum += x; a.Worth == 1 && which == 0 {
					typed[f] += x
				} else {
					other += x
				}
			}
		}
		whole = whole && firm
		if sum == 0 {
			continue
		}
		scale := branch.Worth * t.Rarity / (k1 + sum)
		for f, x := range typed {
			share.Fields[f] += scale * x
		}
		share.Other += scale * other
	}
	return share, whole
}

// only keeps of how often a word is there that of one field.
func only(n uint16, f Field) uint16 {
	return n & [Fields]uint16{1<<titleBits - 1, (1<<acronymBits - 1) << acronymShift, (1<<otherBits - 1) << otherShift, (1<<bodyBits - 1) << bodyShift}[f]
}
