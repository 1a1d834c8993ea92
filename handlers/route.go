package handlers

import "passerelle/models"

// Policy says who may use a route, before any object is looked at; verbs then
// decide on the object (P2.5). A route without one fails the build's tests.
type Policy string

// The policies.
const (
	Anyone      Policy = "anyone"       // public page
	DraftHolder Policy = "draft holder" // the browser or account that holds a draft (P18.1)
	LinkHolder  Policy = "link holder"  // the secret in the address is the right (P17.11)
	HalfWay     Policy = "half-way"     // the password was right, the second factor is awaited (P1.13)
	SignedIn    Policy = "signed in"    // any active account
	Officer     Policy = "officer"      // role officer in some scope
	Admin       Policy = "admin"        // role admin
	DemoOnly    Policy = "demo only"    // exists under demo alone
)

// Policies lists every policy, for tests.
func Policies() []Policy {
	return []Policy{Anyone, DraftHolder, LinkHolder, HalfWay, SignedIn, Officer, Admin, DemoOnly}
}

// Object names what the address points at, so that the generated matrix test
// can walk role x route x object.
type Object string

// The objects that an address can name.
const (
	NoObject          Object = ""
	CatalogueObject   Object = "catalogue"
	SessionObject     Object = "session"
	CampaignObject    Object = "campaign" // campagne d'admission
	DraftObject       Object = "draft"
	ApplicationObject Object = "application"
	ApprovalObject    Object = "approval link"
	AccountLinkObject Object = "account link"
	SignInObject      Object = "sign-in"
	FactorObject      Object = "second factor" // moyen de double vérification
	MailObject        Object = "local mail"
	BatchObject       Object = "batch of decisions"
	ExportObject      Object = "export of a list"
)

// Route is one line of the table.
type Route struct {
	Method  string
	Path    string
	Policy  Policy
	Object  Object
	Handler func(*Call) error
	// Body is the most bytes of a body that the handler reads by itself, as
	// they come; 0 for a form, read whole before.
	Body int64
	// Enrols: staff who must have a second factor reach it before they have one.
	Enrols bool
	// Elsewhere: who posts need not say from where, as mail programs do by
	// themselves (RFC 8058). The secret in the address is the right.
	Elsewhere bool
	// Private pages are never kept by a browser or proxy; all but public ones.
	Limit Limit
}

// Limit is the class of rate limit of a route.
type Limit string

// The classes; figures are in limits.go.
const (
	LimitNone    Limit = ""
	LimitSearch  Limit = "search"
	LimitWrite   Limit = "write"
	LimitAccount Limit = "account" // sign-in, sign-up, forgotten password
	limitLogged  Limit = "logged"  // of no route: searches made for the log of queries
)

// allows decides on the route alone.
func (r Route) allows(a models.Actor, demo bool) (ok, signIn bool) {
	switch r.Policy {
	case Anyone, DraftHolder, LinkHolder:
		return true, false
	case HalfWay:
		return false, true // Call.halfWay alone opens it
	case SignedIn:
		return a.SignedIn(), true
	case Officer:
		return a.Has(models.RoleOfficer), !a.SignedIn()
	case Admin:
		return a.Has(models.RoleAdmin), !a.SignedIn()
	case DemoOnly:
		return demo, false
	}
	return false, false
}
