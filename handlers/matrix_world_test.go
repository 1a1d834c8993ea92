package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/models/mailbox"
	"passerelle/models/people"
	"passerelle/views/administration"
)

// principal is one kind of person with their browser.
type principal struct {
	name    string
	role    relation // reviewer, outside, admin for staff; else stranger or nobody
	browser *handlerstest.Browser
}

func (p principal) signedIn() bool { return p.role != nobody && p.role != ended && p.role != holder }

// fresh is the person's browser as it was at the beginning: an earlier answer
// may have signed it out.
func (p principal) fresh(w *matrixWorld) *handlerstest.Browser { return p.browser.Clone() }

// object is one thing that an address names, in one state.
type object struct {
	name      string
	values    map[string]string   // of the route's parameters
	purpose   models.LinkPurpose  // of the link of a mail
	absent    bool                // nothing has this id
	relations map[string]relation // by principal's name
	only      []string            // asked by these alone; by everyone when empty
	owners    []answer            // what its owner may get as well, by its state
	instead   map[relation][]answer
}

func (o object) relationOf(who principal) relation {
	if r, ok := o.relations[who.name]; ok {
		return r
	}
	return who.role
}

// matrixWorld holds every kind of person and every object.
type matrixWorld struct {
	*handlerstest.World
	principals []principal
	byObject   map[handlers.Object][]object
	mail       models.ID
	sent       dossier.Document // under review
	unsent     dossier.Document // of a draft
	asked      int
}

// Names of the principals.
const (
	anonymous    = "anonymous"
	draftHolder  = "browser that holds the draft"
	pending      = "pending account"
	theOwner     = "applicant"
	theOther     = "other applicant"
	lapsed       = "applicant with an ended sign-in"
	manager      = "line manager by account"
	wholePortal  = "officer of the portal"
	ofTheme      = "officer of the theme"
	ofCourse     = "officer of the course"
	ofOtherTheme = "officer of another theme"
	ofOther      = "officer of another course"
	ofProgramme  = "officer of the programme"
	ofFaculty    = "officer of the component"
	theAdmin     = "administrator"
	waiting      = "sign-in that waits for its second factor"
)

func newMatrixWorld(t *testing.T) *matrixWorld {
	w := &matrixWorld{World: handlerstest.NewWorld(t, func(p *handlers.Portal) { p.TrustedProxies = []string{"0.0.0.0"} }),
		byObject: map[handlers.Object][]object{}}
	w.people()
	w.things()
	return w
}

func (w *matrixWorld) people() {
	officer := func(kind models.ScopeKind, scope models.ID) models.Grant {
		return models.Grant{Role: models.RoleOfficer, Kind: kind, Scope: scope}
	}
	add := func(name string, role relation, b *handlerstest.Browser) {
		w.principals = append(w.principals, principal{name, role, b})
	}
	held := w.Visitor()
	held.HoldDrafts("a secret of this browser, as long as one likes")
	bound := w.Visitor()
	bound.HoldDrafts("a secret of the browser where somebody signed up")
	add(anonymous, nobody, w.Visitor())
	add(draftHolder, holder, held)
	add(pending, holder, bound)
	add(theOwner, stranger, w.Account("camille@demo.example.org", "Camille", "Fontaine"))
	add(theOther, stranger, w.Account("noe@demo.example.org", "Noé", "Marchand"))
	add(manager, stranger, w.Account(handlerstest.Manager, "Luc", "Bernard"))
	add(wholePortal, reviewer, w.SignedIn(officer(models.ScopePortal, models.ID{})))
	add(ofTheme, reviewer, w.SignedIn(officer(models.ScopeTheme, w.Course.Theme)))
	add(ofCourse, reviewer, w.SignedIn(officer(models.ScopeCourse, w.Course.ID)))
	add(ofOtherTheme, outside, w.SignedIn(officer(models.ScopeTheme, w.Other.Theme)))
	add(ofOther, outside, w.SignedIn(officer(models.ScopeCourse, w.Other.ID)))
	add(ofProgramme, outside, w.SignedIn(officer(models.ScopeProgramme, w.Programme.ID)))
	add(ofFaculty, outside, w.SignedIn(officer(models.ScopeFaculty, w.Programme.Faculty)))
	add(theAdmin, admin, w.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal}))
	add(lapsed, ended, w.ended("camille@demo.example.org"))
	add(waiting, nobody, w.halfWay())
}

