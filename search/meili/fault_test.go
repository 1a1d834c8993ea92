package meili_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/meili"
	"passerelle/search/meili/meilitest"
)

func TestOutage(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	wire := meilitest.NewWire(t, server)
	e := engine(t, db, wire.URL)
	index := search.NewFailover(e, search.NewPostgres(db), e.Ready, nil)
	list := putMany(t, db, 600)
	must(t, e.CatchUp(ctx))
	equal(t, e)
	answers := func(text string, want int, degraded bool) {
		t.Helper()
		began := time.Now()
		if n, d := total(t, index, text); n != want || d != degraded {
			t.Errorf("%q: %d results, degraded %v", text, n, d)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%q: %s", text, took)
		}
	}
	back := func() {
		t.Helper()
		for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
			if since, _ := index.Down(); since.IsZero() {
				return
			} else if time.Since(began) > 20*time.Second {
				t.Fatal("never back")
			}
		}
	}
	answers("horlogerie", 100, false)
	t.Run("P15.4 killed, PostgreSQL goes on and says so", func(t *testing.T) {
		server.Kill()
		answers("horlogerie", 100, true)
		for i := range 500 {
			list[i].Title = strings.Replace(list[i].Title, "horlogerie", "lutherie", 1) + " bis"
			put(t, db, list[i])
		}
		answers("lutherie", 83, true)
		if err := e.CatchUp(ctx); !unavailable(err) {
			t.Error(err)
		}
		r, err := e.Report(ctx)
		if err != nil || r.Reachable || r.Lag.Waiting != 500 || r.Lag.Oldest == nil {
			t.Errorf("%+v %v", r, err)
		}
	})
	t.Run("P4.9 back, it catches up and is equal", func(t *testing.T) {
		server.Return(t)
		must(t, e.CatchUp(ctx))
		equal(t, e)
		back()
		answers("lutherie", 83, false)
	})
	t.Run("P4.9 a server that lost everything is filled again", func(t *testing.T) {
		server.Kill()
		server.Erase(t)
		server.Return(t)
		answers("lutherie", 83, true)
		must(t, e.CatchUp(ctx))
		equal(t, e)
		back()
		answers("lutherie", 83, false)
	})
}

// TestNetwork fails the network in each of the ways that it does.
func TestNetwork(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	wire := meilitest.NewWire(t, server)
	e := engine(t, db, wire.URL)
	index := search.NewFailover(e, search.NewPostgres(db), e.Ready, nil)
	list := putMany(t, db, 600)
	must(t, e.CatchUp(ctx))
	watching, stop := context.WithCancel(ctx)
	defer stop()
	until := func(what string, most time.Duration, true func() bool) {
		t.Helper()
		for began := time.Now(); !true(); time.Sleep(20 * time.Millisecond) {
			if time.Since(began) > most {
				t.Fatalf("not %s after %s", what, most)
			}
		}
	}
	isDown := func() bool { since, cause := index.Down(); return !since.IsZero() && errors.Is(cause, search.ErrDown) }
	for round, c := range []struct {
		name string
		fail func()
	}{
		{"a network that answers nothing", wire.Cut},
		{"connections reset", wire.Reset},
		{"a network too slow to search by", func() { wire.Slow(900 * time.Millisecond) }},
	} {
		t.Run("P15.4 "+c.name, func(t *testing.T) {
			if n, degraded := total(t, index, "horlogerie"); n != 100 || degraded {
				t.Fatal(n, degraded)
			}
			c.fail()
			for range 5 {
				began := time.Now()
				if n, degraded := total(t, index, "horlogerie"); n != 100 || !degraded {
					t.Errorf("%d results, degraded %v", n, degraded)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("a visitor waits %s", took)
				}
			}
			if !isDown() {
				t.Error("nobody knows")
			}
			for i := range 50 {
				list[i].Title = fmt.Sprintf("Annonce %d changée %d fois", i, round+1)
			}
			put(t, db, list[:50]...)
			wire.Mend()
			until("back", 10*time.Second, func() bool { return !isDown() })
			must(t, e.CatchUp(ctx))
			equal(t, e)
			live, _, err := searching.Indexes(ctx, db)
			must(t, err)
			if lag, err := searching.LagOf(ctx, db, live.UID); err != nil || lag.Waiting != 0 {
				t.Errorf("%+v %v", lag, err)
			}
			for i := range 50 {
				list[i].Title = fmt.Sprintf("%s %d", crafts[i%len(crafts)], i)
			}
			put(t, db, list[:50]...)
			must(t, e.CatchUp(ctx))
		})
	}
	t.Run("P15.4 the fall is known although nobody searches", func(t *testing.T) {
		go index.Watch(watching)
		wire.Cut()
		until("seen down", 10*time.Second, isDown)
		wire.Mend()
		until("back", 10*time.Second, func() bool { return !isDown() })
	})
}

