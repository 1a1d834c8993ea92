package seed

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/people"
)

// Password is shared by every person of the demonstration.
const Password = "Traverser-le-pont-9"

// Person is one demonstration account, printed at start.
type Person struct {
	Email   string
	Who     string // what this account shows, in French
	Account models.ID
	Person  models.ID
}

// Accounts are the demonstration's people; all fictitious (GENERATED).
type Accounts struct {
	Password string
	List     []Person
}

// By gives the actor of a demonstration account, for verbs run by the seed.
func (p Person) By(grants ...models.Grant) models.Actor {
	return models.Actor{Kind: models.ActorAccount, Account: p.Account, Person: p.Person, Email: p.Email, Lang: "fr", Grants: grants}
}

// Addresses of the demonstration's people.
const (
	Applicant      = "camille.fontaine@demo.example.org"
	NewApplicant   = "noe.marchand@demo.example.org"
	LineManager    = "sylvie.renaud@mairie.example.org"
	Officer        = "claire.moreau@passerelle.example.org"
	NarrowOfficer  = "malik.haddad@passerelle.example.org"
	FacultyOfficer = "lucie.garnier@passerelle.example.org"
	Administrator  = "administration@passerelle.example.org"
)

// NarrowTheme is the only theme of the narrow officer.
const NarrowTheme = "sante-social-sport"

type castMember struct {
	email, who string
	identity   people.Identity
	grants     []models.Grant
}

// cast lists the demonstration's people; component is where the demonstration's
// candidates apply, empty where no campaign is open.
func cast(component catalogue.Faculty) []castMember {
	born := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	list := []castMember{
		{Applicant, "candidate : des demandes à chaque étape, un dossier d’admission à compléter", people.Identity{Civility: "madame", BirthName: "Fontaine", FirstName: "Camille", BirthDate: born(1988, 4, 12)}, nil},
		{NewApplicant, "candidat : un dossier d’admission commencé, le reste à faire", people.Identity{Civility: "monsieur", BirthName: "Marchand", FirstName: "Noé", BirthDate: born(1996, 9, 3)}, nil},
		{LineManager, "supérieure hiérarchique : des validations attendues", people.Identity{Civility: "madame", BirthName: "Renaud", FirstName: "Sylvie", BirthDate: born(1971, 1, 30)}, nil},
		{Officer, "chargée de projet : tout le portail", people.Identity{BirthName: "Moreau", FirstName: "Claire"},
			[]models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}},
		{NarrowOfficer, "chargé de projet : santé, social, sport seulement", people.Identity{BirthName: "Haddad", FirstName: "Malik"},
			[]models.Grant{{Role: models.RoleOfficer, Kind: models.ScopeTheme, Scope: catalogue.ThemeID(NarrowTheme)}}},
		{Administrator, "administratrice du portail", people.Identity{BirthName: "Lopez", FirstName: "Inès"},
			[]models.Grant{{Role: models.RoleAdmin, Kind: models.ScopePortal}, {Role: models.RoleOfficer, Kind: models.ScopePortal}}},
	}
	if component.ID != uuid.Nil {
		list = slices.Insert(list, len(list)-1, castMember{FacultyOfficer, "gestionnaire des admissions : " + component.Name + " seulement",
			people.Identity{Civility: "madame", BirthName: "Garnier", FirstName: "Lucie"},
			[]models.Grant{{Role: models.RoleOfficer, Kind: models.ScopeFaculty, Scope: component.ID}}})
	}
	return list
}

// admissionFaculty is the component of the campaign where the demonstration's
// candidates apply, the one already given to its officer; the zero one where none
// is open.
func admissionFaculty(ctx context.Context, tx models.Tx) (catalogue.Faculty, error) {
	var f catalogue.Faculty
	err := tx.PGX.QueryRow(ctx, `
		SELECT f.id, f.code, coalesce(nullif(f.usual_name, ''), f.name) FROM faculties f WHERE id = coalesce(
			(SELECT g.scope_id FROM grants g JOIN accounts a ON a.id = g.account_id WHERE a.email = $2 AND g.scope_kind = 'faculty' LIMIT 1),
			(SELECT p.faculty_id FROM sessions s JOIN programmes p ON p.id = s.programme_id
				WHERE s.opens_on <= $1::date - 12 AND s.closes_on >= $1::date + 8 AND s.requirement_list_id IS NOT NULL AND s.capacity BETWEEN 6 AND 40
				ORDER BY p.title ILIKE '%livre%' DESC, p.title ILIKE '%édition%' DESC, p.reference LIMIT 1))`, models.Prepared, tx.Today(), FacultyOfficer).
		Scan(&f.ID, &f.Code, &f.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		return catalogue.Faculty{}, nil
	}
	return f, err
}

// People opens the demonstration's accounts; twice is once.
func People(ctx context.Context, db *models.DB) (Accounts, error) {
	out := Accounts{Password: Password}
	hash, err := people.HashPassword(ctx, Password)
	if err != nil {
		return out, err
	}
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		component, err := admissionFaculty(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range cast(component) {
			a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: m.email, Identity: m.identity,
				Lang: "fr", PasswordHash: hash, Grants: m.grants})
			if err != nil {
				return err
			}
			out.List = append(out.List, Person{Email: m.email, Who: m.who, Account: a.ID, Person: a.PersonID})
		}
		return nil
	})
	return out, err
}
