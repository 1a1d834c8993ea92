// Package application owns the life of an application (candidature): the draft
// before and after an account, its answers, submission, the line manager's
// approval, the decision and its release, the waiting list and withdrawal, with
// one transition table that every change of state goes through.
//
// It refuses to know courses (catalogue), accounts (people) or how anything is
// drawn; it sends no mail itself and keeps no answer outside the draft's
// registers and the submission's snapshot. What a caller may not see is not
// found.
package application
