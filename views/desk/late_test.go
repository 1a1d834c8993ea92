package desk

import (
	"testing"
	"time"

	"passerelle/models/application"
	"passerelle/models/form"
	"passerelle/views/i18n"
)

func TestLate(t *testing.T) {
	t.Run("P17.14 a date that has passed without a decision is said late, by days", func(t *testing.T) {
		c := Clock{Now: time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC), Zone: time.UTC}
		day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
		if n := c.late(application.DeskToReview, day(20)); n != 2 {
			t.Errorf("%d days late", n)
		}
		for _, s := range []application.DeskState{application.DeskToReview, application.DeskRefused} {
			if n := c.late(s, day(22)); n != 0 {
				t.Errorf("%s: %d days late", s, n)
			}
		}
		if n := c.late(application.DeskAccepted, day(1)); n != 0 {
			t.Errorf("decided, and %d days late", n)
		}
	})
}

func TestBlockTitle(t *testing.T) {
	t.Run("P9.2 the officer reads about the person, not « votre état civil »", func(t *testing.T) {
		ctx := i18n.With(t.Context(), i18n.French)
		for heading, want := range map[string]string{"Votre état civil": "Identité", "Adresse professionnelle": "Adresse professionnelle"} {
			a := form.Answer{Step: "identite", Heading: form.Text{FR: heading}}
			if got := blockTitle(ctx, a); got != want {
				t.Errorf("%q reads %q", heading, got)
			}
		}
	})
}