// TestDatabaseDown makes sure that nobody accuses the engine of it.
func TestDatabaseDown(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	e := engine(t, db, server.URL)
	var log bytes.Buffer
	index := search.NewFailover(e, search.NewPostgres(db), e.Ready, slog.New(slog.NewTextHandler(&log, nil)))
	putMany(t, db, 10)
	must(t, e.CatchUp(ctx))
	if n, _ := total(t, index, "soudure"); n != 2 {
		t.Fatal(n)
	}
	db.Pool.Close()
	t.Run("P15.4 a dead database is not an engine that is down", func(t *testing.T) {
		for _, ask := range []func() error{
			func() error { _, err := index.Search(ctx, search.Query{Text: "soudure"}); return err },
			func() error { _, err := index.Complete(ctx, "soud", 5); return err },
		} {
			if err := ask(); !unavailable(err) || errors.Is(err, search.ErrDown) {
				t.Error(err)
			}
		}
		if since, cause := index.Down(); !since.IsZero() || log.Len() > 0 {
			t.Error(since, cause, log.String())
		}
	})
}

// TestFullDisk fills the engine's disk.
func TestFullDisk(t *testing.T) {
	server, db, ctx := meilitest.StartOnDisk(t, 200), modelstest.DB(t), context.Background()
	e := engine(t, db, server.URL)
	index := search.NewFailover(e, search.NewPostgres(db), e.Ready, nil)
	list := putMany(t, db, 300)
	must(t, e.CatchUp(ctx))
	for round, left := range []int64{0, 2000} { // refused at once, and by a task that fails
		words := []string{"Vannerie", "Dentelle"}[round]
		server.FillDisk(t, left)
		for i := range list {
			list[i].Title, list[i].Body = fmt.Sprintf("%s et %s %d", words, crafts[i%len(crafts)], i), strings.Repeat(fmt.Sprintf("%s%d ", words, i), 500)
		}
		put(t, db, list...)
		t.Run(fmt.Sprintf("P15.4 with %d kB left everything waits, no document is blamed, searches are answered", left), func(t *testing.T) {
			short, cancel := context.WithTimeout(ctx, 4*time.Second)
			defer cancel()
			err := e.CatchUp(short)
			if left == 0 && (!unavailable(err) || !strings.Contains(err.Error(), "space")) {
				t.Fatal(err)
			}
			r, reading := e.Report(ctx)
			if err == nil || reading != nil || r.Lag.Waiting != 300 || r.Lag.Refused != 0 {
				t.Errorf("%v, %+v %v", err, r, reading)
			}
			t.Logf("%v, tasks %+v", err, r.Tasks)
			if n, _ := total(t, index, "horlogerie"); n != 50 {
				t.Error(n)
			}
		})
		t.Run("P4.9 with room again it catches up by itself", func(t *testing.T) {
			server.FreeDisk(t)
			must(t, e.CatchUp(ctx))
			equal(t, e)
			if n, degraded := total(t, e, words); n != 300 || degraded {
				t.Error(n, degraded)
			}
		})
	}
}

func unavailable(err error) bool {
	var m *models.Error
	return errors.As(err, &m) && m.Kind == models.KindUnavailable
}

func TestRefusedDocument(t *testing.T) {
	server, db, ctx := meilitest.Own(t, "--http-payload-size-limit", "60000"), modelstest.DB(t), context.Background()
	e := engine(t, db, server.URL)
	huge := announcement(db, 9000, "Annonce interminable")
	huge.Body = strings.Repeat("interminable ", 10_000)
	put(t, db, huge)
	list := putMany(t, db, 300)
	check := func() {
		t.Helper()
		r, err := e.Report(ctx)
		if err != nil || r.Indexed != 300 || r.Lag.Waiting != 0 || r.Lag.Refused != 1 || len(r.Refusals) != 1 || r.Refusals[0].Reference != huge.Reference || r.Refusals[0].Reason == "" {
			t.Fatalf("%+v %v", r, err)
		}
	}
	t.Run("P15.4 while filling, the others go and the refused one is listed", func(t *testing.T) {
		must(t, e.CatchUp(ctx))
		check()
	})
	t.Run("P15.4 likewise when they change, in one batch", func(t *testing.T) {
		huge.Title = "Annonce sans fin"
		for i := range list {
			list[i].Title += " bis"
		}
		put(t, db, append(list, huge)...)
		must(t, e.CatchUp(ctx))
		check()
		if n, _ := total(t, e, "bis"); n != 300 {
			t.Error(n)
		}
	})
	t.Run("mended, it goes by itself", func(t *testing.T) {
		huge.Body = "Plus court."
		put(t, db, huge)
		must(t, e.CatchUp(ctx))
		equal(t, e)
	})
}

