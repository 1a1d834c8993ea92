// Package importer loads catalogue files: CSV and NDJSON of courses (with
// their sessions), programmes and announcements (P3.6). Rows stream into a
// temporary table and are merged by their external id in one transaction.
//
// It refuses half an import: one bad line and nothing is written, every bad
// line being reported with its number. Rows absent from a file are left alone
// (P18.12); the same file twice changes nothing the second time.
package importer
