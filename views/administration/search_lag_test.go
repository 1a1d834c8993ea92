package administration

import (
	"context"
	"slices"
	"testing"
	"time"

	"passerelle/views/i18n"
)

func TestLagCurve(t *testing.T) {
	s := time.Second
	for _, c := range []struct {
		name string
		e    SearchEngine
		want []string
	}{
		{"P14.1 nothing noted, nothing drawn", SearchEngine{Hour: []time.Duration{-1, -1, -1}}, nil},
		{"P14.1 no engine outside, nothing drawn", SearchEngine{}, nil},
		{"P14.1 a breath of lag stays at the foot", SearchEngine{Hour: []time.Duration{0, s, 0}, Lag: s}, []string{"0.0,18.0 48.0,16.4 96.0,16.4"}},
		{"P14.1 the worst of the hour is the top, and the end is now", SearchEngine{Hour: []time.Duration{0, 40 * s, 30 * s}, Lag: 20 * s}, []string{"0.0,18.0 48.0,2.0 96.0,10.0"}},
		{"P14.1 what nobody noted is a gap", SearchEngine{Hour: []time.Duration{0, 0, -1, 0, -1}, Lag: 0}, []string{"0.0,18.0 24.0,18.0", "72.0,18.0 96.0,18.0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.e.lagLines(); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	e := SearchEngine{Hour: []time.Duration{4 * time.Minute, 0}, Lag: 800 * time.Millisecond}
	for lang, want := range map[i18n.Lang]string{i18n.French: "Retard sur une heure : au plus 4\u00a0min, 0,8\u00a0s maintenant", i18n.English: "Lag over one hour: 4\u00a0min at most, 0.8\u00a0s now"} {
		if got := e.lagSpoken(i18n.With(context.Background(), lang)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
