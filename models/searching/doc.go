// Package searching owns the rows behind the search that are not documents:
// the indexes of an engine outside the database, the outbox of changes that
// they do not have yet (P4.9), how far a rebuild has come, and the checks of
// an index against the database (P17.23).
//
// It refuses to speak to an engine, and to touch search_documents: those are
// models/catalogue's.
package searching
