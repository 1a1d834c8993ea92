package handlers

import (
	"time"

	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// preferenceLasts is how long a choice of language or appearance is kept.
const preferenceLasts = 365 * 24 * time.Hour

// chooseLanguage keeps the language of this browser (P15.1) and goes back to
// the page where the choice was made.
func (p *Portal) chooseLanguage(c *Call) error {
	if lang, ok := i18n.Parse(c.Value("langue")); ok {
		c.setCookie(langCookie, string(lang), preferenceLasts)
	}
	return c.SeeOther(paths.Local(c.Value("retour")))
}

// chooseAppearance keeps light, dark or the system's choice.
func (p *Portal) chooseAppearance(c *Call) error {
	switch theme := c.Value("apparence"); theme {
	case "clair", "sombre":
		c.setCookie(appearanceCookie, theme, preferenceLasts)
	default:
		c.setCookie(appearanceCookie, "", -1)
	}
	return c.SeeOther(paths.Local(c.Value("retour")))
}
