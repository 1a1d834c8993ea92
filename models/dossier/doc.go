// Package dossier owns the papers of an application (dossier de pièces): what is
// asked (requirements), what was given (documents, one row per version), the files
// behind them, uploads under way, verdicts, remarks and who opened what.
//
// It knows rows and rules, never bytes: content lives in the store, under keys that
// only these rows name. It does not know the states of an application either: the
// package application loads the application through the actor, guards its state and
// then calls these verbs, which trust that it did.
//
// A document is never changed: a new version replaces it, and a verdict belongs to
// one version (P17.8). Badges are computed, never counted.
package dossier
