package paths

// Administration leads to the first console (P14).
func Administration() string { return "/administration" }

// AdminSearch is the console of the search: its engines, their health, their indexes (P14.1).
func AdminSearch() string { return Administration() + "/recherche" }

// AdminStorage is the console of the stored files (P14.2).
func AdminStorage() string { return Administration() + "/stockage" }
