package portal

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search"
)

// searchGauges tells at each reading whether the search engine outside the
// database answers, and what it does not have yet (P14.1, P15.6). A database
// that does not answer leaves the latter out.
type searchGauges struct {
	db                                      *models.DB
	engine                                  *search.Failover
	down, waiting, refused, oldest, filling *prometheus.Desc
}

func newSearchGauges(db *models.DB, engine *search.Failover) searchGauges {
	gauge := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("passerelle_search_"+name, help, nil, nil)
	}
	return searchGauges{db: db, engine: engine,
		down:    gauge("down", "1 while the search engine does not answer and PostgreSQL does in its place."),
		waiting: gauge("waiting", "Changes that the search engine does not have yet."),
		refused: gauge("refused", "Documents that the search engine refuses."),
		oldest:  gauge("oldest_seconds", "Age of the oldest change that the search engine does not have."),
		filling: gauge("filling", "Share of the index being rebuilt that is filled; 1 when none is.")}
}

// Describe names the gauges for the registry.
func (g searchGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.down, g.waiting, g.refused, g.oldest, g.filling} {
		out <- d
	}
}

// Collect reads them, in two seconds at most.
func (g searchGauges) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	down := 0.0
	if since, _ := g.engine.Down(); !since.IsZero() {
		down = 1
	}
	gauge(g.down, down)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	live, building, err := searching.Indexes(ctx, g.db)
	if err != nil {
		return
	}
	filling := 1.0
	if building != nil {
		filling = float64(building.Filled) / float64(max(building.Total, 1))
	}
	gauge(g.filling, filling)
	if live == nil {
		return
	}
	lag, err := searching.LagOf(ctx, g.db, live.UID)
	if err != nil {
		return
	}
	gauge(g.waiting, float64(lag.Waiting))
	gauge(g.refused, float64(lag.Refused))
	age := 0.0
	if lag.Oldest != nil {
		age = time.Since(*lag.Oldest).Seconds() // real time: the outbox is dated by the database
	}
	gauge(g.oldest, age)
}
