// Package memory is what the search keeps of every document in the process: the
// words of its fields as postings, and the facets that queries filter and count.
//
// It owns the vocabulary, the segments and how a text is weighed (BM25F). It
// refuses to own truth: a Table is filled from search_documents and follows it,
// a reader works on a View that never changes. Nothing here knows the database,
// addresses or languages of the screen.
package memory
