package seed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/people"
)

// Paper is what a demonstration candidate gives for a requirement: a fictitious
// document to draw.
type Paper struct {
	Kind                   dossier.Kind
	First, Last            string
	Birth                  time.Time
	Town, Degree           string
	Programme, Institution string
	Year, Seed             int
	Cut                    bool // badly scanned
}

// Desk is what the demonstration needs from outside the database: who draws a
// paper, and who deposits it as its owner would and waits for its inspection.
type Desk struct {
	Prepare func(context.Context) error // what candidates download, before any of them
	Draw    func(Paper) ([]byte, error)
	Deposit func(ctx context.Context, by models.Actor, application, requirement models.ID, place int, name string, content []byte) error
}

// errNoCampaign: the catalogue was replaced by one without an open campaign.
var errNoCampaign = errors.New("no open campaign with documents")

// Dossiers makes the demonstration's admission dossiers with the real verbs,
// documents included; all people and papers are fictitious (GENERATED). It does
// nothing where any admission exists. It goes on beside a portal that already
// answers: each dossier appears when it is whole.
func Dossiers(ctx context.Context, db *models.DB, accounts Accounts, desk Desk) error {
	var any bool
	err := db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM applications WHERE kind = 'admission')`).Scan(&any)
	if err != nil || any {
		return err
	}
	names, err := fictitious(60)
	if err != nil {
		return err
	}
	s := &stage{db: db, accounts: accounts, names: names[40:]}
	c, err := s.campaign(ctx)
	if errors.Is(err, errNoCampaign) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := desk.Prepare(ctx); err != nil {
		return fmt.Errorf("seed admissions: %w", err)
	}
	if err := s.candidates(ctx, c, desk); err != nil {
		return fmt.Errorf("seed admissions: %w", err)
	}
	return nil
}

// openCampaign is where the demonstration's candidates apply.
type openCampaign struct {
	ID                     models.ID
	Programme, Institution string
}

// campaign picks one that has been open for weeks, with documents to give.
func (s *stage) campaign(ctx context.Context) (openCampaign, error) {
	var c openCampaign
	err := s.db.Pool.QueryRow(ctx, `
		SELECT s.id, p.title, coalesce(nullif(f.usual_name, ''), f.name)
		FROM sessions s JOIN programmes p ON p.id = s.programme_id JOIN faculties f ON f.id = p.faculty_id
		WHERE s.opens_on <= $1::date - 12 AND s.closes_on >= $1::date + 8 AND s.requirement_list_id IS NOT NULL AND s.capacity BETWEEN 6 AND 40
		ORDER BY p.title ILIKE '%livre%' DESC, p.title ILIKE '%édition%' DESC, p.reference LIMIT 1`, models.Prepared, s.db.Today()).
		Scan(&c.ID, &c.Programme, &c.Institution)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, errNoCampaign
	}
	return c, err
}

// way is how far one dossier went.
type way string

const (
	wayDraft     way = "draft, some documents given"
	waySent      way = "sent, nothing read yet"
	wayHalfRead  way = "half of it read"
	wayAsked     way = "a document asked again"
	wayCorrected way = "asked again, and given"
	wayRead      way = "all valid, to decide"
)

// candidates plays them: Camille has one asked again, Noé one begun.
func (s *stage) candidates(ctx context.Context, c openCampaign, desk Desk) error {
	ways := []way{waySent, wayHalfRead, wayRead, waySent, wayCorrected, waySent, wayRead, waySent, wayAsked, wayRead, waySent, waySent}
	plays := []candidate{
		{who: fullName{"Camille", "Fontaine"}, by: s.account(Applicant), born: time.Date(1988, 4, 12, 0, 0, 0, 0, time.UTC), way: wayAsked},
		{who: fullName{"Noé", "Marchand"}, by: s.account(NewApplicant), born: time.Date(1996, 9, 3, 0, 0, 0, 0, time.UTC), way: wayDraft},
	}
	for i, w := range ways {
		by, err := s.candidate(ctx, s.names[i], i)
		if err != nil {
			return err
		}
		plays = append(plays, candidate{who: s.names[i], by: by, born: studentBirth(i), way: w})
	}
	for i := range plays {
		plays[i].stage, plays[i].campaign, plays[i].desk, plays[i].seed = s, c, desk, i+3
		if err := plays[i].play(ctx); err != nil {
			return fmt.Errorf("%s: %w", plays[i].way, err)
		}
	}
	return nil
}

func (s *stage) account(email string) models.Actor {
	for _, p := range s.accounts.List {
		if p.Email == email {
			return p.By()
		}
	}
	return models.Actor{}
}

func (s *stage) candidate(ctx context.Context, n fullName, i int) (models.Actor, error) {
	var by models.Actor
	err := s.at(10).InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		email := n.address() + "@demo.example.org"
		a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: email, Lang: "fr", PasswordHash: "-",
			Identity: people.Identity{BirthName: n.last, FirstName: n.first, BirthDate: studentBirth(i)}})
		by = models.Actor{Kind: models.ActorAccount, Account: a.ID, Person: a.PersonID, Email: email, Name: n.first + " " + n.last, Lang: "fr"}
		return err
	})
	return by, err
}

func studentBirth(i int) time.Time {
	return time.Date(2001+i%4, time.Month(1+i%12), 2+i%26, 0, 0, 0, 0, time.UTC)
}

// candidate is one dossier being played.
type candidate struct {
	*stage
	who      fullName
	by       models.Actor
	born     time.Time
	way      way
	campaign openCampaign
	desk     Desk
	seed     int
	id       models.ID
}

func (c *candidate) play(ctx context.Context) error {
	if err := c.write(ctx); err != nil {
		return err
	}
	if err := c.give(ctx, func(r dossier.Requirement, n int) bool { return c.way != wayDraft || n < 2 }); err != nil || c.way == wayDraft {
		return err
	}
	if err := c.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return send(ctx, tx, c.by, c.id) }); err != nil || c.way == waySent {
		return err
	}
	if err := c.read(ctx); err != nil || c.way != wayCorrected {
		return err
	}
	c.seed += 40 // another scan, whole this time
	if err := c.give(ctx, func(r dossier.Requirement, _ int) bool { return r.Asked }); err != nil {
		return err
	}
	return c.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		_, err := application.Retransmit(ctx, tx, c.by, c.id, application.RetransmitInput{})
		return err
	})
}

// write begins the dossier and fills the form's steps.
func (c *candidate) write(ctx context.Context) error {
	return c.at(2).InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, _, err := application.Begin(ctx, tx, c.by, c.campaign.ID)
		if err != nil {
			return err
		}
		c.id = a.ID
		for step, posted := range c.answers(tx) {
			open, err := application.Open(ctx, tx, c.by, c.id)
			if err != nil {
				return err
			}
			in := application.SaveInput{Step: step + 1, Posted: open.Answering(posted)}
			if _, err := application.SaveStep(ctx, tx, c.by, c.id, in); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *candidate) pick(salt int, ways ...string) string { return ways[(c.seed+salt)%len(ways)] }

// answers are the pages of the admission form.
func (c *candidate) answers(tx models.Tx) []url.Values {
	row := func(group string, values map[string]string) url.Values {
		out, id := url.Values{}, tx.NewID().String()
		for field, value := range values {
			out.Set(group+"/"+id+"/"+field, value)
		}
		return out
	}
	year := tx.Today().Year()
	studies := url.Values{"current_situation": {"student"}, "current_institution": {"Université de " + c.town()}, "french_level": {"native"},
		"other_languages": {c.pick(1, "Anglais B2", "Anglais C1, espagnol B1")}}
	for k, v := range row("studies", map[string]string{"study_year": strconv.Itoa(year - 1), "study_diploma": c.degree(), "study_institution": "Université de " + c.town(),
		"study_result": c.pick(2, "pass_b", "pass_ab", "passed"), "study_average": c.pick(3, "13,4", "12,1", "14,8")}) {
		studies[k] = v
	}
	for k, v := range row("experience", map[string]string{"exp_kind": "internship", "exp_title": c.pick(4, "Stage en bibliothèque", "Stage en librairie", "Stage au service communication"),
		"exp_place": c.town(), "exp_from": "03/" + strconv.Itoa(year-1), "exp_to": "06/" + strconv.Itoa(year-1)}) {
		studies[k] = v
	}
	return []url.Values{
		{"civility": {"none"}, "birth_name": {c.who.last}, "first_name": {c.who.first}, "birth_date": {c.born.Format("02/01/2006")},
			"birth_place": {c.town()}, "nationality": {"FR"}, "email": {c.by.Email}, "phone": {fmt.Sprintf("06 39 98 %02d %02d", c.seed, c.seed*3%100)}},
		studies,
		{"why_programme": {c.pick(5, "Le module d’enquête et le projet collectif répondent à ce que je cherche depuis mon stage.",
			"Je veux comprendre la chaîne entière, de l’auteur au lecteur, avant de choisir un métier.", "La petite promotion et l’alternance possible m’ont décidé.")},
			"career": {c.pick(6, "Travailler dans un service public de lecture.", "Rejoindre une maison d’édition régionale.", "Préparer les concours des bibliothèques.")},
			"mode":   {"initial"}, "funding": {"self"}},
	}
}

func (c *candidate) town() string { return c.pick(7, "Limoges", "Angers", "Rouen", "Tours", "Brest") }

func (c *candidate) degree() string {
	return c.pick(8, "licence de lettres", "licence d’histoire", "licence information-communication")
}

// give deposits a paper for each requirement that wants is true of, n counting
// those given.
func (c *candidate) give(ctx context.Context, wants func(r dossier.Requirement, n int) bool) error {
	var papers application.Papers
	err := c.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		papers, err = application.Documents(ctx, tx, c.by, c.id)
		return err
	})
	if err != nil {
		return err
	}
	given := 0
	for _, r := range papers.Requirements {
		if !wants(r, given) {
			continue
		}
		if r.Spec.MayExempt || !r.Spec.Required {
			if err := c.exempt(ctx, r); err != nil {
				return err
			}
			continue
		}
		given++
		for place := 1; place <= r.Spec.Needed(); place++ {
			if err := c.deposit(ctx, r, place); err != nil {
				return fmt.Errorf("%s: %w", r.Spec.Key, err)
			}
		}
	}
	return nil
}

// exempt says "non concerné" of a piece that offers it.
func (c *candidate) exempt(ctx context.Context, r dossier.Requirement) error {
	if !r.Spec.MayExempt || c.way == wayDraft {
		return nil
	}
	return c.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return application.SetNotApplicable(ctx, tx, c.by, c.id, r.ID, true)
	})
}

func (c *candidate) deposit(ctx context.Context, r dossier.Requirement, place int) error {
	bad := (c.way == wayAsked || c.way == wayCorrected) && c.seed < 40
	content, err := c.desk.Draw(Paper{Kind: r.Spec.Kind, First: c.who.first, Last: c.who.last, Birth: c.born, Town: c.town(), Degree: c.degree(),
		Programme: c.campaign.Programme, Institution: c.campaign.Institution, Year: c.db.Today().Year(), Seed: c.seed + place, Cut: bad})
	if err != nil {
		return err
	}
	return c.desk.Deposit(ctx, c.by, c.id, r.ID, place, r.Spec.Key+".pdf", content)
}

// read is the officer's: verdicts, and what is asked again.
func (c *candidate) read(ctx context.Context) error {
	officer := c.officer()
	return c.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		review, err := application.OpenReview(ctx, tx, officer, c.id)
		if err != nil {
			return err
		}
		ask := application.RequestInput{Version: review.Version, Message: "Votre dossier est presque complet : il ne manque qu’une pièce bien lisible."}
		read := 0
		for _, r := range review.Requirements {
			for _, d := range r.Documents {
				if d.State != dossier.Live || c.way == wayHalfRead && read >= 2 {
					continue
				}
				read++
				asked, err := c.judge(ctx, tx, officer, r, d)
				if err != nil {
					return err
				}
				if asked {
					ask.Requirements = append(ask.Requirements, r.ID)
				}
			}
		}
		if len(ask.Requirements) == 0 {
			return nil
		}
		_, err = application.RequestInformation(ctx, tx, officer, c.id, ask)
		return err
	})
}

func (c *candidate) judge(ctx context.Context, tx models.Tx, officer models.Actor, r dossier.Requirement, d dossier.Document) (asked bool, err error) {
	in := application.VerdictInput{Kind: dossier.Valid}
	if r.Spec.EndDate {
		in.ValidUntil = tx.Today().AddDate(4, 8, 0).Format(time.DateOnly)
	}
	asked = r.Spec.Kind == dossier.KindTranscript && d.Place == 1 && (c.way == wayAsked || c.way == wayCorrected)
	if asked {
		in = application.VerdictInput{Kind: dossier.ToComplete, Reason: "La colonne des notes est coupée à droite.",
			Message: "La colonne des notes est coupée à droite sur la page 2. Pouvez-vous la numériser à nouveau, bien à plat ?"}
		_, err := application.AddRemark(ctx, tx, officer, d.ID, application.RemarkInput{Page: 2, X: 0.8, Y: 0.14, Width: 0.12, Height: 0.16,
			Body: "Notes coupées ici.", Visible: true})
		if err != nil {
			return asked, err
		}
	}
	_, err = application.GiveVerdict(ctx, tx, officer, d.ID, in)
	return asked, err
}

// UseTemplate makes file the model to download of the lists that ask for a filled
// form and have none yet.
func UseTemplate(ctx context.Context, db *models.DB, file models.ID) error {
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		_, err := tx.PGX.Exec(ctx, `
			UPDATE requirement_lists SET updated_at = $2, specs = (SELECT jsonb_agg(
				CASE WHEN s->>'kind' = 'filled_form' AND coalesce(s->>'template', '') = '' THEN s || jsonb_build_object('template', $1::text) ELSE s END ORDER BY n)
				FROM jsonb_array_elements(specs) WITH ORDINALITY AS e(s, n))`, models.Prepared, file.String(), tx.Now)
		if err != nil {
			return fmt.Errorf("seed template: %w", err)
		}
		return nil
	})
}
