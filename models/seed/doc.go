// Package seed builds the demonstration: the real public catalogue that travels
// in data/, generated sessions marked as such, and fictitious people and
// applications made with the real verbs.
//
// It refuses to invent what a source lacks, and to run twice: everything it
// makes is recognised and left alone the next time.
package seed
