package meili

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"passerelle/models"
	"passerelle/search"
)

// Name of the engine, shown to administrators.
const Name = "Meilisearch"

// Options says where the engine is. Zero values are right but for URL.
type Options struct {
	URL string
	Key string // master key, or one that may do everything with the indexes of Prefix
	// Prefix begins the names of the indexes, so that several portals can share
	// a server; "passerelle" by default.
	Prefix string
}

// Engine is the search on Meilisearch. One per process.
type Engine struct {
	db     *models.DB
	base   *search.Postgres
	client meilisearch.ServiceManager
	http   *http.Client
	url    string
	prefix string

	mu    sync.Mutex
	uid   string // of the index that answers, as last read
	until time.Time
	fit   map[string]string // index → fingerprint of the settings that it is known to have

	patience time.Duration // of a search
}

// The patience of each kind of request. Of a search it is short: whoever waits
// is answered by PostgreSQL in the same second (P15.4).
const (
	searchTimeout = 600 * time.Millisecond
	askTimeout    = 3 * time.Second
	sendTimeout   = time.Minute
	taskTimeout   = 90 * time.Second
	fitTimeout    = time.Hour // settings may have the engine go through everything again
)

// New makes the engine over base, which understands the queries and makes the
// pages. It speaks to nobody yet.
func New(db *models.DB, base *search.Postgres, o Options) *Engine {
	if o.Prefix == "" {
		o.Prefix = "passerelle"
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	transport.ResponseHeaderTimeout = sendTimeout
	client := &http.Client{Transport: transport}
	return &Engine{db: db, base: base, http: client, url: o.URL, prefix: o.Prefix, fit: map[string]string{}, patience: searchTimeout,
		client: meilisearch.New(o.URL, meilisearch.WithAPIKey(o.Key), meilisearch.WithCustomClient(client), meilisearch.DisableRetries())}
}

// Close lets the idle connections go.
func (e *Engine) Close() { e.http.CloseIdleConnections() }

// What an engine that cannot serve is refused for.
var (
	ErrKey      = errors.New("Meilisearch refuses the key: check MEILI_MASTER_KEY")
	ErrOld      = errors.New("this Meilisearch is too old")
	ErrNoIndex  = errors.New("Meilisearch has no index of this portal yet")
	errIsAbsent = errors.New("the index is not in Meilisearch")
)

// oldest is the first version with all that the portal asks of the engine.
var oldest = [2]int{1, 12}

// Version asks the engine's version and refuses one that is too old, a wrong
// key, a server that does not answer.
func (e *Engine) Version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	v, err := e.client.VersionWithContext(ctx)
	if err != nil {
		return "", understood(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(v.PkgVersion, "%d.%d", &major, &minor); err != nil {
		return v.PkgVersion, fmt.Errorf("%w: version %q", ErrOld, v.PkgVersion)
	}
	if major < oldest[0] || major == oldest[0] && minor < oldest[1] {
		return v.PkgVersion, fmt.Errorf("%w: it is %s, at least %d.%d is needed", ErrOld, v.PkgVersion, oldest[0], oldest[1])
	}
	return v.PkgVersion, nil
}

// Reachable tells in a second whether the engine answers at all.
func (e *Engine) Reachable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := e.client.HealthWithContext(ctx)
	return understood(err)
}

// Ready tells whether the engine can answer a search now: it is reachable,
// takes the key, has the index, and is as quick as a search must be.
func (e *Engine) Ready(ctx context.Context) error {
	e.forget()
	uid, err := e.live(ctx)
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, e.patience)
	defer cancel()
	there, err := e.present(asking, uid)
	if err == nil && !there {
		err = ErrNoIndex
	}
	if err != nil && ctx.Err() == nil {
		return down(err)
	}
	return err
}

// understood gives the errors of the client the portal's names, and drops the
// texts of requests that they carry.
func understood(err error) error {
	var m *meilisearch.Error
	switch {
	case err == nil || !errors.As(err, &m):
		return err
	case m.StatusCode == http.StatusUnauthorized, m.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%w (%s)", ErrKey, m.MeilisearchApiError.Code)
	case m.MeilisearchApiError.Code == "index_not_found":
		return errIsAbsent
	case m.MeilisearchApiError.Code != "":
		return &refusal{status: m.StatusCode, code: m.MeilisearchApiError.Code, kind: m.MeilisearchApiError.Type, message: m.MeilisearchApiError.Message}
	case m.StatusCode == http.StatusRequestEntityTooLarge:
		return &refusal{status: m.StatusCode, code: "payload_too_large", kind: invalidRequest, message: "the document is too large for the server"}
	case m.OriginError != nil:
		return fmt.Errorf("meilisearch: %w", m.OriginError)
	}
	return fmt.Errorf("meilisearch: status %d", m.StatusCode)
}

const invalidRequest = "invalid_request"

// refusal is what the engine itself answered, at once or by a failed task.
type refusal struct {
	status              int
	code, kind, message string
	task                bool // found out while it was being done
}

func (r *refusal) Error() string { return fmt.Sprintf("%s (%s)", r.message, r.code) }

// ofDocument tells whether what was sent is to blame, and not the engine: full
// disks and the like are of another type.
func ofDocument(err error) bool {
	var r *refusal
	return errors.As(err, &r) && (r.kind == invalidRequest || r.status == http.StatusRequestEntityTooLarge)
}

// doubtful tells that a task failed by a fault of the engine's own, which one
// document may have brought about.
func doubtful(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.task && r.kind == "internal"
}

// unavailable gives an error its kind; that of the engine itself says so.
func unavailable(err error) error {
	var already *models.Error
	if errors.As(err, &already) {
		return err
	}
	return &models.Error{Kind: models.KindUnavailable, Key: "search.unavailable", RetryAfter: 5, Err: err}
}

// down tells that the engine is to blame, and neither the database nor the
// visitor who left.
func down(err error) error { return fmt.Errorf("%w: %w", search.ErrDown, err) }
