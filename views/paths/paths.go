// Package paths owns the addresses of the portal: one function per URL, French words
// (DESIGN, command line and addresses). Screens and handlers write no address by hand.
// It refuses hosts and schemes: absolute links are made from the configured base URL
// by whoever needs them. It runs in the offline engine, so net/url is not used.
package paths

import (
	"strconv"
	"strings"
)

// Home is the front page.
func Home() string { return "/" }

// Search is the results page for q; empty q shows everything (P4.1).
func Search(q string) string { return With("/recherche", "q", q) }

// SearchSeen is told of results that somebody looks at, for the count of queries.
func SearchSeen() string { return "/recherche/vue" }

// SearchBy is the results page with any pairs of name and value.
func SearchBy(pairs ...string) string { return With("/recherche", pairs...) }

// Course is a course's page (action de formation, P3.1).
func Course(id string) string { return "/formations/" + segment(id) }

// Programme is a degree programme's page (formation diplômante).
func Programme(id string) string { return "/diplomes/" + segment(id) }

// Programmes is the tree of degree programmes by component (P3.3).
func Programmes() string { return "/diplomes" }

// ProgrammesBy is the tree with any pairs of name and value.
func ProgrammesBy(pairs ...string) string { return With(Programmes(), pairs...) }

// Faculty is one component's programmes (composante).
func Faculty(code string) string { return Programmes() + "/composantes/" + segment(code) }

// Offering is the page of what an application is for: a programme or a course.
func Offering(programme bool, reference string) string {
	if programme {
		return Programme(reference)
	}
	return Course(reference)
}

// Announcements is the advanced search of announcements (recherche avancée d'annonces, P4.4).
func Announcements() string { return "/annonces" }

// AnnouncementsBy is that search with any pairs of name and value.
func AnnouncementsBy(pairs ...string) string { return With(Announcements(), pairs...) }

// Announcement is an announcement's page (annonce).
func Announcement(id string) string { return "/annonces/" + segment(id) }

// Themes is the tree of themes.
func Themes() string { return "/themes" }

// Theme is one theme's courses: the results filtered by it.
func Theme(code string) string { return With("/recherche", "theme", code) }

// StartRegistration begins a pre-registration to a session; POST only (P17.3).
func StartRegistration(sessionID string) string {
	return "/sessions/" + segment(sessionID) + "/pre-inscription"
}

// StartAdmission explains an application to a campaign and begins it (P6.2).
func StartAdmission(campaignID string) string {
	return "/campagnes/" + segment(campaignID) + "/candidature"
}

// Draft is a draft's first address: it leads to the step where one was.
func Draft(id string) string { return application(id, "") }

// Application is an application's page for the person who made it (candidature).
func Application(id string) string { return application(id, "") }

// Step is the page of step n, counted from 1; POST saves it.
func Step(id string, n int) string { return application(id, "/etapes/"+strconv.Itoa(n)) }

// Submit sends the application; POST only (P6.7).
func Submit(id string) string { return application(id, "/transmission") }

// Receipt is the receipt of a submission (récépissé, P18.14).
func Receipt(id string) string { return application(id, "/recu") }

// Withdraw gives up an application (désistement); POST only.
func Withdraw(id string) string { return application(id, "/desistement") }

// Erase is the action that deletes a draft.
func Erase(id string) string { return application(id, "/effacement") }

// ConfirmPlace takes a promised seat.
func ConfirmPlace(id string) string { return application(id, "/confirmation") }

// DeclinePlace gives a promised seat up.
func DeclinePlace(id string) string { return application(id, "/renonciation") }

// LineManager changes the line manager of a submitted application (P18.2).
func LineManager(id string) string { return application(id, "/superieur") }

// FoundDraft asks whether a draft found on this device belongs to the reader.
func FoundDraft() string { return "/brouillon" }

// Erased says that a draft of this browser is gone.
func Erased() string { return FoundDraft() + "/efface" }

// MyApplications is the applicant's dashboard (mes candidatures).
func MyApplications() string { return "/mes-candidatures" }

// MyApprovals is the signed-in line manager's page (mes validations, P18.2).
func MyApprovals() string { return "/mes-validations" }

// MyApproval is one request to the signed-in line manager.
func MyApproval(id string) string { return MyApprovals() + "/" + segment(id) }

