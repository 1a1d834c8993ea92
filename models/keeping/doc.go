// Package keeping owns what administrators know and order about the stored bytes
// (P14.2, P17.24): the passes over every object, checks and moves, with how far each
// is; what they found wrong, until it is mended; volumes by kind, structure and month;
// and what each rule of retention is about to erase.
//
// It never touches a store: jobs do, and tell it. It refuses to say that something is
// sound which no pass has looked at, and two passes of one sort at once.
package keeping
