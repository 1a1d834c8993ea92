// Package documents draws the pieces of an application for the person who gives them:
// the place of one piece, the page of all of them, one document page by page, their own
// documents kept for the next application, and who opened what.
//
// Values come in as words, days and sizes; it knows no database, no store and no clock.
// It refuses to decide what may be given, changed or opened: it shows what it is told,
// with the rule before the file and the remedy after a refusal.
package documents
