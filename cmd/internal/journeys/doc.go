// Package journeys does what people do, from end to end, in real browsers on the
// demonstration that a stranger starts: an application to a course until its decision, a
// dossier of a degree programme until the place is accepted, an administrator's day. It
// holds tests alone.
package journeys
