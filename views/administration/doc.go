// Package administration owns the screens of the administrator: the files that are
// imported, how each is read, what it would do and what it did (P3.6, P14.7). It refuses
// to decide what is possible: models give it. Nothing here is ever shown to anybody else.
package administration
