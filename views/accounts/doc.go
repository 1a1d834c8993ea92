// Package accounts owns the screens of a person's account: sign-up and its mail,
// activation, sign-in, forgotten password, the account page, and the demonstration's
// mailbox. Each screen is a struct of plain values and a templ component.
// It refuses rules and clocks: what is wrong comes as keys, dates come as days.
package accounts
