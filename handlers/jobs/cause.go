package jobs

import (
	"context"
	"errors"
	"net"
	"strings"

	"passerelle/handlers/jobs/mail"
)

// cause names a failure for the log and the row: no address, no server text
// that may quote one (P15.6).
func cause(err error) string {
	var network *net.OpError
	var name *net.DNSError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, mail.ErrRefused):
		return "recipient refused"
	case errors.Is(err, mail.ErrNoObject):
		return "nothing left to say"
	case errors.As(err, &name):
		return "mail server not found"
	case errors.As(err, &network) && network.Op == "dial":
		return "mail server down"
	case errors.Is(err, context.DeadlineExceeded):
		return "mail server too slow"
	}
	return hideAddresses(err.Error())
}

// hideAddresses replaces every word that holds an address.
func hideAddresses(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if strings.Contains(w, "@") {
			words[i] = "…"
		}
	}
	s = strings.Join(words, " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "")
	}
	return s
}
