package models

import "github.com/google/uuid"

// ID is a UUIDv7: sortable by creation, never a right in itself.
type ID = uuid.UUID

// Role is what an account may do beyond applying (P2.5). Everyone with an
// account is an applicant, so that role is not written down (P2.4).
type Role string

// The roles in force.
const (
	RoleOfficer Role = "officer" // chargé de projet: reviews and decides in a scope
	RoleAdmin   Role = "admin"   // administrateur: everything transverse
)

// ScopeKind says what a grant covers (P2.5).
type ScopeKind string

// The scopes in force; ID of a portal scope is empty.
const (
	ScopePortal    ScopeKind = "portal"
	ScopeTheme     ScopeKind = "theme"
	ScopeCourse    ScopeKind = "course"
	ScopeProgramme ScopeKind = "programme" // formation diplômante
	ScopeFaculty   ScopeKind = "faculty"   // composante: all its programmes
)

// Grant is a role over a scope.
type Grant struct {
	Role  Role
	Kind  ScopeKind
	Scope ID
}

// ActorKind says how an actor proved who they are.
type ActorKind string

// The kinds of actors, as the journal stores them.
const (
	ActorAnonymous ActorKind = "anonymous" // a browser without account
	ActorAccount   ActorKind = "account"   // signed in
	ActorLink      ActorKind = "link"      // holds a signed link (P17.11)
	ActorPortal    ActorKind = "portal"    // the portal's own clock
	ActorOperator  ActorKind = "operator"  // the command line
)

// Actor is the person, link or clock on whose behalf a verb runs. Handlers
// build it once per request; verbs never take an account id from elsewhere.
type Actor struct {
	Kind    ActorKind
	Account ID
	Person  ID
	SignIn  ID
	Link    ID
	Email   string // proven address of the account
	Name    string // shown to the actor, never logged
	Lang    string // "fr" or "en"
	Grants  []Grant
	// Factor is how the second factor was proven in this sign-in; empty when the
	// password alone was (P1.13).
	Factor string
	// DraftKey is the SHA-256 of the secret that this browser holds for drafts
	// begun before an account (P18.1); empty when it holds none.
	DraftKey []byte
	// Device is a short name of the browser, shown beside a conflicting value (P17.4).
	Device string
	// StandsIn are the absent officers whose assigned applications the actor treats
	// for now (délégation, P9.6).
	StandsIn []StandIn
}

// StandIn is an absent officer, with their rights as they stand: a delegate never
// has more of them than that (P9.6).
type StandIn struct {
	Account ID
	Grants  []Grant
}

// Portal is the actor of periodic sweeps.
func Portal() Actor { return Actor{Kind: ActorPortal, Lang: "fr"} }

// Operator is the actor of the command line.
func Operator() Actor { return Actor{Kind: ActorOperator, Lang: "fr"} }

// SignedIn reports an active account behind the actor.
func (a Actor) SignedIn() bool { return a.Kind == ActorAccount && a.Account != uuid.Nil }

// Has reports the role in any scope; it opens a menu, never an object.
func (a Actor) Has(role Role) bool {
	for _, g := range a.Grants {
		if g.Role == role {
			return true
		}
	}
	return false
}

// Everywhere reports the role over the whole portal.
func (a Actor) Everywhere(role Role) bool {
	for _, g := range a.Grants {
		if g.Role == role && g.Kind == ScopePortal {
			return true
		}
	}
	return false
}

// Scopes lists the ids that the actor holds a role over, for one kind.
func (a Actor) Scopes(role Role, kind ScopeKind) []ID {
	ids := []ID{}
	for _, g := range a.Grants {
		if g.Role == role && g.Kind == kind {
			ids = append(ids, g.Scope)
		}
	}
	return ids
}
