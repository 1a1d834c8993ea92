package pages

import (
	"context"

	"passerelle/views/paths"
)

// Help is aide et contact (P18.14): the questions in the order of the journey.
func Help(ctx context.Context, o Operator, d Delays) Page {
	t := func(fr, en string) string { return pick(ctx, fr, en) }
	return Page{
		Title: t("Aide et contact", "Help and contact"),
		Lede:  t("Les réponses courtes aux questions que l’on se pose en chemin. Et une adresse, si elles ne suffisent pas.", "Short answers to the questions met on the way. And an address, if they are not enough."),
		Sections: []Section{
			{"contact", t("Nous joindre", "Reach us"), []Block{
				facts(Fact{t("Organisme", "Body"), o.Name, ""}, Fact{t("Contact", "Contact"), o.Contact, mail(o.Contact)}, Fact{t("Téléphone", "Telephone"), o.Phone, ""}),
				text(t("Donnez le numéro de votre candidature, ou celui de la demande affiché sur une page d’erreur. N’envoyez jamais votre mot de passe.", "Give the number of your application, or that of the request shown on an error page. Never send your password.")),
			}},
			{"trouver", t("Trouver une formation", "Find a course"), []Block{list(
				t("Écrivez comme cela vient : sans accents, avec une faute, un sigle ou le début d’un mot, la recherche s’en arrange et dit ce qu’elle a compris.", "Type as it comes: without accents, with a mistake, an acronym or the start of a word; the search copes and says what it understood."),
				t("Les filtres qui concernent une session (région, dates, ouverte aujourd’hui) valent pour une même session.", "Filters about a session (region, dates, open today) hold for one and the same session."),
				t("Pour une annonce, la page « Annonces » ajoute des critères les uns aux autres : numéro, spécialité, lieu, structure, dates de début, de fin et de candidature ; son tableau se trie par chaque colonne.", "For an announcement, the page “Announcements” adds criteria up: number, speciality, place, organisation, dates of start, end and application; its table sorts by each column."),
				t("L’adresse de la page garde votre recherche : copiez-la pour l’envoyer à quelqu’un.", "The page’s address keeps your search: copy it to send it to someone."),
			), links(Link{t("Rechercher", "Search"), paths.Search(""), ""}, Link{t("Chercher une annonce", "Look for an announcement"), paths.Announcements(), ""}, Link{t("Parcourir par thème", "Browse by theme"), paths.Themes(), ""})}},
			{"commencer", t("Commencer sans compte", "Start without an account"), []Block{
				text(t("« Pré-inscription » ouvre le formulaire tout de suite. Ce que vous écrivez est enregistré à chaque étape, même incomplète. Le compte se crée ensuite : le brouillon y entre, à l’étape où vous étiez.", "“Pre-register” opens the form at once. What you write is saved at each step, even incomplete. The account comes afterwards: the draft joins it, at the step where you were.")),
				text(t("Sans compte, le brouillon reste ", "Without an account, the draft stays ") + days(ctx, d.Unclaimed) + t(" sur cet appareil ; avec un compte, ", " on this device; with an account, ") + days(ctx, d.Claimed) + t(", et nous prévenons avant de l’effacer.", ", and we give notice before erasing it.")),
				links(Link{t("Retrouver mon brouillon", "Find my draft"), paths.FoundDraft(), ""}),
			}},
			{"courriel", t("Le courriel n’arrive pas", "The mail does not come"), []Block{list(
				t("Attendez deux minutes, puis regardez dans les courriers indésirables.", "Wait two minutes, then look in the junk mail."),
				t("La page qui l’annonce permet de le renvoyer.", "The page that announces it can send it again."),
				t("Le lien d’activation vaut ", "The activation link is good for ")+days(ctx, d.Activation)+t(" ; il s’ouvre dans n’importe quel navigateur.", "; it opens in any browser."),
			)}},
			{"accord", t("L’accord du supérieur", "The line manager’s approval"), []Block{list(
				t("Votre supérieur hiérarchique reçoit un lien par courriel, sans avoir besoin de compte. Ouvrir le lien ne décide rien.", "Your line manager receives a link by mail, with no need of an account. Opening the link decides nothing."),
				t("Le lien vaut ", "The link is good for ")+days(ctx, d.ApprovalLink)+t(" ; passé ce délai, la page en propose un nouveau à la même adresse.", "; after that, the page offers a new one to the same address."),
				t("Tant qu’il n’a pas répondu, vous pouvez corriger son adresse. La vôtre est toujours refusée, sous n’importe quelle forme.", "Until there is an answer, you can correct the address. Your own is always refused, in any form."),
			)}},
			{"reponse", t("La réponse", "The answer"), []Block{list(
				t("Elle est donnée à une date annoncée, en principe ", "It is given on an announced date, in principle ")+days(ctx, d.Decision)+t(" avant le début de la session. D’ici là, tout dit « à l’étude ».", " before the start of the session. Until then, everything says “under review”."),
				t("Une liste complémentaire a un rang : si une place se libère, la première personne est prévenue et a ", "A waiting list has ranks: if a seat comes free, the first person is told and has ")+days(ctx, d.Confirm)+t(" pour confirmer.", " to confirm."),
				t("Vous pouvez vous désister jusqu’à la clôture, depuis « Mes candidatures ».", "You can withdraw until closing, from “My applications”."),
			), links(Link{t("Mes candidatures", "My applications"), paths.MyApplications(), ""})}},
			{"dates", t("Les dates limites", "Deadlines"), []Block{
				text(t("Une date limite court jusqu’à minuit, à l’heure du portail (heure de Paris sauf indication contraire), quel que soit l’endroit où vous êtes.", "A deadline runs until midnight, in the portal’s time (Paris time unless said otherwise), wherever you are.")),
			}},
		},
	}
}
