package importer

import (
	"strings"

	"passerelle/models/catalogue"
)

// usualModalities are the words that files use for how a session is held, folded: a
// neighbour's catalogue needs no table of values for them (P3.6).
var usualModalities = map[string]catalogue.Modality{
	"on-site": catalogue.OnSite, "presentiel": catalogue.OnSite, "en-presentiel": catalogue.OnSite, "presence": catalogue.OnSite, "en-presence": catalogue.OnSite,
	"sur-place": catalogue.OnSite, "sur-site": catalogue.OnSite, "en-salle": catalogue.OnSite, "face-to-face": catalogue.OnSite, "in-person": catalogue.OnSite,
	"remote": catalogue.Remote, "distance": catalogue.Remote, "a-distance": catalogue.Remote, "distanciel": catalogue.Remote, "en-distanciel": catalogue.Remote,
	"en-ligne": catalogue.Remote, "online": catalogue.Remote, "foad": catalogue.Remote, "visio": catalogue.Remote, "visioconference": catalogue.Remote,
	"classe-virtuelle": catalogue.Remote, "e-learning": catalogue.Remote, "entierement-a-distance": catalogue.Remote,
	"mixed": catalogue.Mixed, "mixte": catalogue.Mixed, "hybride": catalogue.Mixed, "hybrid": catalogue.Mixed, "blended": catalogue.Mixed, "blended-learning": catalogue.Mixed,
	"bimodal": catalogue.Mixed, "presentiel-et-distanciel": catalogue.Mixed, "presentiel-et-a-distance": catalogue.Mixed, "presentiel-distanciel": catalogue.Mixed,
}

// modality reads how a session is held, as people write it; refused otherwise.
func modality(in *reader) string {
	s := in.text("modality", 40)
	if usual, ok := usualModalities[strings.Trim(catalogue.Slug(s), "-")]; ok {
		return string(usual)
	}
	in.refuse("modality", "import.modality", s)
	return ""
}

// where is the column that says where a session is held, for what is wrong with it.
func where(in *reader) string {
	for _, field := range []string{"department", "region", "place"} {
		if _, ok := in.columns[field]; ok {
			return field
		}
	}
	return "region"
}
