package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"passerelle/models"
	"passerelle/models/keeping"
	"passerelle/views/administration"
	"passerelle/views/paths"
)

// findingKinds are the kinds of findings by their words in addresses; the quarantine is
// none of them.
var findingKinds = map[string]keeping.FindingKind{administration.KindAltered: keeping.Altered, administration.KindMissing: keeping.Missing,
	administration.KindOrphan: keeping.Orphan}

// findingActs are the acts by their words in addresses; a new scan is none of them.
var findingActs = map[string]keeping.Act{administration.ActRestore: keeping.Restore, administration.ActLose: keeping.Lose, administration.ActErase: keeping.Erase}

// aboutFindings reads the address: a kind and what is asked about it, not found when
// they do not go together.
func (c *Call) aboutFindings() (kind, act string, err error) {
	kind, act = c.Params("kind"), c.Params("act")
	known, ok := findingKinds[kind]
	switch {
	case !ok && kind != administration.KindQuarantine:
		return kind, act, models.NotFound("page.not_found")
	case act == "":
		return kind, act, nil
	case !ok && act == administration.ActRescan, ok && findingActs[act].Fits(known):
		return kind, act, nil
	}
	return kind, act, models.NotFound("page.not_found")
}

// showFindings lists what is wrong of a kind (P17.24).
func (p *Portal) showFindings(c *Call) error {
	kind, _, err := c.aboutFindings()
	if err != nil {
		return err
	}
	return p.findingsPage(c, kind, http.StatusOK, "")
}

func (p *Portal) findingsPage(c *Call, kind string, status int, refused string) error {
	page := administration.FindingsPage{StorageClock: c.storageClock(), Kind: kind, Refused: refused, Antivirus: !p.noAntivirus()}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if kind == administration.KindQuarantine {
			infected, waiting, _, err := keeping.QuarantineCount(ctx, tx, c.Actor)
			if err != nil {
				return err
			}
			page.Total = infected + waiting
			page.Quarantined, err = keeping.Quarantine(ctx, tx, c.Actor, shownFindings)
			return err
		}
		found, err := keeping.Summaries(ctx, tx, c.Actor)
		if err != nil {
			return err
		}
		for _, s := range found {
			if s.Kind == findingKinds[kind] {
				page.Total, page.Restorable = s.Objects, s.Restorable
			}
		}
		page.Findings, err = keeping.Findings(ctx, tx, c.Actor, findingKinds[kind], shownFindings)
		return err
	})
	if err != nil {
		return err
	}
	return c.RenderStatus(status, administration.StorageFindings(page))
}

// askAct shows what would be done, before it is.
func (p *Portal) askAct(c *Call) error {
	kind, act, err := c.aboutFindings()
	if err != nil {
		return err
	}
	q := c.query()
	chosen := q[administration.NameChoice]
	if q.Has(administration.NameList) && len(chosen) == 0 {
		return p.findingsPage(c, kind, http.StatusUnprocessableEntity, "storage.choose.none")
	}
	return p.actPage(c, kind, act, chosen, http.StatusOK, "")
}

func (p *Portal) actPage(c *Call, kind, act string, chosen []string, status int, refused string) error {
	page := administration.ActPage{StorageClock: c.storageClock(), Kind: kind, Act: act, IDs: chosen, Refused: refused}
	wanted := map[models.ID]bool{}
	for _, id := range parseIDs(chosen) {
		wanted[id] = true
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		if kind == administration.KindQuarantine {
			infected, waiting, _, err := keeping.QuarantineCount(ctx, tx, c.Actor)
			if err != nil {
				return err
			}
			page.Count = infected + waiting
			all, err := keeping.Quarantine(ctx, tx, c.Actor, shownFindings)
			for _, f := range all {
				if len(chosen) == 0 || wanted[f.File] {
					page.Quarantined = append(page.Quarantined, f)
				}
			}
			return err
		}
		could, err := keeping.Askable(ctx, tx, c.Actor, findingKinds[kind], findingActs[act])
		if err != nil {
			return err
		}
		page.Count, page.Until = could.Count, could.Until
		all, err := keeping.Findings(ctx, tx, c.Actor, findingKinds[kind], shownFindings)
		for _, f := range all {
			fits := (act != administration.ActRestore || f.Elsewhere != "") && (f.Asked == "" || f.Trouble != "")
			if fits && (len(chosen) == 0 || wanted[f.ID]) {
				page.Findings = append(page.Findings, f)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(chosen) > 0 {
		page.Count = len(page.Findings) + len(page.Quarantined)
	}
	return c.RenderStatus(status, administration.StorageAct(page))
}

// doAct orders what was confirmed; jobs do it.
func (p *Portal) doAct(c *Call) error {
	kind, act, err := c.aboutFindings()
	if err != nil {
		return err
	}
	chosen := c.Form()[administration.NameChoice]
	ids := parseIDs(chosen)
	if len(ids) == 0 {
		if c.Value(administration.NameAll) == "" {
			return p.findingsPage(c, kind, http.StatusUnprocessableEntity, "storage.choose.none")
		}
		ids = nil
	}
	about, whole := c.chosen(ids)
	if !whole && act != administration.ActRescan {
		return p.actPage(c, kind, act, nil, http.StatusConflict, "storage.list_changed")
	}
	if act == administration.ActRescan && p.noAntivirus() {
		return p.findingsPage(c, kind, http.StatusConflict, "storage.no_antivirus")
	}
	n := 0
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if act == administration.ActRescan {
			n, err = keeping.AskRescan(ctx, tx, c.Actor, ids)
			return err
		}
		n, err = keeping.Ask(ctx, tx, c.Actor, findingKinds[kind], findingActs[act], about)
		return err
	})
	if e, ok := asError(err, models.KindConflict); ok {
		if e.Key == "storage.list_changed" {
			return p.actPage(c, kind, act, nil, http.StatusConflict, e.Key)
		}
		return p.findingsPage(c, kind, http.StatusConflict, e.Key)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.AdminStorage() + "?fait=" + act + "&nombre=" + strconv.Itoa(n))
}

// chosen is what was confirmed: these, or all that the question showed and nothing found
// since; false when it does not say what it showed.
func (c *Call) chosen(ids []models.ID) (about keeping.Chosen, ok bool) {
	if about.IDs = ids; ids != nil {
		return about, true
	}
	until, err := time.Parse(time.RFC3339Nano, c.Value(administration.NameUntil))
	about.Until = until
	about.Most, _ = strconv.Atoi(c.Value(administration.NameCount))
	return about, err == nil && about.Most > 0
}

// parseIDs reads ids; what is none is left out.
func parseIDs(texts []string) []models.ID {
	ids := []models.ID{}
	for _, text := range texts {
		if id, err := parseID(text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
