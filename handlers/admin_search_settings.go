package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/views/administration"
	"passerelle/views/paths"
)

// shownSynonyms is how many synonyms a page lists.
const shownSynonyms = 20

// showSettings is the draft of the search's settings (P14.1); the address may
// bring a synonym to complete.
func (p *Portal) showSettings(c *Call) error {
	page := administration.SettingsPage{From: c.Query(administration.NameFrom), To: c.Query(administration.NameTo), Holding: c.Query("contient")}
	return p.settingsPage(c, http.StatusOK, page)
}

func (p *Portal) settingsPage(c *Call, status int, page administration.SettingsPage) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if page.Draft, err = searching.DraftOf(ctx, tx, c.Actor); err != nil {
			return err
		}
		if page.Synonyms, page.Found, err = searching.SynonymRows(ctx, tx, c.Actor, page.Draft, page.Holding, shownSynonyms); err != nil {
			return err
		}
		page.Last, err = searching.LastRehearsal(ctx, tx, c.Actor, page.Draft)
		return err
	})
	if err != nil {
		return err
	}
	page.Clock = p.adminClock()
	return c.RenderStatus(status, administration.Settings(page))
}

// adminClock is the time of the page, for what happened and when.
func (p *Portal) adminClock() administration.Clock {
	return administration.Clock{Now: p.DB.Clock.Now(), Zone: p.DB.Zone}
}

// edit does one act on the draft and shows it; what cannot be done is said
// beside what was typed, and so is what somebody else did meanwhile: the page
// then has the new version, and the same act again goes through.
func (p *Portal) edit(c *Call, edit searching.Edit, typed administration.SettingsPage) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := searching.EditDraft(ctx, tx, c.Actor, c.draftVersion(), edit)
		return err
	})
	return p.edited(c, err, typed)
}

func (p *Portal) edited(c *Call, err error, typed administration.SettingsPage) error {
	if err == nil {
		return c.SeeOther(paths.SearchSettings(""))
	}
	var refusal *models.Error
	if !errors.As(err, &refusal) {
		return err
	}
	typed.Problem = refusal
	switch refusal.Kind {
	case models.KindInvalid:
		return p.settingsPage(c, http.StatusUnprocessableEntity, typed)
	case models.KindConflict:
		typed.Since, _ = refusal.Data.([]searching.DraftChange)
		return p.settingsPage(c, http.StatusConflict, typed)
	}
	return err
}

// draftVersion is that of the draft on the page; what is no number is an old one.
func (c *Call) draftVersion() int {
	n, err := strconv.Atoi(c.Value(administration.NameVersion))
	if err != nil {
		return -1
	}
	return n
}

func (p *Portal) addSynonym(c *Call) error {
	from, to := c.Text(administration.NameFrom), c.Text(administration.NameTo)
	group := catalogue.Synonym{Terms: append([]string{from}, strings.Split(to, ",")...), OneWay: c.Value(administration.NameWay) == administration.OneWay}
	return p.edit(c, searching.Edit{AddSynonym: &group}, administration.SettingsPage{From: from, To: to, OneWay: group.OneWay})
}

func (p *Portal) dropSynonym(c *Call) error {
	return p.edit(c, searching.Edit{DropSynonym: c.Value(administration.NameSynonym)}, administration.SettingsPage{})
}

func (p *Portal) keepSynonym(c *Call) error {
	return p.edit(c, searching.Edit{KeepSynonym: c.Value(administration.NameSynonym)}, administration.SettingsPage{})
}

func (p *Portal) addStopWord(c *Call) error {
	word := c.Text(administration.NameWord)
	if word == "" {
		word = " " // an empty field is refused like any other that is no word
	}
	return p.edit(c, searching.Edit{AddStop: word}, administration.SettingsPage{Stop: strings.TrimSpace(word)})
}

func (p *Portal) dropStopWord(c *Call) error {
	return p.edit(c, searching.Edit{DropStop: c.Value(administration.NameWord)}, administration.SettingsPage{})
}

func (p *Portal) setWeights(c *Call) error {
	typed := map[string]string{}
	read := func(name string) float32 {
		typed[name] = c.Text(name)
		n, err := strconv.ParseFloat(strings.Replace(typed[name], ",", ".", 1), 32)
		if err != nil {
			return -1 // refused
		}
		return float32(n)
	}
	w := searching.Weights{Title: read("title"), Acronym: read("acronym"), Other: read("other"), Body: read("body")}
	return p.edit(c, searching.Edit{Weights: &w}, administration.SettingsPage{Weights: typed})
}

// askDropDraft lists what would be forgotten; there is nothing to ask of an empty draft.
func (p *Portal) askDropDraft(c *Call) error {
	var page administration.SettingsPage
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Draft, err = searching.DraftOf(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	if len(page.Draft.Changes) == 0 {
		return c.SeeOther(paths.SearchSettings(""))
	}
	return c.Render(administration.DropDraft(page))
}

func (p *Portal) dropDraft(c *Call) error {
	return p.edited(c, c.InTx(func(ctx context.Context, tx models.Tx) error {
		return searching.DropDraft(ctx, tx, c.Actor, c.draftVersion())
	}), administration.SettingsPage{})
}
