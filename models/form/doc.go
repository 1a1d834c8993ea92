// Package form owns the form engine: what a form asks (Definition), which questions a
// person sees, what they answered, what is wrong or missing, and how it reads back.
//
// A form is data (P5.1). Saving never refuses a partial step (P5.5): Parse keeps what
// was typed, Evaluate says what is missing, and only submission is gated. Answers
// hidden by a condition stay in the draft and are not submitted (P5.3).
//
// The package is pure: no input or output, no clock, no randomness; dates are own day
// numbers, today and look-ups (communes, employers) are given in Env. It refuses to
// know who may write, where answers are stored and how fields are drawn.
package form
