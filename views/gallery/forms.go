package gallery

import (
	"github.com/a-h/templ"

	"passerelle/views/ui"
)

func buttons() Section {
	return Section{"boutons", "Boutons", "Un seul bouton plein par écran. L’ocre plein est réservé à « à vous ».", []State{
		abreast("Rangs",
			ui.Button{Label: "Transmettre", Kind: ui.Primary, Type: "button"}, ui.Button{Label: "Enregistrer", Type: "button"},
			ui.Button{Label: "Corriger mes réponses", Kind: ui.Turn, Type: "button"},
			ui.Button{Label: "Retirer", Icon: ui.IconTrash2, Kind: ui.Danger, Type: "button"}, ui.Button{Label: "Annuler", Kind: ui.Quiet, Type: "button"}),
		abreast("Tailles et icônes",
			ui.Button{Label: "Petit", Small: true, Type: "button"}, ui.Button{Label: "Petit plein", Small: true, Kind: ui.Primary, Type: "button"},
			ui.Button{Label: "Exporter", Icon: ui.IconDownload, Type: "button"}, ui.Button{Label: "Suivant", IconAfter: ui.IconArrowRight, Type: "button"},
			ui.Button{Label: "Pivoter", Icon: ui.IconRotateCw, IconOnly: true, Type: "button"}, ui.Button{Label: "Lien en bouton", Href: "#boutons"}),
		abreast("Refusé avec sa raison, en cours",
			ui.Button{Label: "Transmettre", Kind: ui.Primary, ID: "bouton-refuse", Refused: "Il manque une réponse à l’étape 2."},
			ui.Button{Label: "Envoi…", Kind: ui.Primary, Busy: true, Type: "button"}),
		state("Densité", ui.DensitySwitch("comfortable")),
	}}
}

func fields() Section {
	return Section{"champs", "Champs", "L’aide avant le champ, l’erreur avant le champ, la provenance après.", []State{
		columns("Une ligne",
			ui.Input{Field: ui.Field{ID: "g-nom", Name: "g-nom", Label: "Nom de naissance"}, Value: "Fontaine"},
			ui.Input{Field: ui.Field{ID: "g-tel", Name: "g-tel", Label: "Téléphone", Hint: "Dix chiffres, ou un numéro étranger précédé de +.", Optional: true}, Type: "tel", Value: "06 39 98 04 17"},
			ui.Input{Field: ui.Field{ID: "g-err", Name: "g-err", Label: "Numéro SIRET", Hint: "14 chiffres.", Error: "Il manque un chiffre : un SIRET en compte 14."}, Value: "218 708 501 0001"},
			ui.Input{Field: ui.Field{ID: "g-pre", Name: "g-pre", Label: "Fonction", Note: ui.Note{Icon: ui.IconUserCheck, Text: "Repris de votre profil.", Link: "Effacer", Href: "#champs"}}, Value: "Responsable du secteur jeunesse"},
			ui.Input{Field: ui.Field{ID: "g-ro", Name: "g-ro", Label: "Date de naissance", Note: ui.Note{Icon: ui.IconLock, Text: "Vient de votre établissement.", Link: "La faire corriger", Href: "#champs"}}, Value: "14/06/1988", Size: "s", ReadOnly: true},
			ui.Select{Field: ui.Field{ID: "g-sel", Name: "g-sel", Label: "Région"}, Empty: "Choisir", Options: []ui.Option{{Value: "75", Label: "Nouvelle-Aquitaine", Selected: true}, {Value: "53", Label: "Bretagne"}}},
			ui.Input{Field: ui.Field{ID: "g-iban", Name: "g-iban", Label: "IBAN", Hint: "27 caractères, commence par FR.", Tip: "Sur votre relevé d’identité bancaire, ou dans l’application de votre banque."}, Value: "FR76 3000 4000 0312 3456 7890 143"},
			ui.Select{Field: ui.Field{ID: "g-sel-err", Name: "g-sel-err", Label: "Catégorie", Error: "Choisissez votre catégorie."}, Empty: "Choisir", Options: []ui.Option{{Value: "A", Label: "A"}, {Value: "B", Label: "B"}, {Value: "C", Label: "C"}}}),
		state("Mot de passe et ses règles",
			ui.Input{Field: ui.Field{ID: "g-mdp", Name: "g-mdp", Label: "Mot de passe", Attrs: templ.Attributes{"aria-describedby": "g-regles"}}, Type: "password", Value: "passerelle", Autocomplete: "new-password", Eye: true},
			ui.Checklist{ID: "g-regles", Field: "g-mdp", Label: "Règles du mot de passe", Rules: []ui.Rule{
				{Text: "huit caractères au moins", Pattern: ".{8,}", OK: true}, {Text: "une minuscule", Pattern: "[a-zà-ÿ]", OK: true},
				{Text: "une majuscule", Pattern: "[A-ZÀ-Ý]"}, {Text: "un chiffre", Pattern: "[0-9]"}}}),
		state("Mot de passe refusé", ui.Input{Field: ui.Field{ID: "g-mdp-err", Name: "g-mdp-err", Label: "Mot de passe", Error: "Ce mot de passe est trop courant. Choisissez-en un autre."}, Type: "password", Autocomplete: "new-password", Eye: true}),
	}}
}

