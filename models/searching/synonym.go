package searching

import "slices"

// AddSynonym puts a group under each of its expressions that finds the others.
func AddSynonym(found map[string][]string, keys []string, oneWay bool) {
	for i, key := range keys {
		if i > 0 && oneWay {
			break
		}
		for j, other := range keys {
			if j != i && !slices.Contains(found[key], other) {
				found[key] = append(found[key], other)
			}
		}
	}
}
