package main

import (
	"strings"

	"passerelle/cmd/internal/portaltest"
)

// imports walks through the import of somebody else's file in every state that it
// has: received, unreadable, rehearsed with and without bad lines, imported, taken
// back.
func (v *visit) imports() {
	b := v.as("administration@passerelle.example.org")
	send := func(name, content string) string {
		b.Open("/administration/imports")
		b.Choose("#fichier", portaltest.File{Name: name, Content: []byte(content)})
		v.send(b, `#fichier`)
		return b.Value("location.pathname")
	}
	act := func(act string) { v.send(b, `form[action$="/`+act+`"] button, button[formaction$="/`+act+`"]`) }
	v.goes(b, "/administration/imports", "imports")
	send("coupe.csv", "PK\x03\x04")
	v.opened(b, "file that cannot be read")
	const head = "INTIT_ACTION;NUM_ACT;DT_DEB;DT_FIN;VILLE;NB_PL;OBS_INT\n"
	at := send("refuse.csv", head+"Reliure;AXE-1;12/01/2027;16/01/2027;Lille;beaucoup;\nDorure;AXE-2;12/01/2027;16/01/2027;Lille;12;\n")
	v.opened(b, "file received")
	act("repetition")
	b.Until("the rehearsal", `document.querySelector('#lignes')`)
	v.opened(b, "file rehearsed, a line refused")
	v.goes(b, at+"/import", "confirmation of an import, lines left aside")
	at = send("bon.csv", strings.ReplaceAll(head+"Reliure;AXE-1;12/01/2027;16/01/2027;Lille;10;\n", "OBS_INT", "OBS"))
	act("repetition")
	b.Until("the rehearsal", `document.querySelector('#lignes')`)
	v.opened(b, "file rehearsed")
	v.goes(b, at+"/import", "confirmation of an import")
	act("import")
	b.Until("the import", `document.querySelector('a[href$="/annulation"]')`)
	v.opened(b, "file imported")
	v.goes(b, at+"/annulation", "confirmation of an undo")
	act("annulation")
	b.Until("the undo", `document.querySelector('#t-annule')`)
	v.opened(b, "file taken back")
}