func longFields() Section {
	return Section{"textes-longs", "Textes longs et dates", "Le compteur parle après une pause ; la date se tape en trois cases.", []State{
		state("Avec compteur", ui.TextArea{Field: ui.Field{ID: "g-txt", Name: "g-txt", Label: "Vos attentes", Hint: "Quelques lignes suffisent.", More: "Le chargé de projet lit cette réponse en premier. Dites ce que vous voulez savoir faire, pas ce que vous savez déjà."}, Value: "Une méthode pour poser le diagnostic avec l’équipe.", Max: 1500}),
		state("Trop long", ui.TextArea{Field: ui.Field{ID: "g-txt2", Name: "g-txt2", Label: "Missions actuelles", Error: "Ce texte compte 3 caractères de trop, sur 10 au plus."}, Value: "Treize signes", Max: 10}),
		state("Sans compteur", ui.TextArea{Field: ui.Field{ID: "g-txt3", Name: "g-txt3", Label: "Adresse professionnelle", Optional: true}, Value: "2 place Aimé-Césaire\n87000 Limoges"}),
		state("Date", ui.DateParts{Field: ui.Field{ID: "g-date", Name: "g-date", Label: "Date de naissance", Hint: "Par exemple 27 06 1990."}, Day: "27", Month: "06", Year: "1990", Autocomplete: true}),
		state("Date refusée", ui.DateParts{Field: ui.Field{ID: "g-date2", Name: "g-date2", Label: "Date du diplôme", Error: "Le 31 février n’existe pas. Vérifiez le jour et le mois."}, Day: "31", Month: "02", Year: "2012"}),
		state("Mois et année", ui.DateParts{Field: ui.Field{ID: "g-mois", Name: "g-mois", Label: "Dans cette fonction depuis", Optional: true}, NoDay: true, Month: "09", Year: "2021"}),
	}}
}

func rows() Section {
	line := func(n, year, title string, wrong string) ui.RowLine {
		return ui.RowLine{ID: "g-ligne-" + n, Remove: ui.Button{Label: "Retirer la ligne " + n, Type: "button"}, Cells: []ui.RowCell{
			{ID: "g-annee-" + n, Name: "annee-" + n, Value: year, Label: "Année, ligne " + n, Size: "xs", InputMode: "numeric", Error: wrong},
			{ID: "g-titre-" + n, Name: "titre-" + n, Value: title, Label: "Intitulé, ligne " + n},
			{ID: "g-org-" + n, Name: "org-" + n, Value: "ENSSIB", Label: "Organisme, ligne " + n}}}
	}
	table := ui.Rows{Field: ui.Field{ID: "g-lignes", Name: "formations", Label: "Formations déjà suivies sur ce thème", Optional: true},
		Columns: []string{"Année", "Intitulé", "Organisme"}, Add: ui.Button{Label: "Ajouter une formation", Type: "button"},
		Lines: []ui.RowLine{line("1", "2019", "Accueillir les tout-petits", ""), line("2", "1850", "Le fonds jeunesse", "Année entre 1950 et 2026.")}}
	none := ui.Rows{Field: ui.Field{ID: "g-lignes0", Name: "formations0", Label: "Diplômes", Optional: true}, Add: ui.Button{Label: "Ajouter un diplôme", Type: "button"}, Empty: "Aucune ligne pour l’instant."}
	return Section{"lignes", "Lignes répétées", "Une table qui s’écrit ligne à ligne, sans script aussi.", []State{state("Deux lignes, dont une refusée", table), state("Sans ligne", none)}}
}

