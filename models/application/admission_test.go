package application_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/mailbox"
)

// campaignWorld is a world with a programme of a component and its campaigns.
type campaignWorld struct {
	*world
	faculty, programme, campaign models.ID
}

func newCampaignWorld(t testing.TB) *campaignWorld {
	t.Helper()
	w := &campaignWorld{world: newWorld(t)}
	w.faculty = w.db.NewID()
	w.exec(`INSERT INTO faculties (id, code, name) VALUES ($1, 'F1', 'Université de Limoges')`, w.faculty)
	w.programme = w.newProgramme("master-1", w.faculty)
	w.campaign = w.newCampaign(w.programme, 1)
	return w
}

func (w *campaignWorld) newProgramme(reference string, faculty models.ID) models.ID {
	w.t.Helper()
	id := w.db.NewID()
	w.exec(`INSERT INTO programmes (id, reference, type, title, institution_usual, faculty_id, updated_at)
		VALUES ($1, $2, 'Master', 'Droit privé', 'Université de Limoges', $3, now())`, id, reference, faculty)
	return id
}

func (w *campaignWorld) newCampaign(programme models.ID, capacity int) models.ID {
	w.t.Helper()
	id := w.db.NewID()
	w.exec(`INSERT INTO sessions (id, programme_id, external_id, starts_on, ends_on, modality, capacity, opens_on, closes_on, decision_on, waiting_list)
		VALUES ($1, $2, $3, '2027-09-06', '2028-06-30', 'on_site', $4, '2026-10-01', '2026-12-01', '2027-01-10', true)`, id, programme, "c-"+id.String(), capacity)
	return id
}

// candidate sends an application to a campaign.
func (w *campaignWorld) candidate(campaign models.ID) (models.Actor, application.Application) {
	w.t.Helper()
	by := w.person("Camille", "Martin")
	var a application.Application
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		a, _, err = application.Begin(ctx, tx, by, campaign)
		return err
	})
	const row = "studies/01980000-0000-7000-8000-0000000000aa/study_"
	answers := map[string][]string{
		"identite": {"birth_name", "Martin", "first_name", "Camille", "birth_date", "14/06/1998", "birth_place", "Limoges", "nationality", "FR", "email", "camille@example.org"},
		"parcours": {"current_situation", "looking", row + "year", "2025", row + "diploma", "Licence de droit", row + "institution", "Université de Limoges",
			row + "result", "passed", "french_level", "native"},
		"projet": {"why_programme", "Pour exercer.", "career", "Avocate.", "mode", "initial", "funding", "self"},
	}
	for i, s := range w.draft(by, a.ID).Form.Steps {
		if pairs := answers[s.ID]; pairs != nil {
			w.write(by, a.ID, i+1, pairs...)
		}
	}
	r, err := w.submit(by, a.ID, w.recap(by, a.ID))
	if err != nil {
		w.t.Fatal(err)
	}
	return by, r.Application
}

func TestAdmission(t *testing.T) {
	w := newCampaignWorld(t)
	by, a := w.candidate(w.campaign)
	t.Run("P6.2 an admission reaches the desk at once: no line manager is asked", func(t *testing.T) {
		if a.Kind != application.Admission || a.State != application.UnderReview || a.Session.Title != "Droit privé" ||
			a.Session.Institution != "Université de Limoges" || a.Session.Kind() != application.Admission {
			t.Errorf("%+v", a)
		}
		if n := w.count(`SELECT count(*) FROM approvals WHERE application_id = $1`, a.ID); n != 0 {
			t.Errorf("%d line managers were asked", n)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = $1 AND subject_id = $2`, string(mailbox.Receipt), a.ID); n != 1 {
			t.Errorf("%d receipts", n)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = $1`, string(mailbox.ApprovalRequest)); n != 0 {
			t.Errorf("%d requests to line managers", n)
		}
	})
	t.Run("P6.2 its number says what it is", func(t *testing.T) {
		if !strings.HasPrefix(a.Reference(), "AD-2026-") {
			t.Error(a.Reference())
		}
	})
	t.Run("P18.6 a second start leads to the first", func(t *testing.T) {
		w.tx(func(ctx context.Context, tx models.Tx) error {
			again, existing, err := application.Begin(ctx, tx, by, w.campaign)
			if err == nil && (!existing || again.ID != a.ID) {
				t.Errorf("%v, existing %v", again.ID, existing)
			}
			return err
		})
	})
	t.Run("P3.3 a closed campaign cannot be chosen", func(t *testing.T) {
		closed := w.newCampaign(w.programme, 3)
		w.exec(`UPDATE sessions SET closes_on = '2026-11-21' WHERE id = $1`, closed)
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			_, _, err := application.Begin(ctx, tx, by, closed)
			return err
		})
		if models.KindOf(err) != models.KindConflict {
			t.Error(err)
		}
	})
}

