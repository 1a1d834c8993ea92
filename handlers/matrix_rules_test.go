package handlers_test

import (
	"slices"

	"passerelle/handlers"
)

// relation is what a person is to an object: rights follow from it and from
// nothing else.
type relation string

const (
	nobody    relation = "nobody"         // no sign-in, nothing held
	ended     relation = "ended sign-in"  // the owner, whose sign-in has ended
	stranger  relation = "stranger"       // signed in, no tie with the object
	owner     relation = "owner"          // the account that it belongs to
	holder    relation = "holder"         // the browser that holds a draft without account
	approver  relation = "approver"       // signed in with the address that was asked
	reviewer  relation = "reviewer"       // officer whose scope covers it
	outside   relation = "outside"        // officer whose scope does not
	admin     relation = "administrator"  // administrator, with no officer's scope
	bearer    relation = "bearer"         // anyone with the secret of the address
	everybody relation = "everybody else" // default of a rule
)

// rules gives, for each object, who is let in and what the others get. It is
// the text of P2.5 and of the ownership rules, written without looking at the
// handlers.
var rules = map[handlers.Object]map[relation][]answer{
	// Addresses that name nothing: the policy alone decides.
	handlers.NoObject: {everybody: {shown}},
	// Public pages.
	handlers.CatalogueObject: {everybody: {shown}},
	handlers.SessionObject:   {everybody: {shown}},
	handlers.CampaignObject:  {everybody: {shown}},
	// A draft is the business of its account, or of the browser that holds it
	// (P18.1); an officer knows it only once it is submitted.
	handlers.DraftObject: {owner: {shown}, holder: {shown}, ended: {askIn}, nobody: {hidden, askIn}, everybody: {hidden}},
	// A submitted application: the applicant, and officers of its course (P2.5).
	handlers.ApplicationObject: {owner: {shown}, reviewer: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	// A request to a line manager: who holds the link of the mail (P17.11), or
	// whose proven address was asked (P18.2).
	handlers.ApprovalObject: {bearer: {shown}, approver: {shown}, nobody: {hidden, askIn}, ended: {hidden, askIn}, everybody: {hidden}},
	// A request to an expert: who holds the link of the mail, or whose proven address
	// was asked (P9.6); on the desk, officers of its course.
	handlers.OpinionObject:     {bearer: {shown}, approver: {shown}, nobody: {hidden, askIn}, ended: {hidden, askIn}, everybody: {hidden}},
	handlers.DeskOpinionObject: {reviewer: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	// Who stands in for an officer: the officer's own business (P9.6).
	handlers.DelegationObject: {owner: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	// Links of mails about an account: whoever holds the secret.
	handlers.AccountLinkObject: {bearer: {shown}, everybody: {hidden}},
	// A line of the list of one's own sign-ins.
	handlers.SignInObject: {owner: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	// A second factor: the person's own business (P1.13).
	handlers.FactorObject: {owner: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	// A saved search: the person's own business (P4.7); the links of its mails:
	// whoever holds the secret.
	handlers.SavedObject:     {owner: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	handlers.AlertLinkObject: {bearer: {shown}, everybody: {hidden}},
	// A batch of decisions: the officer who made it, alone (P9.4).
	handlers.BatchObject: {owner: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	// A catalogue file: administrators, whom the policy alone lets in (P14.7).
	handlers.ImportObject: {everybody: {shown}},
	// Settings of the search rehearsed and published: likewise (P14.1).
	handlers.RehearsalObject:   {everybody: {shown}},
	handlers.PublicationObject: {everybody: {shown}},
	// Works over the store and what they found: administrators, likewise (P14.2).
	handlers.StoragePassObject:    {everybody: {shown}},
	handlers.StorageFindingObject: {everybody: {shown}},
	// A list taken out: the officer who asked for it, alone (P9.7).
	handlers.ExportObject: {owner: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	// A document: its applicant and, once sent and found safe, officers of its
	// course, and who is asked for an opinion about it (P7.4, P9.6).
	handlers.DocumentObject: {owner: {shown}, reviewer: {shown}, approver: {shown}, nobody: {hidden, askIn}, ended: {hidden, askIn}, everybody: {hidden}},
	// A file on its way is its applicant's alone; no page speaks of it.
	handlers.UploadObject: {owner: {shown}, ended: {hidden, askIn}, everybody: {hidden}},
	// Models to fill in are everybody's (P7.7).
	handlers.TemplateObject: {everybody: {shown}},
	// A remark pinned on a document: officers of its course (P17.7).
	handlers.RemarkObject: {reviewer: {shown}, nobody: {askIn}, ended: {askIn}, everybody: {hidden}},
	// The mailbox of the demonstration is everybody's.
	handlers.MailObject: {everybody: {shown}},
}

// exceptions are the routes that ask more of somebody than their object does.
var exceptions = map[string]map[relation][]answer{
	// A draft is begun without an account, and sent with one (P17.3).
	"/candidatures/:id/transmission": {holder: {askIn}},
	// Officers read documents at the review desk, and copy none for the applicant.
	"/documents/:id/apercu":  {reviewer: {hidden}, approver: {hidden}},
	"/documents/:id/aplatir": {reviewer: {hidden}, approver: {hidden}},
}

// wanted is the answer that a cell must get: the route's policy first, then the
// object's rule; an object that does not exist is not found for everyone that
// the policy lets in.
func wanted(c cell) []answer {
	if refused := c.policyRefuses(); refused != "" {
		return []answer{refused}
	}
	if c.object.absent {
		if c.who.signedIn() {
			return []answer{hidden}
		}
		return []answer{hidden, askIn}
	}
	if list, ok := exceptions[c.route.Path][c.relation]; ok {
		return list
	}
	if list, ok := c.object.instead[c.relation]; ok {
		return list
	}
	rule := rules[c.route.Object]
	list, ok := rule[c.relation]
	if !ok {
		list = rule[everybody]
	}
	return c.onSide(list)
}

func (c cell) policyRefuses() answer {
	signed := c.who.signedIn()
	switch c.route.Policy {
	case handlers.HalfWay:
		if !signed && c.who.name != waiting { // who is in already goes on
			return askIn
		}
	case handlers.SignedIn:
		if !signed {
			return askIn
		}
	case handlers.Officer:
		if !signed {
			return askIn
		}
		if !slices.Contains([]relation{reviewer, outside}, c.who.role) {
			return hidden
		}
	case handlers.Admin:
		if !signed {
			return askIn
		}
		if c.who.role != admin {
			return hidden
		}
	}
	return ""
}

// onSide keeps the applicant's pages for the applicant and the desk for
// officers: an officer does not act as the applicant, nor the other way round.
func (c cell) onSide(list []answer) []answer {
	desk := c.route.Policy == handlers.Officer
	switch {
	case c.route.Object != handlers.ApplicationObject:
	case !desk && c.relation == reviewer:
		return []answer{hidden}
	case desk && c.relation == owner:
		return []answer{hidden}
	case !desk && c.relation == owner:
		// Not every action fits every state: some explain, some do not exist then.
		return append(slices.Clone(list), c.object.owners...)
	}
	return list
}
