// Package gallery shows every component of the portal in every state, under demo only,
// at /_gallery; /_gallery/{component} shows one alone. It is the source of the tests of
// appearance and accessibility, and what a screen may use: what is not here does not
// exist yet. Its texts are examples, in French in both languages. It refuses real data.
package gallery

import (
	"context"

	"github.com/a-h/templ"

	"passerelle/views/ui"
)

// Section is a component and its states.
type Section struct {
	ID     string // last part of /_gallery/{component}
	Title  string
	Note   string
	States []State
}

// State is one state of a component, or several that are seen together.
type State struct {
	Name string
	Show templ.Component
}

// Sections lists every component, in the order of the page.
func Sections(ctx context.Context) []Section {
	return []Section{
		colours(), typography(), brand(), buttons(), links(), fields(), longFields(), rows(), choices(), completion(),
		statuses(), saving(), banners(), errors(), crossings(), steps(), tables(), results(), facets(), searches(),
		dialogs(), menus(), files(), waiting(), people(), history(), doors(), texts(), conflicts(), dossiers(), pieces(), reviews(ctx), icons(),
	}
}

// Find is the section called id.
func Find(ctx context.Context, id string) (Section, bool) {
	for _, s := range Sections(ctx) {
		if s.ID == id {
			return s, true
		}
	}
	return Section{}, false
}

// state names components seen together.
func state(name string, shown ...templ.Component) State {
	if len(shown) == 1 {
		return State{name, shown[0]}
	}
	return State{name, stack(shown)}
}

// abreast puts components side by side.
func abreast(name string, shown ...templ.Component) State { return State{name, row(shown)} }

func statuses() Section {
	return Section{"etats", "États", "Une icône et un mot. Jamais une couleur seule.", []State{
		abreast("Sur fond",
			ui.Status{Tone: ui.ToneTurn, Label: "À vous"}, ui.Status{Tone: ui.ToneOK, Label: "Validée"},
			ui.Status{Tone: ui.ToneInfo, Icon: ui.IconList, Label: "Liste d’attente"},
			ui.Status{Tone: ui.ToneBad, Label: "Refusée"}, ui.Status{Tone: ui.ToneBad, Icon: ui.IconClock4, Label: "Urgent"},
			ui.Status{Icon: ui.IconHourglass, Label: "Chez le supérieur"}, ui.Status{Icon: ui.IconBan, Label: "Complète"},
			ui.Status{Icon: ui.IconCircleSlash, Label: "Non concerné"}, ui.Status{Icon: ui.IconCircleDashed, Label: "Brouillon"}),
		abreast("Nus, étiquette, compte de ce qui attend",
			ui.Status{Tone: ui.ToneTurn, Label: "À relire", Plain: true}, ui.Status{Tone: ui.ToneOK, Label: "Acceptée", Plain: true},
			ui.Status{Tone: ui.ToneBad, Icon: ui.IconFileX, Label: "Pièce manquante", Plain: true},
			ui.Status{Tone: ui.ToneInfo, Icon: ui.IconRefreshCw, Label: "Reconstruction", Plain: true},
			ui.Tag("FOR.4534"), ui.Badge(2), ui.Count(6086)),
		state("Filtres", chips()),
	}}
}

func saving() Section {
	return Section{"enregistrement", "Enregistrement", "Ici, au serveur, en attente, en conflit : toujours visible.", []State{
		state("Les cinq états",
			ui.SaveState{Strong: "Enregistré ici", Rest: "synchronisé à 14:32"},
			ui.SaveState{Strong: "Enregistrement…"},
			ui.SaveState{Tone: ui.ToneWait, Strong: "Enregistré ici", Rest: "3 changements attendent le réseau"},
			ui.SaveState{Tone: ui.ToneTurn, Strong: "Une réponse attend votre choix"},
			ui.SaveState{Tone: ui.ToneBad, Strong: "Non enregistré", Rest: "cet appareil n’a plus de place.", Link: "Que faire ?", Href: "#enregistrement"}),
	}}
}

func banners() Section {
	return Section{"bandeaux", "Bandeaux", "Ils poussent la page, ils ne la couvrent pas.", []State{
		state("Les cinq tons",
			ui.Banner{Tone: ui.ToneTurn, Title: "On attend une réponse de vous", Text: "Deux pièces sont à remplacer avant le 4 décembre.",
				Actions: []templ.Component{link("#bandeaux", "Corriger")}},
			ui.Banner{Title: "Maintenance dimanche de 6 h à 7 h", Text: "Vous pourrez continuer à écrire."},
			ui.Banner{Tone: ui.ToneOK, Title: "Adresse confirmée", Text: "Votre nouvelle adresse est maintenant votre identifiant."},
			ui.Banner{Tone: ui.ToneBad, Title: "La recherche est indisponible", Text: "Le reste du portail fonctionne. Nous réessayons toutes les dix secondes."},
			ui.Banner{Tone: ui.ToneAmbient, Icon: ui.IconWifiOff, Title: "Vous êtes hors connexion", Text: "Ce que vous écrivez est gardé sur cet appareil."}),
	}}
}

