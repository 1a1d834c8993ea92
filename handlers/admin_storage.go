package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"passerelle/models"
	"passerelle/models/keeping"
	"passerelle/storage"
	"passerelle/views/administration"
	"passerelle/views/paths"
)

const (
	growthMonths  = 12
	shownFindings = 200
	storeAnswers  = 2 * time.Second // before the console says that a store is down
)

func (c *Call) storageClock() administration.StorageClock {
	return administration.StorageClock{Now: c.Portal.DB.Clock.Now(), Zone: c.Portal.DB.Zone}
}

// showStorage is the console of the stored files (P14.2).
func (p *Portal) showStorage(c *Call) error { return p.storagePage(c, http.StatusOK, "") }

func (p *Portal) storagePage(c *Call, status int, refused string) error {
	if p.Documents == nil {
		return unavailable(errors.New("no store"))
	}
	q := c.query()
	page := administration.StoragePage{StorageClock: c.storageClock(), Refused: refused, ByStructure: q.Get("par") == "structure",
		Antivirus: p.Documents.Antivirus != nil}
	if act := q.Get("fait"); slices.Contains([]string{administration.ActRestore, administration.ActLose, administration.ActErase, administration.ActRescan}, act) {
		page.Said = "storage.said." + act
		page.SaidCount, _ = strconv.Atoi(q.Get("nombre"))
	}
	if err := p.readStorage(c, &page); err != nil {
		return err
	}
	active, other, err := p.stores(c)
	if err != nil {
		return err
	}
	page.Store, page.Other = active, other
	if c.storageWork() {
		return c.RenderStatus(status, administration.StorageWork(page))
	}
	return c.RenderStatus(status, administration.Storage(page))
}

// storageWork reports that the page asks for the work under way alone.
func (c *Call) storageWork() bool { return c.Partial() && c.Target() == administration.PartStorageWork }

// readStorage reads what the database knows: of every file with the page and at the end
// of the work, not each time that the page asks how far it is.
func (p *Portal) readStorage(c *Call, page *administration.StoragePage) error {
	return c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if page.Check, page.LastCheck, page.Move, err = keeping.Latest(ctx, tx, c.Actor); err != nil {
			return err
		}
		if page.Findings, err = keeping.Summaries(ctx, tx, c.Actor); err != nil {
			return err
		}
		if page.Infected, page.Waiting, page.Since, err = keeping.QuarantineCount(ctx, tx, c.Actor); err != nil {
			return err
		}
		if page.Whole = !c.storageWork() || !page.Running(); !page.Whole {
			return nil
		}
		if page.Volumes, err = keeping.Volumes(ctx, tx, c.Actor); err != nil {
			return err
		}
		if page.Points, err = keeping.Growth(ctx, tx, c.Actor, growthMonths); err != nil {
			return err
		}
		if page.ByStructure {
			if page.Structures, err = keeping.Structures(ctx, tx, c.Actor); err != nil {
				return err
			}
			if page.Price, err = tx.SettingInt(ctx, "storage_price"); err != nil {
				return err
			}
		}
		page.Retention, err = keeping.Retention(ctx, tx, c.Actor)
		return err
	})
}

// stores are the places of documents: the one that takes new ones, and the other where
// there is one.
func (p *Portal) stores(c *Call) (active administration.StoreView, other *administration.StoreView, err error) {
	name, err := p.Documents.ActiveStore(c.UserContext())
	if err != nil {
		return active, nil, err
	}
	s := p.Documents.Stores
	disk := lookAtStore(c.UserContext(), keeping.OnDisk, s.Disk, s.Folder)
	if s.S3 == nil {
		return disk, nil, nil
	}
	far := lookAtStore(c.UserContext(), keeping.OnS3, s.S3, s.Bucket+" · "+s.Endpoint)
	if name == keeping.OnS3 {
		return far, &disk, nil
	}
	return disk, &far, nil
}

// lookAtStore asks a store for an object that is not there: an answer is an answer.
func lookAtStore(ctx context.Context, name string, s storage.Store, where string) administration.StoreView {
	v := administration.StoreView{Name: name, Where: where, Free: -1, Total: -1}
	ctx, cancel := context.WithTimeout(ctx, storeAnswers)
	defer cancel()
	if _, err := s.Stat(ctx, storage.NewKey()); !errors.Is(err, storage.ErrNotFound) {
		v.Down = true
		return v
	}
	if room, ok := s.(interface {
		Room(context.Context) (free, total int64, err error)
	}); ok {
		if free, total, err := room.Room(ctx); err == nil {
			v.Free, v.Total = free, total
		}
		return v
	}
	if free, err := s.Free(ctx); err == nil {
		v.Free = free
	}
	return v
}

// beginCheck starts a check of every object.
func (p *Portal) beginCheck(c *Call) error {
	return p.storageVerb(c, func(ctx context.Context, tx models.Tx) (string, error) {
		_, err := keeping.Begin(ctx, tx, c.Actor, keeping.NewPass{Kind: keeping.Audit})
		return administration.CheckID, err
	})
}

