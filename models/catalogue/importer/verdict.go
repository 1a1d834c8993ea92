package importer

// Verdict is what becomes of a line (verdict).
type Verdict string

// The verdicts, as screens list them.
const (
	LineRefused Verdict = "refused" // refusée
	LineNoted   Verdict = "left"    // à noter: something of it is left aside, or closes applications
	LineCreated Verdict = "created" // créée
	LineChanged Verdict = "changed" // modifiée
	LineSame    Verdict = "same"    // inchangée
	LineAbsent  Verdict = "absent"  // in the catalogue, of the same source, not in the file: left alone (P18.12)
)

// Verdicts lists them in the order in which people look at them.
func Verdicts() []Verdict {
	return []Verdict{LineRefused, LineNoted, LineChanged, LineCreated, LineSame, LineAbsent}
}
