// Package searchtest is the contract that every search engine passes: one
// small world in a real database, the questions people ask of it, and a plain
// count of what the answers must be.
//
// It refuses to know how an engine works: near ties may come in any order,
// figures may not differ.
package searchtest
