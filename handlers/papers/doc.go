// Package papers joins the rows of documents (models/dossier) with their bytes
// (storage): it receives uploads, reads files, inspects them in a child process,
// makes and keeps their renditions, and clears what no row names any more.
//
// Handlers and jobs share it; it knows neither requests nor pages. It refuses to
// decide who may read: its callers come with a file and its key, which the verbs
// of models/application give after the access check (P7.4). No transaction is
// open and no row locked while bytes move.
package papers
