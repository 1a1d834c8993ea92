package merge

// fromPrefix marks operations that a person did not type: pre-filled answers.
const fromPrefix = "from:"

// Author writes operations: who, from where, at what time. One Author serves one
// request; it is not safe for concurrent use.
type Author struct {
	Mint  func() OpID // fresh UUIDv7, required
	NowMs int64       // server clock, Unix milliseconds
	Last  string      // last stamp given, kept up to date by the Author itself
	FV    int         // form version in force
	Dev   string      // device or origin shown to the person
	Actor string      // account or draft key, from the session
}

// From is the Dev of a pre-filled operation (repris de votre profil, P5.9); source is
// a word such as "profile" or "application".
func From(source string) string { return fromPrefix + source }

// Source returns the origin of a pre-filled operation, or "" when a person typed it.
func (op Op) Source() string {
	if len(op.Dev) > len(fromPrefix) && op.Dev[:len(fromPrefix)] == fromPrefix {
		return op.Dev[len(fromPrefix):]
	}
	return ""
}

// Write makes one operation; ctx are the ids that the author was looking at.
func (a *Author) Write(key string, val Value, ctx []OpID) Op {
	a.Last = Next(a.Last, a.NowMs, a.Dev)
	return Op{ID: a.Mint(), Key: key, Val: val, Ctx: ctx, HLC: a.Last, FV: a.FV, Dev: a.Dev, Actor: a.Actor, At: a.NowMs}
}

// above keeps the author's next stamp after every standing sibling of reg, so that
// what was written last is shown first.
func (a *Author) above(reg Register) {
	for _, s := range reg.Siblings {
		a.Last = max(a.Last, s.HLC)
	}
}
