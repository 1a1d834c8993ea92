package form

// Problem is one thing wrong with one input, said so that the person can mend it
// (P5.7). Key is a message key of views/i18n/form.messages; Args fill {0}, {1}…
type Problem struct {
	Field   string // key of the input to focus: "birth_date", "city.postcode", "past_courses/…/year"
	Key     string
	Args    []string // the same in both languages: numbers, dates jj/mm/aaaa, addresses
	Label   Text     // label of the field, for the summary
	Own     Text     // the form's own words, to be preferred to Key when not empty
	Warning bool     // told, and gates nothing
}
