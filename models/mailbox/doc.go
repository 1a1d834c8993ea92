// Package mailbox owns the mails of the portal as facts: to whom, of which
// kind, about what, and how far delivery has come. A verb queues a mail in its
// own transaction; a job renders and sends it later.
//
// It refuses texts and secrets: a row holds ids only, the words are made by the
// job that sends, and the token of a link is rebuilt there from its id.
package mailbox
