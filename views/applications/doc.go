// Package applications draws the applicant's screens: starting, the pages of the
// form, recapitulation, conflict, receipt, dashboard, withdrawal, found draft.
//
// Values come in as words, days and results of the form engine; it knows no
// database and no clock, and imports nothing that the offline engine lacks. It
// refuses to decide: what is shown, required or wrong is the engine's word.
package applications
