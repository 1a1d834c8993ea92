package main

// searchConsole walks through the console of the search: its state, a rebuild
// asked for and under way, a check, and trials that find, mend and find nothing.
func (v *visit) searchConsole() {
	b := v.as("administration@passerelle.example.org")
	const console = "/administration/recherche"
	v.leads(b, "/administration")
	v.goes(b, console, "console of the search")
	v.goes(b, console+"/essai", "trial of a query, blank")
	v.goes(b, console+"/essai?q=bibliothecaire+jeuness&document=petite+enfance", "trial of a query, a document missing")
	v.goes(b, console+"/essai?q=zqxwkj&document=zqxwkj&moteur=postgresql", "trial of a query, nothing found")
	v.goes(b, console+"/reconstruction", "confirmation of a rebuild")
	v.send(b, "#reconstruire")
	v.opened(b, "rebuild asked for")
	b.Until("the rebuild", `!document.querySelector('#etat progress')`)
	b.Open(console)
	v.send(b, "#check-postgresql")
	b.Until("the check", `document.querySelector('#etat').textContent.includes('égaux à la base')`)
	v.opened(b, "index checked")
}
