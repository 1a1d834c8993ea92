package paths

import "strconv"

// Opinion is the expert's page reached by the link of a mail (P9.6).
func Opinion(token string) string { return "/avis/" + segment(token) }

// RenewOpinion asks for a new link to the same address; POST only.
func RenewOpinion(token string) string { return Opinion(token) + "/renouvellement" }

// OpinionDocument is a piece shown to an expert by link, as a download.
func OpinionDocument(token, id string) string { return Opinion(token) + "/pieces/" + segment(id) }

// OpinionPage is the image of one of its pages.
func OpinionPage(token, id string, n, width int) string {
	return With(OpinionDocument(token, id)+"/pages/"+strconv.Itoa(n), "largeur", strconv.Itoa(width))
}

// MyOpinion is a request for an opinion to a signed-in expert.
func MyOpinion(id string) string { return "/mes-avis/" + segment(id) }

// DeskOpinions asks an expert for an opinion: GET prepares, POST sends (P9.6).
func DeskOpinions(id string) string { return DeskApplication(id) + "/avis" }

// DeskOpinionRevocation takes a request for an opinion back; POST only.
func DeskOpinionRevocation(id string) string { return "/bureau/avis/" + segment(id) + "/retrait" }

// DeskAssignment assigns an application to an officer; POST only (P9.6).
func DeskAssignment(id string) string { return DeskApplication(id) + "/affectation" }

// DeskAssignments assigns the applications chosen in the list; POST only.
func DeskAssignments() string { return Desk() + "/affectations" }

// DeskDelegations is where an officer names who stands in for them (P9.6).
func DeskDelegations() string { return Desk() + "/absences" }

// DeskDelegationEnd ends a delegation now; POST only.
func DeskDelegationEnd(id string) string { return DeskDelegations() + "/" + segment(id) + "/fin" }

// DeskPreview is the short view of an application beside the list.
func DeskPreview(id string) string { return DeskApplication(id) + "/apercu" }
