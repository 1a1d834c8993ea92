package handlers_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models/verify"
)

// names are the inputs that some form of the portal knows.
var names = []string{"_ctx", "_fv", "_go", "_page", "_seen", "birth_name", "birth_date", "first_name", "email", "email_again", "password", "password_again",
	"status", "employer.name", "employer.siren", "missions", "why_now", "funding", "past_courses/x/year", "manager_email", "manager_last_name", "decision", "motif",
	"message", "rang", "version", "communication", "reponse", "brouillon", "langue", "apparence", "retour", "next", "replay", "for", "current", "lang", "action",
	"saut", "note", "q", "page", "tri", "theme", "region", "ouvertes", "champ", "voir", "fait", "etat", "session", "formation", "age", "place", "vu_a", "challenge",
	"civility", "usual_name", "phone", "shared", "manager_first_name", "manager_function", "manager_phone", "texte", "suite", "manque"}

// fuzzer makes requests that no page would make, out of what pages are made of.
type fuzzer struct {
	*rand.Rand
	w      *matrixWorld
	routes []handlers.Route
	values []string
}

func newFuzzer(w *matrixWorld, chance *rand.Rand) *fuzzer {
	f := &fuzzer{Rand: chance, w: w, routes: w.Portal.Routes()}
	f.values = append(f.values, naughty...)
	f.values = append(f.values, "", "0", "1", "-1", "2", "99999999999999999999", "on", "suite", "retour", "enregistrer", "accepted", "refused", "waitlisted", "on_hold",
		"approve", "refuse", "not_my_staff", "oui", "non", "fr", "en", "31/12/1999", "camille@demo.example.org", "quelqu.un@example.org", handlerstest.Password,
		"private_employee", "civil_servant", "employer", "maintenant", "/bureau", strings.Repeat("x", 300), strings.Repeat("é", 5000), unknown)
	for _, list := range w.byObject {
		for _, o := range list {
			for _, v := range o.values {
				f.values = append(f.values, v)
			}
		}
	}
	return f
}

func pick[T any](f *fuzzer, list []T) T { return list[f.IntN(len(list))] }

func (f *fuzzer) form() url.Values {
	form := url.Values{}
	for range f.IntN(12) {
		form.Add(pick(f, names), pick(f, f.values))
	}
	return form
}

// path fills a route, mostly with what it expects.
func (f *fuzzer) path(route handlers.Route) string {
	values := map[string]string{}
	if objects := f.w.objects(route); len(objects) > 0 {
		for k, v := range pick(f, objects).values {
			values[k] = v
		}
	}
	for _, part := range strings.Split(route.Path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok && (values[name] == "" || f.IntN(10) == 0) {
			values[name] = url.PathEscape(pick(f, f.values))
		}
	}
	if _, ok := values["n"]; ok && f.IntN(3) > 0 {
		values["n"] = strconv.Itoa(1 + f.IntN(5))
	}
	return handlerstest.Fill(route.Path, values)
}

func (f *fuzzer) request() (r *http.Request, route handlers.Route, body string) {
	route = pick(f, f.routes)
	address := f.path(route)
	if query := f.form().Encode(); f.IntN(3) == 0 && len(query) < 3000 {
		address += "?" + query
	}
	if len(address) > 6000 {
		address = "/"
	}
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	if route.Method == http.MethodPost {
		body = f.form().Encode()
		r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", urlencoded)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.URL, r.RequestURI = &url.URL{Opaque: address}, address
	if f.IntN(3) == 0 {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", pick(f, []string{"", "form#etape", "div#etat", "#suite", "main", "div#resultats", "#overlay", "<script>"}))
		r.Header.Set("HX-Current-URL", pick(f, []string{"http://127.0.0.1:8080/recherche?q=a", ":", "", "http://127.0.0.1:8080/bureau"}))
	}
	r.Header.Set("Accept-Language", pick(f, []string{"fr", "en", "", strings.Repeat("fr-FR,en;q=0.1,", 200), "*;q=x"}))
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.9.%d.%d", f.IntN(250), f.IntN(250)))
	return r, route, body
}

// TestAnyRequest sends requests of chance as every kind of person: none breaks
// the portal or its data.
func TestAnyRequest(t *testing.T) {
	seed, rounds := uint64(time.Now().UnixNano()), 800
	if given := os.Getenv("PASSERELLE_TEST_SEED"); given != "" {
		seed, _ = strconv.ParseUint(given, 10, 64)
	}
	if given := os.Getenv("PASSERELLE_TEST_ROUNDS"); given != "" {
		rounds, _ = strconv.Atoi(given)
	}
	t.Logf("PASSERELLE_TEST_SEED=%d, %d requests", seed, rounds)
	w := newMatrixWorld(t)
	planted := map[string]bool{} // by the world itself, which writes some states without their verbs
	before, _, err := verify.Run(t.Context(), w.DB)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range before {
		planted[fmt.Sprint(v)] = true
	}
	f := newFuzzer(w, rand.New(rand.NewPCG(seed, seed)))
	answers := map[int]int{}
	t.Run("P15.4 whatever is asked, the answer is a page and no fault", func(t *testing.T) {
		for i := range rounds {
			r, route, body := f.request()
			who := pick(f, w.principals)
			began := time.Now()
			p := who.fresh(w).Do(r)
			answers[p.Status]++
			if p.Status >= 500 {
				t.Errorf("request %d: %s %s as %s: %d\n%.2000s", i, route.Method, r.RequestURI, who.name, p.Status, body)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("request %d: %s took %v", i, route.Path, took)
			}
			for _, word := range machineWords {
				if strings.Contains(p.Body, word) && !strings.Contains(strings.Join(naughty, ""), word) {
					t.Errorf("request %d: %s shows %q", i, r.RequestURI, word)
				}
			}
		}
	})
	t.Run("P6.7 and every invariant holds", func(t *testing.T) {
		violations, checked, err := verify.Run(t.Context(), w.DB)
		if err != nil || checked < 20 {
			t.Fatalf("%d checked: %v", checked, err)
		}
		for _, v := range violations {
			if !planted[fmt.Sprint(v)] {
				t.Error(v)
			}
		}
	})
	t.Logf("answers %v", answers)
}
