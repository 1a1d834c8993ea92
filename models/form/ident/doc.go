// Package ident owns the checks and canonical forms of identifiers: SIREN and SIRET,
// phone numbers, e-mail addresses, and names compared without case or accents.
//
// Checks are of form only: a number that passes may belong to nobody. The package is
// pure and refuses look-ups; refusals are message keys of views/i18n/form.messages.
package ident
