// Package procedure owns the forms that people fill (procédures): their published
// versions, the JSON that operators write and publish, and which version is in force.
//
// A published version never changes (P5.1); a draft keeps the one it began with. The
// package refuses a definition that the form linter finds at fault, and it knows
// nothing of answers: those belong to applications.
package procedure
