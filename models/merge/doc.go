// Package merge owns the answers of a draft as multi-value registers: what each
// device wrote, which values its author was looking at, and what is left to choose.
//
// A value disappears only when an author who had seen it replaced it (its id is
// named in the new operation's context). Two authors who did not see each other
// leave two siblings: a conflict (réponse à départager) that a person settles.
// Clocks order siblings for display and never decide what is kept.
//
// The package is pure: no input or output, no clock, no randomness. Stamps and ids
// are given by the caller. It refuses last-write-wins, and it never drops a sibling.
package merge
