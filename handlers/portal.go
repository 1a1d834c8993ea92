package handlers

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/people"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/static"
)

// Portal is everything that handlers need, built once by cmd/internal/portal.
type Portal struct {
	DB      *models.DB
	Index   search.Index
	Engines Engines // behind Index, for the console
	Assets  *static.Assets
	// Documents is the way to the bytes of documents.
	Documents *papers.Documents
	Log       *slog.Logger
	BaseURL   string // absolute links come from here alone
	Demo      bool   // mailbox, gallery and time travel exist only then
	Operator  Operator
	// TrustedProxies may say who the client is (X-Forwarded-For).
	TrustedProxies []string
	// RateFactor multiplies the limits of requests per address; 0 is 1.
	RateFactor int
	// MailConfigured: mails leave; otherwise pages that promise one say that it waits.
	MailConfigured bool
	// MailFrom is the sender of mails, as pages that promise one name it.
	MailFrom string
	// MoveTime moves the portal's clock; demonstration only.
	MoveTime func(context.Context, time.Duration) error

	pages    pageCache
	limits   buckets
	noted    noted
	census   searching.Counter
	proxies  proxies
	metrics  *metrics
	passkeys *people.Passkeys // nil where the base URL takes none
	leaving  atomic.Bool      // told to stop
}

// Operator is who runs this portal, for the legal pages (P18.14).
type Operator struct {
	Name, Address, Contact, Phone string
	Director                      string // directeur de la publication
	DataOfficer                   string // délégué à la protection des données
	Host                          string // hébergeur
	Accessibility                 string // declared level: full, partial or none
}

// Secure reports that cookies must be Secure: the base URL is https.
func (p *Portal) Secure() bool { return len(p.BaseURL) > 8 && p.BaseURL[:8] == "https://" }
