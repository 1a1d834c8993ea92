package handlers

import (
	"context"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Listen hears the database's announcements of change until ctx ends. Kept
// pages answer only while they are heard: when the connection is lost the cache
// is emptied and stays off until another is there.
func (p *Portal) Listen(ctx context.Context) {
	go p.hearChecks(ctx)
	if p.Engines.Outside != nil {
		go p.noteLags(ctx)
	}
	go p.DB.Listen(ctx, catalogue.Channel, models.Ear{
		Heard: p.pages.changed,
		Hearing: func(on bool, cause error) {
			p.pages.listening(on)
			if !on && ctx.Err() == nil {
				p.Log.Warn("announcements of change lost, pages are drawn each time", "error", models.Loggable(cause))
			}
		},
	})
}
