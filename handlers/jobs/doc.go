// Package jobs runs what no request may wait for: sending the queued mails and
// the sweeps that compare business dates with the portal's clock.
//
// It owns no rule: a worker calls a verb and records how it went. It refuses to
// hold dates in the queue's own schedule, and to import package handlers.
package jobs
