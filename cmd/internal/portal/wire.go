package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers"
	"passerelle/handlers/jobs"
	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/cluster"
	"passerelle/models/migrations"
	"passerelle/models/people"
	"passerelle/models/procedure"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/meili"
	"passerelle/static"
	"passerelle/storage/worker"
)

// Base is a portal's database, open and migrated: what commands that serve
// nothing need.
type Base struct {
	Config  *Config
	Log     *slog.Logger
	DB      *models.DB
	Clock   *models.PortalClock
	cluster *cluster.Cluster
	papers  *papers.Documents // opened when something serves or works
	pool    *worker.Pool
	tell    func(string)

	emptySpool sync.Once

	searching sync.Once // see Index
	index     search.Index
	words     *search.Postgres
	engine    *meili.Engine
	failover  *search.Failover
}

// startCluster is cluster.Start for a portal that serves, and cluster.Open for
// a command that may join the server of a running one.
type startCluster func(context.Context, cluster.Options) (*cluster.Cluster, error)

// Own starts the private PostgreSQL for a portal that serves, alone on its
// folder, or connects to DATABASE_URL.
func Own(ctx context.Context, c *Config, log *slog.Logger, progress func(string)) (*Base, error) {
	return open(ctx, c, log, progress, cluster.Start)
}

// Join opens the database for a command, beside a running portal or not.
func Join(ctx context.Context, c *Config, log *slog.Logger, progress func(string)) (*Base, error) {
	return open(ctx, c, log, progress, cluster.Open)
}

func open(ctx context.Context, c *Config, log *slog.Logger, progress func(string), start startCluster) (*Base, error) {
	zone, err := c.Location()
	if err != nil {
		return nil, err
	}
	b := &Base{Config: c, Log: log, Clock: &models.PortalClock{}, tell: progress}
	url := c.DatabaseURL
	if url == "" {
		b.cluster, err = start(ctx, cluster.Options{Folder: c.Data, Programs: c.Postgres, Log: log, Progress: progress})
		if err != nil {
			return nil, err
		}
		url = b.cluster.URL()
	}
	b.DB, err = models.Open(ctx, models.Options{URL: url, MaxConns: c.MaxConns, Clock: b.Clock, Zone: zone,
		Keys: models.NewKeys([]byte(c.SecretKey))})
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Migrate brings the schema and the published forms up to date, and settles a
// copy that was restored in another database cluster.
func (b *Base) Migrate(ctx context.Context) error {
	if err := migrations.Run(ctx, b.DB); err != nil {
		return err
	}
	moved, err := searching.Settle(ctx, b.DB)
	if err != nil {
		return err
	}
	if moved {
		b.Log.Info("the database is in another cluster than before: saved searches and the search index are settled in it")
	}
	return procedure.PublishBuiltIn(ctx, b.DB)
}

// Close gives the database back and stops a private server of ours.
func (b *Base) Close() {
	b.closePapers()
	if b.words != nil {
		b.words.Close()
	}
	if b.engine != nil {
		b.engine.Close()
	}
	if b.DB != nil {
		b.DB.Close()
	}
	if b.cluster != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := b.cluster.Stop(ctx); err != nil {
			b.Log.Error("stop database", "error", err)
		}
	}
}

// Server is a portal that answers.
type Server struct {
	*Base
	Portal   *handlers.Portal
	App      *fiber.App
	stopJobs func(context.Context) error
	listener net.Listener
	metrics  *http.Server
}

