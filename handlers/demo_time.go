package handlers

import (
	"time"

	"passerelle/models"
	"passerelle/views/paths"
)

// jumps are the lengths that "Avancer le temps" offers.
var jumps = map[string]time.Duration{
	"1h": time.Hour, "1j": 24 * time.Hour, "7j": 7 * 24 * time.Hour, "31j": 31 * 24 * time.Hour,
}

// advanceTime moves the portal's clock by one of the jumps, then runs what the
// clock makes due (demonstration only).
func (p *Portal) advanceTime(c *Call) error {
	jump, ok := jumps[c.Value("saut")]
	if !ok {
		return models.Invalid("demo.jump")
	}
	if err := p.MoveTime(c.Context(), jump); err != nil {
		return err
	}
	return c.SeeOther(paths.Local(c.Value("retour")))
}
