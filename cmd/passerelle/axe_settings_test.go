package main

// searchSettings walks through the settings of the search: refused, drafted,
// rehearsed, published and in the log; and what visitors type.
func (v *visit) searchSettings() {
	b := v.as("administration@passerelle.example.org")
	const console = "/administration/recherche"
	v.goes(b, console+"/requetes", "queries of visitors")
	v.goes(b, console+"/publications", "log of publications, empty")
	b.Open(console + "/reglages?de=atsem")
	v.send(b, "#synonyme-de")
	v.opened(b, "synonym refused")
	b.Open(console + "/reglages?de=atsem&vers=petite+enfance")
	v.send(b, "#synonyme-de")
	v.goes(b, console+"/reglages/abandon", "draft to be given up")
	v.goes(b, console+"/reglages", "draft of the settings")
	v.send(b, `form[action$="/repetitions"] button`)
	b.Until("the rehearsal", `document.querySelector('form[action$="/publication"] button')`)
	v.opened(b, "rehearsal")
	v.send(b, `form[action$="/publication"] button`)
	v.opened(b, "log of publications")
}
