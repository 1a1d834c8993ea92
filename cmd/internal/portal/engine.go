package portal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/search"
	"passerelle/search/meili"
)

// checkMeili refuses an address or a prefix that no server would take.
func (c *Config) checkMeili() error {
	if c.MeiliURL == "" {
		return nil
	}
	if u, err := url.Parse(c.MeiliURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("MEILI_URL %q: give a scheme and a host, such as http://127.0.0.1:7700", c.MeiliURL)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`).MatchString(c.MeiliPrefix) {
		return fmt.Errorf("MEILI_PREFIX %q: letters, digits, - and _ only, 40 at most", c.MeiliPrefix)
	}
	return nil
}

// Engine is the Meilisearch of this portal; nil where none is configured.
func (b *Base) Engine() *meili.Engine {
	b.openSearch()
	return b.engine
}

// Index is the search of this portal: Meilisearch with PostgreSQL behind it, or
// PostgreSQL alone.
func (b *Base) Index() search.Index {
	b.openSearch()
	return b.index
}

func (b *Base) openSearch() {
	b.searching.Do(func() {
		base := search.NewPostgres(b.DB)
		b.index, b.words = base, base
		if b.Config.MeiliURL == "" {
			return
		}
		b.engine = meili.New(b.DB, base, meili.Options{URL: b.Config.MeiliURL, Key: b.Config.MeiliMasterKey, Prefix: b.Config.MeiliPrefix})
		b.failover = search.NewFailover(b.engine, base, b.engine.Ready, b.Log)
		b.index = b.failover
	})
}

// warmSearch loads what the search holds in the process, beside the first pages:
// a search that comes before waits for the end of it.
func (b *Base) warmSearch(ctx context.Context) {
	if err := b.words.Warm(ctx); err != nil && ctx.Err() == nil {
		b.Log.Warn("the search is not loaded yet", "error", err)
	}
}

// watchEngine has the fall of the engine known although nobody searches, and
// tells it by gauges, until ctx ends.
func (b *Base) watchEngine(ctx context.Context, r prometheus.Registerer) {
	if b.openSearch(); b.engine == nil {
		return
	}
	go b.failover.Watch(ctx)
	r.MustRegister(newSearchGauges(b.DB, b.failover))
}

// checkEngine refuses at start what will never work, a wrong key or a server
// too old; one that is down is waited for (P15.4).
func (b *Base) checkEngine(ctx context.Context) error {
	engine := b.Engine()
	if engine == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	version, err := engine.Version(ctx)
	switch {
	case errors.Is(err, meili.ErrKey), errors.Is(err, meili.ErrOld):
		return fmt.Errorf("MEILI_URL: %w", err)
	case err != nil:
		b.say("Meilisearch does not answer: the search goes on with PostgreSQL, and with Meilisearch when it is back")
	default:
		b.say("search: Meilisearch " + version)
	}
	return nil
}

func (b *Base) say(line string) {
	if b.tell != nil {
		b.tell(line)
	}
}
