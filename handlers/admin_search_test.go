package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/meili"
	"passerelle/search/meili/meilitest"
	"passerelle/views/paths"
)

// fill imports announcements in one file.
func fill(t *testing.T, db *models.DB, n int) {
	t.Helper()
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "{\"reference\":\"A.%d\",\"title\":\"Relieur %d\",\"description\":\"Restaurer des livres.\",\"published_on\":\"2026-01-05\"}\n", i, i)
	}
	report, err := importer.Run(t.Context(), db, models.Operator(), catalogue.KindAnnouncement, strings.NewReader(lines.String()), importer.Options{})
	if err != nil {
		t.Fatal(err, report.Errors)
	}
}

// state is the part of the console that asks for itself again.
func state(t *testing.T, b *handlerstest.Browser) *handlerstest.Page {
	t.Helper()
	p := b.Get(paths.AdminSearch())
	if p.Status != http.StatusOK {
		t.Fatal(p.Status, p.Text())
	}
	return p
}

func TestAdminSearch(t *testing.T) {
	s := handlerstest.New(t)
	fill(t, s.DB, 30)
	admin := s.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	t.Run("P14.1 the engine, its health, documents and size are shown", func(t *testing.T) {
		p := state(t, admin)
		row := p.Find("#etat tbody tr").First().Text()
		for _, want := range []string{"PostgreSQL", "Répond au public", "30 sur 30", "en mémoire", "À jour"} {
			if !strings.Contains(row, want) {
				t.Errorf("%q lacks %q", row, want)
			}
		}
		if p.Find("#etat").AttrOr("hx-trigger", "") != "every 5s" || p.Find("noscript").Length() == 0 || !strings.Contains(p.Text(), "En bonne santé") {
			t.Error(p.Text())
		}
	})
	t.Run("P17.23 a check is asked for, made by a process that serves, and told", func(t *testing.T) {
		p := admin.Follow(paths.AdminSearchCheck(), url.Values{"moteur": {"postgresql"}})
		if !strings.Contains(p.Text(), "Vérification en cours") || p.Find("#etat").AttrOr("hx-trigger", "") != "every 1s" {
			t.Fatal(p.Text())
		}
		if again := admin.Post(paths.AdminSearchCheck(), url.Values{"moteur": {"postgresql"}}); again.Status != http.StatusConflict {
			t.Error("two at once:", again.Status)
		}
		if err := s.Portal.CheckSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p := state(t, admin); !strings.Contains(p.Text(), "30 documents, tous égaux à la base") {
			t.Fatal(p.Text())
		}
	})
	t.Run("P17.23 a document that differs is named, and repaired by a rebuild", func(t *testing.T) {
		aside(t, s.DB, `UPDATE search_documents SET title = 'Autre' WHERE reference = 'A.7'`)
		admin.Follow(paths.AdminSearchCheck(), url.Values{"moteur": {"postgresql"}})
		if err := s.Portal.CheckSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := state(t, admin)
		if !strings.Contains(p.Text(), "1 écart avec la base") || !strings.Contains(p.Text(), "A.7") || !strings.Contains(p.Text(), "Réparer") {
			t.Fatal(p.Text())
		}
	})
	t.Run("P14.1 a rebuild is confirmed, shows how far it is, and can be stopped", func(t *testing.T) {
		if p := admin.Get(paths.AdminSearchRebuild("postgresql")); p.Find("form[action$='/reconstruction'] input[name=moteur]").AttrOr("value", "") != "postgresql" {
			t.Fatal(p.Text())
		}
		p := admin.Follow(paths.AdminSearchRebuild(""), url.Values{"moteur": {"postgresql"}})
		if p.Find("progress").AttrOr("value", "") != "0" || !strings.Contains(p.Text(), "0 sur 30, les recherches continuent") {
			t.Fatal(p.Text())
		}
		if twice := admin.Post(paths.AdminSearchRebuild(""), url.Values{"moteur": {"postgresql"}}); twice.Status != http.StatusConflict {
			t.Error("two at once:", twice.Status)
		}
		if p := admin.Follow(paths.AdminSearchStop(), url.Values{"moteur": {"postgresql"}}); !strings.Contains(p.Text(), "La reconstruction est arrêtée") {
			t.Error(p.Text())
		}
		if late := admin.Post(paths.AdminSearchStop(), url.Values{"moteur": {"postgresql"}}); late.Status != http.StatusConflict {
			t.Error("nothing to stop:", late.Status)
		}
	})
	t.Run("P14.1 a rebuild makes the index whole again, from the console alone", func(t *testing.T) {
		stop, err := jobs.Start(t.Context(), jobs.Options{DB: s.DB})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = stop(context.WithoutCancel(t.Context())) }()
		admin.Follow(paths.AdminSearchRebuild(""), nil)
		until(t, 60*time.Second, func() string {
			if u, err := searching.LastUpkeep(t.Context(), s.DB, searching.Rebuilding); err != nil || u.State != searching.UpkeepDone || u.Done != 30 {
				return fmt.Sprint(u, err)
			}
			return ""
		})
		if p := admin.Get(paths.Search("relieur")); !strings.Contains(p.Text(), "30") {
			t.Error(p.Text())
		}
		until(t, 60*time.Second, func() string {
			admin.Follow(paths.AdminSearchCheck(), url.Values{"moteur": {"postgresql"}})
			if err := s.Portal.CheckSearch(t.Context()); err != nil {
				t.Fatal(err)
			}
			if p := state(t, admin); !strings.Contains(p.Text(), "30 documents, tous égaux à la base") {
				return p.Text()
			}
			return ""
		})
	})
}

