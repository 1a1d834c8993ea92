package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/people"
	"passerelle/models/searching"
)

// searchSettings change the search as the console does: a draft, a rehearsal, a
// publication that can be taken back (P17.23).
type searchSettings struct {
	Show    settingsShow    `cmd:"" help:"Say what is in force, what the draft would change, and the last publications."`
	Synonym settingsSynonym `cmd:"" help:"Add a group of synonyms to the draft, or remove one."`
	Stop    settingsStop    `cmd:"" help:"Add a word to ignore to the draft, or remove one."`
	Weight  settingsWeight  `cmd:"" help:"Change in the draft what a word is worth by field."`
	Drop    settingsDrop    `cmd:"" help:"Forget the draft; nothing in force changes."`
	Publish settingsPublish `cmd:"" help:"Rehearse the draft on real queries and, with --yes, put it in force."`
	Restore settingsRestore `cmd:"" help:"Put the settings of a former publication in force again."`
}

// inName is the administrator in whose name the draft moves: the log of publications
// names people.
type inName struct {
	As string `required:"" placeholder:"EMAIL" help:"Address of the administrator in whose name it is done."`
}

func (n inName) actor(ctx context.Context, tx models.Tx) (models.Actor, error) {
	account, err := people.FindByEmail(ctx, tx, models.Operator(), n.As)
	if err != nil {
		return models.Actor{}, explain(err)
	}
	by, err := people.OnBehalf(ctx, tx, account.ID)
	if err == nil && !by.Everywhere(models.RoleAdmin) {
		err = fmt.Errorf("%s is not an administrator of the portal", n.As)
	}
	return by, err
}

func (n inName) do(ctx context.Context, c *portal.Config, fn func(context.Context, models.Tx, models.Actor) error) error {
	return withTx(ctx, c, func(ctx context.Context, tx models.Tx) error {
		by, err := n.actor(ctx, tx)
		if err != nil {
			return err
		}
		return explain(fn(ctx, tx, by))
	})
}

func (n inName) edit(ctx context.Context, c *portal.Config, edit searching.Edit) error {
	return n.do(ctx, c, func(ctx context.Context, tx models.Tx, by models.Actor) error {
		d, err := searching.DraftOf(ctx, tx, by)
		if err != nil {
			return err
		}
		if d, err = searching.EditDraft(ctx, tx, by, d.Version, edit); err != nil {
			return err
		}
		sayChanges("the draft would change", d.Changes)
		return nil
	})
}

func sayChanges(title string, changes []searching.Difference) {
	tell(fmt.Sprintf("%s %d things", title, len(changes)))
	for _, c := range changes {
		line := "  " + c.What
		switch {
		case c.Field != "":
			line += fmt.Sprintf(" %s from %g to %g", c.Field, c.From, c.To)
		case c.OneWay:
			line += " " + strings.Join(c.Terms[:1], "") + " → " + strings.Join(c.Terms[1:], ", ")
		default:
			line += " " + strings.Join(c.Terms, ", ")
		}
		tell(line)
	}
}

type settingsShow struct {
	inName
	Publications int `help:"How many publications." default:"10"`
}

// Run shows the settings.
func (s settingsShow) Run(ctx context.Context, c *portal.Config) error {
	return s.do(ctx, c, func(ctx context.Context, tx models.Tx, by models.Actor) error {
		d, err := searching.DraftOf(ctx, tx, by)
		if err != nil {
			return err
		}
		w := d.Published.Weights.Settled()
		tell(fmt.Sprintf("in force: %d synonyms, %d words to ignore, weights title %g, acronym %g, other %g, body %g", len(d.Published.Synonyms),
			len(d.Published.Stop), w.Title, w.Acronym, w.Other, w.Body))
		sayChanges("the draft would change", d.Changes)
		list, err := searching.Publications(ctx, tx, by, s.Publications)
		if err != nil {
			return err
		}
		for _, p := range list {
			tell(fmt.Sprintf("publication %d, %s, %s by %s: %d changes", p.No, p.At.UTC().Format(time.RFC3339), p.Act, p.By, len(p.Changes)))
		}
		return nil
	})
}

type settingsSynonym struct {
	inName
	Terms  []string `arg:"" help:"Two expressions or more that find each other."`
	OneWay bool     `help:"The first finds the others, not the other way round."`
	Remove bool     `help:"Remove this group."`
}

// Run edits the synonyms of the draft.
func (s settingsSynonym) Run(ctx context.Context, c *portal.Config) error {
	group := catalogue.Synonym{Terms: s.Terms, OneWay: s.OneWay}
	if s.Remove {
		return s.edit(ctx, c, searching.Edit{DropSynonym: searching.Key(group)})
	}
	return s.edit(ctx, c, searching.Edit{AddSynonym: &group})
}

