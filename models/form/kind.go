package form

// Kind is the kind of a field (type de champ, P5.2).
type Kind string

// The kinds built so far, with what their keys hold.
const (
	KindText     Kind = "text"      // one line
	KindLongText Kind = "long_text" // several lines, \n between them
	KindNumber   Kind = "number"    // "12", "-3.5"
	KindDate     Kind = "date"      // "1988-06-14"; typed jj/mm/aaaa
	KindMonth    Kind = "month"     // "2021-09"; typed mm/aaaa
	KindPeriod   Kind = "period"    // .from and .to, dates
	KindYesNo    Kind = "yes_no"    // "yes" or "no"
	KindChoice   Kind = "choice"    // an option's value
	KindChoices  Kind = "choices"   // options' values, in the form's order
	KindTick     Kind = "tick"      // "yes" or cleared
	KindCountry  Kind = "country"   // ISO 3166 code of two letters
	KindCity     Kind = "city"      // .postcode, .name, and .country when Abroad
	KindPhone    Kind = "phone"     // E.164: "+33639980417"
	KindEmail    Kind = "email"     // as typed, lower-case domain
	KindSIRET    Kind = "siret"     // 14 digits
	KindSIREN    Kind = "siren"     // 9 digits
	KindEmployer Kind = "employer"  // public employer: .name, .siren
	KindCompany  Kind = "company"   // private employer: .name, .siret
	KindAck      Kind = "ack"       // version of the text acknowledged, or cleared
	KindNote     Kind = "note"      // explanatory text, holds nothing
	KindDocument Kind = "document"  // a piece of the dossier: no input here, see Env.Documents
)

// Yes and No are the values of yes/no fields; Yes is also that of a ticked box.
const (
	Yes = "yes"
	No  = "no"
)

// Part is one input of a field. Most fields have one; composite fields have several
// with keys `field.part` (ville, employeur, période).
type Part struct {
	Key          string // name of the input, row prefix included
	Sub          string // last part of the key, "" for a simple field
	Kind         Kind   // simple kind of the input
	Label        string // message key of the part's own label, "" when the field's label says it
	Autocomplete string // HTML autofill token
	InputMode    string // HTML inputmode: "numeric", "tel", "email" or ""
	Width        string
	Limit        int  // characters accepted without a problem
	Main         bool // must be filled for the field to count as answered
}

// SameSuffix ends the key of the box "identique" of a field that has SameAs.
const SameSuffix = "_same"

// Parts lists the inputs of a field in order; prefix is "" or `group/row/`.
func (f *Field) Parts(prefix string) []Part {
	return f.appendParts(nil, prefix)
}

func (f *Field) appendParts(to []Part, prefix string) []Part {
	key := prefix + f.ID
	one := Part{Key: key, Kind: f.Kind, Autocomplete: f.Autocomplete, Width: f.Width, Limit: f.limit(), Main: true}
	sub := func(name string, k Kind, main bool) Part {
		return Part{Key: key + "." + name, Sub: name, Kind: k, Label: "form.part." + string(f.Kind) + "." + name,
			Limit: f.limit(), Main: main, InputMode: k.inputMode()}
	}
	switch f.Kind {
	case KindNote, KindDocument:
		return to
	case KindPeriod:
		return append(to, sub("from", KindDate, true), sub("to", KindDate, true))
	case KindCity:
		code, name := sub("postcode", KindText, true), sub("name", KindText, true)
		code.Autocomplete, code.Width, code.Limit = "postal-code", "s", 12
		name.Autocomplete = "address-level2"
		if !f.Abroad {
			code.InputMode = "numeric"
			return append(to, code, name)
		}
		country := sub("country", KindCountry, false)
		country.Autocomplete = "country"
		return append(to, code, name, country)
	case KindEmployer:
		name := sub("name", KindText, true)
		name.Autocomplete = "organization"
		return append(to, name, sub("siren", KindSIREN, false))
	case KindCompany:
		name := sub("name", KindText, true)
		name.Autocomplete = "organization"
		return append(to, name, sub("siret", KindSIRET, false))
	}
	one.InputMode = f.Kind.inputMode()
	to = append(to, one)
	if f.SameAs != "" {
		to = append(to, Part{Key: key + SameSuffix, Sub: SameSuffix, Kind: KindTick})
	}
	return to
}

func (k Kind) inputMode() string {
	switch k {
	case KindNumber, KindDate, KindMonth, KindSIREN, KindSIRET:
		return "numeric"
	case KindPhone:
		return "tel"
	case KindEmail:
		return "email"
	}
	return ""
}

// limit is the number of characters accepted without a problem.
func (f *Field) limit() int {
	if f.MaxLength > 0 {
		return f.MaxLength
	}
	switch f.Kind {
	case KindLongText:
		return 4000
	case KindEmail:
		return 254
	case KindPhone, KindDate, KindMonth, KindNumber, KindSIREN, KindSIRET:
		return 40
	}
	return 200
}
