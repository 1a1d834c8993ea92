package pages

import (
	"context"

	"passerelle/views/paths"
)

// Privacy says what is done with personal data (RGPD, articles 13 and 14, P18.14).
func Privacy(ctx context.Context, o Operator, d Delays) Page {
	t := func(fr, en string) string { return pick(ctx, fr, en) }
	return Page{
		Title: t("Données personnelles", "Personal data"),
		Lede:  t("Ce que ce portail demande, pourquoi, qui le lit, combien de temps il est gardé, et comment le faire corriger ou effacer.", "What this portal asks for, why, who reads it, how long it is kept, and how to have it corrected or erased."),
		Sections: []Section{
			{"responsable", t("Qui décide", "Who decides"), []Block{facts(
				Fact{t("Responsable du traitement", "Controller"), o.Name, ""},
				Fact{t("Contact", "Contact"), o.Contact, mail(o.Contact)},
				Fact{t("Délégué à la protection des données", "Data protection officer"), o.DataOfficer, mail(o.DataOfficer)},
			)}},
			{"pourquoi", t("Pourquoi", "Why"), []Block{list(
				t("Instruire une pré-inscription à une session de formation : la recevoir, recueillir l’accord du supérieur hiérarchique, décider, répondre. Base légale : la mission d’intérêt public de l’organisme, ou son intérêt légitime à gérer ses formations.", "To process a pre-registration to a training session: receive it, collect the line manager’s approval, decide, answer. Legal basis: the body’s task in the public interest, or its legitimate interest in running its courses."),
				t("Tenir le compte de la personne et le protéger : connexion, changement d’adresse ou de mot de passe.", "To keep and protect the person’s account: sign-in, change of address or password."),
				t("Tenir un journal de ce qui a été fait sur une candidature, par qui et quand.", "To keep a journal of what was done on an application, by whom and when."),
			), text(t("Aucune décision n’est prise par une machine : une personne lit et décide.", "No decision is taken by a machine: a person reads and decides."))}},
			{"quoi", t("Quelles données", "Which data"), []Block{list(
				t("Votre identité et vos moyens de contact, votre situation professionnelle, vos réponses au formulaire.", "Your identity and contact details, your professional situation, your answers to the form."),
				t("Le nom, la fonction et l’adresse électronique de la personne qui vous encadre.", "The name, position and e-mail address of the person who manages you."),
				t("Les courriels envoyés : leur nature, leur destinataire et leur remise, pas leur texte.", "The mails sent: their kind, recipient and delivery, not their text."),
			), text(t("N’indiquez aucune information médicale : un besoin d’aménagement se dit sans en donner la cause.", "Give no medical information: a need for adjustments is stated without its cause.")),
				text(t("Les journaux techniques ne contiennent ni nom, ni adresse, ni réponse.", "The technical logs hold no name, no address and no answer."))}},
			{"qui", t("Qui les lit", "Who reads them"), []Block{list(
				t("Vous, et le chargé de projet de la formation, dans les limites de ses droits.", "You, and the project officer of the course, within their rights."),
				t("Votre supérieur hiérarchique : votre nom, votre fonction, votre employeur, la formation, la session, ses dates, l’absence et vos motivations. Jamais votre date de naissance, votre adresse ni votre téléphone personnels.", "Your line manager: your name, position, employer, the course, session, dates, the absence and your reasons. Never your birth date, home address or personal phone."),
				t("L’administrateur du portail et son hébergeur, pour le faire fonctionner.", "The portal’s administrator and its host, to run it."),
			), text(t("La recherche publique ne contient que le catalogue, jamais une personne. Aucune donnée n’est vendue, ni envoyée à un autre site.", "The public search holds the catalogue only, never a person. No data is sold, or sent to another site."))}},
			{"encadrant", t("Vous encadrez quelqu’un", "You manage someone"), []Block{
				text(t("Si vous avez reçu une demande d’accord, votre adresse a été donnée par la personne que vous encadrez, pour cette seule demande (RGPD, article 14). Ouvrir le lien ne décide rien ; vous pouvez répondre que cette personne ne relève pas de vous.", "If you received a request for approval, your address was given by the person you manage, for that request only (GDPR, article 14). Opening the link decides nothing; you can answer that this person is not on your staff.")),
				text(t("Votre adresse est effacée ", "Your address is erased ") + days(ctx, d.Approver) + t(" après la dernière demande qui l’a utilisée.", " after the last request that used it.")),
			}},
			{"duree", t("Combien de temps", "How long"), []Block{facts(
				Fact{t("Brouillon sans compte", "Draft without an account"), days(ctx, d.Unclaimed), ""},
				Fact{t("Brouillon d’un compte", "Draft of an account"), days(ctx, d.Claimed) + t(", avec un avis ", ", with a notice ") + days(ctx, d.Notice) + t(" avant", " before"), ""},
				Fact{t("Compte jamais activé", "Account never activated"), days(ctx, d.Activation), ""},
				Fact{t("Candidature transmise", "Application sent"), t("Aucun effacement automatique pour l’instant : demandez-le au contact ci-dessus", "No automatic erasure for now: ask the contact above"), ""},
				Fact{t("Adresse d’un supérieur", "A line manager’s address"), days(ctx, d.Approver), ""},
			), text(t("Vous effacez vous-même un brouillon, à tout moment, par « Effacer ce brouillon ».", "You can erase a draft yourself, at any time, with “Erase this draft”."))}},
			{"temoins", t("Témoins (cookies)", "Cookies"), []Block{
				text(t("Quatre au plus, tous nécessaires, aucun de mesure ni de publicité :", "Four at most, all necessary, none for measurement or advertising:")),
				list(
					t("passerelle : votre connexion ;", "passerelle: your sign-in;"),
					t("passerelle_brouillons : retrouver sur cet appareil un brouillon commencé sans compte ;", "passerelle_brouillons: to find on this device a draft begun without an account;"),
					t("langue et apparence : vos préférences d’affichage.", "langue and apparence: your display preferences."),
				),
			}},
			{"droits", t("Vos droits", "Your rights"), []Block{
				text(t("Accéder à vos données, les faire rectifier ou effacer, limiter leur usage ou vous y opposer : écrivez au contact ci-dessus. La réponse vient dans le mois. Si elle ne vous convient pas, vous pouvez saisir la CNIL (cnil.fr).", "To access your data, have it corrected or erased, restrict its use or object to it: write to the contact above. The answer comes within a month. If it does not satisfy you, you can complain to the CNIL (cnil.fr).")),
				links(Link{t("Mon compte", "My account"), paths.Account(), t("adresse, mot de passe, connexions ouvertes", "address, password, open sign-ins")}),
			}},
		},
	}
}
