// Package meili is the search engine on Meilisearch, behind search.Index. The
// engine holds a copy of the words of search_documents, public data only
// (P4.8), and says which documents answer a text and how well; selections,
// counts and pages come from the database, so that they are never behind.
//
// It owns the copy: feeding it from the outbox (P4.9), rebuilding it beside the
// one that answers, checking it. It refuses to own truth: whatever the engine
// has lost is sent again.
package meili