// halfWay is a browser whose password was right, before its second factor: it is
// nobody everywhere but on one page.
func (w *matrixWorld) halfWay() *handlerstest.Browser {
	account := w.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	enrol(w.Site, account)
	b := w.Visitor()
	password(b, account.Actor.Email)
	return b
}

// ended is a browser whose sign-in to the account was closed from elsewhere.
func (w *matrixWorld) ended(email string) *handlerstest.Browser {
	b := w.Visitor()
	b.SignIn(email)
	w.Exec(`UPDATE sign_ins SET ends_at = $2, idle_until = $2 WHERE id = $1`, b.Actor.SignIn, w.DB.Clock.Now())
	return b
}

func (w *matrixWorld) as(name string) *handlerstest.Browser {
	for _, p := range w.principals {
		if p.name == name {
			return p.browser
		}
	}
	w.T.Fatalf("nobody is called %s", name)
	return nil
}

// things fills byObject: each object in each of its states.
func (w *matrixWorld) things() {
	w.byObject[handlers.NoObject] = []object{{name: "nothing", values: map[string]string{"component": "boutons", "kind": "communes"}}}
	w.catalogue()
	w.drafts()
	w.applications()
	w.documents()
	w.remarks()
	w.opinions()
	w.accountLinks()
	w.signIns()
	w.factors()
	w.saved()
	w.localMail()
	w.batches()
	w.settings()
}

func (w *matrixWorld) localMail() {
	if err := w.DB.Pool.QueryRow(context.Background(), `SELECT id FROM mails ORDER BY id LIMIT 1`).Scan(&w.mail); err != nil {
		w.T.Fatal(err)
	}
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		return mailbox.KeepLocal(ctx, tx, mailbox.Local{ID: w.mail, Sender: "passerelle@example.org", Recipient: "camille@demo.example.org", Subject: "Accusé", HTML: "<p>Bonjour</p>", Text: "Bonjour"})
	})
}

// objects are those that a route can name.
func (w *matrixWorld) objects(route handlers.Route) []object {
	list := []object{}
	for _, o := range w.byObject[route.Object] {
		if o.purpose != linkRoutes[route.Path] {
			continue
		}
		if fits(o, route.Path) {
			list = append(list, o)
		}
	}
	if route.Object == handlers.CatalogueObject {
		list = append(list, w.published(route.Path))
	}
	if route.Object == handlers.MailObject {
		list = append(list, w.mails()...)
	}
	return list
}

// linkRoutes tells which links of mails a route opens.
var linkRoutes = map[string]models.LinkPurpose{"/activation/:token": models.LinkActivate, "/mot-de-passe/:token": models.LinkReset,
	"/compte/courriel/:token": models.LinkChangeEmail, "/alertes/recherche/:token": models.LinkStopSearch, "/alertes/courriels/:token": models.LinkStopAlerts}

// fits reports that the object has a value for each parameter of the path.
func fits(o object, path string) bool {
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok && o.values[name] == "" {
			return false
		}
	}
	return true
}

// mails are those of the local mailbox.
func (w *matrixWorld) mails() []object {
	return []object{{name: "absent", absent: true, values: map[string]string{"id": unknown}},
		{name: "local mail", values: map[string]string{"id": w.mail.String()}}}
}

const unknown = "01980000-0000-7000-8000-000000000000"

