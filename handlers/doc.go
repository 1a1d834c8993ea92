// Package handlers is the portal's inbound HTTP: one file per resource action,
// one route table (routes.go) that names for each address its method, policy
// and handler.
//
// A handler does five steps in order: actor, parse into a typed input, one verb
// in one transaction, error by kind, fragment or redirect. It refuses business
// rules (models), SQL and words (views).
package handlers
