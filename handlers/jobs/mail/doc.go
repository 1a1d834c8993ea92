// Package mail turns a queued mail into a message and hands it over: it loads
// what the letter needs, rebuilds the link's secret, renders both parts, and
// sends by SMTP or keeps the message in the demonstration's mailbox.
//
// It refuses to decide anything: what is sent, to whom and once was decided by
// the verb that queued it.
package mail
