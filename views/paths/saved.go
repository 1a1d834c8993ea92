package paths

// SavedSearches are a person's saved searches (mes recherches, P4.7); a POST
// saves another one.
func SavedSearches() string { return "/mes-recherches" }

// NewSavedSearch names a search before it is saved; pairs are the search's own
// and the rhythm.
func NewSavedSearch(pairs ...string) string { return With(SavedSearches()+"/nouvelle", pairs...) }

// SavedSearch is one of them, to be changed.
func SavedSearch(id string) string { return SavedSearches() + "/" + segment(id) }

// SavedSearchSeen notes that its news were seen; POST only.
func SavedSearchSeen(id string) string { return SavedSearch(id) + "/vue" }

// SavedSearchRemoval removes it; POST only.
func SavedSearchRemoval(id string) string { return SavedSearch(id) + "/suppression" }

// ProfileAlert chooses the announcements of which one is told (P4.6).
func ProfileAlert() string { return SavedSearches() + "/annonces" }

// RemoveSearch removes one search by the link of a mail: GET asks, POST acts.
func RemoveSearch(token string) string { return "/alertes/recherche/" + segment(token) }

// StopAlerts ends the mails of one rhythm by the link of a mail: GET asks, POST
// acts.
func StopAlerts(token string) string { return "/alertes/courriels/" + segment(token) }