func (w *matrixWorld) catalogue() {
	w.byObject[handlers.CatalogueObject] = []object{{name: "absent", absent: true, values: map[string]string{"reference": "aucune", "code": "aucune"}}}
	past := w.NewCampaign(w.Programme)
	w.Exec(`UPDATE sessions SET closes_on = '2026-11-01' WHERE id = $1`, past)
	w.byObject[handlers.CampaignObject] = []object{
		{name: "open campaign", values: map[string]string{"id": w.Programme.Campaign.String()}},
		{name: "closed campaign", values: map[string]string{"id": past.String()}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
	closed := w.NewSession(w.Course)
	w.Exec(`UPDATE sessions SET closes_on = '2026-11-01' WHERE id = $1`, closed)
	w.byObject[handlers.SessionObject] = []object{
		{name: "open session", values: map[string]string{"id": w.Course.Session.String()}},
		{name: "closed session", values: map[string]string{"id": closed.String()}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
}

// published is the object of a catalogue route: each shows one kind.
func (w *matrixWorld) published(path string) object {
	kinds := map[string]string{"/formations/:reference": w.Course.Reference, "/diplomes/:reference": "master-1", "/annonces/:reference": "annonce-1"}
	return object{name: "published", values: map[string]string{"reference": kinds[path], "code": w.Programme.Code}}
}

func (w *matrixWorld) drafts() {
	add := func(name string, id models.ID, relations map[string]relation) {
		w.byObject[handlers.DraftObject] = append(w.byObject[handlers.DraftObject],
			object{name: name, values: w.numbered(id), relations: relations})
	}
	held := w.Begin(w.as(draftHolder), w.NewSession(w.Course))
	add("draft of a browser", held, map[string]relation{pending: nobody, lapsed: nobody})
	bound := w.Begin(w.as(pending), w.NewSession(w.Course))
	w.signUp(w.as(pending))
	add("draft bound to a pending account", bound, map[string]relation{draftHolder: nobody, lapsed: nobody})
	mine := w.Begin(w.as(theOwner), w.NewSession(w.Course))
	add("draft of an account", mine, map[string]relation{theOwner: owner, pending: nobody, draftHolder: nobody})
	w.byObject[handlers.DraftObject] = append(w.byObject[handlers.DraftObject],
		object{name: "absent", absent: true, values: map[string]string{"id": unknown, "n": "1"}})
}

func (w *matrixWorld) numbered(id models.ID) map[string]string {
	return map[string]string{"id": id.String(), "n": "1"}
}

// signUp opens a pending account from the browser.
func (w *matrixWorld) signUp(b *handlerstest.Browser) {
	w.T.Helper()
	check := people.NewCheck(w.DB)
	w.MoveClock(5 * time.Second)
	texts := []string{}
	for _, text := range people.RequiredTexts() {
		texts = append(texts, text.Key)
	}
	_, err := people.SignUp(context.Background(), w.DB, b.Actor, people.SignUpInput{BirthName: "Attente", SameName: true, FirstName: "Lou",
		BirthDate: "03/03/1993", Email: "lou@demo.example.org", EmailAgain: "lou@demo.example.org",
		Password: handlerstest.Password, PasswordAgain: handlerstest.Password, Acknowledged: texts, Lang: "fr",
		Check: people.Check{Challenge: check, Address: "127.0.0.1"}})
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w *matrixWorld) applications() {
	mine := w.as(theOwner)
	states := []struct {
		name string
		id   models.ID
	}{
		{"awaiting approval", w.Submitted(mine, w.NewSession(w.Course))},
		{"under review", w.Answered(mine, w.NewSession(w.Course), application.Approve)},
		{"approval refused", w.Answered(mine, w.NewSession(w.Course), application.Deny)},
		{"accepted, not told", w.Decided(mine, w.NewSession(w.Course), application.VerdictAccepted, false)},
		{"accepted", w.Decided(mine, w.NewSession(w.Course), application.VerdictAccepted, true)},
		{"waitlisted", w.Decided(mine, w.NewSession(w.Course), application.VerdictWaitlisted, true)},
		{"refused", w.Decided(mine, w.NewSession(w.Course), application.VerdictRefused, true)},
	}
	relations := map[string]relation{theOwner: owner, pending: nobody, draftHolder: nobody}
	list := []object{}
	for _, s := range states {
		list = append(list, object{name: s.name, values: w.numbered(s.id), relations: relations, owners: []answer{hidden, over}})
		w.approval(s.name, s.id)
	}
	// A draft has no page on the desk, whoever asks.
	draft := w.Begin(mine, w.NewSession(w.Course))
	list = append(list, object{name: "draft", values: w.numbered(draft), relations: relations, owners: []answer{hidden, over},
		instead: map[relation][]answer{reviewer: {hidden}}},
		object{name: "absent", absent: true, values: w.numbered(models.ID{1})})
	// An admission is for the officers of the programme or its component.
	admission := w.Admission(mine, w.NewCampaign(w.Programme))
	list = append(list, object{name: "admission under review", values: w.numbered(admission), owners: []answer{hidden, over},
		relations: map[string]relation{theOwner: owner, pending: nobody, draftHolder: nobody, ofTheme: outside, ofCourse: outside,
			ofProgramme: reviewer, ofFaculty: reviewer}})
	w.byObject[handlers.ApplicationObject] = list
	w.brokenApprovals()
}

// approval adds the request of an application: by its link and by its account.
func (w *matrixWorld) approval(name string, id models.ID) {
	token := w.ApprovalToken(id)
	var request models.ID
	if err := w.DB.Pool.QueryRow(context.Background(), `SELECT id FROM approvals WHERE application_id = $1`, id).Scan(&request); err != nil {
		w.T.Fatal(err)
	}
	w.byObject[handlers.ApprovalObject] = append(w.byObject[handlers.ApprovalObject],
		few(w.link(name+", link", token, shown, over)),
		object{name: name + ", account", values: map[string]string{"id": request.String()}, relations: map[string]relation{manager: approver}})
}

// link is an object that anyone opens who has the secret.
func (w *matrixWorld) link(name, token string, answers ...answer) object {
	relations := map[string]relation{}
	for _, p := range w.principals {
		relations[p.name] = bearer
	}
	return object{name: name, values: map[string]string{"token": token}, relations: relations, instead: map[relation][]answer{bearer: answers}}
}

// few asks for a link in the name of those who differ most: the secret of the
// address is the right, whoever holds it.
func few(o object) object {
	o.only = []string{anonymous, theOwner, manager, wholePortal, lapsed}
	return o
}

// brokenApprovals are links that no longer open anything.
func (w *matrixWorld) brokenApprovals() {
	mine := w.as(theOwner)
	expired := w.Submitted(mine, w.NewSession(w.Course))
	w.Exec(`UPDATE links SET expires_at = $2 WHERE subject_id = (SELECT id FROM approvals WHERE application_id = $1)`, expired, w.DB.Clock.Now())
	revoked := w.Submitted(mine, w.NewSession(w.Course))
	revokedToken := w.ApprovalToken(revoked)
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.ReplaceApprover(ctx, tx, mine.Actor, revoked, application.Approver{LastName: "Renaud", FirstName: "Sylvie",
			Function: "Directrice", Email: "autre.cheffe@mairie.example.org"})
		return err
	})
	w.byObject[handlers.ApprovalObject] = append(w.byObject[handlers.ApprovalObject],
		few(w.link("expired link", w.ApprovalToken(expired), shown, over)),
		few(w.link("revoked link", revokedToken, shown, over)),
		object{name: "absent", absent: true, values: map[string]string{"token": "nul-ne-l-a-recu", "id": unknown}})
}

func (w *matrixWorld) accountLinks() {
	account := w.as(theOther).Actor.Account
	for _, purpose := range []models.LinkPurpose{models.LinkActivate, models.LinkReset, models.LinkChangeEmail} {
		subject := account
		if purpose == models.LinkChangeEmail {
			subject = w.DB.NewID()
			w.Exec(`INSERT INTO email_changes (id, account_id, old_email, new_email, requested_at) VALUES ($1, $2, 'noe@demo.example.org', 'noe.bis@demo.example.org', $3)`,
				subject, account, w.DB.Clock.Now())
		}
		if purpose == models.LinkActivate {
			subject = w.pendingAccount()
		}
		w.accountLink(purpose, subject)
	}
}

func (w *matrixWorld) pendingAccount() (id models.ID) {
	if err := w.DB.Pool.QueryRow(context.Background(), `SELECT id FROM accounts WHERE state = 'pending'`).Scan(&id); err != nil {
		w.T.Fatal(err)
	}
	return id
}

func (w *matrixWorld) accountLink(purpose models.LinkPurpose, subject models.ID) {
	const email = "quelqu.un@demo.example.org"
	_, live := w.Link(purpose, subject, email, time.Hour)
	used, usedToken := w.Link(purpose, subject, email, time.Hour)
	_, late := w.Link(purpose, subject, email, -time.Hour)
	revoked, revokedToken := w.Link(purpose, subject, email, time.Hour)
	w.Exec(`UPDATE links SET used_at = $2 WHERE id = $1`, used, w.DB.Clock.Now())
	w.Exec(`UPDATE links SET revoked_at = $2 WHERE id = $1`, revoked, w.DB.Clock.Now())
	for name, token := range map[string]string{"live": live, "used": usedToken, "expired": late, "revoked": revokedToken} {
		o := w.link(string(purpose)+", "+name, token, shown, over)
		if name == "live" {
			o = w.link(string(purpose)+", "+name, token, shown)
		} else {
			o = few(o)
		}
		o.purpose = purpose
		w.byObject[handlers.AccountLinkObject] = append(w.byObject[handlers.AccountLinkObject], o)
	}
}

// batches are one officer's alone: a colleague of the same scope does not see them.
func (w *matrixWorld) batches() {
	ids := w.byObject[handlers.ApplicationObject]
	reviewed := uuid.MustParse(ids[0].values["id"])
	var id models.ID
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		id, err = application.StartBatch(ctx, tx, w.as(wholePortal).Actor, application.BatchInput{Kind: application.VerdictOnHold,
			Lines: []application.BatchWish{{Application: reviewed, Version: 1}}})
		return err
	})
	var export models.ID
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		export, err = application.StartExport(ctx, tx, w.as(wholePortal).Actor, application.ExportInput{Columns: []string{"nom"}, Format: "csv"})
		return err
	})
	if err := jobs.WriteExport(context.Background(), jobs.Options{DB: w.DB, Documents: w.Portal.Documents}, export); err != nil {
		w.T.Fatal(err)
	}
	var run models.ID
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		if _, err := importer.In(ctx, tx, models.Operator(), catalogue.KindCourse, strings.NewReader("id,intitule\nIMPORT-1,Reliure\n"), importer.Options{FileName: "voisin.csv"}); err != nil {
			return err
		}
		last, err := importer.LastRun(ctx, tx, models.Operator(), catalogue.KindCourse)
		run = last.ID
		return err
	})
	w.byObject[handlers.ImportObject] = []object{
		{name: "import", values: map[string]string{"id": run.String()}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
	w.byObject[handlers.StoragePassObject] = []object{
		{name: "check of the store", values: map[string]string{"id": w.storageCheck().String()}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
	w.byObject[handlers.StorageFindingObject] = []object{
		{name: "objects without a row", values: map[string]string{"kind": administration.KindOrphan, "act": administration.ActErase}},
		{name: "lost objects", values: map[string]string{"kind": administration.KindMissing, "act": administration.ActLose}},
		{name: "quarantine", values: map[string]string{"kind": administration.KindQuarantine, "act": administration.ActRescan}},
		{name: "absent", absent: true, values: map[string]string{"kind": "autre", "act": administration.ActErase}},
	}
	w.byObject[handlers.ExportObject] = []object{
		{name: "export", values: map[string]string{"id": export.String()}, relations: map[string]relation{wholePortal: owner}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
	w.byObject[handlers.BatchObject] = []object{
		{name: "batch of decisions", values: map[string]string{"id": id.String()}, relations: map[string]relation{wholePortal: owner}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
}

// storageCheck is a check that goes on, with one object that no row names.
func (w *matrixWorld) storageCheck() (id models.ID) {
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		p, err := keeping.Begin(ctx, tx, models.Operator(), keeping.NewPass{Kind: keeping.Audit})
		if err != nil {
			return err
		}
		id = p.ID
		return keeping.Keep(ctx, tx, id, []keeping.Found{{Kind: keeping.Orphan, Object: "ab/cd/abcd"}})
	})
	return id
}

func (w *matrixWorld) factors() {
	mine := w.as(theOther)
	enrol(w.Site, mine)
	var id models.ID
	if err := w.DB.Pool.QueryRow(context.Background(), `SELECT id FROM factors WHERE account_id = $1`, mine.Actor.Account).Scan(&id); err != nil {
		w.T.Fatal(err)
	}
	w.byObject[handlers.FactorObject] = []object{
		{name: "application of codes", values: map[string]string{"id": id.String()}, relations: map[string]relation{theOther: owner}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
}

func (w *matrixWorld) signIns() {
	other := w.Visitor()
	other.SignIn("camille@demo.example.org")
	w.byObject[handlers.SignInObject] = []object{
		{name: "sign-in on another device", values: map[string]string{"id": other.Actor.SignIn.String()}, relations: map[string]relation{theOwner: owner}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
}
