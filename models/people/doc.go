// Package people owns persons, accounts, their rights and their sign-ins: sign-up
// and activation, passwords, the login address and its change, throttling, the
// human check, second factors, the claim of a draft begun before the account
// existed, and what lines of staff and students make of all this.
//
// Person, account and e-mail are three things. It refuses to tell anybody
// whether an account exists: every public verb answers the same, in about the
// same time, and the owner of the address learns the rest by mail. Verbs that
// hash a password take the database and open their own short transaction, so
// that no connection waits for the processor.
package people
