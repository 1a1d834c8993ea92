package people

// Text is a text that sign-up asks to acknowledge (P1.1, P18.8). Its words
// stand in the interface's catalogue under "texts.<key>."; a new version here
// goes with new words there.
type Text struct {
	Key     string
	Version string // shown and kept with the acknowledgement
	Y, M, D int    // date of that version
}

// RequiredTexts lists them in the order of the page.
func RequiredTexts() []Text {
	return []Text{
		{Key: "charter", Version: "1", Y: 2026, M: 9, D: 2},
		{Key: "privacy", Version: "1", Y: 2026, M: 10, D: 14},
		{Key: "legal", Version: "1", Y: 2026, M: 9, D: 2},
	}
}
