package journeys

import (
	"regexp"
	"testing"

	"passerelle/cmd/internal/portaltest"
)

var passwordLink = regexp.MustCompile(`https?://[^\s"<>]+/mot-de-passe/[A-Za-z0-9_-]+`)

const staffFile = "matricule;nom;prenom;courriel;role;perimetres\n" +
	"Z1;Renoir;Agnès;agnes.renoir@registre.example.org;Chargée de projet;portail\n" +
	"Z2;Lune;Zoé;zoe.lune@registre.example.org;;\n"

// TestStaffFromFile is an administrator who sends the list of the staff: each gets a
// mail, chooses a password and finds the desk; taken back, the rights go and the
// account that was used stays.
func TestStaffFromFile(t *testing.T) {
	demo := portaltest.CommonDemo(t)
	i := &importing{Browser: portaltest.NewBrowser(t, demo.URL, true)}
	i.SignIn("administration@passerelle.example.org", demoPassword)
	i.Open("/administration/imports")
	i.Run(portaltest.Do(`document.querySelector('#type').value = 'staff'`))
	i.Choose("#fichier", portaltest.File{Name: "personnels.csv", Content: []byte(staffFile)})
	i.Press("Envoyer le fichier")
	i.Heading("Importer des personnels")
	i.at = i.Location()
	i.Press("Répéter à blanc")
	i.becomes("comptes à ouvrir")
	i.Press("Importer 2 lignes")
	i.Heading("Importer ce fichier ?")
	i.See("2 comptes seront ouverts au plus, chacun avec un courriel")
	i.Press("Importer 2 lignes")
	i.becomes("Le registre est à jour")

	officer := portaltest.NewBrowser(t, demo.URL, true)
	t.Run("P1.8 the mail leads to a password, and the rights of the line are there", func(t *testing.T) {
		officer.T = t
		officer.Open(officer.Mailed("agnes.renoir@registre.example.org", passwordLink))
		officer.Fill("password", demoPassword)
		officer.Fill("password_again", demoPassword)
		officer.Click(`main form button[type=submit]`)
		officer.Until("the password kept", `!location.pathname.startsWith('/mot-de-passe/') || !document.querySelector('[name=password_again]')`)
		officer.SignIn("agnes.renoir@registre.example.org", demoPassword)
		officer.Open("/bureau")
		officer.Until("the desk", `location.pathname.startsWith('/bureau') && document.querySelector('h1') && document.querySelector('main table, main .table')`)
	})
	t.Run("P3.6 P2.5 taken back, the rights go at once and the account that was used stays", func(t *testing.T) {
		i.undoes()
		officer.Open("/bureau")
		officer.Until("no desk any more", `document.readyState === 'complete' && document.querySelector('h1') && !document.querySelector('main table')`)
		officer.Open("/mes-candidatures")
		officer.Heading("Mes candidatures")
	})
}
