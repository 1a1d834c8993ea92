package searchtest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
)

// course is a line of the file of courses that makes the world.
type course struct {
	Reference   string    `json:"reference"`
	Title       string    `json:"title"`
	Acronym     string    `json:"acronym,omitempty"`
	TypeAcronym string    `json:"type_acronym,omitempty"`
	Type        string    `json:"type,omitempty"`
	Level       string    `json:"level,omitempty"`
	Duration    string    `json:"duration,omitempty"`
	Authority   string    `json:"authority,omitempty"`
	Objectives  string    `json:"objectives,omitempty"`
	Themes      []string  `json:"themes"`
	Sessions    []session `json:"sessions"`
}

type session struct {
	ID         string `json:"id"`
	Starts     string `json:"starts_on"`
	Ends       string `json:"ends_on"`
	Opens      string `json:"opens_on"`
	Closes     string `json:"closes_on"`
	Place      string `json:"place"`
	Department string `json:"department,omitempty"`
	Modality   string `json:"modality"`
	Capacity   int    `json:"capacity"`
	Elsewhere  int    `json:"seats_elsewhere"`
	Waiting    bool   `json:"waiting_list"`
	Cancelled  bool   `json:"cancelled"`
}

// world is the small catalogue of the suite, also known without an engine.
type world struct {
	courses []course
	today   time.Time
}

// departments of the world and their regions.
var departments = map[string]string{"35": "53", "29": "53", "69": "84", "75": "11", "974": "04"}

// named are the courses whose ranks are asked about.
var named = []course{
	{Reference: "C.infirmier", Title: "Diplôme d’État d’infirmier", Acronym: "DEI", Type: "diplôme d'État", Level: "niveau 6 (bac + 3)", Duration: "3 ans", Themes: []string{"santé/paramédical"}},
	{Reference: "C.bloc", Title: "Diplôme d'État d'infirmier de bloc opératoire", Themes: []string{"santé/paramédical"}},
	{Reference: "C.marin", Title: "Charpente marine", Themes: []string{"art/métiers d'art"}},
	{Reference: "C.matin", Title: "Cours du matin", Themes: []string{"enseignement/formation"}},
	{Reference: "C.confirme", Title: "Technicien confirmé", Themes: []string{"gestion/entreprise"}},
	{Reference: "C.compta", Title: "BTS comptabilité et gestion", Acronym: "CG", TypeAcronym: "BTS", Level: "niveau 5 (bac + 2)", Duration: "2 ans", Themes: []string{"gestion/comptabilité"}},
	{Reference: "C.pme", Title: "BTS gestion de la PME", TypeAcronym: "BTS", Themes: []string{"gestion/entreprise"}},
	{Reference: "C.adultes", Title: "Conseil et formation des adultes", Themes: []string{"enseignement/formation"}},
	{Reference: "C.formateur", Title: "Formateur professionnel d'adultes", Themes: []string{"enseignement/formation"}},
	{Reference: "C.management", Title: "Management des équipes", Themes: []string{"gestion/entreprise"}},
	{Reference: "C.rh", Title: "Gestionnaire des ressources humaines", Themes: []string{"gestion/entreprise"}},
	{Reference: "C.art", Title: "Sculpture sur pierre", Objectives: "Tailler, polir et restaurer <b>la pierre</b> " + "\uE000" + "des monuments, avec un peu de management.", Themes: []string{"art/métiers d'art"}},
	{Reference: "C.du", Title: "DU littérature de jeunesse", TypeAcronym: "DU", Level: "non inscrit au RNCP", Themes: []string{"lettres/littérature"}},
	{Reference: "C.cours", Title: "Musique", Themes: []string{"art/musique"}},
}

// bodies are those that supervise the courses of the world; two are the same,
// written in two ways.
var bodies = []string{"Ministère de la Culture", "Région Bretagne", "", "MINISTERE DE LA CULTURE", "Université de Rennes", "Chambre d'agriculture", "Ville de Brest"}

