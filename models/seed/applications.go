package seed

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/form/ident"
	"passerelle/models/people"
)

// fate is how far one demonstration application went.
type fate string

const (
	fateDraft     fate = "draft"
	fateAsked     fate = "asked" // the line manager has not answered
	fateRefusedBy fate = "refused by the line manager"
	fateNotMine   fate = "not my staff"
	fateReview    fate = "under review"
	fateHold      fate = "on hold"
	fateAccepted  fate = "accepted, not told"
	fateWaitlist  fate = "waiting list, not told"
	fateRefused   fate = "refused, not told"
	fateTold      fate = "accepted, told"
	fateWithdrawn fate = "withdrawn"
)

// Applications makes the demonstration's applications with the real verbs, as
// if made over the last weeks; all people are fictitious (GENERATED). It does
// nothing where any application exists.
func Applications(ctx context.Context, db *models.DB, accounts Accounts) error {
	var any bool
	if err := db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM applications)`).Scan(&any); err != nil || any {
		return err
	}
	names, err := fictitious(40)
	if err != nil {
		return err
	}
	s := &stage{db: db, accounts: accounts, names: names}
	if s.sessions, err = s.open(ctx); err != nil || len(s.sessions) == 0 {
		return err
	}
	if err := s.crowd(ctx); err != nil {
		return fmt.Errorf("seed applications: %w", err)
	}
	if err := s.camille(ctx); err != nil {
		return fmt.Errorf("seed applications: %w", err)
	}
	_, err = application.ReleaseDue(ctx, db)
	return err
}

// stage is where the demonstration's applications are played.
type stage struct {
	db       *models.DB
	accounts Accounts
	names    []fullName
	sessions []models.ID // open for weeks, with seats
	next     int
}

// at is the database with the clock some days ago.
func (s *stage) at(days int) *models.DB {
	return s.db.At(models.Freeze(s.db.Clock.Now().Add(-time.Duration(days) * 24 * time.Hour)))
}

// open picks six sessions that have been open for weeks: two of the narrow
// officer's theme, four of other themes.
func (s *stage) open(ctx context.Context) ([]models.ID, error) {
	var ids []models.ID
	for _, want := range []struct {
		narrow bool
		n      int
	}{{true, 2}, {false, 4}} {
		rows, err := s.db.Pool.Query(ctx, `
			SELECT DISTINCT ON (c.id) s.id FROM sessions s JOIN courses c ON c.id = s.course_id
			WHERE s.cancelled_at IS NULL AND s.opens_on <= $1::date - 25 AND s.closes_on >= $1::date + 6 AND s.starts_on >= $1::date + 50
				AND s.capacity - s.seats_elsewhere >= 6 AND s.waiting_list
				AND EXISTS (SELECT FROM course_themes ct JOIN themes t ON t.id = ct.theme_id
					WHERE ct.course_id = c.id AND (t.id = $2 OR t.parent_id = $2)) = $3
			ORDER BY c.id, s.starts_on LIMIT $4`, models.Prepared, s.db.Today(), narrowTheme(), want.narrow, want.n)
		if err != nil {
			return nil, err
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	return ids, nil
}

// crowd plays some thirty applications by as many people.
func (s *stage) crowd(ctx context.Context) error {
	fates := []fate{fateReview, fateReview, fateAsked, fateAccepted, fateReview, fateWaitlist, fateReview, fateAsked, fateRefused, fateReview,
		fateHold, fateRefusedBy, fateReview, fateWaitlist, fateAccepted}
	for i := range 32 {
		n := s.names[i]
		by, err := s.person(ctx, n, i)
		if err != nil {
			return err
		}
		if err := s.play(ctx, by, n, s.sessions[i%len(s.sessions)], fates[i%len(fates)], 2+(i*5)%22); err != nil {
			return err
		}
	}
	return nil
}

// camille plays the demonstration's applicant: one application in each state
// that the dashboard shows.
func (s *stage) camille(ctx context.Context) error {
	var by models.Actor
	for _, p := range s.accounts.List {
		if p.Email == Applicant {
			by = p.By()
		}
	}
	fates := []fate{fateDraft, fateAsked, fateReview, fateTold, fateNotMine, fateRefusedBy}
	for i, f := range fates {
		if i >= len(s.sessions) {
			break
		}
		if err := s.play(ctx, by, fullName{"Camille", "Fontaine"}, s.sessions[i], f, 3*i+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) person(ctx context.Context, n fullName, i int) (models.Actor, error) {
	var by models.Actor
	err := s.at(26).InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		email := n.address() + "@demo.example.org"
		a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: email, Lang: "fr", PasswordHash: "-",
			Identity: people.Identity{BirthName: n.last, FirstName: n.first, BirthDate: time.Date(1965+i, time.Month(1+i%12), 1+i%27, 0, 0, 0, 0, time.UTC)}})
		by = models.Actor{Kind: models.ActorAccount, Account: a.ID, Person: a.PersonID, Email: email, Name: n.first + " " + n.last, Lang: "fr"}
		return err
	})
	return by, err
}

// play takes one application as far as its fate, some days ago.
func (s *stage) play(ctx context.Context, by models.Actor, n fullName, session models.ID, f fate, days int) error {
	var id models.ID
	err := s.at(days+1).InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, _, err := application.Begin(ctx, tx, by, session)
		if err != nil {
			return err
		}
		id = a.ID
		for step, posted := range s.answers(by, n) {
			if f == fateDraft && step > 1 {
				return nil
			}
			open, err := application.Open(ctx, tx, by, id)
			if err != nil {
				return err
			}
			if _, err := application.SaveStep(ctx, tx, by, id, application.SaveInput{Step: step + 1, Posted: open.Answering(posted)}); err != nil {
				return err
			}
		}
		return send(ctx, tx, by, id)
	})
	if err != nil || f == fateDraft || f == fateAsked {
		return err
	}
	if err := s.answer(ctx, id, f, days); err != nil {
		return err
	}
	return s.decide(ctx, by, id, f, max(days-2, 0))
}

func send(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	open, err := application.Open(ctx, tx, by, id)
	if err != nil {
		return err
	}
	_, err = application.Submit(ctx, tx, by, id, application.SubmitInput{Posted: open.Confirmation()})
	return err
}

// answer is the line manager's, by the link of their mail.
func (s *stage) answer(ctx context.Context, id models.ID, f fate, days int) error {
	in := application.AnswerInput{Answer: application.Approve}
	switch f {
	case fateRefusedBy:
		in = application.AnswerInput{Answer: application.Deny, Reason: "L’équipe ne peut pas se passer de deux personnes à cette période."}
	case fateNotMine:
		in = application.AnswerInput{Answer: application.NotMyStaff}
	}
	return s.at(days).InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		var link models.ID
		err := tx.PGX.QueryRow(ctx, `SELECT l.id FROM links l JOIN approvals p ON p.id = l.subject_id
			WHERE p.application_id = $1 AND l.purpose = 'approve' AND l.revoked_at IS NULL`, models.Prepared, id).Scan(&link)
		if err != nil {
			return err
		}
		l, err := tx.LinkByID(ctx, link)
		if err != nil {
			return err
		}
		_, err = application.AnswerByToken(ctx, tx, models.Actor{Kind: models.ActorLink, Lang: "fr"}, tx.Token(l), in)
		return err
	})
}

// decide is the officer's decision, and what follows.
func (s *stage) decide(ctx context.Context, by models.Actor, id models.ID, f fate, days int) error {
	in := application.DecideInput{}
	switch f {
	case fateHold:
		in = application.DecideInput{Kind: application.VerdictOnHold, Reason: "Attendre l’avis du service sur le calendrier."}
	case fateAccepted, fateTold:
		in = application.DecideInput{Kind: application.VerdictAccepted}
	case fateWaitlist:
		in = application.DecideInput{Kind: application.VerdictWaitlisted}
	case fateRefused:
		in = application.DecideInput{Kind: application.VerdictRefused, Reason: "Le niveau demandé est déjà atteint par votre diplôme."}
	case fateWithdrawn:
		return s.at(days).InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			_, err := application.Withdraw(ctx, tx, by, id, "")
			return err
		})
	default:
		return nil
	}
	if f == fateTold {
		yesterday := s.at(1).Today()
		in.ReleaseOn = &yesterday
	}
	officer := s.officer()
	return s.at(days).InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, err := application.Load(ctx, tx, officer, id)
		if err != nil {
			return err
		}
		in.Version = a.Version
		_, err = application.Decide(ctx, tx, officer, id, in)
		return err
	})
}

func (s *stage) officer() models.Actor {
	i := slices.IndexFunc(s.accounts.List, func(p Person) bool { return p.Email == Officer })
	by := s.accounts.List[i].By(models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
	by.Name = "Claire Moreau"
	return by
}

// answers are the four steps of the pre-registration, different enough to look
// like thirty people.
func (s *stage) answers(by models.Actor, n fullName) []url.Values {
	i := s.next
	s.next++
	towns := []string{"Limoges", "Villeurbanne", "Angers", "Le Mans", "Rouen", "Grenoble"}
	jobs := []string{"Responsable de médiathèque", "Gestionnaire de marchés publics", "Cadre de santé", "Technicienne informatique",
		"Chargée de communication", "Conseiller en insertion"}
	missions := []string{"Encadrer une équipe de six agents et suivre le projet de service.", "Préparer et suivre les marchés du pôle technique.",
		"Coordonner les équipes de soins de deux unités.", "Maintenir le parc de trois sites et former les collègues."}
	reasons := []string{"Une réorganisation commence en janvier et ce poste change de périmètre.", "Je prépare un concours interne au printemps.",
		"La collectivité change d’outil : je dois former mes collègues.", "Après huit ans au même poste, je prends la suite de mon responsable."}
	manager := "sylvie.renaud@mairie.example.org"
	last, first := "Renaud", "Sylvie"
	if i%3 != 0 {
		m := s.names[(i+20)%len(s.names)]
		manager, last, first = m.address()+"@mairie.example.org", m.last, m.first
	}
	return []url.Values{
		{"civility": {"none"}, "birth_name": {n.last}, "first_name": {n.first}, "birth_date": {"12/04/19" + strconv.Itoa(70+i%28)}, "email": {by.Email},
			"phone": {fmt.Sprintf("06 39 98 %02d %02d", i%100, (i*7)%100)}},
		{"status": {"civil_servant"}, "civil_service": {"territorial"}, "category": {[]string{"a", "b", "c"}[i%3]},
			"employer.name": {communeOf(towns[i%len(towns)])}, "job_title": {jobs[i%len(jobs)]}, "job_since": {fmt.Sprintf("%02d/20%02d", 1+i%12, 10+i%15)},
			"manages_team": {"no"}},
		{"missions": {missions[i%len(missions)]}, "why_now": {reasons[i%len(reasons)]}, "expectations": {"Des méthodes et des cas concrets."}, "funding": {"employer"}},
		{"manager_last_name": {last}, "manager_first_name": {first}, "manager_function": {"Responsable de service"}, "manager_email": {manager}, "manager_told": {"yes"}},
	}
}

type fullName struct{ first, last string }

func (n fullName) address() string {
	return strings.ToLower(asciiOnly(n.first) + "." + asciiOnly(n.last))
}

func asciiOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && r != ' ' && r != '\'' {
			return r
		}
		return -1
	}, ident.Fold(s))
}

func narrowTheme() models.ID { return uuid.NewSHA1(uuid.NameSpaceOID, []byte("theme/"+NarrowTheme)) }
