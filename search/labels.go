package search

// label is a text in both languages.
type label struct{ fr, en string }

func (l label) in(lang string) string {
	if lang == "en" {
		return l.en
	}
	return l.fr
}

var facetLabels = map[string]label{
	FacetKind: {"Nature", "Kind"}, FacetTheme: {"Thème", "Theme"}, FacetRegion: {"Région", "Region"},
	FacetDepartment: {"Département", "Department"}, FacetModality: {"Modalité", "Mode"}, FacetLevel: {"Niveau", "Level"},
	FacetDuration: {"Durée", "Duration"}, FacetRegistration: {"Inscription", "Registration"}, FacetStarts: {"Début", "Start"},
	FacetDeadline: {"Clôture", "Deadline"}, FacetStructure: {"Structure", "Organisation"},
}

// fixed lists the values of the facets that have no referential, in the order
// of the screen.
var fixed = map[string][]struct {
	value string
	label label
}{
	FacetKind:         {{"formation", label{"Formations", "Courses"}}, {"diplome", label{"Diplômes", "Degrees"}}, {"annonce", label{"Annonces", "Announcements"}}},
	FacetModality:     {{"presence", label{"En présence", "On site"}}, {ValueRemote, label{"À distance", "Remote"}}, {"mixte", label{"Mixte", "Mixed"}}},
	FacetRegistration: {{ValueOpen, label{"Ouverte aujourd’hui", "Open today"}}, {ValueWaiting, label{"Liste d’attente", "Waiting list"}}, {ValueClosingSoon, label{"Clôture sous 15 jours", "Closing within 15 days"}}},
	FacetLevel: {{"8", label{"Niveau 8 (doctorat)", "Level 8 (doctorate)"}}, {"7", label{"Niveau 7 (bac + 5)", "Level 7 (master’s)"}},
		{"6", label{"Niveau 6 (bac + 3)", "Level 6 (bachelor’s)"}}, {"5", label{"Niveau 5 (bac + 2)", "Level 5 (bac + 2)"}},
		{"4", label{"Niveau 4 (bac ou équivalent)", "Level 4 (baccalauréat)"}}, {"3", label{"Niveau 3 (CAP)", "Level 3 (CAP)"}},
		{"2", label{"Niveau 2", "Level 2"}}, {"1", label{"Niveau 1", "Level 1"}},
		{ValueUnregistered, label{"Non inscrit au RNCP", "Not in the national register"}}},
	FacetDuration: {{"moins-1-an", label{"Moins d’un an", "Less than a year"}}, {"1-an", label{"1 an", "1 year"}}, {"2-ans", label{"2 ans", "2 years"}}, {"3-ans", label{"3 ans et plus", "3 years and more"}}},
	FacetStarts:   {{"30", label{"D’ici 1 mois", "Within 1 month"}}, {"90", label{"D’ici 3 mois", "Within 3 months"}}, {"180", label{"D’ici 6 mois", "Within 6 months"}}},
	FacetDeadline: {{"7", label{"Sous 7 jours", "Within 7 days"}}, {"15", label{"Sous 15 jours", "Within 15 days"}}, {"30", label{"Sous 30 jours", "Within 30 days"}}},
}
