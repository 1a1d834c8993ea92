package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs"
	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/storage"
	"passerelle/storage/storagetest"
	"passerelle/views/administration"
	"passerelle/views/paths"
)

// console is a portal with a dossier, its administrator and the disk of its documents.
type console struct {
	*handlerstest.Pieces
	admin  *handlerstest.Browser
	folder string
	disk   *storage.Disk
}

func newConsole(t *testing.T, change ...func(*papers.Options)) *console {
	t.Helper()
	c := &console{folder: filepath.Join(t.TempDir(), "documents")}
	var err error
	if c.disk, err = storage.OpenDisk(c.folder); err != nil {
		t.Fatal(err)
	}
	c.Pieces = handlerstest.NewPieces(t, func(p *handlers.Portal) {
		p.Documents = handlerstest.Documents(t, p.DB, append([]func(*papers.Options){func(o *papers.Options) {
			o.Store, o.Stores = c.disk, papers.Stores{Disk: c.disk, Folder: c.folder}
		}}, change...)...)
	})
	c.admin = c.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	return c
}

func (c *console) options() jobs.Options {
	return jobs.Options{DB: c.Portal.DB, Documents: c.Portal.Documents}
}

// work does what the queue would: passes to their end, then orders.
func (c *console) work() {
	c.T.Helper()
	for _, id := range c.passes() {
		for over := false; !over; {
			var err error
			if over, err = jobs.WorkPass(context.Background(), c.options(), id, time.Now().Add(time.Minute)); err != nil {
				c.T.Fatal(err)
			}
		}
	}
	if err := jobs.MendFindings(context.Background(), c.options()); err != nil {
		c.T.Fatal(err)
	}
}

func (c *console) passes() (ids []models.ID) {
	c.InTx(func(ctx context.Context, tx models.Tx) error {
		check, _, move, err := keeping.Latest(ctx, tx, models.Operator())
		for _, p := range []*keeping.Pass{check, move} {
			if p != nil && p.State == keeping.Running {
				ids = append(ids, p.ID)
			}
		}
		return err
	})
	return ids
}

func (c *console) path(d dossier.Document) string {
	return filepath.Join(c.folder, d.File.Segments[0].Key)
}

