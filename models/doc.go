// Package models is the kernel that every domain package builds on: the
// database and its single kind of write transaction, kinds of errors, the
// actor on whose behalf a verb runs, the event journal, job enqueueing in the
// business transaction, signed links, settings, ids and the clock.
//
// It owns no business rule. It refuses to send anything anywhere: mail and
// search engines are reached by jobs, never by a verb.
package models
