package gallery

import (
	"strconv"

	"github.com/a-h/templ"

	"passerelle/views/ui"
)

func tables() Section {
	return Section{"tableaux", "Tableaux et faits", "Filets horizontaux, chiffres alignés, tri annoncé.", []State{
		state("Tableau", table()),
		columns("Faits",
			ui.Facts{Facts: []ui.Fact{{Term: "Référence", Text: "FOR.4534"}, {Term: "Durée", Text: "12 jours"}, {Term: "Début", Text: "1er février 2027"}}},
			ui.Facts{Plain: true, Facts: []ui.Fact{{Term: "Objectifs", Value: muted("Non communiqués par l’organisateur")}, {Term: "Coût", Text: "Pris en charge par l’employeur"}}}),
		state("Pages", ui.Pagination{Page: 4, Pages: 14, Link: page}, ui.Pagination{Label: "Pages, début", Page: 1, Pages: 3, Link: page}),
		state("Onglets", ui.Tabs("Exemple d’onglets", []ui.Tab{{Label: "En cours", Href: "#tableaux", Current: true, Count: 4}, {Label: "À vous", Href: "#tableaux", Badge: 2}, {Label: "Terminées", Href: "#tableaux", Count: 3}})),
		state("Fil d’Ariane", ui.Crumbs([]ui.Crumb{{Text: "Accueil", Href: "#tableaux"}, {Text: "Bibliothèque, documentation", Href: "#tableaux"}, {Text: "FOR.4534"}})),
	}}
}

func page(n int) string { return "?page=" + strconv.Itoa(n) }

func results() Section {
	open := ui.Status{Tone: ui.ToneOK, Label: "Ouverte"}
	return Section{"resultats", "Résultats et agenda", "Un objet par ligne, son état au bout ou sous le titre.", []State{
		state("Résultats", list("ruled-2",
			ui.Result{Icon: ui.IconBookOpen, Kind: "Formation · FOR.1865", Href: "#resultats",
				Title: ui.Marks{{Text: "DU littérature de "}, {Text: "jeunesse", Hit: true}, {Text: " en "}, {Text: "bibliothèque", Hit: true}},
				Text:  ui.Marks{{Text: "Connaître la production éditoriale pour la "}, {Text: "jeunesse", Hit: true}, {Text: ", constituer un fonds."}},
				Meta:  []ui.ResultMeta{{Icon: ui.IconClock4, Text: "1 an"}, {Icon: ui.IconMapPin, Text: "À distance"}},
				State: open, Side: []string{"1er février 2027 · 22 places", "Clôture le 15 décembre"}},
			ui.Result{Icon: ui.IconMegaphone, Kind: "Annonce", Href: "#resultats", Title: ui.Marks{{Text: "Gestionnaire du catalogue des formations"}}, Meta: []ui.ResultMeta{{Icon: ui.IconMapPin, Text: "Paris"}}})),
		state("Agenda", list("",
			ui.AgendaRow{Day: "1er", Month: "févr. 2027", ISO: "2027-02-01", Title: "DU Littérature de jeunesse en bibliothèque", Href: "#resultats", Meta: "À distance · 1 an", State: ui.Status{Tone: ui.ToneOK, Icon: ui.IconUsers, Label: "22 places"}, Note: "Clôture le 15 décembre"},
			ui.AgendaRow{Day: "25", Month: "janv. 2027", ISO: "2027-01-25", Title: "Chargé d’accompagnement social et professionnel", Href: "#resultats", Meta: "Lille · 2 ans", State: ui.Status{Tone: ui.ToneInfo, Icon: ui.IconList, Label: "Liste d’attente"}})),
	}}
}

func facets() Section {
	return Section{"facettes", "Facettes", "Ce qui est coché se lit ; les comptes suivent la question.", []State{
		state("Ouverte, avec suite; fermée",
			ui.Facet{ID: "f-theme", Name: "theme", Title: "Thème", Open: true, Options: []ui.FacetOption{
				{Value: "info", Label: "Information-communication", Count: 26, Checked: true}, {Value: "bib", Label: "Bibliothèque, documentation", Count: 23, Sub: true}},
				More: []ui.FacetOption{{Value: "arts", Label: "Arts, culture", Count: 5}, {Value: "sante", Label: "Santé", Count: 3}}},
			ui.Facet{ID: "f-nature", Name: "nature", Title: "Nature", Options: []ui.FacetOption{{Value: "formation", Label: "Formations", Count: 1140}}}),
	}}
}

func searches() Section {
	return Section{"recherche", "Recherche", "Un vrai formulaire, qui marche avant tout script.", []State{
		state("Page de résultats", ui.SearchBox{ID: "q-1", Action: "/recherche", Label: "Rechercher une formation", Value: "bibliothèque"}),
		state("Accueil", ui.SearchBox{ID: "q-2", Action: "/recherche", Label: "Rechercher un métier ou un thème", Hero: true, Hint: "Un métier, un thème, un sigle…"}),
	}}
}

