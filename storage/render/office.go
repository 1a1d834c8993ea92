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

// OfficeExtensions are the files that a converter takes.
func OfficeExtensions() []string { return []string{"doc", "docx", "odt", "rtf", "xls", "xlsx"} }

// IsOffice tells whether a converter takes files of that extension.
func IsOffice(extension string) bool {
	return slices.Contains(OfficeExtensions(), strings.ToLower(extension))
}

func isPDF(content []byte) bool {
	return strings.HasPrefix(string(content[:min(len(content), 5)]), "%PDF-")
}
