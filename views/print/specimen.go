package print

import (
	"fmt"
	"strconv"
	"time"

	"passerelle/models/dossier"
)

// Specimen is a fictitious paper of the demonstration, marked so on every page:
// what somebody called so could have given for a requirement.
type Specimen struct {
	Kind        dossier.Kind
	First, Last string
	Birth       time.Time
	Town        string
	Programme   string // asked for
	Institution string // that offers it
	Degree      string // held or prepared
	Year        int    // of the application
	Seed        int    // makes people differ
	Cut         bool   // its right side is missing, as scanned badly
}

const fictitious = "(exemple fictif)"

// PDF draws the specimen; a kind without drawing of its own is a certificate.
func (s Specimen) PDF() ([]byte, error) {
	switch s.Kind {
	case dossier.KindCV:
		return s.cv()
	case dossier.KindLetter:
		return s.letter()
	case dossier.KindTranscript:
		return s.transcript()
	case dossier.KindDiploma:
		return s.diploma()
	case dossier.KindIdentity:
		return s.identity()
	case dossier.KindFilledForm:
		return s.form()
	}
	return s.certificate()
}

func (s Specimen) name() string { return s.First + " " + s.Last }

// pick chooses one of several ways, always the same for the same person.
func (s Specimen) pick(salt int, ways ...string) string { return ways[(s.Seed+salt)%len(ways)] }

func (s Specimen) cv() ([]byte, error) {
	p := newPage("Curriculum vitæ " + s.name())
	p.font("Helvetica", "B", 20)
	p.line(s.name())
	p.font("Helvetica", "", 10)
	p.line(s.Town + " · 06 39 98 " + fmt.Sprintf("%02d %02d", s.Seed%100, s.Seed*7%100) + " · " + fictitious)
	p.Ln(6)
	p.section("Formation")
	p.entry(strconv.Itoa(s.Year-1), s.Degree+", mention "+s.pick(1, "bien", "assez bien", "très bien"))
	p.entry(strconv.Itoa(s.Year-4), "Baccalauréat général, "+s.pick(2, "Limoges", "Angers", "Lille", "Nantes"))
	p.section("Expérience")
	p.entry(strconv.Itoa(s.Year-1), s.pick(3, "Stage de quatre mois, bibliothèque municipale", "Stage de trois mois, service financier d’une métropole",
		"Alternance d’un an, bureau d’études")+" : suivi d’un projet, rédaction d’un rapport, présentation à l’équipe.")
	p.entry(strconv.Itoa(s.Year-2), s.pick(4, "Tutorat d’étudiants de première année", "Animation d’ateliers le mercredi", "Accueil du public pendant l’été"))
	p.section("Langues et outils")
	p.entry("", "Anglais "+s.pick(5, "B2", "C1")+", "+s.pick(6, "espagnol B1", "allemand B1", "italien A2")+". Tableur, "+s.pick(7, "R", "Python", "suite graphique", "SQL")+".")
	return p.bytes()
}

func (p page) section(title string) {
	p.Ln(3)
	p.font("Helvetica", "B", 12)
	p.SetTextColor(0, 80, 90)
	p.CellFormat(0, 8, p.tr(title), "B", 1, "L", false, 0, "")
	p.SetTextColor(0, 0, 0)
	p.Ln(2)
}

func (p page) entry(when, what string) {
	p.font("Helvetica", "B", 10)
	p.CellFormat(20, 6, p.tr(when), "", 0, "L", false, 0, "")
	p.font("Helvetica", "", 10)
	p.MultiCell(0, 6, p.tr(what), "", "L", false)
	p.Ln(1)
}