func errors() Section {
	return Section{"erreurs", "Sommaire des erreurs", "Les mots du champ, un lien vers lui, le focus en arrivant.", []State{
		state("Une réponse", ui.ErrorSummary{ID: "erreurs-une", Static: true, Problems: []ui.Problem{{Message: "Indiquez votre nom de naissance", Field: "erreurs-une"}}}),
		state("Deux réponses", ui.ErrorSummary{ID: "erreurs-deux", Static: true, Problems: []ui.Problem{
			{Message: "Il manque un chiffre au numéro SIRET", Field: "erreurs-deux"}, {Message: "Indiquez votre nom de naissance", Field: "erreurs-deux"}}}),
	}}
}

func crossings() Section {
	return Section{"traversee", "Traversée", "Le signe de la maison : où en est la demande, et chez qui.", []State{
		state("À vous", ui.Crossing{Label: "Avancement, à vous", Stops: []ui.Stop{
			{Name: "Transmise", Meta: "Le 9 novembre", State: ui.StopDone}, {Name: "Corriger 2 réponses", Meta: "Avant le 4 décembre", State: ui.StopTurn},
			{Name: "Étude", Meta: "Le 21 janvier"}, {Name: "Réponse", Meta: "Le 29 janvier"}}}),
		state("Chez quelqu’un d’autre", ui.Crossing{Label: "Avancement, chez un autre", Stops: []ui.Stop{
			{Name: "Transmise", Meta: "Le 24 novembre", State: ui.StopDone}, {Name: "Accord", Meta: "D’ici au 1er décembre", State: ui.StopHere},
			{Name: "Étude"}, {Name: "Réponse", Meta: "Le 14 décembre"}}}),
		state("Terminée par un refus", ui.Crossing{Label: "Avancement, refusée", Stops: []ui.Stop{
			{Name: "Transmise", Meta: "Le 2 mars", State: ui.StopDone}, {Name: "Accord", Meta: "Le 4 mars", State: ui.StopDone},
			{Name: "Refusée", Meta: "Le 3 avril, motif joint", State: ui.StopEnd}}}),
	}}
}

func steps() Section {
	pages := []ui.Step{
		{Name: "Identité", State: ui.StepOK, Note: "Complète", Href: "#etapes"},
		{Name: "Situation", State: ui.StepBad, Note: "2 réponses à corriger", Href: "#etapes"},
		{Name: "Contexte", Note: "En cours", Href: "#etapes", Current: true},
		{Name: "Supérieur", Note: "À remplir", Href: "#etapes"}, {Name: "Récapitulatif", Note: "Après les étapes 1 à 4", Href: "#etapes"},
	}
	return Section{"etapes", "Étapes", "Accessibles dans n’importe quel ordre.", []State{
		state("La liste", narrow(ui.Stepper{Label: "Exemple d’étapes", Steps: pages})),
		state("Sur un téléphone (fenêtre étroite)", ui.StepBar{Steps: pages}),
	}}
}

func people() Section {
	return Section{"personnes", "Personnes", "Les initiales suffisent. Le cercle vert dit « présent ».", []State{
		abreast("Avec rôle, sans lien, présent",
			ui.Identity{Name: "Camille Fontaine", Initials: "CF", Role: "Candidate", Href: "#personnes"},
			ui.Identity{Name: "Odile Marchand", Initials: "OM", Small: true}, ui.Identity{Name: "Yanis Girard", Initials: "YG", Here: true}),
	}}
}

func history() Section {
	return Section{"historique", "Historique", "Du plus récent au plus ancien, avec qui et pourquoi.", []State{
		state("Deux évènements", ui.Timeline{Events: []ui.Event{
			{Icon: ui.IconCircleCheck, Text: "Accord de Bruno Lefebvre", When: "24 novembre, 17:20", ISO: "2026-11-24T17:20", Note: "« Indispensable pour sa prise de poste. »"},
			{Icon: ui.IconSend, Text: "Pré-inscription transmise", When: "24 novembre, 14:51", ISO: "2026-11-24T14:51"}}}),
	}}
}

