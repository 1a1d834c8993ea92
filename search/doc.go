// Package search finds public documents: one Index interface, the engine on
// PostgreSQL behind it, and the contract suite that any engine passes
// (searchtest). Rights never come into it: what is indexed is public (P4.8),
// and the managers' lists ask the database instead (P18.16).
//
// It refuses to own truth: documents are written by models/catalogue in the
// business transaction, an engine only reads or copies them. Highlights are
// private-use marks, never HTML.
package search