// Approval is the line manager's page reached by the link of a mail (P6.1).
func Approval(token string) string { return "/validation/" + segment(token) }

// RenewApproval asks for a new link to the same address; POST only (P6.1).
func RenewApproval(token string) string { return Approval(token) + "/renouvellement" }

// SignUp is the page that opens an account.
func SignUp() string { return "/inscription" }

// SignUpSent says that a mail waits.
func SignUpSent() string { return "/inscription/envoyee" }

// Activate confirms an address; GET shows, POST does.
func Activate(token string) string { return "/activation/" + segment(token) }

// SignIn is the sign-in page; back is the local address to return to, empty for none.
func SignIn(back string) string { return With("/connexion", "retour", back) }

// SignOut ends the session; POST only.
func SignOut() string { return "/deconnexion" }

// ForgottenPassword asks for a link to choose a new password.
func ForgottenPassword() string { return "/mot-de-passe-oublie" }

// Reset chooses a new password.
func Reset(token string) string { return "/mot-de-passe/" + segment(token) }

// Account is the person's own page.
func Account() string { return "/compte" }

// AccountPassword changes the password.
func AccountPassword() string { return "/compte/mot-de-passe" }

// AccountEmail changes the e-mail address.
func AccountEmail() string { return "/compte/courriel" }

// ConfirmEmail proves a new address; GET shows, POST does.
func ConfirmEmail(token string) string { return "/compte/courriel/" + segment(token) }

// AccountSessions lists the open sessions (connexions).
func AccountSessions() string { return "/compte/connexions" }

// SignInFactor asks for the second factor of a sign-in that waits for it.
func SignInFactor() string { return "/connexion/verification" }

// SignInPasskey gives a browser what it needs to use a passkey (GET), and takes its answer (POST).
func SignInPasskey() string { return "/connexion/cle" }

// Factors is the page of the second factors (double vérification).
func Factors() string { return "/compte/double-verification" }

// FactorProof asks who it is before a change of factors.
func FactorProof() string { return "/compte/double-verification/confirmation" }

// FactorApplication adds an application of codes.
func FactorApplication() string { return "/compte/double-verification/application" }

// FactorPasskey adds a passkey.
func FactorPasskey() string { return "/compte/double-verification/cle" }

// SendKept sends the form that waited for a second factor; POST only.
func SendKept() string { return "/compte/double-verification/reprise" }

// FactorCodes makes new recovery codes; POST only.
func FactorCodes() string { return "/compte/double-verification/codes" }

// FactorDevices forgets the remembered devices; POST only.
func FactorDevices() string { return "/compte/double-verification/appareils" }

// RemoveFactor takes one away; POST only.
func RemoveFactor(id string) string {
	return "/compte/double-verification/" + segment(id) + "/retrait"
}

// RevokeSession closes one of them; POST only.
func RevokeSession(id string) string { return "/compte/connexions/" + segment(id) + "/fermeture" }

// Desk is the officer's list (bureau).
func Desk() string { return "/bureau" }

// DeskBy is the officer's list with any pairs of name and value.
func DeskBy(pairs ...string) string { return With("/bureau", pairs...) }

// DeskApplication is one application seen by an officer.
func DeskApplication(id string) string { return "/bureau/candidatures/" + segment(id) }

// DeskDecision records a decision; POST only (P18.4).
func DeskDecision(id string) string { return DeskApplication(id) + "/decision" }

// DeskBatches rehearses and records decisions in batches by POST, and lists the
// officer's own by GET (P9.4).
func DeskBatches() string { return "/bureau/decisions" }

// DeskBatch is what became of one batch.
func DeskBatch(id string) string { return DeskBatches() + "/" + segment(id) }

// DeskBatchUndo takes a batch back as a whole; POST only (P18.18).
func DeskBatchUndo(id string) string { return DeskBatch(id) + "/annulation" }

// DeskExports chooses what of the list is taken out, and takes it out (P9.7).
func DeskExports() string { return "/bureau/exports" }

// DeskExportBy chooses it for a filter of the list.
func DeskExportBy(pairs ...string) string { return With(DeskExports(), pairs...) }

