package pages

import (
	"context"

	"passerelle/views/paths"
)

// Terms is the charter of use (charte d'utilisation).
func Terms(ctx context.Context, o Operator) Page {
	t := func(fr, en string) string { return pick(ctx, fr, en) }
	return Page{
		Title: t("Charte d’utilisation", "Terms of use"),
		Lede:  t("Ce que vous pouvez attendre de ce portail, et ce qu’il attend de vous.", "What you can expect of this portal, and what it expects of you."),
		Sections: []Section{
			{"service", t("Le service", "The service"), []Block{list(
				t("Il est gratuit, sans publicité et sans traceur.", "It is free, without advertising and without trackers."),
				t("Le catalogue se lit sans compte ; un compte sert à transmettre une candidature et à la suivre.", "The catalogue can be read without an account; an account serves to send an application and follow it."),
				t("Une pré-inscription n’est pas une inscription : elle devient une place lorsque la décision vous est communiquée.", "A pre-registration is not a registration: it becomes a seat when the decision is told to you."),
			)}},
			{"compte", t("Votre compte", "Your account"), []Block{list(
				t("Un compte par personne, à son nom, avec une adresse qui lui appartient.", "One account per person, in their name, with an address of their own."),
				t("Le mot de passe ne se prête pas. Vous voyez les connexions ouvertes et les fermez depuis votre compte.", "The password is not lent. You see the open sign-ins and close them from your account."),
			)}},
			{"reponses", t("Vos réponses", "Your answers"), []Block{list(
				t("Elles sont sincères et à jour au moment de la transmission.", "They are sincere and up to date when sent."),
				t("L’adresse du supérieur hiérarchique est celle de la personne qui vous encadre réellement.", "The line manager’s address is that of the person who really manages you."),
				t("Elles ne contiennent aucune information médicale, ni rien sur la vie privée de quelqu’un d’autre.", "They hold no medical information, and nothing about someone else’s private life."),
			)}},
			{"portail", t("Nos engagements", "Our commitments"), []Block{list(
				t("Ce que vous écrivez est gardé, et ce qui est gardé est dit : enregistré ici, reçu, transmis.", "What you write is kept, and what is kept is said: saved here, received, sent."),
				t("Une candidature transmise deux fois compte une seule fois, et donne un seul accusé de réception.", "An application sent twice counts once, and gives one receipt."),
				t("Un refus dit ses raisons et les voies de recours.", "A refusal gives its reasons and the ways of appeal."),
			), links(
				Link{t("Données personnelles", "Personal data"), paths.Privacy(), ""},
				Link{t("Accessibilité", "Accessibility"), paths.Accessibility(), ""},
				Link{t("Aide et contact", "Help and contact"), paths.Help(), ""},
			)}},
			{"organisme", t("Qui vous répond", "Who answers you"), []Block{facts(
				Fact{t("Organisme", "Body"), o.Name, ""}, Fact{t("Contact", "Contact"), o.Contact, mail(o.Contact)},
			)}},
		},
	}
}

// SiteMap lists the pages that anyone can open, then those of each role.
func SiteMap(ctx context.Context) Page {
	t := func(fr, en string) string { return pick(ctx, fr, en) }
	return Page{
		Title: t("Plan du site", "Site map"),
		Sections: []Section{
			{"catalogue", t("Catalogue", "Catalogue"), []Block{links(
				Link{t("Accueil", "Front page"), paths.Home(), ""},
				Link{t("Recherche", "Search"), paths.Search(""), ""},
				Link{t("Formations", "Courses"), paths.SearchBy("nature", "formation"), ""},
				Link{t("Diplômes", "Degrees"), paths.Programmes(), ""},
				Link{t("Annonces", "Announcements"), paths.Announcements(), ""},
				Link{t("Tous les thèmes", "All themes"), paths.Themes(), ""},
			)}},
			{"espace", t("Votre espace", "Your space"), []Block{links(
				Link{t("Reprendre un brouillon", "Resume a draft"), paths.FoundDraft(), t("sans compte, sur cet appareil", "without an account, on this device")},
				Link{t("Créer un compte", "Open an account"), paths.SignUp(), ""},
				Link{t("Se connecter", "Sign in"), paths.SignIn(""), ""},
				Link{t("Mot de passe oublié", "Forgotten password"), paths.ForgottenPassword(), ""},
				Link{t("Mes candidatures", "My applications"), paths.MyApplications(), ""},
				Link{t("Mes validations", "My approvals"), paths.MyApprovals(), t("pour qui encadre", "for line managers")},
				Link{t("Mon compte", "My account"), paths.Account(), ""},
			)}},
			{"gestion", t("Gestion", "Staff"), []Block{links(
				Link{t("Bureau", "Desk"), paths.Desk(), t("pour les chargés de projet", "for project officers")},
			)}},
			{"droits", t("Aide et droits", "Help and rights"), []Block{links(
				Link{t("Aide et contact", "Help and contact"), paths.Help(), ""},
				Link{t("Charte d’utilisation", "Terms of use"), paths.Terms(), ""},
				Link{t("Accessibilité", "Accessibility"), paths.Accessibility(), ""},
				Link{t("Données personnelles", "Personal data"), paths.Privacy(), ""},
				Link{t("Mentions légales", "Legal notice"), paths.LegalNotice(), ""},
			)}},
		},
	}
}
