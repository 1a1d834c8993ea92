package application

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// OpinionState is where a request for an opinion stands.
type OpinionState string

// The states of a request.
const (
	OpinionRequested OpinionState = "requested" // waits for the expert
	OpinionGiven     OpinionState = "given"     // rendu
	OpinionRevoked   OpinionState = "revoked"   // taken back by an officer
)

// Advice is what an expert concludes (sens de l'avis).
type Advice string

// The conclusions, in the order of the page.
const (
	Favourable   Advice = "favourable"
	Reserved     Advice = "reserved" // réservé: its text says on what
	Unfavourable Advice = "unfavourable"
)

// Advices lists the conclusions.
func Advices() []Advice { return []Advice{Favourable, Reserved, Unfavourable} }

// Opinion is a request for an expert's opinion (avis, P9.6): for officers and the
// expert, never for the applicant.
type Opinion struct {
	ID          models.ID
	Application models.ID
	Name        string // of the expert
	Email       string // empty once forgotten (P18.18)
	Question    string
	Documents   []models.ID // versions shown
	Fields      []string    // ids of questions, or of repeated blocks, shown
	DueOn       time.Time   // civil date, whole
	State       OpinionState
	AskedAt     time.Time
	AskedBy     models.ID
	AskedByName string
	Advice      Advice
	Body        string
	AnsweredAt  *time.Time
	Strength    Strength
	RevokedAt   *time.Time
	OpenedAt    *time.Time // first opened by the expert (P17.21)
}

const opinionColumns = `o.id, o.application_id, o.name, o.email, o.question, o.documents, o.fields, o.due_on, o.state, o.asked_at,
	coalesce(o.asked_by, '00000000-0000-0000-0000-000000000000'), coalesce(` + personName + `, ''),
	o.advice, o.body, o.answered_at, o.strength, o.revoked_at,
	(SELECT min(c.first_at) FROM consultations c JOIN links l ON l.id = c.link_id WHERE l.purpose = 'opinion' AND l.subject_id = o.id)`

const opinionTables = ` FROM opinions o LEFT JOIN accounts ac ON ac.id = o.asked_by LEFT JOIN people p ON p.id = ac.person_id `

func (o *Opinion) fields() []any {
	return []any{&o.ID, &o.Application, &o.Name, &o.Email, &o.Question, &o.Documents, &o.Fields, &o.DueOn, &o.State, &o.AskedAt,
		&o.AskedBy, &o.AskedByName, &o.Advice, &o.Body, &o.AnsweredAt, &o.Strength, &o.RevokedAt, &o.OpenedAt}
}