// DeskExport tells how far a long export is.
func DeskExport(id string) string { return DeskExports() + "/" + segment(id) }

// DeskExportFile is the file of a long export, once written.
func DeskExportFile(id string) string { return DeskExport(id) + "/fichier" }

// DeskArchive is a whole application in one ZIP (P9.7).
func DeskArchive(id string) string { return DeskApplication(id) + "/archive" }

// DeskNote adds a private note; POST only.
func DeskNote(id string) string { return DeskApplication(id) + "/notes" }

// DeskPresence tells who else has an application open; polled.
func DeskPresence(id string) string { return DeskApplication(id) + "/presence" }

// DeskSendAgain writes once more to a line manager who does not answer; POST only (P18.3).
func DeskSendAgain(id string) string { return DeskApplication(id) + "/superieur/relance" }

// DeskNameApprover names another line manager; POST only (P18.3).
func DeskNameApprover(id string) string { return DeskApplication(id) + "/superieur" }

// DeskClose ends an application without an approval, with a reason; POST only (P18.3).
func DeskClose(id string) string { return DeskApplication(id) + "/cloture" }

// Completion lists what completes a field of a step: kind is "employeurs", "communes".
func Completion(kind string) string { return "/completion/" + segment(kind) }

// Mailbox is the local mailbox, under demo only.
func Mailbox() string { return "/_mail" }

// Mail is one mail of the local mailbox.
func Mail(id string) string { return "/_mail/" + segment(id) }

// MailContent is the HTML part of a mail alone, for the frame that shows it.
func MailContent(id string) string { return Mail(id) + "/contenu" }

// Gallery shows every component, under demo only.
func Gallery() string { return "/_gallery" }

// GalleryState shows one component alone.
func GalleryState(component string) string { return "/_gallery/" + segment(component) }

// AdvanceTime moves the portal's clock, under demo only; POST only.
func AdvanceTime() string { return "/_temps" }

// LegalNotice holds the mentions légales (P18.14).
func LegalNotice() string { return "/mentions-legales" }

// Privacy holds what is done with personal data (P18.14).
func Privacy() string { return "/donnees-personnelles" }

// Accessibility holds the accessibility statement (P18.14).
func Accessibility() string { return "/accessibilite" }

// Help is help and contact (P18.14).
func Help() string { return "/aide" }

// Terms holds the terms of use (charte d'utilisation).
func Terms() string { return "/conditions" }

// SiteMap lists the pages.
func SiteMap() string { return "/plan-du-site" }

// Language changes the language; POST only, fields langue and retour (P15.1).
func Language() string { return "/langue" }

// Appearance changes light and dark; POST only, fields apparence and retour.
func Appearance() string { return "/apparence" }

func application(id, rest string) string { return "/candidatures/" + segment(id) + rest }

// With adds pairs of name and value to path as a query; pairs with an empty value are left out.
func With(path string, pairs ...string) string {
	var out strings.Builder
	out.WriteString(path)
	mark := byte('?')
	if strings.IndexByte(path, '?') >= 0 {
		mark = '&'
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		out.WriteByte(mark)
		out.WriteString(escape(pairs[i], true))
		out.WriteByte('=')
		out.WriteString(escape(pairs[i+1], true))
		mark = '&'
	}
	return out.String()
}

func segment(s string) string { return escape(s, false) }

// escape percent-encodes everything but the unreserved characters of RFC 3986; a space
// becomes + in a query.
func escape(s string, query bool) string {
	const hex = "0123456789ABCDEF"
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = unreserved(s[i])
	}
	if plain {
		return s
	}
	out := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case unreserved(c):
			out = append(out, c)
		case c == ' ' && query:
			out = append(out, '+')
		default:
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '_' || c == '.' || c == '~'
}

// Local keeps a way back inside the portal: an address of this host that begins with one
// slash, else the front page. What a form or an address says is never followed elsewhere.
func Local(address string) string {
	if len(address) == 0 || address[0] != '/' || len(address) > 2000 {
		return Home()
	}
	if len(address) > 1 && (address[1] == '/' || address[1] == '\\') {
		return Home()
	}
	for i := range len(address) {
		if address[i] < 0x20 || address[i] == 0x7f || address[i] == '\\' {
			return Home()
		}
	}
	return address
}