func (s Specimen) letter() ([]byte, error) {
	p := newPage("Lettre de motivation " + s.name())
	p.font("Times", "", 12)
	p.line(s.name())
	p.line(s.Town)
	p.Ln(8)
	p.right("À l’attention de la commission, " + s.Institution)
	p.Ln(8)
	p.font("Times", "B", 12)
	p.para("Objet : candidature au programme « " + s.Programme + " » " + fictitious)
	p.font("Times", "", 12)
	p.para("Madame, Monsieur,")
	p.para("Titulaire d’un diplôme de " + s.Degree + ", je souhaite poursuivre dans votre programme. " +
		s.pick(1, "Un stage m’a montré que j’aimais mener une enquête du début à la fin, et qu’il me manquait des méthodes pour le faire bien.",
			"Mon alternance m’a donné envie de comprendre ce que je faisais par habitude, et de pouvoir l’expliquer.",
			"Trois années de licence m’ont donné des bases ; je cherche maintenant un cadre exigeant et des projets en groupe."))
	p.para(s.pick(2, "L’équilibre entre cours et projets, et la possibilité d’un semestre en entreprise, répondent à ce que je cherche.",
		"Le module de recherche de première année est la raison principale de ma candidature.",
		"La petite taille de la promotion et le suivi individuel comptent beaucoup pour moi."))
	p.para("À l’issue du diplôme, je voudrais " + s.pick(3, "travailler dans un service public territorial.", "rejoindre un bureau d’études.", "préparer une thèse.") +
		" Je me tiens à votre disposition pour un entretien.")
	p.para("Je vous prie d’agréer, Madame, Monsieur, l’expression de ma considération distinguée.")
	p.Ln(6)
	p.right(s.name())
	p.signature(140, p.GetY()+14)
	return p.bytes()
}

func (s Specimen) transcript() ([]byte, error) {
	p := newPage("Relevé de notes " + s.name())
	p.font("Helvetica", "B", 14)
	p.line("Université de " + s.pick(9, "Limoges", "Lorraine", "Bourgogne", "Bretagne Occidentale"))
	p.font("Helvetica", "", 10)
	p.line("Service de la scolarité " + fictitious)
	p.Ln(6)
	p.font("Helvetica", "B", 16)
	p.centre("Relevé de notes et résultats", 10)
	p.Ln(4)
	p.font("Helvetica", "", 10.5)
	p.line(s.name() + ", né(e) le " + s.Birth.Format("02/01/2006"))
	p.line(s.Degree + ", année universitaire " + strconv.Itoa(s.Year-2) + "-" + strconv.Itoa(s.Year-1))
	for semester := 5; semester <= 6; semester++ {
		s.semester(p, semester)
		if semester == 5 {
			p.AddPage()
		}
	}
	p.stamp(160, 250, "SCOLARITÉ", "EXEMPLE")
	return p.bytes()
}

func (s Specimen) semester(p page, n int) {
	p.Ln(5)
	p.row(true, fmt.Sprintf("Semestre %d", n), "Crédits", "Note sur 20")
	total := 0.0
	for i, title := range []string{"Enseignement fondamental 1", "Enseignement fondamental 2", "Méthodes et outils", "Langue vivante", "Projet ou stage"} {
		mark := 9.5 + float64((s.Seed*13+n*7+i*11)%95)/10
		total += mark
		shown := fmt.Sprintf("%.2f", mark)
		if s.Cut && n == 6 {
			shown = shown[:1] // the scan lost the end of the column
		}
		p.row(false, title, "6", shown)
	}
	if s.Cut && n == 6 {
		p.row(true, "Moyenne du semestre", "30", "")
		return
	}
	p.row(true, "Moyenne du semestre", "30", fmt.Sprintf("%.2f", total/5))
}

func (s Specimen) diploma() ([]byte, error) {
	p := newPage("Attestation de réussite " + s.name())
	p.font("Times", "B", 22)
	p.Ln(20)
	p.centre("Attestation de réussite au diplôme", 12)
	p.font("Times", "I", 12)
	p.centre(fictitious, 8)
	p.Ln(14)
	p.font("Times", "", 14)
	p.para("Le président de l’université atteste que " + s.name() + ", né(e) le " + s.Birth.Format("02/01/2006") + ",")
	p.para("a obtenu le grade de licence, " + s.Degree + ", à la session de juin " + strconv.Itoa(s.Year-1) + ", avec la mention " +
		s.pick(1, "bien", "assez bien", "très bien") + ".")
	p.para("Fait pour servir et valoir ce que de droit.")
	p.Ln(10)
	p.right("Pour le président et par délégation")
	p.signature(140, p.GetY()+16)
	p.stamp(60, p.GetY()+20, "UNIVERSITÉ", "EXEMPLE")
	return p.bytes()
}

