package pages

import "context"

// Accessibility is the statement of the law of 11 February 2005, its level shown in the
// footer of every page (P18.14).
func Accessibility(ctx context.Context, o Operator) Page {
	t := func(fr, en string) string { return pick(ctx, fr, en) }
	level := map[string][2]string{
		"full":    {"totalement conforme", "fully compliant"},
		"partial": {"partiellement conforme", "partially compliant"},
		"none":    {"non conforme", "not compliant"},
	}
	l, ok := level[o.Level]
	if !ok {
		l = level["partial"]
	}
	body := o.Name
	if body == "" {
		body = t("L’organisme qui exploite ce portail", "The body that runs this portal")
	}
	return Page{
		Title: t("Accessibilité : "+l[0], "Accessibility: "+l[1]),
		Lede:  t(body+" s’engage à rendre ce portail accessible, conformément à l’article 47 de la loi du 11 février 2005.", body+" undertakes to make this portal accessible, under article 47 of the French law of 11 February 2005."),
		Sections: []Section{
			{"etat", t("État de conformité", "Compliance status"), []Block{
				text(t("Ce portail est "+l[0]+" avec le référentiel général d’amélioration de l’accessibilité (RGAA 4.1), qui reprend les règles WCAG de niveaux A et AA.", "This portal is "+l[1]+" with the French accessibility standard (RGAA 4.1), which takes up the WCAG rules of levels A and AA.")),
			}},
			{"tests", t("Comment c’est vérifié", "How it is checked"), []Block{
				list(
					t("À chaque version, toutes les pages et tous les composants passent les règles automatiques WCAG 2.2 A et AA d’axe-core, en clair et en sombre, avec et sans erreurs.", "At each version, every page and component goes through the automatic WCAG 2.2 A and AA rules of axe-core, light and dark, with and without errors."),
					t("Le parcours de pré-inscription est fait en entier au clavier, et sans JavaScript.", "The whole pre-registration is done with the keyboard alone, and without JavaScript."),
					t("Les contrastes de toutes les couleurs en usage sont calculés.", "The contrast of every colour pair in use is computed."),
				),
				text(t("Des règles automatiques ne voient qu’une partie des obstacles. Aucun audit par un organisme indépendant ni essai avec des personnes concernées n’est encore publié ici.", "Automatic rules see only part of the obstacles. No audit by an independent body and no test with the people concerned is published here yet.")),
			}},
			{"limites", t("Ce qui reste imparfait", "What is still imperfect"), []Block{list(
				t("Les textes des annonces et des fiches viennent de sources extérieures : certains sont en capitales, ou sans titres ni listes.", "The texts of announcements and courses come from outside sources: some are in capitals, or without headings or lists."),
				t("Les liens vers les sites des établissements mènent à des pages que nous ne maîtrisons pas.", "Links to the sites of institutions lead to pages that we do not control."),
			)}},
			{"contact", t("Dire un obstacle", "Report an obstacle"), []Block{
				text(t("Si quelque chose vous arrête, écrivez-nous : nous donnons la même information ou le même service autrement, et nous corrigeons.", "If something stops you, write to us: we give the same information or service another way, and we fix it.")),
				facts(Fact{t("Contact", "Contact"), o.Contact, mail(o.Contact)}, Fact{t("Téléphone", "Telephone"), o.Phone, ""}),
			}},
			{"recours", t("Voies de recours", "Ways of appeal"), []Block{
				text(t("Sans réponse satisfaisante, vous pouvez écrire au Défenseur des droits (defenseurdesdroits.fr), joindre son délégué dans votre département, ou lui envoyer un courrier gratuit, sans timbre : Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07.", "Without a satisfactory answer, you can write to the Défenseur des droits (defenseurdesdroits.fr), reach their delegate in your department, or send a letter free of charge: Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07, France.")),
			}},
		},
	}
}