func doors() Section {
	return Section{"portes", "Portes", "Des chemins, jamais des actions : une ligne, un nom, sa raison.", []State{
		state("Deux portes", ui.Doors([]ui.Door{
			{Icon: ui.IconNotebookPen, Name: "Reprendre mon brouillon", Sub: "Sans compte, sur cet appareil", Href: "#portes"},
			{Icon: ui.IconLandmark, Name: "Limoges Métropole", Sub: "Agents, compte professionnel", Href: "#portes"}})),
	}}
}

func conflicts() Section {
	a, b := ui.Diff("Responsable du secteur jeunesse, médiathèque centrale", "Responsable du secteur jeunesse et des publics empêchés")
	card := ui.Conflict{ID: "conflit-deux", Static: true, Title: "Fonction exercée : deux réponses différentes",
		Intro: "Vous l’avez écrite sur deux appareils sans qu’ils se soient parlé. Les deux sont gardées tant que vous n’avez pas choisi.",
		Sides: []ui.Side{
			{Icon: ui.IconLaptop, Who: "Cet ordinateur, par vous", When: "aujourd’hui à 14:31, sans réseau", Value: a, Keep: ui.Button{Label: "Garder celle-ci", Type: "button", Name: "choix", Value: "a"}},
			{Icon: ui.IconSmartphone, Who: "Un autre appareil, par vous", When: "aujourd’hui à 13:58", Value: b, Keep: ui.Button{Label: "Garder celle-ci", Type: "button", Name: "choix", Value: "b"}}},
		Third: ui.Input{Field: ui.Field{ID: "conflit-tierce", Name: "tierce", Label: "Fonction exercée"}, Value: "Responsable du secteur jeunesse"}}
	empty := card
	empty.ID, empty.Title, empty.Third = "conflit-vide", "Grade : une réponse et un vide", nil
	empty.Sides = []ui.Side{{Who: "Cet onglet", When: "à l’instant", Value: a, Keep: card.Sides[0].Keep}, {Who: "Un autre onglet", When: "il y a 2 minutes", Keep: card.Sides[1].Keep}}
	return Section{"conflit", "Conflit", "Les deux valeurs, l’appareil, l’heure, une troisième voie ; aucun choix par défaut.", []State{
		state("Deux réponses", card), state("Une réponse effacée", empty)}}
}

func dossiers() Section {
	turn := ui.Dossier{ID: "dossier-vous", Kind: "Pré-inscription · brouillon", State: ui.Status{Tone: ui.ToneTurn, Icon: ui.IconClock4, Label: "Encore 10 jours"},
		Title: "DU Gestion de projet en développement durable", Href: "#dossier", Sub: "Session du 1er février 2027, Limoges", Turn: true,
		Crossing: ui.Crossing{Label: "Où en est ce brouillon", Stops: []ui.Stop{{Name: "Vous remplissez", Meta: "3 étapes sur 5", State: ui.StopTurn}, {Name: "Accord"}, {Name: "Étude"}, {Name: "Réponse", Meta: "Le 18 décembre"}}},
		Next:     "**Reprenez à l’étape 4.** Clôture le 4 décembre, encore 6 minutes environ.", Action: ui.Button{Label: "Reprendre", Kind: ui.Turn, Href: "#dossier"}}
	other := ui.Dossier{ID: "dossier-autre", Kind: "Pré-inscription · PR-2026-004817", State: ui.Status{Icon: ui.IconHourglass, Label: "Chez votre supérieur"},
		Title: "Cadre opérationnel des bibliothèques", Href: "#dossier", Sub: "Session du 12 janvier 2027, Villeurbanne",
		Crossing: ui.Crossing{Label: "Où en est PR-2026-004817", Stops: []ui.Stop{{Name: "Transmise", Meta: "Le 24 novembre", State: ui.StopDone}, {Name: "Accord", Meta: "D’ici au 1er décembre", State: ui.StopHere}, {Name: "Étude"}, {Name: "Réponse", Meta: "Le 14 décembre"}}},
		Next:     "**Bruno Lefebvre a reçu votre demande.** Sans réponse le 1er décembre, nous lui écrivons de nouveau.",
		History:  ui.Timeline{Events: []ui.Event{{Icon: ui.IconSend, Text: "Pré-inscription transmise", When: "24 novembre, 14:51"}}}, Last: "dernière étape le 24 novembre"}
	return Section{"dossier", "Dossier", "L’état au bout, la traversée, ce qui vient ensuite et quand.", []State{state("À vous", turn), state("Chez quelqu’un d’autre", other)}}
}

func icons() Section {
	return Section{"icones", "Icônes", "Copiées une à une de lucide (ISC).", []State{state("Toutes", iconGrid())}}
}