func TestStorageConsole(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	c.Portal.Documents.Wait()
	cv := c.Newest(handlerstest.PieceCV)
	if cv.State != dossier.Live {
		t.Fatal(cv.State)
	}
	at := paths.AdminStorage()
	t.Run("P14.2 objects and bytes by kind and by structure, growth as a drawing and as a table", func(t *testing.T) {
		page := c.admin.Get(at)
		if page.Status != http.StatusOK || page.Title() != "Stockage" || !strings.Contains(page.Text(), "Pièces déposées") || page.Find("svg.chart rect").Length() == 0 ||
			page.Find("#croissance-tableau tbody tr").Length() != 12 || !strings.Contains(page.Text(), "Pas encore vérifié") {
			t.Fatal(page.Status, page.Text())
		}
		page = c.admin.Get(paths.AdminStorageStructures())
		if page.Find("#t-vol").Text() != "Par structure" || page.Find("section[aria-labelledby='t-vol'] tbody tr").Length() == 0 {
			t.Error(page.Text())
		}
	})
	t.Run("P17.24 the cost by structure shows once a gigabyte has a price", func(t *testing.T) {
		c.InTx(func(ctx context.Context, tx models.Tx) error {
			return models.SetSetting(ctx, tx, models.Operator(), "storage_price", "2")
		})
		if page := c.admin.Get(paths.AdminStorageStructures()); !strings.Contains(page.Text(), "Par mois") {
			t.Error(page.Text())
		}
	})
	t.Run("P14.2 a check is begun, suspended, resumed and comes to its end", func(t *testing.T) {
		page := c.admin.Follow(paths.AdminStorageCheck(), nil)
		if page.Find("progress").Length() != 1 || page.Find("#stockage-travaux[hx-get]").Length() != 1 {
			t.Fatal(page.Text())
		}
		if again := c.admin.Post(paths.AdminStorageCheck(), nil); again.Status != http.StatusConflict {
			t.Error("two at once:", again.Status)
		}
		verb := func(name string) { // the form of the page, as without any script
			action := page.Find("form[action$='/"+name+"']").AttrOr("action", "")
			page = c.admin.Follow(action, nil)
		}
		verb("suspendre")
		if !strings.Contains(page.Text(), "Suspendu") || page.Find("#stockage-travaux[hx-get]").Length() != 0 {
			t.Fatal(page.Text())
		}
		if c.work(); !strings.Contains(c.admin.Get(at).Text(), "Suspendu") {
			t.Error("it went on")
		}
		verb("reprendre")
		c.work()
		page = c.admin.Get(at)
		if !strings.Contains(page.Text(), "Dernière vérification complète") || !strings.Contains(page.Text(), "Aucun constat") {
			t.Fatal(page.Text())
		}
	})
	t.Run("P14.2 while it is followed, the page asks for the work alone; volumes come again at its end", func(t *testing.T) {
		answer := c.admin.Post(paths.AdminStorageCheck(), nil)
		if answer.Location != at+"#verifier" {
			t.Error("the focus goes to", answer.Location)
		}
		if page := c.admin.Get(at); page.Find("#verifier[aria-disabled]").Length() != 1 {
			t.Error("the button that was pressed is gone")
		}
		follow := func() *handlerstest.Page {
			r := httptest.NewRequest(http.MethodGet, at, nil)
			r.Header.Set("HX-Request", "true")
			r.Header.Set("HX-Target", "section#"+administration.PartStorageWork)
			return c.admin.Do(r)
		}
		c.Exec(`ALTER VIEW stored_files RENAME TO stored_elsewhere`)
		part := follow()
		c.Exec(`ALTER VIEW stored_elsewhere RENAME TO stored_files`)
		if part.Status != http.StatusOK || part.Find("progress").Length() != 1 || part.Find("svg.chart, #t-cons, h1").Length() != 0 {
			t.Fatal("every file is read again while a check is followed:", part.Status, part.Text())
		}
		c.work()
		if part = follow(); part.Find("hx-partial svg.chart").Length() != 1 || part.Find("hx-partial #t-cons").Length() != 1 || part.Find("[hx-trigger]").Length() != 0 {
			t.Error(part.Text())
		}
	})
	t.Run("P17.24 what no row names is listed, confirmed, erased", func(t *testing.T) {
		key := storage.NewKey()
		storagetest.Write(t, c.disk, key, []byte("left over"))
		old := time.Now().Add(-2 * time.Hour)
		if err := os.Chtimes(filepath.Join(c.folder, key), old, old); err != nil {
			t.Fatal(err)
		}
		c.admin.Follow(paths.AdminStorageCheck(), nil)
		c.work()
		if page := c.admin.Get(at); !strings.Contains(page.Text(), "1 constat") {
			t.Fatal(page.Text())
		}
		list := c.admin.Get(paths.AdminStorageFindings(administration.KindOrphan))
		chosen := list.Find("input[name=choix]")
		if chosen.Length() != 1 {
			t.Fatal(list.Text())
		}
		act := paths.AdminStorageAct(administration.KindOrphan, administration.ActErase)
		if none := c.admin.Get(act + "?liste=1"); none.Status != http.StatusUnprocessableEntity {
			t.Error("nothing was ticked, and all would go:", none.Status)
		}
		if none := c.admin.Post(act, url.Values{}); none.Status != http.StatusUnprocessableEntity {
			t.Error("nothing was named, and all would go:", none.Status)
		}
		asked := c.admin.Get(act + "?liste=1&choix=" + chosen.AttrOr("value", ""))
		if asked.Title() != "Effacer 1 objet ?" {
			t.Error(asked.Title())
		}
		if _, err := os.Stat(filepath.Join(c.folder, key)); err != nil {
			t.Error("a question erased it", err)
		}
		done := c.admin.Follow(act, asked.Form(act))
		if !strings.Contains(done.Text(), "demandé") {
			t.Error(done.Text())
		}
		c.work()
		if _, err := os.Stat(filepath.Join(c.folder, key)); !os.IsNotExist(err) {
			t.Error("still there", err)
		}
	})
	t.Run("P17.24 what a check finds between the question and the press is not erased with the rest", func(t *testing.T) {
		leave := func() string {
			key := storage.NewKey()
			storagetest.Write(t, c.disk, key, []byte("left over"))
			old := time.Now().Add(-2 * time.Hour)
			if err := os.Chtimes(filepath.Join(c.folder, key), old, old); err != nil {
				t.Fatal(err)
			}
			c.admin.Follow(paths.AdminStorageCheck(), nil)
			c.work()
			return filepath.Join(c.folder, key)
		}
		act := paths.AdminStorageAct(administration.KindOrphan, administration.ActErase)
		seen := leave()
		asked := c.admin.Get(act).Form(act)
		c.MoveClock(time.Minute)
		unseen := leave()
		if bare := c.admin.Post(act, url.Values{administration.NameAll: {"1"}}); bare.Status != http.StatusConflict || bare.Title() != "Effacer 2 objets ?" {
			t.Error("all were erased, without a word of how many were shown:", bare.Status, bare.Title())
		}
		c.admin.Follow(act, asked)
		c.work()
		if _, err := os.Stat(seen); !os.IsNotExist(err) {
			t.Error("what was confirmed is still there", err)
		}
		if _, err := os.Stat(unseen); err != nil {
			t.Error("erased unseen", err)
		}
		c.admin.Follow(act, c.admin.Get(act).Form(act))
		c.work()
	})
	t.Run("P14.2 a lost document is refused, its owner told once and asked for it again", func(t *testing.T) {
		if err := os.WriteFile(c.path(cv), []byte("altered"), 0o600); err != nil {
			t.Fatal(err)
		}
		c.admin.Follow(paths.AdminStorageCheck(), nil)
		c.work()
		list := c.admin.Get(paths.AdminStorageFindings(administration.KindAltered))
		if !strings.Contains(list.Text(), "La longueur n’est pas la bonne") || list.Find("a[href$='/"+administration.ActLose+"']").Length() == 0 {
			t.Fatal(list.Text())
		}
		if no := c.admin.Get(paths.AdminStorageAct(administration.KindAltered, administration.ActErase)); no.Status != http.StatusNotFound {
			t.Error("an altered object is no orphan:", no.Status)
		}
		act := paths.AdminStorageAct(administration.KindAltered, administration.ActLose)
		asked := c.admin.Get(act)
		if asked.Find(".button--danger").Length() != 1 {
			t.Error(asked.Text())
		}
		c.admin.Follow(act, asked.Form(act))
		c.work()
		if d := c.Newest(handlerstest.PieceCV); d.State != dossier.Refused || d.File.Reason != dossier.ReasonLost {
			t.Fatal(d.State, d.File.Reason)
		}
		if n := c.Count(`SELECT count(*) FROM mails WHERE kind = 'piece_lost'`); n != 1 {
			t.Error(n, "mails")
		}
		if page := c.Me.Get(paths.Pieces(c.ID.String())); !strings.Contains(page.Text(), "ne peut plus être relu") {
			t.Error(page.Text())
		}
		if page := c.admin.Get(at); !strings.Contains(page.Text(), "Aucun constat") {
			t.Error(page.Text())
		}
		c.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
		c.Portal.Documents.Wait()
		if d := c.Newest(handlerstest.PieceCV); d.State != dossier.Live || d.ID == cv.ID {
			t.Error("cannot be given again", d.State)
		}
	})
	t.Run("P17.24 rules of retention show what they are about to erase, and change within their bounds", func(t *testing.T) {
		page := c.admin.Get(paths.AdminStorageRetention())
		if !strings.Contains(page.Text(), "Brouillon abandonné") || page.Find("input[name=draft_claimed_days]").AttrOr("value", "") != "90" {
			t.Fatal(page.Text())
		}
		form := page.Form(paths.AdminStorageRetention())
		form.Set("approver_kept_days", "4000")
		refused := c.admin.Post(paths.AdminStorageRetention(), form)
		if refused.Status != http.StatusUnprocessableEntity || refused.Find("#approver_kept_days[aria-invalid]").Length() != 1 ||
			refused.Find("#approver_kept_days").AttrOr("value", "") != "4000" {
			t.Error(refused.Status, refused.Text())
		}
		form.Set("approver_kept_days", "300")
		if saved := c.admin.Follow(paths.AdminStorageRetention(), form); saved.Find("input[name=approver_kept_days]").AttrOr("value", "") != "300" {
			t.Error(saved.Text())
		}
	})
	t.Run("P17.24 a delay that would erase at once is confirmed first", func(t *testing.T) {
		sent := sendCatalogue(t, c.admin, "export.csv", "INTIT_ACTION;NUM_ACT\nReliure;4534\n")
		c.MoveClock(10 * 24 * time.Hour)
		c.admin = c.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
		form := c.admin.Get(paths.AdminStorageRetention()).Form(paths.AdminStorageRetention())
		form.Set("import_file_days", "5")
		asked := c.admin.Post(paths.AdminStorageRetention(), form)
		if sent.Status != http.StatusSeeOther || asked.Status != http.StatusConflict || asked.Find(".button--danger[name=confirme]").Length() != 1 {
			t.Fatal(sent.Status, asked.Status, asked.Text())
		}
		if c.Count(`SELECT count(*) FROM settings WHERE key = 'import_file_days'`) != 0 {
			t.Error("set before it was confirmed")
		}
		form.Set("confirme", "1")
		if saved := c.admin.Follow(paths.AdminStorageRetention(), form); saved.Find("input[name=import_file_days]").AttrOr("value", "") != "5" {
			t.Error(saved.Text())
		}
	})
	t.Run("P14.2 without S3 there is nowhere to move to, and the page says how there would be", func(t *testing.T) {
		page := c.admin.Get(paths.AdminStorageMove())
		if page.Status != http.StatusOK || !strings.Contains(page.Text(), "S3_ENDPOINT") {
			t.Error(page.Text())
		}
		if page := c.admin.Post(paths.AdminStorageMove(), url.Values{"vers": {"s3"}}); page.Status != http.StatusUnprocessableEntity {
			t.Error(page.Status)
		}
	})
	t.Run("P14.2 a disk that is not there is said, and everything else is shown", func(t *testing.T) {
		away := c.folder + ".away"
		if err := os.Rename(c.folder, away); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Rename(away, c.folder) }()
		if page := c.admin.Get(at); page.Status != http.StatusOK || !strings.Contains(page.Text(), "ne répond pas") {
			t.Error(page.Status, page.Text())
		}
	})
}