func choices() Section {
	status := []ui.Option{
		{Value: "fonctionnaire", Label: "Fonctionnaire", Hint: "Titulaire ou stagiaire", Selected: true,
			Below: ui.Radios{Field: ui.Field{ID: "g-versant", Name: "g-versant", Label: "Versant"}, Row: true, Options: []ui.Option{{Value: "t", Label: "Territoriale", Selected: true}, {Value: "e", Label: "D’État"}, {Value: "h", Label: "Hospitalière"}}}},
		{Value: "ant", Label: "Agent non titulaire"},
		{Value: "sans", Label: "Sans employeur", Hint: "Cette formation est réservée aux agents.", Disabled: true}}
	return Section{"choix", "Choix", "La case et le rond font 24 px ; le libellé entier répond au doigt.", []State{
		columns("Ronds et cases",
			ui.Radios{Field: ui.Field{ID: "g-statut", Name: "g-statut", Label: "Vous êtes"}, Options: status},
			ui.Checkboxes{Field: ui.Field{ID: "g-regions", Name: "g-regions", Label: "Régions", Optional: true}, Options: []ui.Option{{Value: "75", Label: "Nouvelle-Aquitaine", Selected: true}, {Value: "53", Label: "Bretagne"}}}),
		state("Choix refusé", ui.Radios{Field: ui.Field{ID: "g-encadre", Name: "g-encadre", Label: "Encadrez-vous une équipe ?", Error: "Répondez par oui ou par non."}, Row: true, Options: []ui.Option{{Value: "oui", Label: "Oui"}, {Value: "non", Label: "Non"}}}),
		state("Cartes, pour ce qui a une conséquence", ui.Radios{Field: ui.Field{ID: "g-accord", Name: "g-accord", Label: "Votre réponse"}, Cards: true, Options: []ui.Option{
			{Value: "oui", Label: "Je donne mon accord", Hint: "La demande part aussitôt.", Selected: true}, {Value: "non", Label: "Je refuse", Hint: "Un motif sera demandé."}}}),
		state("Case seule, case refusée",
			ui.Checkbox{ID: "g-prevenu", Name: "g-prevenu", Label: "Je l’ai prévenu(e)", Hint: "Votre supérieur hiérarchique"},
			ui.Checkbox{ID: "g-honneur", Name: "g-honneur", Label: "Je certifie l’exactitude de mes réponses", Error: "Cochez cette case pour transmettre votre demande."}),
		state("Ce qui paraît à cause d’une réponse", conditional()),
	}}
}

func completion() Section {
	return Section{"completion", "Complétion", "Texte simple sans script ; liste au clavier avec.", []State{
		state("Fermée", ui.Combobox{Field: ui.Field{ID: "g-employeur", Name: "g-employeur", Label: "Employeur public", Hint: "Nom, ville ou SIREN (9 chiffres)."}, Value: "limoges", Source: "/completion/employeurs",
			Fills: []ui.Fill{{ID: "g-siren", Name: "g-siren"}}}),
		state("Ouverte", openList()),
		state("Refusée", ui.Combobox{Field: ui.Field{ID: "g-ville", Name: "g-ville", Label: "Commune", Error: "Choisissez une commune de ce code postal."}, Source: "/completion/communes"}),
	}}
}

// employers is what the completion of "limoges" answers.
func employers() ui.ComboboxOptions {
	hit := func(before, after string) ui.Marks {
		return ui.Marks{{Text: before}, {Text: "Limoges", Hit: true}, {Text: after}}
	}
	return ui.ComboboxOptions{ID: "g-ouverte", Label: "Employeurs correspondants", Status: "3 employeurs publics. Flèches pour parcourir, Entrée pour choisir.", Options: []ui.ComboOption{
		{Text: "Commune de Limoges", Label: hit("Commune de ", ""), Kind: "Commune", Place: "Limoges (87)", Code: "SIREN 218 708 501", Selected: true, Fill: []ui.Pair{{Name: "g-siren", Value: "218708501"}}},
		{Text: "Limoges Métropole", Label: hit("", " Métropole"), Kind: "Communauté urbaine", Place: "Limoges (87)", Code: "SIREN 248 719 312"},
		{Text: "CHU de Limoges", Label: hit("CHU de ", ""), Kind: "Établissement de santé", Place: "Limoges (87)", Code: "SIREN 268 708 518"}}}
}