// Serve builds the web application over an open base and starts its jobs,
// unless work is false (another process does it).
func (b *Base) Serve(ctx context.Context, listener net.Listener, work bool) (*Server, error) {
	assets, err := static.New()
	if err != nil {
		return nil, err
	}
	documents, err := b.Papers(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.keepSecret(ctx); err != nil {
		return nil, err
	}
	if err := b.checkEngine(ctx); err != nil {
		return nil, err
	}
	go b.warmSearch(ctx)
	c := b.Config
	s := &Server{Base: b, listener: listener}
	s.Portal = &handlers.Portal{DB: b.DB, Documents: documents, Index: b.Index(), Engines: handlers.Engines{Own: b.words, Outside: b.engine, Failover: b.failover}, Assets: assets, Log: b.Log, BaseURL: c.BaseURL,
		Demo: c.Demo, TrustedProxies: c.TrustedProxies, RateFactor: c.RateFactor, MoveTime: b.moveTime,
		MailConfigured: c.Demo || c.SMTPURL != "", MailFrom: c.MailFrom,
		Operator: handlers.Operator{Name: c.OperatorName, Address: c.OperatorAddress, Contact: c.OperatorContact, Phone: c.OperatorPhone,
			Director: c.OperatorDirector, DataOfficer: c.OperatorDataOfficer, Host: c.OperatorHost, Accessibility: c.OperatorAccessibility}}
	s.App = handlers.NewApp(s.Portal)
	s.Portal.Registry().MustRegister(newMailGauges(b.DB))
	b.watchEngine(ctx, s.Portal.Registry())
	s.Portal.Listen(ctx)
	if work {
		if s.stopJobs, err = b.Work(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// keepSecret says plainly that the secret key is another than before, and what that ends.
func (b *Base) keepSecret(ctx context.Context) error {
	var changed bool
	var lost, all int
	err := b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		if changed, err = people.KeepSecret(ctx, tx); err != nil || !changed {
			return err
		}
		lost, all, err = people.Unreadable(ctx, tx)
		return err
	})
	if err == nil && changed {
		b.say(fmt.Sprintf("the secret key is not the one of before: everybody is signed out, links of mails sent again are new ones, and %d second factors of %d cannot be read (passerelle doctor says what to do)", lost, all))
	}
	return err
}

// Work starts the jobs of this process: mails and the portal's clock.
func (b *Base) Work(ctx context.Context) (func(context.Context) error, error) {
	if _, err := b.Papers(ctx); err != nil {
		return nil, err
	}
	return jobs.Start(ctx, b.jobOptions())
}

// spool is the private folder of what is written before it is encrypted, emptied
// once per process.
func (b *Base) spool() string {
	folder := filepath.Join(b.Config.Data, "lists")
	b.emptySpool.Do(func() {
		_ = os.RemoveAll(folder)
		_ = os.MkdirAll(folder, 0o700)
	})
	return folder
}

func (b *Base) jobOptions() jobs.Options {
	b.openSearch()
	return jobs.Options{DB: b.DB, Engine: b.Engine(), Words: b.words, Documents: b.papers, Log: b.Log, BaseURL: b.Config.BaseURL, From: b.Config.MailFrom, SMTPURL: b.Config.SMTPURL,
		Local: b.Config.Demo, Spool: b.spool(), Service: b.Config.OperatorName, Contact: b.Config.OperatorContact, Rights: b.Config.OperatorDataOfficer}
}

// lastCalls is how long the portal told to stop goes on answering: those who have asked
// may still wait to be heard on a busy machine, and a proxy learns from /readyz that it
// leaves.
const lastCalls = time.Second

// Run answers until the context ends, then drains (P15.5): last calls, no new
// connection, requests in flight, jobs; the caller closes the database.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 2)
	go func() { failed <- s.App.Listener(s.listener) }()
	if s.Config.MetricsAddr != "" {
		s.metrics = &http.Server{Addr: s.Config.MetricsAddr, Handler: s.Portal.Metrics(), ReadHeaderTimeout: 5 * time.Second}
		go func() {
			if err := s.metrics.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("metrics: %w", err)
			}
		}()
	}
	var err error
	select {
	case <-ctx.Done():
		s.Portal.Leave()
		time.Sleep(lastCalls)
	case err = <-failed:
	}
	return errors.Join(err, s.shutdown())
}

func (s *Server) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	err := s.App.ShutdownWithContext(ctx)
	if s.metrics != nil {
		err = errors.Join(err, s.metrics.Shutdown(ctx))
	}
	if s.stopJobs != nil {
		err = errors.Join(err, s.stopJobs(ctx))
	}
	return err
}

// Listen opens the portal's address; under demo the next free port if busy.
func (c *Config) Listen() (net.Listener, error) {
	l, err := net.Listen("tcp", c.Addr)
	if err == nil || !c.Demo {
		return l, err
	}
	host, _, splitErr := net.SplitHostPort(c.Addr)
	if splitErr != nil {
		return nil, splitErr
	}
	for port := 8081; port < 8181; port++ {
		if l, err = net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(port))); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// Logger writes JSON lines to standard error.
func (c *Config) Logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel))
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
