package paths

import "strconv"

// Imports lists the catalogue files that were imported (P3.6); a file is sent here by POST.
func Imports() string { return Administration() + "/imports" }

// ImportsFrom is the list with a kind and a source chosen already.
func ImportsFrom(kind, source string) string {
	return With(Imports(), "type", kind, "source", source)
}

// Import is one file: how it is read, its rehearsal, its report.
func Import(id string) string { return Imports() + "/" + segment(id) }

// ImportColumns changes how a file is read; POST only.
func ImportColumns(id string) string { return Import(id) + "/colonnes" }

// ImportAct rehearses, imports, gives up or takes back, by POST; by GET, an import and
// its undo ask for a confirmation.
func ImportAct(id, act string) string { return Import(id) + "/" + segment(act) }

// ImportLines is a page of what becomes of the lines of a file, by verdict.
func ImportLines(id, verdict string, page int) string {
	address := Import(id) + "?verdict=" + segment(verdict)
	if page > 1 {
		address += "&page=" + strconv.Itoa(page)
	}
	return address + "#lignes"
}

// ImportReport is the whole report by line, as CSV.
func ImportReport(id string) string { return Import(id) + "/rapport.csv" }