// aside changes documents behind the back of whoever follows them.
func aside(t *testing.T, db *models.DB, sql string) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
		for _, q := range []string{`ALTER TABLE search_documents DISABLE TRIGGER USER`, sql, `ALTER TABLE search_documents ENABLE TRIGGER USER`} {
			if _, err := tx.PGX.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// until waits for what tells that nothing lacks any more.
func until(t *testing.T, most time.Duration, lacks func() string) time.Duration {
	t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		why := lacks()
		if why == "" {
			return time.Since(began)
		}
		if time.Since(began) > most {
			t.Fatal(why)
		}
	}
}

func TestAdminSearchOutside(t *testing.T) {
	server := meilitest.Own(t)
	s := handlerstest.New(t, func(p *handlers.Portal) {
		own := search.NewPostgres(p.DB)
		outside := meili.New(p.DB, own, meili.Options{URL: server.URL, Key: meilitest.OwnKey})
		t.Cleanup(outside.Close)
		failover := search.NewFailover(outside, own, outside.Ready, nil)
		p.Index, p.Engines = failover, handlers.Engines{Own: own, Outside: outside, Failover: failover}
	})
	fill(t, s.DB, 40)
	stop, err := jobs.Start(t.Context(), jobs.Options{DB: s.DB, Engine: s.Portal.Engines.Outside})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stop(context.WithoutCancel(t.Context())) }()
	admin := s.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	whole := func() string {
		p := state(t, admin)
		if row := p.Find("#etat tbody tr").First().Text(); !strings.Contains(row, "Répond au public") || !strings.Contains(row, "40 sur 40") || !strings.Contains(row, "À jour") {
			return p.Text()
		}
		return ""
	}
	until(t, 40*time.Second, whole)
	t.Run("P14.1 both engines stand there, with the tasks of the one outside", func(t *testing.T) {
		p := state(t, admin)
		for _, want := range []string{"Meilisearch", "version 1.", "Prêt à prendre le relais", "Tâches de Meilisearch", "Aucun document n’est refusé"} {
			if !strings.Contains(p.Text(), want) {
				t.Errorf("lacks %q", want)
			}
		}
	})
	t.Run("P4.9 an engine that dies is red within ten seconds, with what still works; it comes back by itself", func(t *testing.T) {
		server.Kill()
		took := until(t, 10*time.Second, func() string {
			p := state(t, admin)
			if !strings.Contains(p.Find("#etat .banner--bad").Text(), "Meilisearch ne répond pas") || !strings.Contains(p.Text(), "PostgreSQL, répond en") {
				return p.Text()
			}
			return ""
		})
		t.Log("red after", took)
		if p := admin.Get(paths.Search("relieur")); p.Status != http.StatusOK || !strings.Contains(p.Text(), "Relieur") {
			t.Error("P15.4", p.Status)
		}
		s.InTx(func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `UPDATE announcements SET title = title || ' confirmé' WHERE reference IN ('A.1', 'A.2', 'A.3')`); err != nil {
				return err
			}
			return catalogue.ReindexAll(ctx, tx)
		})
		if p := state(t, admin); !strings.Contains(p.Text(), "3 changements") {
			t.Error(p.Text())
		}
		server.Return(t)
		t.Log("normal after", until(t, 40*time.Second, whole))
	})
	t.Run("P14.1 the lag of the last hour is drawn, and said", func(t *testing.T) {
		if _, err := s.DB.Pool.Exec(t.Context(), `INSERT INTO search_lags (minute, seconds) SELECT date_trunc('minute', clock_timestamp()) - n * interval '1 minute', n FROM generate_series(1, 30) n`); err != nil {
			t.Fatal(err)
		}
		curve := state(t, admin).Find("#etat tbody tr").First().Find("svg.spark[role=img]")
		if curve.Find("polyline").Length() != 1 || !strings.Contains(curve.AttrOr("aria-label", ""), "au plus 30") {
			t.Error(curve.Html())
		}
	})
	t.Run("P14.1 a rebuild stopped half-way leaves the index that answers", func(t *testing.T) {
		live, _, err := searching.Indexes(t.Context(), s.DB)
		if err != nil {
			t.Fatal(err)
		}
		// Another process holds the engine's turn: nothing of it is filled.
		_, err = searching.Alone(t.Context(), s.DB, func(context.Context) error {
			p := admin.Follow(paths.AdminSearchRebuild(""), url.Values{"moteur": {"meilisearch"}})
			if !strings.Contains(p.Text(), "0 sur 40, les recherches continuent") {
				t.Error(p.Text())
			}
			if p := admin.Follow(paths.AdminSearchStop(), url.Values{"moteur": {"meilisearch"}}); !strings.Contains(p.Text(), "La reconstruction est arrêtée") {
				t.Error(p.Text())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		now, building, err := searching.Indexes(t.Context(), s.DB)
		if err != nil || building != nil || now.UID != live.UID {
			t.Fatal(now, building, err)
		}
	})
	t.Run("P17.23 a rebuild swaps the index, and the check finds it equal", func(t *testing.T) {
		live, _, err := searching.Indexes(t.Context(), s.DB)
		if err != nil {
			t.Fatal(err)
		}
		admin.Follow(paths.AdminSearchRebuild(""), url.Values{"moteur": {"meilisearch"}})
		until(t, 40*time.Second, func() string {
			now, building, err := searching.Indexes(t.Context(), s.DB)
			if err != nil || building != nil || now == nil || now.UID == live.UID {
				return fmt.Sprint(now, building, err)
			}
			return ""
		})
		until(t, 40*time.Second, whole)
		admin.Follow(paths.AdminSearchCheck(), url.Values{"moteur": {"meilisearch"}})
		until(t, 40*time.Second, func() string {
			if p := state(t, admin); !strings.Contains(p.Text(), "40 documents, tous égaux à la base") {
				return p.Text()
			}
			return ""
		})
	})
	t.Run("P14.1 documents refused are listed with their reason and tried again", func(t *testing.T) {
		live, _, err := searching.Indexes(t.Context(), s.DB)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.DB.Pool.Exec(t.Context(), `INSERT INTO search_outbox (uid, document, reason) SELECT $1, no, 'trop long' FROM search_documents WHERE reference = 'A.9'`, live.UID); err != nil {
			t.Fatal(err)
		}
		if p := state(t, admin); !strings.Contains(p.Find("section:has(#t-refus)").Text(), "trop long") || !strings.Contains(p.Text(), "A.9") {
			t.Fatal(p.Text())
		}
		admin.Follow(paths.AdminSearchAgain(), nil)
		until(t, 60*time.Second, func() string {
			if p := state(t, admin); !strings.Contains(p.Text(), "Aucun document n’est refusé") {
				return p.Text()
			}
			return ""
		})
	})
}

func TestAdminSearchTry(t *testing.T) {
	s := handlerstest.New(t)
	fill(t, s.DB, 30)
	admin := s.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	t.Run("P14.1 a query is tried: what was understood, ranks, scores, a bar and its words", func(t *testing.T) {
		p := admin.Get(paths.AdminSearchTry("les relieurs livrres", ""))
		rows := p.Find("section:has(#t-res) tbody tr")
		if rows.Length() != 10 || rows.First().Find("svg[role=img]").AttrOr("aria-label", "") == "" || rows.First().Find("svg rect").Length() < 2 {
			t.Fatal(p.Text())
		}
		for _, want := range []string{"30 résultats", "avec PostgreSQL", "livrres → livres, faute corrigée", "« relieurs » est dans le titre.", "corrigé en « livres », dans le texte", "10 montrés sur 30."} {
			if !strings.Contains(p.Text(), want) {
				t.Errorf("lacks %q: %s", want, p.Text())
			}
		}
	})
	t.Run("P14.1 a document says where it stands, or what it lacks", func(t *testing.T) {
		ask := paths.With(paths.AdminSearchTry("", ""), "q", "relieur 12 ", "document", "A.12")
		if p := admin.Get(ask); !strings.Contains(p.Find("#pourquoi").Text(), "Relieur 12") || !strings.Contains(p.Find("#pourquoi dd strong").Text(), " sur ") {
			t.Error(p.Text())
		}
		if p := admin.Get(paths.With(paths.AdminSearchTry("", ""), "q", "relieur", "document", "zqxwkj")); !strings.Contains(p.Text(), "Aucun document public n’a ce titre") {
			t.Error(p.Text())
		}
	})
	t.Run("P15.4 anything may be tried", func(t *testing.T) {
		for _, q := range []string{"", " ", "%", "_", "\\", "le la les", "\"relieur", "relieur AND NOT", strings.Repeat("relieur ", 1000), "\U0001F600", "zqxwkj", "\x00", "\xff\xfe"} {
			for _, engine := range []string{"", "postgresql", "meilisearch", "autre"} {
				p := admin.Get(paths.AdminSearch() + "/essai?q=" + url.QueryEscape(q) + "&moteur=" + engine + "&nature=rien&document=" + url.QueryEscape(q))
				if p.Status >= 500 {
					t.Errorf("%.20q %s: %d", q, engine, p.Status)
				}
			}
		}
	})
	t.Run("P2.5 nobody else sees any of it", func(t *testing.T) {
		if p := s.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal}).Get(paths.AdminSearch()); p.Status != http.StatusNotFound {
			t.Error(p.Status)
		}
	})
}
