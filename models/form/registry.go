package form

import "passerelle/models/merge"

// Sources whose word wins over the person's where a field has Registry (P1.12): a
// list imported from a student registry, and an institution's own sign-in.
const (
	FromImport = "import"
	FromSSO    = "sso"
)

// locked tells that a registry keeps the answer: the person sees it read-only, with
// whom to ask for a correction. Two values to settle are not locked: somebody must.
func (f *Field) locked(regs merge.Registers, parts []Part) bool {
	for i := range parts {
		if f.lockedAt(regs, parts[i].Key) {
			return true
		}
	}
	return false
}

func (f *Field) lockedAt(regs merge.Registers, key string) bool {
	standing := regs[key].Siblings
	if !f.Registry || len(standing) != 1 || standing[0].Val.Empty() {
		return false
	}
	source := standing[0].Source()
	return source == FromImport || source == FromSSO
}