func TestAdmissionScopes(t *testing.T) {
	w := newCampaignWorld(t)
	_, a := w.candidate(w.campaign)
	other := w.db.NewID()
	w.exec(`INSERT INTO faculties (id, code, name) VALUES ($1, 'F2', 'Université de Poitiers')`, other)
	elsewhere := w.newProgramme("master-2", other)
	officer := func(kind models.ScopeKind, scope models.ID) models.Actor {
		return w.officer("Inès", "Robert", models.Grant{Role: models.RoleOfficer, Kind: kind, Scope: scope})
	}
	for _, c := range []struct {
		name string
		by   models.Actor
		sees bool
	}{
		{"of the portal", officer(models.ScopePortal, uuid.Nil), true},
		{"of the programme", officer(models.ScopeProgramme, w.programme), true},
		{"of the component", officer(models.ScopeFaculty, w.faculty), true},
		{"of another programme", officer(models.ScopeProgramme, elsewhere), false},
		{"of another component", officer(models.ScopeFaculty, other), false},
		{"of a course", officer(models.ScopeCourse, w.course), false},
		{"of a theme", officer(models.ScopeTheme, w.theme), false},
	} {
		t.Run("P2.5 an officer "+c.name+" sees exactly what is in scope, on the list and on the page", func(t *testing.T) {
			err := w.try(func(ctx context.Context, tx models.Tx) error {
				list, err := application.Desk(ctx, tx, c.by, application.DeskFilter{Query: a.Reference()})
				if err != nil {
					return err
				}
				if (len(list.Rows) == 1) != c.sees || (list.All == 1) != c.sees {
					t.Errorf("%d lines of %d", len(list.Rows), list.All)
				}
				if c.sees && (list.Rows[0].Kind != application.Admission || list.Rows[0].Course != "Droit privé" || list.Courses[0].Label != "Droit privé" ||
					list.Courses[0].Value != w.programme.String()) {
					t.Errorf("%+v, %+v", list.Rows[0], list.Courses)
				}
				_, err = application.OpenDossier(ctx, tx, c.by, a.ID)
				return err
			})
			if (err == nil) != c.sees || !c.sees && models.KindOf(err) != models.KindNotFound {
				t.Error(err)
			}
		})
	}
	t.Run("P2.5 an officer of a component does not see pre-registrations", func(t *testing.T) {
		id, _ := w.underReview(w.session)
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			_, err := application.OpenDossier(ctx, tx, officer(models.ScopeFaculty, w.faculty), id)
			return err
		})
		if models.KindOf(err) != models.KindNotFound {
			t.Error(err)
		}
	})
}

func TestAdmissionPlace(t *testing.T) {
	w := newCampaignWorld(t)
	first, a := w.candidate(w.campaign)
	_, b := w.candidate(w.campaign)
	w.mustDecide(w.helene, a.ID, application.DecideInput{Kind: application.VerdictAccepted})
	w.mustDecide(w.helene, b.ID, application.DecideInput{Kind: application.VerdictWaitlisted})
	w.today("2027-01-10")
	w.release()
	t.Run("P6.2 an admission is confirmed or declined before a date, fourteen days after it was told", func(t *testing.T) {
		a = w.load(a.ID)
		if a.State != application.Accepted || a.ConfirmBy == nil || a.ConfirmBy.Format("2006-01-02") != "2027-01-24" {
			t.Fatalf("%s, confirm by %v", a.State, a.ConfirmBy)
		}
		if n := w.count(`SELECT count(*) FROM mails m JOIN decisions d ON d.id = m.subject_id WHERE d.application_id = $1 AND m.kind = $2`,
			a.ID, string(mailbox.DecisionReleased)); n != 1 {
			t.Errorf("%d mails of the decision", n)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			card, err := application.CardOf(ctx, tx, first, a.ID)
			if err == nil && (!card.Waits() || !card.Can(application.ActConfirm) || !card.Can(application.ActDecline) || card.Deadline == nil) {
				t.Errorf("%+v", card.Actions)
			}
			return err
		})
	})
	t.Run("P6.2 it can be confirmed", func(t *testing.T) {
		_ = w.db.InRolledBackTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
			if err := application.ConfirmPlace(ctx, tx, first, a.ID); err != nil {
				t.Error(err)
			}
			sure, err := application.Load(ctx, tx, first, a.ID)
			if err != nil || sure.State != application.Confirmed || sure.ConfirmBy != nil {
				t.Errorf("%s, %v, %v", sure.State, sure.ConfirmBy, err)
			}
			return err
		})
	})
	t.Run("P6.2 unconfirmed, it lapses and its place goes to the first of the list", func(t *testing.T) {
		w.today("2027-01-25")
		if n, err := application.LapsePlaces(context.Background(), w.db); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if got := w.load(a.ID); got.State != application.Closed || got.ClosingCause != "lapsed" {
			t.Errorf("%s, %s", got.State, got.ClosingCause)
		}
		if got := w.load(b.ID); got.State != application.Accepted || got.ConfirmBy == nil || got.ConfirmBy.Format("2006-01-02") != "2027-02-01" {
			t.Errorf("%s, confirm by %v", got.State, got.ConfirmBy)
		}
		if n := w.count(`SELECT seats_taken FROM sessions WHERE id = $1`, w.campaign); n != 1 {
			t.Errorf("%d seats taken", n)
		}
	})
	t.Run("P6.1 a pre-registration accepted at first has nothing to confirm", func(t *testing.T) {
		id, _ := w.underReview(w.session)
		w.today("2026-11-22")
		w.mustDecide(w.helene, id, application.DecideInput{Kind: application.VerdictAccepted})
		w.today("2027-01-20")
		w.release()
		if got := w.load(id); got.State != application.Accepted || got.ConfirmBy != nil {
			t.Errorf("%s, confirm by %v", got.State, got.ConfirmBy)
		}
	})
}
