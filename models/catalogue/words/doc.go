// Package words cuts French text into the words that the search compares: one
// code for what is stored and what is typed, so that both always agree.
//
// It owns folding (case, accents, ligatures), elision, stop words and a light
// stem of plurals and feminines. It refuses the stemmers that lean on accents,
// because people do not type them: « infirmière », « infirmiere » and
// « infirmiers » give one stem (P4.3). Pure: no I/O, no clock.
package words
