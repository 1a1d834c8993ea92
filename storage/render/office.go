package render

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Office turns an office file into a PDF, which is then inspected and shown like
// any other (P7.6). Two ways exist: [LibreOffice] on the machine, [Gotenberg]
// behind an address. Without either, office files are offered as a download.
type Office interface {
	// Convert gives the PDF of a file of that extension ("docx"). ErrOffice says
	// that this file cannot be converted, ErrOfficeDown that it may be later.
	Convert(ctx context.Context, extension string, content []byte) ([]byte, error)
	// String names the way, for the doctor.
	String() string
}

// Errors of [Office].
var (
	ErrOffice     = errors.New("office: this file cannot be converted")
	ErrOfficeDown = errors.New("office: no converter answers")
)

// Bounds of one conversion.
const (
	OfficeTimeout  = 60 * time.Second
	maxConverted   = 64 << 20
	officeMemory   = 4 << 20 // KiB of address space
	officeFileSize = 2 * maxConverted
)

// OfficeExtension gives the extension of an office file's media type, for
// [Office]; false for any other.
func OfficeExtension(media string) (string, bool) {
	extension, known := map[string]string{"application/msword": "doc", "application/rtf": "rtf", "text/rtf": "rtf",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
		"application/vnd.oasis.opendocument.text":                                 "odt",
		"application/vnd.ms-excel":                                                "xls",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":       "xlsx"}[media]
	return extension, known
}

// isOffice keeps to the extensions that a converter may be given: they become
// part of a file's name.
func isOffice(extension string) bool {
	return slices.Contains([]string{"doc", "docx", "odt", "rtf", "xls", "xlsx"}, extension)
}

func isPDF(content []byte) bool {
	return strings.HasPrefix(string(content[:min(len(content), 5)]), "%PDF-")
}
