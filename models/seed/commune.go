package seed

import "strings"

// communeOf names a town's council: « Commune du Mans », « Commune des Abymes »,
// « Commune d’Angers ».
func communeOf(town string) string {
	if rest, ok := strings.CutPrefix(town, "Le "); ok {
		return "Commune du " + rest
	}
	if rest, ok := strings.CutPrefix(town, "Les "); ok {
		return "Commune des " + rest
	}
	if strings.ContainsAny(first(town), "AEIOUÂÉÈÊÎÔ") {
		return "Commune d’" + town
	}
	return "Commune de " + town
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}
