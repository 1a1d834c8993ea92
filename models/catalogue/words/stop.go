package words

import "sort"

// stopWords are folded and sorted; the data pack's list with the letters of
// elision and what announcements repeat.
var stopWords = []string{
	"a", "ai", "aie", "aient", "ais", "ait", "and", "as", "au", "aura", "aux", "avec", "avez", "avons", "ayant",
	"c", "ce", "ceci", "cela", "ces", "cet", "cette", "d", "dans", "de", "des", "du", "elle", "en", "es", "est",
	"et", "eu", "eux", "f", "h", "i", "ici", "il", "ils", "in", "j", "je", "jusqu", "l", "la", "le", "les", "leur", "leurs",
	"lorsqu", "lui", "m", "ma", "mais", "me", "mes", "moi", "mon", "n", "ne", "nos", "notre", "nous", "of", "on",
	"ont", "ou", "par", "pas", "pour", "puisqu", "qu", "que", "quel", "quelle", "quelles", "quels", "qui", "quoiqu",
	"s", "sa", "sans", "se", "sera", "ses", "soi", "sois", "soit", "sommes", "son", "sont", "sous", "suis", "sur", "t", "ta", "te",
	"tes", "the", "toi", "ton", "tu", "un", "une", "vos", "votre", "vous", "y",
}

// Stop reports a folded word that says nothing by itself. A search keeps it
// only where it is somebody's acronym (« DU »).
func Stop(folded string) bool {
	i := sort.SearchStrings(stopWords, folded)
	return i < len(stopWords) && stopWords[i] == folded
}