func newWorld(today time.Time) *world {
	w := &world{courses: append([]course{}, named...), today: today}
	r := rand.New(rand.NewPCG(7, 11))
	subjects := []string{"Cuisine", "Menuiserie", "Soudure", "Horlogerie", "Reliure"}
	themes := []string{"art/métiers d'art", "gestion/entreprise", "santé/paramédical", "industrie/métaux", "industrie/bois"}
	for i := range 80 {
		c := course{Reference: fmt.Sprintf("G.%03d", i), Title: fmt.Sprintf("%s niveau %d", subjects[i%5], i), Themes: []string{themes[r.IntN(5)]},
			Level: []string{"niveau 3 (CAP)", "niveau 5 (bac + 2)", "non inscrit au RNCP", ""}[r.IntN(4)], Duration: []string{"10 jours", "1 an", "2 ans", "3 ans", ""}[r.IntN(5)]}
		c.Authority = bodies[i%len(bodies)]
		if r.IntN(2) == 0 {
			c.Themes = append(c.Themes, themes[r.IntN(5)])
		}
		for n := range r.IntN(4) {
			c.Sessions = append(c.Sessions, w.session(r, fmt.Sprintf("%s-%d", c.Reference, n)))
		}
		w.courses = append(w.courses, c)
	}
	return w
}

func (w *world) session(r *rand.Rand, id string) session {
	day := func(n int) string { return w.today.AddDate(0, 0, n).Format(time.DateOnly) }
	closes := r.IntN(120) - 40
	starts := closes + r.IntN(60)
	s := session{ID: id, Closes: day(closes), Opens: day(closes - 10 - r.IntN(60)), Starts: day(starts), Ends: day(starts + r.IntN(10)),
		Capacity: 10, Waiting: r.IntN(2) == 0, Cancelled: r.IntN(8) == 0}
	if r.IntN(3) == 0 {
		s.Elsewhere = 10
	}
	s.Modality = []string{"on_site", "mixed", "remote"}[r.IntN(3)]
	if s.Modality != "remote" {
		codes := []string{"35", "29", "69", "75", "974"}
		s.Department = codes[r.IntN(5)]
		s.Place = "Ville " + s.Department
	}
	return s
}

// load writes the world into an empty database.
func (w *world) load(t testing.TB, db *models.DB) {
	t.Helper()
	ctx := context.Background()
	_, err := db.Pool.Exec(ctx, `INSERT INTO regions (code, no, name) VALUES ('53', 1, 'Bretagne'), ('84', 2, 'Auvergne-Rhône-Alpes'), ('11', 3, 'Île-de-France'), ('04', 4, 'La Réunion');
		INSERT INTO departments (code, no, name, region_code) VALUES ('35', 1, 'Ille-et-Vilaine', '53'), ('29', 2, 'Finistère', '53'), ('69', 3, 'Rhône', '84'), ('75', 4, 'Paris', '11'), ('974', 5, 'La Réunion', '04')`)
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	for _, c := range w.courses {
		if c.Sessions == nil {
			c.Sessions = []session{}
		}
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		file.Write(append(line, '\n'))
	}
	report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(file.String()), importer.Options{Format: importer.NDJSON})
	if err != nil {
		t.Fatal(err, report.Errors)
	}
	const masters = `{"reference":"M.1","type":"Master","title":"Informatique","department":"35","institution":"Université de Rennes","town":"Rennes","modes":["Formation initiale"]}
{"reference":"M.2","type":"Master","title":"Informatique","department":"69","institution":"Université de Lyon","town":"Lyon"}`
	if report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindProgramme, strings.NewReader(masters), importer.Options{Format: importer.NDJSON}); err != nil {
		t.Fatal(err, report.Errors)
	}
	const announcements = `reference,title,description,department,published_on,closes_on,employer
A-1,Chargé de gestion,"Au sein de la direction, suivre les dossiers de ressources humaines et la comptabilité.",75,2026-11-01,2026-12-01,Université de Rennes
A-2,Technicien,Entretenir le réseau.,29,2026-11-02,,Ville de Brest`
	if report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindAnnouncement, strings.NewReader(announcements), importer.Options{Format: importer.CSV}); err != nil {
		t.Fatal(err, report.Errors)
	}
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{"RH", "ressources humaines"}}, {Terms: []string{"tailleur", "sculpture"}, OneWay: true},
			{Terms: []string{"zumba aquatique", "sculpture"}, OneWay: true}, {Terms: []string{"sculptorat", "comptabilité"}, OneWay: true}})
	})
	if err != nil {
		t.Fatal(err)
	}
}
