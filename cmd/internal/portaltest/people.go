package portaltest

import (
	"regexp"
	"strings"
	"time"
)

// Links of mails that several tests follow.
var (
	Activation   = regexp.MustCompile(`https?://[^\s"<>]+/activation/[A-Za-z0-9_-]+`)
	ApprovalLink = regexp.MustCompile(`https?://[^\s"<>]+/validation/[A-Za-z0-9_-]+`)
)

// SignIn gives an address and a password on the page of that.
func (b *Browser) SignIn(email, password string) {
	b.T.Helper()
	b.Open("/connexion")
	b.Fill("email", email)
	b.Fill("password", password)
	b.Click(`main form button[type=submit].button--primary`)
	b.Until("the sign-in to end", `location.pathname !== '/connexion' && document.body`)
}

// Mailed waits for a mail to an address in the local mailbox, opened in a window of its
// own, and returns the link of the given form.
func (b *Browser) Mailed(to string, link *regexp.Regexp) string {
	b.T.Helper()
	box := NewBrowser(b.T, b.URL, b.Scripts)
	for end := time.Now().Add(Patience); time.Now().Before(end); {
		box.Open("/_mail?pour=" + to)
		for _, address := range strings.Fields(box.Value(`[...document.querySelectorAll('a[href^="/_mail/"]')].map(a => a.getAttribute('href').split('?')[0]).join(' ')`)) {
			box.Open(address + "?version=texte")
			if found := link.FindString(box.Value(`document.documentElement.innerHTML`)); found != "" {
				return found
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	box.Fail("no mail to %s with %s", to, link)
	return ""
}
