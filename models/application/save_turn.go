package application

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"passerelle/models/form"
)

// NameTurn orders what one showing of a page posts: the script adds it to each post
// (steps.js), and it only grows. The answers of a save held back by the network, which
// arrives after a later one of the same page, say nothing new, since each carries the
// whole page (P5.5); a row taken away there stays away.
const NameTurn = "_turn"

// turns are the last turn of each page that saved lately, by the name of the page.
type turns map[string]int64

// pagesKept bounds turns: more pages of one draft are not open at once.
const pagesKept = 16

// turnOf reads the name and the turn of a posted page; 0 is a page that has no order, as
// without a script, where one request replaces another.
func turnOf(posted map[string][]string) (page string, turn int64) {
	names, numbers := posted[NamePage], posted[NameTurn]
	if len(names) == 0 || names[0] == "" || len(names[0]) > maxPage || len(numbers) == 0 {
		return "", 0
	}
	turn, err := strconv.ParseInt(numbers[0], 10, 64)
	if err != nil || turn < 0 {
		return "", 0
	}
	return names[0], turn
}

// note keeps a turn. It reports whether a later one of the same page came before it, and
// whether there is something to store.
func (t *turns) note(page string, turn int64) (late, fresh bool) {
	last := (*t)[page]
	if turn == 0 || turn <= last {
		return turn != 0 && turn < last, false
	}
	kept := maps.Clone(*t)
	if kept == nil {
		kept = turns{}
	}
	kept[page] = turn
	if len(kept) > pagesKept {
		delete(kept, slices.MinFunc(slices.Collect(maps.Keys(kept)), func(a, b string) int { return cmp.Compare(kept[a], kept[b]) }))
	}
	*t = kept
	return false, true
}

// outliving is what a late post still says: which rows were taken away, which the later
// one, sent before the answer, still showed.
func outliving(posted map[string][]string) map[string][]string {
	kept := map[string][]string{}
	for _, name := range []string{NamePage, NameVersion, form.NameContext, form.NameRemove} {
		if values, ok := posted[name]; ok {
			kept[name] = values
		}
	}
	return kept
}
