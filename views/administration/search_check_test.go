package administration

import (
	"context"
	"strings"
	"testing"
	"time"

	"passerelle/models/searching"
	"passerelle/views/ui"
)

func TestCheckStatus(t *testing.T) {
	ended := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	equal := &searching.Check{EndedAt: &ended, Documents: 40, Indexed: 40}
	for _, c := range []struct {
		name   string
		e      SearchEngine
		tone   ui.Tone
		before bool
	}{
		{"P14.1 equal, the engine answering, is good", SearchEngine{Check: equal}, ui.ToneOK, false},
		{"P14.1 equal, the engine away, was before", SearchEngine{Check: equal, Problem: ProblemDown}, "", true},
		{"P14.1 equal, the key refused, was before", SearchEngine{Check: equal, Problem: ProblemKey}, "", true},
		{"P14.1 equal, the engine coming back, is good", SearchEngine{Check: equal, Problem: ProblemBack}, ui.ToneOK, false},
		{"P14.1 differing stays bad, whatever the engine does", SearchEngine{Check: &searching.Check{EndedAt: &ended, Missed: 1}, Problem: ProblemDown}, ui.ToneBad, false},
		{"P14.1 never made, nothing is said", SearchEngine{Problem: ProblemDown}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.e.checkStatus(context.Background())
			if got.Tone != c.tone || strings.HasPrefix(got.Label, "Avant la panne") != c.before {
				t.Errorf("%q %q", got.Tone, got.Label)
			}
		})
	}
}
