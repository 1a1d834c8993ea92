package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
)

// answer is what a cell of the matrix got, whatever the words on the page.
type answer string

const (
	shown  answer = "let in"           // a page, a redirect inside, the form again
	hidden answer = "not found"        // absent and forbidden look the same
	askIn  answer = "asked to sign in" // 401, or on to the sign-in page
	over   answer = "gone"             // the link serves no more
	broken answer = "broken"
)

func answerOf(p *handlerstest.Page) answer {
	switch {
	case p.Status == http.StatusUnauthorized,
		p.Status == http.StatusSeeOther && strings.HasPrefix(p.Location, "/connexion") && !strings.Contains(p.Location, "fait="):
		return askIn
	case p.Status == http.StatusNotFound:
		return hidden
	case p.Status == http.StatusGone:
		return over
	case p.Status < 400, p.Status == http.StatusConflict, p.Status == http.StatusUnprocessableEntity:
		return shown
	}
	return broken
}

// cell is one principal asking for one object through one route.
type cell struct {
	route     handlers.Route
	who       principal
	object    object
	path      string
	relation  relation
	wanted    []answer
	fragments bool // asked by htmx
	last      bool // of the questions about this object
}

func (c cell) String() string {
	how := ""
	if c.fragments {
		how = " by htmx"
	}
	return fmt.Sprintf("%s %s%s: %s, %s (%s)", c.route.Method, c.route.Path, how, c.who.name, c.object.name, c.relation)
}

// TestMatrix walks role x route x object: every route of the table, every kind
// of person, every object that the route can name, in each of its states.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("a long walk of one request after another")
	}
	w := newMatrixWorld(t)
	kept := w.Keep()
	seen := map[string]bool{}
	for _, route := range w.Portal.Routes() {
		name := route.Method + " " + route.Path
		if seen[name] {
			t.Errorf("P2.5 %s stands twice in the table", name)
		}
		seen[name] = true
		t.Run("P2.5 "+name, func(t *testing.T) { walk(t, w, kept, route) })
	}
}

// walk asks one route for everything as everyone.
func walk(t *testing.T, w *matrixWorld, kept *handlerstest.Snapshot, route handlers.Route) {
	if !slices.Contains(handlers.Policies(), route.Policy) {
		t.Fatalf("its policy %q is unknown", route.Policy)
	}
	if _, ok := rules[route.Object]; !ok {
		t.Fatalf("its object %q is unknown to the matrix", route.Object)
	}
	let := 0
	for _, c := range w.cells(t, route) {
		got := w.ask(t, kept, c)
		if got == shown {
			let++
		}
	}
	if let == 0 {
		t.Error("nobody is ever let in: the route serves no one, or the matrix lacks its object")
	}
}

// cells are all questions put to a route.
func (w *matrixWorld) cells(t *testing.T, route handlers.Route) []cell {
	t.Helper()
	list := []cell{}
	for _, o := range w.objects(route) {
		path := handlerstest.Fill(route.Path, o.values)
		if strings.Contains(path, "//") || strings.HasSuffix(path, "/") && path != "/" {
			t.Fatalf("the matrix does not know how to fill %s for %s", route.Path, o.name)
		}
		for i, who := range w.principals {
			if len(o.only) > 0 && !slices.Contains(o.only, who.name) {
				continue
			}
			c := cell{route: route, who: who, object: o, path: path, relation: o.relationOf(who)}
			c.wanted = wanted(c)
			list = append(list, c)
			if route.Method == http.MethodGet {
				c.fragments, c.last = true, i == len(w.principals)-1
				list = append(list, c)
			}
		}
	}
	return list
}

// ask puts one question and checks the answer and what it left behind.
func (w *matrixWorld) ask(t *testing.T, kept *handlerstest.Snapshot, c cell) answer {
	t.Helper()
	browser := c.who.fresh(w)
	p := browser.Do(w.request(c))
	w.Portal.Documents.Wait() // what is prepared after a deposit
	got := answerOf(p)
	if !slices.Contains(c.wanted, got) {
		t.Errorf("%s\n\tgot %d %s %s, want %v", c, p.Status, got, p.Location, c.wanted)
	}
	if kept := p.Header.Get("Cache-Control"); (c.who.signedIn() || c.who.role == holder) && p.Body != "" && !strings.Contains(kept, "no-store") && !strings.Contains(kept, "private") {
		t.Errorf("%s\n\tcould be kept by a browser or a proxy: Cache-Control %q", c, kept)
	}
	switch {
	case c.route.Method == http.MethodGet:
		if !c.last {
			break // what its readings left behind is looked at once per object
		}
		if changed := kept.Changed(readMarks[c.route.Object]...); len(changed) > 0 {
			t.Errorf("%s\n\ta GET changed %v", c, changed)
		}
		kept.Back()
	case got == shown || got == over:
		kept.Back()
	case c.relation == owner || c.relation == holder:
		kept.Back() // their own object: what they ticked may be kept while they are asked to sign in
	default:
		// A form posted with an ended sign-in waits, sealed, for the same person.
		if changed := kept.Changed("replays", "counters"); len(changed) > 0 {
			t.Errorf("%s\n\tit was refused and changed %v", c, changed)
		}
		kept.Back()
	}
	return got
}

// readMarks are all that reading writes: that a colleague looks at an
// application, who opened what (P17.21), pages drawn once, that a mail of the
// demonstration was opened.
var readMarks = map[handlers.Object][]string{handlers.ApplicationObject: {"presences", "consultations"},
	handlers.DocumentObject: {"consultations", "renditions", "files"},
	handlers.OpinionObject:  {"consultations", "renditions", "files"}, handlers.MailObject: {"local_mails"}}

// bodies are what a form needs for its object to be looked at.
var bodies = map[string]string{"/bureau/candidatures/:id/decision": "version=1", "/brouillon": "reponse=non"}

// request is what the browser sends; each comes from an address of its own, so
// that limits per address do not answer instead.
func (w *matrixWorld) request(c cell) *http.Request {
	r := httptest.NewRequest(c.route.Method, c.path, nil)
	if c.route.Method == http.MethodPost {
		r = httptest.NewRequest(c.route.Method, c.path, strings.NewReader(bodies[c.route.Path]))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if about := w.documentRequest(c); about != nil {
		r = about
	}
	if c.fragments {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Request-Type", "partial")
	}
	w.asked++
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", w.asked>>16&255, w.asked>>8&255, w.asked&255))
	return r
}

// TestDemoRoutes keeps the demonstration's addresses out of a real portal.
func TestDemoRoutes(t *testing.T) {
	w := handlerstest.NewWorld(t, func(p *handlers.Portal) { p.Demo = false })
	admin := w.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal}, models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
	for _, route := range w.Portal.Routes() {
		if route.Policy != handlers.DemoOnly {
			continue
		}
		t.Run("P16.1 "+route.Method+" "+route.Path+" exists under demo alone", func(t *testing.T) {
			path := handlerstest.Fill(route.Path, map[string]string{"id": unknown, "component": "boutons"})
			p := admin.Get(path)
			if route.Method == http.MethodPost {
				p = admin.Post(path, url.Values{"saut": {"1h"}})
			}
			if p.Status != http.StatusNotFound {
				t.Errorf("status %d", p.Status)
			}
		})
	}
}
