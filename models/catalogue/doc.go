// Package catalogue owns what can be applied to and read by anyone: themes,
// courses and their sessions, programmes with their intakes, announcements,
// the geography and public employers behind completions, and the public
// search documents, written in the transaction that changes the object (P3,
// P4.8).
//
// It refuses stored session states (they are computed from dates and seats,
// P18.17), personal data in the search, and texts that no source gives.
package catalogue
