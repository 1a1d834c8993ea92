package paths

// AdminSearchTry puts a query to an engine and explains its ranks (P14.1); without
// text and engine, the blank form.
func AdminSearchTry(text, engine string) string {
	return With(AdminSearch()+"/essai", "q", text, "moteur", engine)
}

// AdminSearchRebuild asks whether an index is to be rebuilt; the answer is posted
// there. No engine means all of them.
func AdminSearchRebuild(engine string) string {
	return With(AdminSearch()+"/reconstruction", "moteur", engine)
}

// AdminSearchStop stops a rebuild; POST only.
func AdminSearchStop() string { return AdminSearch() + "/reconstruction/arret" }

// AdminSearchCheck compares an index with the database; POST only.
func AdminSearchCheck() string { return AdminSearch() + "/controle" }

// AdminSearchAgain sends the refused documents once more; POST only.
func AdminSearchAgain() string { return AdminSearch() + "/refus" }