// OpinionsOf lists the opinions asked about an application, the latest first. The
// caller has loaded it for an officer in scope.
func OpinionsOf(ctx context.Context, tx models.Tx, a Application) ([]Opinion, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT `+opinionColumns+opinionTables+`WHERE o.application_id = $1 ORDER BY o.asked_at DESC, o.id DESC`,
		models.Prepared, a.ID)
	if err != nil {
		return nil, fmt.Errorf("opinions: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Opinion, error) {
		var o Opinion
		err := row.Scan(o.fields()...)
		return o, err
	})
}

// OpinionInput is what an officer asks of an expert.
type OpinionInput struct {
	Name      string
	Email     string
	Question  string
	Documents []models.ID // versions in force
	Fields    []string
	DueOn     string // AAAA-MM-JJ
}

// opinable reports that an opinion on the application still serves a decision.
func (a Application) opinable() bool {
	return a.State == UnderReview || a.State == InformationRequested
}

// AskOpinion writes to an expert (P9.6): one mail with a signed link, which shows just
// the pieces and answers chosen. For officers whose scope covers the application; the
// applicant is not told. Refused: KindInvalid by field (the address must be none of the
// applicant's, P6.1); a conflict once decided and told, or on the officer's own.
func AskOpinion(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in OpinionInput) (Opinion, error) {
	a, err := lockReviewedPapers(ctx, tx, by, id)
	if err != nil {
		return Opinion{}, err
	}
	switch {
	case a.Person == by.Person:
		return Opinion{}, models.Conflict("desk.own_application", a)
	case !a.opinable():
		return Opinion{}, models.Conflict("desk.moved_on", a)
	}
	o, err := in.check(ctx, tx, a)
	if err != nil {
		return o, err
	}
	o.AskedBy, o.AskedByName = by.Account, by.Name
	if err := insertOpinion(ctx, tx, o); err != nil {
		return o, err
	}
	if err := sendOpinion(ctx, tx, o, lastMoment(tx, o.DueOn)); err != nil {
		return o, err
	}
	return o, recordOpinion(ctx, tx, by, o, "application.opinion_asked")
}

func recordOpinion(ctx context.Context, tx models.Tx, by models.Actor, o Opinion, kind string) error {
	data := map[string]any{"opinion": o.ID, "documents": len(o.Documents), "fields": len(o.Fields)}
	if o.Advice != "" {
		data["advice"], data["strength"] = o.Advice, o.Strength
	}
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "application", SubjectID: o.Application, Data: data})
}

// longestOpinion is how far the date of an opinion can be, in days.
const longestOpinion = 90

// check cleans what was typed and refuses it field by field.
func (in OpinionInput) check(ctx context.Context, tx models.Tx, a Application) (Opinion, error) {
	o := Opinion{ID: tx.NewID(), Application: a.ID, Name: strings.Join(strings.Fields(in.Name), " "), Question: strings.TrimSpace(in.Question),
		Documents: compact(in.Documents, compareIDs), Fields: compact(in.Fields, strings.Compare), State: OpinionRequested, AskedAt: tx.Now}
	bad := []models.FieldError{}
	refuse := func(field, key string) { bad = append(bad, models.FieldError{Field: field, Key: key}) }
	switch n := utf8.RuneCountInString(o.Name); {
	case n == 0:
		refuse("nom", "opinion.name_missing")
	case n > 200:
		refuse("nom", "application.too_long")
	}
	switch n := utf8.RuneCountInString(o.Question); {
	case n == 0:
		refuse("question", "opinion.question_missing")
	case n > maxWords:
		refuse("question", "desk.too_long")
	}
	email, key, err := checkExpert(ctx, tx, a, in.Email)
	if err != nil {
		return o, err
	}
	if o.Email = email; key != "" {
		refuse("courriel", key)
	}
	if o.DueOn, key = opinionDue(tx, in.DueOn); key != "" {
		refuse("date", key)
	}
	known, err := knownShown(ctx, tx, a, o)
	switch {
	case err != nil:
		return o, err
	case len(o.Documents)+len(o.Fields) == 0:
		refuse("montre", "opinion.nothing_shown")
	case !known:
		refuse("montre", "opinion.unknown_piece")
	}
	if len(bad) > 0 {
		return o, models.Invalid("opinion.invalid", bad...)
	}
	return o, nil
}

// checkExpert refuses an address of the applicant's in any disguise (P6.1), and one
// already asked.
func checkExpert(ctx context.Context, tx models.Tx, a Application, typed string) (clean, key string, err error) {
	if strings.TrimSpace(typed) == "" {
		return "", "opinion.email_missing", nil
	}
	if clean, key = ident.Email(typed); key != "" {
		return typed, key, nil
	}
	own, err := isOwn(ctx, tx, a, clean)
	if err != nil {
		return clean, "", err
	}
	if own {
		return clean, "opinion.email_own", nil
	}
	var asked bool
	err = tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT FROM opinions WHERE application_id = $1 AND email_key = $2 AND state = 'requested')`,
		models.Prepared, a.ID, ident.EmailKey(clean)).Scan(&asked)
	if err != nil {
		return clean, "", fmt.Errorf("opinion: %w", err)
	}
	if asked {
		key = "opinion.email_asked"
	}
	return clean, key, nil
}

func opinionDue(tx models.Tx, typed string) (day time.Time, key string) {
	day, err := time.Parse(time.DateOnly, typed)
	switch {
	case strings.TrimSpace(typed) == "":
		return day, "opinion.date_missing"
	case err != nil:
		return day, "desk.date_unreadable"
	case !day.After(tx.Today()):
		return day, "desk.date_past"
	case day.After(tx.Today().AddDate(0, 0, longestOpinion)):
		return day, "opinion.date_far"
	}
	return day, ""
}

