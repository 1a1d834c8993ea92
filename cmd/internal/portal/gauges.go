package portal

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// mailGauges tells at each reading how many mails wait, failed or may have left
// twice, and since when the oldest waits (P15.6). A database that does not
// answer leaves them out.
type mailGauges struct {
	db                   *models.DB
	mails, twice, oldest *prometheus.Desc
}

func newMailGauges(db *models.DB) mailGauges {
	return mailGauges{db: db,
		mails:  prometheus.NewDesc("passerelle_mails", "Mails by state.", []string{"state"}, nil),
		twice:  prometheus.NewDesc("passerelle_mails_maybe_twice", "Mails of which a second copy may exist.", nil, nil),
		oldest: prometheus.NewDesc("passerelle_mails_oldest_seconds", "Age of the oldest mail that waits.", nil, nil)}
}

// Describe names the gauges for the registry.
func (g mailGauges) Describe(out chan<- *prometheus.Desc) {
	out <- g.mails
	out <- g.twice
	out <- g.oldest
}

// Collect reads them, in two seconds at most.
func (g mailGauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var c mailbox.Counts
	err := g.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		c, err = mailbox.Count(ctx, tx)
		return err
	})
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(g.mails, float64(c.Waiting), "waiting")
	gauge(g.mails, float64(c.Failed), "failed")
	gauge(g.mails, float64(c.Sent), "sent")
	gauge(g.mails, float64(c.Dropped), "dropped")
	gauge(g.twice, float64(c.MaybeTwice))
	age := 0.0
	if c.OldestWaiting != nil {
		age = g.db.Clock.Now().Sub(*c.OldestWaiting).Seconds()
	}
	gauge(g.oldest, age)
}