// TestFailedTask has the engine itself fail the task of every batch that holds
// one document: on its way a field is added to it that no server takes.
func TestFailedTask(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	target, err := url.Parse(server.URL)
	must(t, err)
	proxy, poisoned := httputil.NewSingleHostReverseProxy(target), atomic.Bool{}
	poisoned.Store(true)
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if poisoned.Load() {
			const of = `"reference":"N.00123"`
			body = bytes.ReplaceAll(body, []byte(of), []byte(of+`,"_vectors":"none"`))
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(w, r)
	}))
	defer way.Close()
	e := engine(t, db, way.URL)
	list := putMany(t, db, 300)
	refused := func(t *testing.T) {
		t.Helper()
		r, err := e.Report(ctx)
		if err != nil || r.Indexed != 299 || r.Lag.Waiting != 0 || len(r.Refusals) != 1 || r.Refusals[0].Reference != "N.00123" || !strings.HasPrefix(r.Refusals[0].Reason, "invalid type") {
			t.Fatalf("%+v %v", r, err)
		}
	}
	t.Run("P15.4 while filling, the others go and the one is listed with the engine's reason", func(t *testing.T) {
		must(t, e.CatchUp(ctx))
		refused(t)
	})
	t.Run("P15.4 likewise when all of them change", func(t *testing.T) {
		for i := range list {
			list[i].Title += " bis"
		}
		put(t, db, list...)
		must(t, e.CatchUp(ctx))
		refused(t)
		if c, err := e.Check(ctx); err != nil || c.Equal() && c.Waiting == 0 {
			t.Errorf("the check does not see it: %+v %v", c, err)
		}
	})
	t.Run("P15.4 likewise when it changes alone", func(t *testing.T) {
		list[123].Title += " ter"
		put(t, db, list[123])
		must(t, e.CatchUp(ctx))
		refused(t)
	})
	t.Run("P14.1 tried again by an administrator once the reason is gone", func(t *testing.T) {
		poisoned.Store(false)
		must(t, db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			n, err := searching.TryAgain(ctx, tx, models.Operator())
			if n != 1 {
				t.Error(n)
			}
			return err
		}))
		must(t, e.CatchUp(ctx))
		equal(t, e)
	})
}

func TestEngineRefused(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	t.Run("P15.4 a wrong key is said", func(t *testing.T) {
		e := meili.New(db, search.NewPostgres(db), meili.Options{URL: server.URL, Key: "another key"})
		defer e.Close()
		if _, err := e.Version(ctx); !errors.Is(err, meili.ErrKey) || strings.Contains(err.Error(), "another key") {
			t.Error(err)
		}
		if r, err := e.Report(ctx); err != nil || !r.Reachable || !errors.Is(r.Problem, meili.ErrKey) {
			t.Errorf("%+v %v", r, err)
		}
	})
	t.Run("an older version is refused with what is needed", func(t *testing.T) {
		old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"pkgVersion":"1.3.2"}`)) }))
		defer old.Close()
		if _, err := engine(t, db, old.URL).Version(ctx); !errors.Is(err, meili.ErrOld) || !strings.Contains(err.Error(), "1.3.2") {
			t.Error(err)
		}
	})
	t.Run("P15.4 a key taken back meanwhile does not stop the searches", func(t *testing.T) {
		putMany(t, db, 12)
		must(t, engine(t, db, server.URL).CatchUp(ctx))
		e := meili.New(db, search.NewPostgres(db), meili.Options{URL: server.URL, Key: "another key"})
		defer e.Close()
		index := search.NewFailover(e, search.NewPostgres(db), e.Ready, nil)
		if _, degraded := total(t, index, "soudure"); !degraded {
			t.Error("not said")
		}
		if _, cause := index.Down(); !errors.Is(cause, meili.ErrKey) {
			t.Error(cause)
		}
		if err := e.Work(ctx, time.Now()); !unavailable(err) || !errors.Is(err, meili.ErrKey) {
			t.Error(err)
		}
	})
	t.Run("settings changed by another hand are put right", func(t *testing.T) {
		must(t, engine(t, db, server.URL).CatchUp(ctx))
		live, _, err := searching.Indexes(ctx, db)
		must(t, err)
		settings := server.URL + "/indexes/" + live.UID + "/settings"
		until := func(sign string) {
			t.Helper()
			for began := time.Now(); !strings.Contains(call(t, http.MethodGet, settings, ""), sign); time.Sleep(20 * time.Millisecond) {
				if time.Since(began) > 10*time.Second {
					t.Fatalf("no %s", sign)
				}
			}
		}
		call(t, http.MethodPatch, settings, `{"searchableAttributes":["reference"],"synonyms":{"a":["b"]}}`)
		until(`"searchableAttributes":["reference"]`)
		must(t, engine(t, db, server.URL).CatchUp(ctx)) // another process: this one knows its index
		until(`"searchableAttributes":["title_words","acronyms","labels","body_words"]`)
		until(`"synonyms":{}`)
	})
}

// call speaks to a server behind the portal's back.
func call(t testing.TB, method, url, body string) string {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+meilitest.OwnKey)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	return string(text)
}
