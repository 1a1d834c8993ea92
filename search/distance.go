package search

// distance counts the changes (a letter more, less, other, or two swapped)
// from one folded word to another, giving up past limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	return edits(a, b, limit, false)
}

// beginning is the distance from what is typed to the best beginning of a
// word.
func beginning(typed, word string, limit int) int {
	return edits(typed, word[:min(len(word), len(typed)+limit)], limit, true)
}

func edits(a, b string, limit int, anyEnd bool) int {
	var rows [3][72]int
	if len(b) >= len(rows[0]) || len(a) >= len(rows[0]) {
		return limit + 1
	}
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	if !anyEnd {
		return last[len(b)]
	}
	best := limit + 1
	for j := max(len(a)-limit, 0); j <= len(b); j++ {
		best = min(best, last[j])
	}
	return best
}