type settingsStop struct {
	inName
	Word   string `arg:"" help:"The word."`
	Remove bool   `help:"Take it into account again."`
}

// Run edits the words to ignore of the draft.
func (s settingsStop) Run(ctx context.Context, c *portal.Config) error {
	if s.Remove {
		return s.edit(ctx, c, searching.Edit{DropStop: s.Word})
	}
	return s.edit(ctx, c, searching.Edit{AddStop: s.Word})
}

type settingsWeight struct {
	inName
	Title   float32 `required:"" help:"Of a word of the title."`
	Acronym float32 `required:"" help:"Of an acronym."`
	Other   float32 `required:"" help:"Of other titles and names."`
	Body    float32 `required:"" help:"Of the text."`
}

// Run edits the weights of the draft.
func (s settingsWeight) Run(ctx context.Context, c *portal.Config) error {
	return s.edit(ctx, c, searching.Edit{Weights: &searching.Weights{Title: s.Title, Acronym: s.Acronym, Other: s.Other, Body: s.Body}})
}

type settingsDrop struct{ inName }

// Run forgets the draft.
func (s settingsDrop) Run(ctx context.Context, c *portal.Config) error {
	return s.do(ctx, c, func(ctx context.Context, tx models.Tx, by models.Actor) error {
		d, err := searching.DraftOf(ctx, tx, by)
		if err != nil {
			return err
		}
		tell(fmt.Sprintf("forgotten: %d changes", len(d.Changes)))
		return searching.DropDraft(ctx, tx, by, d.Version)
	})
}

type settingsPublish struct {
	inName
	Yes  bool          `help:"Put the draft in force once the rehearsal is over."`
	Wait time.Duration `help:"How long the portal's queue may take to rehearse." default:"10m"`
}

// Run rehearses the draft, by the portal's queue, and publishes it when told to.
func (s settingsPublish) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		var by models.Actor
		var id models.ID
		err := base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			if by, err = s.actor(ctx, tx); err != nil {
				return err
			}
			d, err := searching.DraftOf(ctx, tx, by)
			if err != nil {
				return err
			}
			last, err := searching.LastRehearsal(ctx, tx, by, d)
			if err != nil {
				return err
			}
			if last != nil && last.State == searching.RehearsalDone && !last.Stale {
				id = last.ID
				return nil
			}
			id, err = searching.StartRehearsal(ctx, tx, by, d.Version)
			return err
		})
		if err != nil {
			return explain(err)
		}
		if err := s.rehearsed(ctx, base, by, id); err != nil || !s.Yes {
			return err
		}
		err = base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return searching.Publish(ctx, tx, by, id) })
		if err != nil {
			return explain(err)
		}
		tell("published: in force on every instance")
		return nil
	})
}

// rehearsed waits for the figures and says them.
func (s settingsPublish) rehearsed(ctx context.Context, base *portal.Base, by models.Actor, id models.ID) error {
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	for {
		var r searching.Rehearsal
		err := base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			r, err = searching.RehearsalByID(ctx, tx, by, id)
			return err
		})
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("not rehearsed within %s: does the portal work? It goes on; run this again", s.Wait)
		case err != nil:
			return explain(err)
		case r.State == searching.RehearsalDone:
			f := r.Figures
			tell(fmt.Sprintf("rehearsed on %s: %d real queries, %d as before, without a result %d → %d; judged %d, nDCG@10 %.3f → %.3f, %d better, %d worse",
				f.Engine, f.Queries, f.Same, f.Without[0], f.Without[1], f.Judged, f.NDCG[0], f.NDCG[1], f.Better, f.Worse))
			return nil
		case r.EndedAt != nil:
			return errors.New("the rehearsal did not come to its end: run this again")
		}
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
}

type settingsRestore struct {
	inName
	No int `arg:"" help:"Number of the publication, as show gives it."`
}

// Run takes back what was published since.
func (s settingsRestore) Run(ctx context.Context, c *portal.Config) error {
	return s.do(ctx, c, func(ctx context.Context, tx models.Tx, by models.Actor) error {
		list, err := searching.Publications(ctx, tx, by, 1)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return models.NotFound("page.not_found")
		}
		if err := searching.Restore(ctx, tx, by, s.No, list[0].No); err != nil {
			return err
		}
		tell(fmt.Sprintf("the settings of publication %d are in force again", s.No))
		return nil
	})
}