func menus() Section {
	items := []ui.MenuItem{{Label: "Confier à…", Icon: ui.IconUser, Href: "#menus", Key: "m"}, {Label: "Copier le lien", Icon: ui.IconCopy, Href: "#menus"}, {}, {Label: "Archiver", Icon: ui.IconTrash2, Href: "#menus", Danger: true}}
	return Section{"menus", "Menus, messages, touches", "Rien n’apparaît sans geste ; rien ne disparaît avant d’être lu.", []State{
		state("Menu", ui.Menu{Label: "Actions", Items: items}, ui.MenuList(items)),
		state("Message bref", ui.Toast{Text: "Décision enregistrée", Undo: undo()}, ui.Toast{Icon: ui.IconCloudCheck, Text: "3 changements synchronisés"}),
		state("Touches", ui.Keys([]ui.Shortcut{{What: "Ligne suivante, précédente", Keys: []string{"j", "k"}}, {What: "Ouvrir", Keys: []string{"Entrée"}}})),
	}}
}

func files() Section {
	return Section{"fichiers", "Fichiers et progression", "La limite avant le fichier, le remède après le refus.", []State{
		state("En route, en pause, reçu, validé, refusé",
			ui.File{Name: "lettre.pdf", Meta: "2,1 Mo sur 3,4 Mo · reste 20 secondes", Percent: 62, Action: ui.Button{Label: "Annuler", Small: true, Type: "button"}},
			ui.File{Icon: ui.IconCloudOff, Name: "lettre.pdf", Meta: "En pause, réseau coupé à 14:40. Reprendra à 62 %.", Percent: -1},
			ui.File{Icon: ui.IconHourglass, Name: "diplome.pdf", Meta: "Reçu à 14:49 · analyse en cours", Percent: -1},
			ui.File{Icon: ui.IconFileCheck, Name: "carte.pdf", Meta: "Validée le 3 mars 2026", Percent: -1},
			ui.File{Icon: ui.IconFileX, Name: "cv.pdf", Meta: "Refusé : demande un mot de passe", Percent: -1}),
		state("Niveau", ui.Meter(72)),
	}}
}

func waiting() Section {
	return Section{"attente", "Attente et vide", "Un squelette après 400 ms seulement. Un vide dit toujours quoi faire.", []State{
		state("Squelette", ui.Skeleton()),
		state("Vide", ui.Empty{Level: 3, Title: "Aucune candidature pour l’instant", Text: "Quand vous en commencerez une, vous la retrouverez ici, même sans l’avoir terminée.", Action: ui.Button{Label: "Chercher une formation", Kind: ui.Primary, Href: "/recherche"}}),
	}}
}

func texts() Section {
	charter := ui.Consent{ID: "g-charte", Name: "g-charte", Title: "Charte d’utilisation", Version: "version 3, 2 septembre 2026", Label: "J’ai lu la charte et je m’y engage", Open: true, Checked: true,
		Text: paragraph("Passerelle est gratuit. Vos réponses ne sont lues que par les personnes chargées de votre demande.")}
	legal := ui.Consent{ID: "g-mentions", Name: "g-mentions", Title: "Mentions légales", Version: "version 2, 1er septembre 2026", Label: "J’ai lu les mentions légales", Text: paragraph("Éditeur, hébergeur."), Error: "Cochez cette case pour ouvrir votre compte."}
	return Section{"textes", "Textes à lire, contrôle humain", "Le texte se déplie ici même ; la case est toujours libre.", []State{
		state("Lu, refusé", charter, legal),
		state("Contrôle humain", ui.ConsentDone(ui.IconLoader, "**Vérification en cours.** Rien à faire, continuez d’écrire."), ui.ConsentDone(ui.IconShieldCheck, "**C’est fait.** Votre navigateur a résolu un petit calcul.")),
	}}
}

func dialogs() Section {
	foot := pair(ui.Button{Label: "Garder ma candidature", Type: "button"}, ui.Button{Label: "Retirer", Kind: ui.Danger, Type: "button"})
	return Section{"dialogues", "Boîtes de dialogue", "Une question, deux réponses, le verbe sur le bouton. Échap referme, le focus revient au bouton.", []State{
		state("En place", ui.Dialog{ID: "boite-place", Inline: true, Close: true, Title: "Retirer cette candidature ?", Body: paragraph("Votre place en liste sera proposée à la personne suivante."), Foot: foot}),
		state("Vraie boîte", ui.Button{Label: "Ouvrir une vraie boîte", Type: "button", Attrs: templ.Attributes{"data-dialog": "boite-vraie"}},
			ui.Dialog{ID: "boite-vraie", Close: true, Title: "Session expirée", Body: paragraph("Reconnectez-vous pour continuer. Rien de ce que vous avez écrit n’est perdu.")}),
	}}
}
