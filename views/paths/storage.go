package paths

// AdminStorageStructures is the console with volumes by structure (P17.24).
func AdminStorageStructures() string { return AdminStorage() + "?par=structure" }

// AdminStorageCheck begins a check of every object (P14.2).
func AdminStorageCheck() string { return AdminStorage() + "/verification" }

// AdminStorageMove asks before every document goes to the other store, and begins it.
func AdminStorageMove() string { return AdminStorage() + "/deplacement" }

// AdminStorageRetention is the page of the rules of retention.
func AdminStorageRetention() string { return AdminStorage() + "/conservation" }

// AdminStoragePass does one thing to a pass: suspendre, reprendre or arreter.
func AdminStoragePass(id, verb string) string { return AdminStorage() + "/travaux/" + id + "/" + verb }

// AdminStorageFindings lists what is wrong of a kind, or the quarantine.
func AdminStorageFindings(kind string) string { return AdminStorage() + "/constats/" + kind }

// AdminStorageAct asks before something is done about findings, and does it.
func AdminStorageAct(kind, act string) string { return AdminStorageFindings(kind) + "/" + act }
