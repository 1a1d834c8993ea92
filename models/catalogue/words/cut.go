package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Word is one word of a text.
type Word struct {
	Start, End int    // bytes in the text
	Folded     string // without case or accents
	Stem       string // what is compared
	Stop       bool   // says nothing by itself
}

// Cut lists the words of a text in order. Letters and digits make words,
// apostrophes and everything else part them; « B.T.S. » is one word.
func Cut(text string) []Word {
	list := make([]Word, 0, 8)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !inWord(r) {
			i += size
			continue
		}
		start := i
		end := wordEnd(text, i)
		if dotted := dottedEnd(text, start, end); dotted > end {
			end = dotted
		}
		if w := word(text, start, end); w.Folded != "" {
			list = append(list, w)
		}
		i = end
	}
	return list
}

func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r))
}

func wordEnd(text string, i int) int {
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !inWord(r) {
			break
		}
		i += size
	}
	return i
}

// dottedEnd finds the end of an acronym written with dots, of three letters or
// more, or gives end back.
func dottedEnd(text string, start, end int) int {
	letters, at := 0, start
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !unicode.IsLetter(r) || at+size >= len(text) || text[at+size] != '.' {
			if letters >= 2 && unicode.IsLetter(r) && wordEnd(text, at) == at+size {
				return at + size
			}
			break
		}
		letters++
		at += size + 1
	}
	if letters >= 3 {
		return at - 1
	}
	return end
}

func word(text string, start, end int) Word {
	folded := strings.Map(kept, Fold(text[start:end]))
	w := Word{Start: start, End: end, Folded: clip(folded)}
	w.Stop = Stop(w.Folded)
	w.Stem = Stem(w.Folded)
	return w
}

// kept drops the dots of an acronym and what folding makes of odd letters.
func kept(r rune) rune {
	if unicode.IsLetter(r) && r != 'ʼ' || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// longest keeps absurd words out of the vocabulary.
const longest = 40

func clip(s string) string {
	if len(s) <= longest {
		return s
	}
	end := longest
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// Key is how two spellings of the same term are known to be one: its stems
// without stop words, in order.
func Key(text string) string {
	var stems []string
	for _, w := range Cut(text) {
		if !w.Stop {
			stems = append(stems, w.Stem)
		}
	}
	return strings.Join(stems, " ")
}
