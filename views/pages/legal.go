package pages

import "context"

// Legal is the mentions légales (P18.14): who publishes, who directs, who hosts.
func Legal(ctx context.Context, o Operator) Page {
	t := func(fr, en string) string { return pick(ctx, fr, en) }
	return Page{
		Title: t("Mentions légales", "Legal notice"),
		Lede:  t("Qui édite ce portail, qui l’héberge, et sous quelles licences il reprend des données publiques.", "Who publishes this portal, who hosts it, and under which licences it reuses public data."),
		Sections: []Section{
			{"editeur", t("Éditeur", "Publisher"), []Block{facts(
				Fact{t("Organisme", "Body"), o.Name, ""},
				Fact{t("Adresse", "Address"), o.Address, ""},
				Fact{t("Contact", "Contact"), o.Contact, mail(o.Contact)},
				Fact{t("Téléphone", "Telephone"), o.Phone, ""},
				Fact{t("Direction de la publication", "Publication director"), o.Director, ""},
			)}},
			{"hebergeur", t("Hébergement", "Hosting"), []Block{facts(Fact{t("Hébergeur", "Host"), o.Host, ""})}},
			{"donnees", t("Données du catalogue", "Catalogue data"), []Block{
				text(t("Le catalogue reprend des données publiques. Chaque fiche nomme sa source ; ce que la source ne dit pas n’est pas inventé.", "The catalogue reuses public data. Each page names its source; what the source does not say is not made up.")),
				list(
					t("Formations : Onisep, « Idéo formations initiales » (licence ouverte du producteur).", "Courses: Onisep, “Idéo formations initiales” (open licence of the producer)."),
					t("Diplômes : ministère chargé de l’enseignement supérieur, « Trouver mon master » (Licence Ouverte).", "Degrees: French ministry of higher education, “Trouver mon master” (Licence Ouverte)."),
					t("Annonces : Place de l’emploi public, informations publiques ; les noms et coordonnées de personnes en ont été retirés.", "Announcements: Place de l’emploi public, public information; names and contact details of people were removed."),
					t("Communes, départements, régions : découpage administratif (Licence Ouverte).", "Towns, departments, regions: administrative geography (Licence Ouverte)."),
				),
				text(t("Une session marquée « générée » sert à la démonstration : ses dates et ses places ne viennent d’aucune source.", "A session marked “generated” is there for demonstration: its dates and seats come from no source.")),
			}},
			{"logiciel", t("Logiciel", "Software"), []Block{
				text(t("Passerelle est un logiciel libre (licence MIT). La police Atkinson Hyperlegible Next est diffusée sous licence OFL, les pictogrammes lucide sous licence ISC. Aucune ressource n’est chargée depuis un autre site.", "Passerelle is free software (MIT licence). The typeface Atkinson Hyperlegible Next is under the OFL, the lucide icons under the ISC licence. Nothing is loaded from another site.")),
			}},
		},
	}
}
