// Package importer loads other people's catalogue files (P3.6): CSV, NDJSON and
// LHEO of courses with their sessions, programmes and announcements, and the
// registers of organisations, staff, students and graduates. It
// recognises how a file is written, reads it through a mapping, rehearses it
// line by line, and merges it by external id in one transaction through a
// temporary table; the last import of a kind can be taken back.
//
// It refuses half an import: one bad line and nothing is written, every bad
// line being reported with its number. Rows absent from a file are left alone
// (P18.12); the same file twice changes nothing the second time. It refuses what
// is not text, archives that grow without end and XML that declares anything.
package importer