func (s Specimen) identity() ([]byte, error) {
	p := newPage("Carte nationale d’identité, spécimen")
	for _, side := range []string{"recto", "verso"} {
		if side == "verso" {
			p.AddPage()
		}
		p.SetFillColor(226, 236, 240)
		p.RoundedRect(40, 60, 130, 82, 4, "1234", "FD")
		p.SetXY(46, 64)
		p.font("Helvetica", "B", 10)
		p.CellFormat(0, 6, p.tr("CARTE D’IDENTITÉ, SPÉCIMEN, "+side), "", 2, "L", false, 0, "")
		p.font("Helvetica", "", 10)
		lines := []string{"Nom : " + s.Last, "Prénom : " + s.First, "Né(e) le : " + s.Birth.Format("02.01.2006"), "À : " + s.Town}
		if side == "verso" {
			lines = []string{"Délivrée le : 04.08." + strconv.Itoa(s.Year-5), "Valable jusqu’au : 03.08." + strconv.Itoa(s.Year+5), "Par : préfecture " + fictitious}
		}
		for _, l := range lines {
			p.SetX(86)
			p.CellFormat(0, 8, p.tr(l), "", 2, "L", false, 0, "")
		}
		if side == "recto" {
			p.SetFillColor(180, 196, 204)
			p.Rect(48, 76, 30, 40, "F")
			p.SetFillColor(140, 160, 170)
			p.Circle(63, 90, 8, "F")
			p.Ellipse(63, 110, 12, 8, 0, "F")
		}
	}
	return p.bytes()
}

func (s Specimen) form() ([]byte, error) {
	p := newPage("Fiche de renseignements " + s.name())
	p.heading("Fiche de renseignements")
	for _, pair := range [][2]string{{"Nom", s.Last}, {"Prénom", s.First}, {"Ville", s.Town}, {"Programme demandé", s.Programme},
		{"Dernier diplôme", s.Degree}, {"Aménagement d’études souhaité", s.pick(1, "non", "tiers temps")}} {
		p.row(false, pair[0]+" : "+pair[1])
		p.Ln(7)
	}
	p.signature(130, 200)
	return p.bytes()
}

func (p page) heading(title string) {
	p.font("Helvetica", "B", 16)
	p.centre(title, 10)
	p.font("Helvetica", "I", 10)
	p.centre(fictitious, 6)
	p.Ln(8)
}

func (s Specimen) certificate() ([]byte, error) {
	p := newPage("Attestation " + s.name())
	p.font("Times", "B", 14)
	p.line("Commune de " + s.Town)
	p.font("Times", "", 10)
	p.line("Direction des ressources humaines")
	p.Ln(20)
	p.font("Times", "B", 18)
	title := map[dossier.Kind]string{dossier.KindEmployer: "Attestation de l’employeur", dossier.KindLanguage: "Attestation de niveau de français"}[s.Kind]
	if title == "" {
		title = "Attestation"
	}
	p.centre(title, 10)
	p.font("Times", "I", 11)
	p.centre(fictitious, 8)
	p.Ln(10)
	p.font("Times", "", 12)
	if s.Kind == dossier.KindLanguage {
		p.para(s.name() + " a passé une épreuve de français, oral et écrit, et a obtenu le niveau " + s.pick(1, "B2", "C1") + ".")
	} else {
		p.para("Je soussignée, directrice des ressources humaines, atteste que " + s.name() + ", né(e) le " + s.Birth.Format("02/01/2006") +
			", est employé(e) par la commune depuis le 1er septembre " + strconv.Itoa(s.Year-3) + ", à temps complet.")
	}
	p.para("Cette attestation est délivrée pour servir et valoir ce que de droit.")
	p.Ln(12)
	p.right("La directrice")
	p.signature(140, p.GetY()+14)
	p.stamp(95, p.GetY()+30, "COMMUNE", "EXEMPLE")
	return p.bytes()
}

// Model draws the blank model of a filled form (modèle à télécharger, P6.2).
func Model(title string, lines []string) ([]byte, error) {
	p := newPage(title)
	p.font("Helvetica", "B", 16)
	p.centre(title, 10)
	p.font("Helvetica", "", 10)
	p.centre("À remplir, signer, puis déposer en un seul PDF", 6)
	p.Ln(8)
	for _, l := range lines {
		p.font("Helvetica", "", 11)
		p.CellFormat(0, 12, p.tr(l+" :"), "B", 1, "L", false, 0, "")
	}
	p.Ln(14)
	p.line("Date et signature :")
	return p.bytes()
}
