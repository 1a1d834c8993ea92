package paths

import "strconv"

// SearchSettings is the draft of the search's settings: synonyms, stop words,
// weights (P14.1). act is empty for the page itself, else what is posted:
// synonymes, synonymes/retrait, synonymes/maintien, mots, mots/retrait, poids,
// abandon, whose page asks first.
func SearchSettings(act string) string {
	at := AdminSearch() + "/reglages"
	if act == "" {
		return at
	}
	return at + "/" + act
}

// NewSynonym is the draft with a synonym to complete.
func NewSynonym(from, to string) string {
	return With(SearchSettings(""), "de", from, "vers", to) + "#synonyme"
}

// FoundSynonyms is the draft with the synonyms that hold a text.
func FoundSynonyms(text string) string { return With(SearchSettings(""), "contient", text) }

// Rehearsals is where one is asked for (répétition générale, P17.23); POST only.
func Rehearsals() string { return AdminSearch() + "/repetitions" }

// Rehearsal is one; act is empty for its page, else publication or abandon.
func Rehearsal(id, act string) string {
	at := Rehearsals() + "/" + segment(id)
	if act == "" {
		return at
	}
	return at + "/" + act
}

// Publications is the log of the settings.
func Publications() string { return AdminSearch() + "/publications" }

// PublicationBack puts the settings of a publication in force again; POST only.
func PublicationBack(no int) string { return Publications() + "/" + strconv.Itoa(no) + "/retour" }

// Queries are what visitors type, by list and days.
func Queries(list string, days int) string {
	return With(AdminSearch()+"/requetes", "liste", list, "jours", strconv.Itoa(days))
}