func (p *Portal) suspendPass(c *Call) error {
	return p.onPass(c, keeping.Suspend, administration.HoldID)
}

func (p *Portal) resumePass(c *Call) error { return p.onPass(c, keeping.Resume, administration.HoldID) }

func (p *Portal) stopPass(c *Call) error { return p.onPass(c, keeping.Stop, administration.HeirID) }

func (p *Portal) onPass(c *Call, verb func(context.Context, models.Tx, models.Actor, models.ID) error, at func(keeping.Pass) string) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	return p.storageVerb(c, func(ctx context.Context, tx models.Tx) (string, error) {
		if err := verb(ctx, tx, c.Actor, id); err != nil {
			return "", err
		}
		pass, err := keeping.ByID(ctx, tx, c.Actor, id)
		return at(pass), err
	})
}

// storageVerb does one thing and shows the console again at the control that it names,
// which has the focus; what cannot be done is said there.
func (p *Portal) storageVerb(c *Call, verb func(context.Context, models.Tx) (string, error)) error {
	at := ""
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		at, err = verb(ctx, tx)
		return err
	})
	if e, ok := asError(err, models.KindConflict); ok {
		return p.storagePage(c, http.StatusConflict, e.Key)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.AdminStorage() + "#" + at)
}

// askMove shows what a move to the other store would do.
func (p *Portal) askMove(c *Call) error { return p.movePage(c, http.StatusOK, "") }

func (p *Portal) movePage(c *Call, status int, refused string) error {
	if p.Documents == nil {
		return unavailable(errors.New("no store"))
	}
	page := administration.MovePage{StorageClock: c.storageClock(), Refused: refused}
	active, other, err := p.stores(c)
	if err != nil {
		return err
	}
	if page.From = active; other != nil {
		page.To, page.Possible = *other, true
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		volumes, err := keeping.Volumes(ctx, tx, c.Actor)
		if err != nil {
			return err
		}
		for _, v := range volumes {
			page.Objects, page.Bytes = page.Objects+v.Objects, page.Bytes+v.Bytes
		}
		found, err := keeping.Summaries(ctx, tx, c.Actor)
		for _, s := range found {
			if s.Kind != keeping.Orphan {
				page.Damaged += s.Objects
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.RenderStatus(status, administration.StorageMove(page))
}

// beginMove starts a move to the other store, once it takes a byte.
func (p *Portal) beginMove(c *Call) error {
	if p.Documents == nil {
		return unavailable(errors.New("no store"))
	}
	target := c.Value(administration.NameTarget)
	if target != keeping.OnDisk && target != keeping.OnS3 || p.Documents.Stores.S3 == nil {
		return p.movePage(c, http.StatusUnprocessableEntity, "storage.place.none")
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*storeAnswers)
	defer cancel()
	if err := p.Documents.CheckTarget(ctx, target); err != nil {
		return p.movePage(c, http.StatusConflict, "storage.move.down")
	}
	return p.storageVerb(c, func(ctx context.Context, tx models.Tx) (string, error) {
		pass, err := keeping.Begin(ctx, tx, c.Actor, keeping.NewPass{Kind: keeping.Move, Target: target,
			Despite: c.Value(administration.NameDespite) != "", Emptying: c.Value(administration.NameEmptying) != ""})
		return administration.HoldID(pass), err
	})
}

// showRetention tells every rule of retention with what it is about to erase (P17.24).
func (p *Portal) showRetention(c *Call) error {
	return c.retentionPage(http.StatusOK, administration.RetentionPage{Saved: c.query().Get("fait") != ""})
}

func (c *Call) retentionPage(status int, page administration.RetentionPage) error {
	page.StorageClock = c.storageClock()
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Rules, err = keeping.Retention(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	return c.RenderStatus(status, administration.StorageRetention(page))
}

// setRetention changes the delays that may be.
func (p *Portal) setRetention(c *Call) error {
	values := map[string]string{}
	var erases keeping.Due
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		rules, err := keeping.Retention(ctx, tx, c.Actor)
		if err != nil {
			return err
		}
		for _, r := range rules {
			if text := c.Text(r.Setting); r.Setting != "" && c.Form().Has(r.Setting) {
				values[r.Setting] = text
			}
		}
		if c.Value(administration.NameConfirmed) == "" {
			if erases, err = keeping.ErasedNow(ctx, tx, c.Actor, values); err != nil || erases.Count > 0 {
				return err
			}
		}
		return keeping.SetRetention(ctx, tx, c.Actor, values)
	})
	if err == nil && erases.Count > 0 {
		return c.retentionPage(http.StatusConflict, administration.RetentionPage{Values: values, Erases: erases})
	}
	if e, ok := asError(err, models.KindInvalid); ok {
		page := administration.RetentionPage{Values: values, Errors: map[string]string{}}
		for _, f := range e.Fields {
			page.Errors[f.Field] = c.T(f.Key, f.Args...)
		}
		return c.retentionPage(http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.AdminStorageRetention() + "?fait=1")
}

// noAntivirus refuses a new scan where nothing scans.
func (p *Portal) noAntivirus() bool { return p.Documents == nil || p.Documents.Antivirus == nil }
