// Package print draws the PDF files that the portal itself makes: the specimen
// papers of the demonstration, the models that applicants fill and the summary of
// a dossier.
//
// It only draws what it is given: it reads no database and decides nothing. The
// same values always give the same bytes, so that a file can be compared.
package print
