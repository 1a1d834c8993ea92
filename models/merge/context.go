package merge

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Limits of the wire form, far above what any form of ours shows.
const (
	maxContext = 256 << 10 // bytes
	maxSeen    = 4000      // keys
	maxIDs     = 64        // ids of one key
)

// ErrContext is returned when part of a context could not be read; the rest is kept.
var ErrContext = errors.New("merge.context.garbled")

// Seen is what a page showed for one key: the ids standing there and a digest of the
// value in the input, which survives the ids being replaced meanwhile.
type Seen struct {
	IDs []OpID
	Sum uint64
}

// Context is what one page showed, by key. It travels in the page as text (`_ctx`).
type Context map[string]Seen

// See takes the picture of the given keys; a key never written is known as empty.
func (r Registers) See(keys ...string) Context {
	c := make(Context, len(keys))
	for _, k := range keys {
		c[k] = Seen{IDs: r.IDs(k), Sum: Sum(r.Current(k))}
	}
	return c
}

// Changed lists the keys, sorted, whose standing ids are no longer those seen. What a
// person sends is what they saw: submission refuses when this is not empty (P5.6).
func (r Registers) Changed(seen Context) []string {
	var out []string
	for k, s := range seen {
		now := r.IDs(k)
		then := slices.Clone(s.IDs)
		slices.Sort(now)
		slices.Sort(then)
		if !slices.Equal(now, then) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// Sum is the digest of a Value (FNV-1a, 64 bits); a cleared Value gives zero.
func Sum(v Value) uint64 {
	if v.Empty() {
		return 0
	}
	h := uint64(14695981039346656037)
	for _, s := range v {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211 // never a byte of UTF-8: keeps ["ab"] and ["a","b"] apart
	}
	return max(h, 1)
}

// String writes the wire form `key=id,id~sum;…`, sorted by key.
func (c Context) String() string {
	var b strings.Builder
	for i, k := range slices.Sorted(maps.Keys(c)) {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(k)
		b.WriteByte('=')
		for j, id := range c[k].IDs {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(string(id))
		}
		if sum := c[k].Sum; sum != 0 {
			b.WriteByte('~')
			b.WriteString(strconv.FormatUint(sum, 36))
		}
	}
	return b.String()
}

// ParseContext reads the wire form. It keeps every entry that it understands and
// returns ErrContext beside them when it dropped some: the fields concerned then show
// a conflict instead of being overwritten.
func ParseContext(s string) (Context, error) {
	c := Context{}
	if len(s) > maxContext {
		return c, ErrContext
	}
	var err error
	for entry := range strings.SplitSeq(s, ";") {
		if entry == "" {
			continue
		}
		key, seen, ok := parseSeen(entry)
		if !ok || len(c) >= maxSeen {
			err = ErrContext
			continue
		}
		c[key] = seen
	}
	return c, err
}

func parseSeen(entry string) (string, Seen, bool) {
	key, rest, ok := strings.Cut(entry, "=")
	if !ok || !plain(key) {
		return "", Seen{}, false
	}
	ids, sum, summed := strings.Cut(rest, "~")
	var seen Seen
	if summed {
		n, err := strconv.ParseUint(sum, 36, 64)
		if err != nil {
			return "", Seen{}, false
		}
		seen.Sum = n
	}
	if ids == "" {
		return key, seen, true
	}
	for id := range strings.SplitSeq(ids, ",") {
		if !plain(id) || len(seen.IDs) >= maxIDs {
			return "", Seen{}, false
		}
		seen.IDs = append(seen.IDs, OpID(id))
	}
	return key, seen, true
}

// plain accepts what keys and ids are made of, and nothing that needs escaping.
func plain(s string) bool {
	if s == "" || len(s) > 200 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '_', c == '-', c == '.', c == '/', c == '$':
		default:
			return false
		}
	}
	return true
}
