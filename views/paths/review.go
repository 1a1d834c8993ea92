package paths

// DeskReview is the review desk of an application's documents (relecture, P7.6).
func DeskReview(id string) string { return DeskApplication(id) + "/relecture" }

// DeskComplement asks the applicant for corrections: GET prepares, POST sends (P9.3).
func DeskComplement(id string) string { return DeskApplication(id) + "/complement" }

// DocumentVerdict judges a version of a document; POST only (avis, P7.6).
func DocumentVerdict(id string) string { return deskDocument(id) + "/avis" }

// DocumentVerdictUndo takes a verdict back; POST only.
func DocumentVerdictUndo(id string) string { return DocumentVerdict(id) + "/annulation" }

// DocumentRemarks pins a remark on a page of a document; POST only (P17.7).
func DocumentRemarks(id string) string { return deskDocument(id) + "/remarques" }

// DocumentMatch notes that an answer agrees with a document or not; POST only.
func DocumentMatch(id string) string { return deskDocument(id) + "/concordance" }

// Remark changes a remark; POST only.
func Remark(id string) string { return "/bureau/remarques/" + segment(id) }

// RemarkRemoval takes a remark away; POST only.
func RemarkRemoval(id string) string { return Remark(id) + "/retrait" }

func deskDocument(id string) string { return "/bureau/documents/" + segment(id) }
