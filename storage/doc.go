// Package storage keeps the bytes of documents (P7.4): objects under opaque
// keys, on a disk or in any S3 server, encrypted with one key per person before
// they leave this process.
//
// It knows objects, segments and keys; which document they belong to, who may
// read it and what state it is in live in models/dossier. It trusts no store:
// whatever comes back is authenticated, and what lies there is unreadable
// without the master key. It refuses names of people or files in its keys, and
// to overwrite: an object is written once, whole, or not at all.
package storage