func TestStorageMovesFromTheScreen(t *testing.T) {
	t.Parallel()
	far := storagetest.Versity(t).Store(t)
	c := newConsole(t, func(o *papers.Options) {
		o.Stores.S3, o.Stores.Bucket, o.Stores.Endpoint = far, "documents", "http://127.0.0.1"
		o.Store = storage.Both{To: o.Stores.Disk, From: far}
	})
	c.InTx(func(ctx context.Context, tx models.Tx) error {
		return keeping.UseStore(ctx, tx, models.Operator(), keeping.OnDisk)
	})
	d := c.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	c.Portal.Documents.Wait()
	t.Run("P14.2 the documents go to S3 and back, readable all along", func(t *testing.T) {
		for _, to := range []string{keeping.OnS3, keeping.OnDisk} {
			asked := c.admin.Get(paths.AdminStorageMove())
			if asked.Find("input[name=vers]").AttrOr("value", "") != to {
				t.Fatal(asked.Text())
			}
			page := c.admin.Follow(paths.AdminStorageMove(), asked.Form(paths.AdminStorageMove()))
			if page.Find("section[aria-labelledby='t-dep'] progress").Length() != 1 {
				t.Fatal(page.Text())
			}
			c.work()
			if page = c.admin.Get(paths.AdminStorage()); !strings.Contains(page.Text(), "Tout est en place") {
				t.Fatal(page.Text())
			}
			if file := c.Me.Get("/documents/" + d.ID.String()); file.Status != http.StatusOK {
				t.Error(to, file.Status)
			}
		}
		if n := c.Count(`SELECT count(*) FROM events WHERE kind = 'setting.changed' AND actor_kind = 'account'`); n != 2 {
			t.Error("the journal does not say who moved the documents:", n)
		}
	})
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	daemon, client := newScanner(t)
	c := newConsole(t, func(o *papers.Options) { o.Antivirus = client })
	daemon.says("Essai.Signature FOUND")
	c.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	c.Portal.Documents.Wait()
	if d := c.Newest(handlerstest.PieceCV); d.State != dossier.Refused || d.File.Scan != dossier.ScanInfected {
		t.Fatal(d.State, d.File.Scan)
	}
	act := paths.AdminStorageAct(administration.KindQuarantine, administration.ActRescan)
	rescan := func() {
		t.Helper()
		asked := c.admin.Get(act)
		c.admin.Follow(act, asked.Form(act))
		if err := c.Portal.Documents.Rescan(t.Context(), c.Newest(handlerstest.PieceCV).File.ID); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("P17.24 the quarantine says what was recognised, and opens to nobody", func(t *testing.T) {
		page := c.admin.Get(paths.AdminStorageFindings(administration.KindQuarantine))
		row := page.Find("tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "Essai.Signature") })
		if row.Length() != 1 || row.Find("a").Length() != 0 {
			t.Error(page.Text())
		}
	})
	t.Run("P17.24 recognised again it stays", func(t *testing.T) {
		rescan()
		if d := c.Newest(handlerstest.PieceCV); d.State != dossier.Refused || d.File.Scan != dossier.ScanInfected {
			t.Error(d.State, d.File.Scan)
		}
	})
	t.Run("P17.24 a false alarm is inspected anew and takes its place back", func(t *testing.T) {
		daemon.says("OK")
		rescan()
		d := c.Newest(handlerstest.PieceCV)
		if d.State != dossier.Checking || d.File.Scan != dossier.ScanClean {
			t.Fatal(d.State, d.File.Scan)
		}
		if err := c.Portal.Documents.Inspect(t.Context(), d.File.ID, false); err != nil {
			t.Fatal(err)
		}
		if d = c.Newest(handlerstest.PieceCV); d.State != dossier.Live || !d.File.Safe() {
			t.Error(d.State, d.File)
		}
	})
}