// knownShown reports that everything chosen belongs to the application and may leave
// the service: versions in force and safe, answers as sent.
func knownShown(ctx context.Context, tx models.Tx, a Application, o Opinion) (bool, error) {
	sent, err := transmitted(ctx, tx, a)
	if err != nil {
		return false, err
	}
	for _, id := range o.Documents {
		d, err := dossier.ByID(ctx, tx, id)
		if models.KindOf(err) == models.KindNotFound && err != nil {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if d.Application != a.ID || !sent.stands(d) || !d.Openable() {
			return false, nil
		}
	}
	if len(o.Fields) == 0 {
		return true, nil
	}
	answers, err := SubmissionOf(ctx, tx, a)
	if err != nil {
		return false, err
	}
	for _, f := range o.Fields {
		if !slices.ContainsFunc(answers.Answers, answerNamed(f)) {
			return false, nil
		}
	}
	return true, nil
}

func insertOpinion(ctx context.Context, tx models.Tx, o Opinion) error {
	forget, err := forgetOn(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO opinions (id, application_id, name, email, email_key, question, documents, fields, due_on, state, asked_at, asked_by, forget_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'requested', $10, $11, $12)`, models.Prepared,
		o.ID, o.Application, o.Name, o.Email, ident.EmailKey(o.Email), o.Question, o.Documents, o.Fields, o.DueOn, tx.Now, o.AskedBy, forget)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "opinions_one_open" {
		return models.Invalid("opinion.invalid", models.FieldError{Field: "courriel", Key: "opinion.email_asked"})
	}
	if err != nil {
		return fmt.Errorf("ask opinion: %w", err)
	}
	return nil
}

// sendOpinion makes a link that lasts until an instant, and the mail that carries it,
// in the language of the officer who asks: nobody knows the expert's (P15.1).
func sendOpinion(ctx context.Context, tx models.Tx, o Opinion, until time.Time) error {
	link, err := tx.CreateLink(ctx, models.LinkOpinion, o.ID, o.Email, until.Sub(tx.Now))
	if err != nil {
		return err
	}
	lang := ""
	err = tx.PGX.QueryRow(ctx, `SELECT coalesce((SELECT lang FROM accounts WHERE id = $1), '')`, models.Prepared, o.AskedBy).Scan(&lang)
	if err != nil {
		return fmt.Errorf("language of an opinion: %w", err)
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.OpinionRequest, Recipient: o.Email, Lang: lang, SubjectKind: mailbox.OfOpinion,
		SubjectID: o.ID, LinkID: link.ID, OnceKey: "opinion_request/" + link.ID.String()})
}

// lastMoment is the last instant of a civil date in the portal's zone (P18.11).
func lastMoment(tx models.Tx, day time.Time) time.Time {
	return models.EndOf(day, tx.Zone()).Add(-time.Microsecond)
}

// RevokeOpinion takes a request back: its links open nothing any more. For officers
// whose scope covers the application; an opinion already given stays, as a conflict.
func RevokeOpinion(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Opinion, error) {
	a, o, err := lockOpinion(ctx, tx, by, id)
	if err != nil {
		return o, err
	}
	ok, err := reviewedBy(ctx, tx, by, a)
	if err == nil && !ok {
		err = models.NotFound("opinion.not_found")
	}
	if err != nil {
		return Opinion{}, err
	}
	switch o.State {
	case OpinionRevoked:
		return o, nil
	case OpinionGiven:
		return o, models.Conflict("opinion.already_given", o)
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE opinions SET state = 'revoked', revoked_at = $2 WHERE id = $1`, models.Prepared, o.ID, tx.Now)
	if err != nil {
		return o, fmt.Errorf("revoke opinion: %w", err)
	}
	at := tx.Now
	o.State, o.RevokedAt = OpinionRevoked, &at
	if err := tx.RevokeLinks(ctx, models.LinkOpinion, o.ID); err != nil {
		return o, err
	}
	return o, recordOpinion(ctx, tx, by, o, "application.opinion_revoked")
}

// lockOpinion takes the application's lock through the actor, then the request's.
func lockOpinion(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, Opinion, error) {
	var o Opinion
	var application models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT application_id FROM opinions WHERE id = $1`, models.Prepared, id).Scan(&application)
	if errors.Is(err, pgx.ErrNoRows) {
		return Application{}, o, models.NotFound("opinion.not_found")
	}
	if err != nil {
		return Application{}, o, fmt.Errorf("opinion: %w", err)
	}
	a, err := lock(ctx, tx, by, application)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		err = models.NotFound("opinion.not_found")
	}
	if err != nil {
		return a, o, err
	}
	if err := tx.PGX.QueryRow(ctx, `SELECT `+opinionColumns+opinionTables+`WHERE o.id = $1 FOR UPDATE OF o`, models.Prepared, id).Scan(o.fields()...); err != nil {
		return a, o, fmt.Errorf("opinion: %w", err)
	}
	return a, o, nil
}

// ForgetExperts erases the address of experts a year after they were asked (P18.18),
// from the request, its links and its mails; their name stays beside what they wrote.
// For the portal's clock.
func ForgetExperts(ctx context.Context, db *models.DB) (int, error) {
	return sweepEach(ctx, db, `SELECT id FROM opinions WHERE forget_at <= $1 AND email <> '' ORDER BY forget_at LIMIT $2`,
		func(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
			tag, err := tx.PGX.Exec(ctx, `
				WITH links AS (UPDATE links SET email = '' WHERE purpose = 'opinion' AND subject_id = $1),
				sent AS (UPDATE mails SET recipient = '' WHERE subject_kind = 'opinion' AND kind = 'opinion_request' AND subject_id = $1
					AND state IN ('sent', 'dropped') RETURNING id),
				kept AS (DELETE FROM local_mails WHERE id IN (SELECT id FROM sent))
				UPDATE opinions SET email = '', email_key = '' WHERE id = $1 AND email <> ''`, models.Prepared, id)
			if err != nil {
				return false, fmt.Errorf("forget expert: %w", err)
			}
			return tag.RowsAffected() == 1, nil
		})
}
