package form

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"passerelle/models/form/ident"
)

// checker looks at one visible field and adds what is wrong to its result.
type checker struct {
	env   *Env
	scope *scope
	field *Field
	res   *FieldResult
}

func (c *checker) say(at int, key string, args ...string) {
	c.add(Problem{Field: c.res.Parts[at].Key, Key: key, Args: args})
}

func (c *checker) warn(at int, key string, args ...string) {
	c.add(Problem{Field: c.res.Parts[at].Key, Key: key, Args: args, Warning: true})
}

func (c *checker) add(p Problem) {
	p.Label = c.field.Label
	if p.Warning {
		c.res.Problems = append(c.res.Problems, p)
		return
	}
	// Problems that gate come before warnings: the first is the one shown.
	at := slices.IndexFunc(c.res.Problems, func(q Problem) bool { return q.Warning })
	if at < 0 {
		at = len(c.res.Problems)
	}
	c.res.Problems = slices.Insert(c.res.Problems, at, p)
}

func (c *checker) value(at int) string { return c.res.Parts[at].Value.First() }

// partial tells the part that lacks in a field begun.
func (c *checker) partial() {
	for i, p := range c.res.Parts {
		if p.Main && p.Value.Empty() {
			c.res.Missing = c.res.Required
			c.say(i, "form.part.missing."+string(c.field.Kind)+"."+p.Sub)
		}
	}
}

// filled checks every part that holds something.
func (c *checker) filled() {
	for i := range c.res.Parts {
		p := &c.res.Parts[i]
		if p.Value.Empty() {
			continue
		}
		longest := 0
		for _, v := range p.Value {
			longest = max(longest, utf8.RuneCountInString(v))
		}
		if p.Limit > 0 && longest > p.Limit {
			c.say(i, "form.text.long", thousands(p.Limit), thousands(longest))
			continue
		}
		c.part(i, p.Kind)
	}
	c.together()
}

func (c *checker) part(at int, k Kind) {
	v := c.value(at)
	switch k {
	case KindNumber:
		c.number(at, v)
	case KindDate:
		c.date(at, v)
	case KindMonth:
		c.month(at, v)
	case KindYesNo:
		if v != Yes && v != No {
			c.say(at, "form.choice.unknown")
		}
	case KindChoice, KindChoices:
		c.choices(at)
	case KindCountry:
		if _, ok := country(v); !ok {
			c.say(at, "form.country.unknown")
		}
	case KindPhone:
		if _, key := ident.Phone(v); key != "" {
			c.say(at, key)
		}
	case KindEmail:
		c.email(at, v)
	case KindSIREN:
		if d, ok := ident.SIREN(v); !ok {
			c.company(at, "form.siren", d, 9)
		}
	case KindSIRET:
		if d, ok := ident.SIRET(v); !ok {
			c.company(at, "form.siret", d, 14)
		}
	case KindAck:
		if v != c.field.AckVersion(*c.env) {
			c.say(at, "form.ack.outdated")
		}
	}
}

// AckVersion is the version of the text to acknowledge now: the portal's when it
// holds that text, else the form's own.
func (f *Field) AckVersion(env Env) string {
	if v, ok := env.Texts[f.TextName]; ok && f.TextName != "" {
		return v
	}
	return f.Version
}

func (c *checker) company(at int, base, d string, length int) {
	switch {
	case !onlyDigits(d):
		c.say(at, base+".letters")
	case len(d) != length:
		c.say(at, base+".length", strconv.Itoa(len(d)))
	default:
		c.say(at, base+".key")
	}
}

func (c *checker) number(at int, v string) {
	canon, ok := parseNumber(v)
	if !ok {
		c.say(at, "form.number.invalid")
		return
	}
	n, _ := strconv.ParseFloat(canon, 64)
	if decimals(canon) > c.field.Decimals {
		if c.field.Decimals == 0 {
			c.say(at, "form.number.whole")
		} else {
			c.say(at, "form.number.decimals", strconv.Itoa(c.field.Decimals))
		}
		return
	}
	if low, ok := c.field.Min.Number(c.env.Today); ok && n < low {
		c.say(at, "form.number.min", plainNumber(low))
	}
	if high, ok := c.field.Max.Number(c.env.Today); ok && n > high {
		c.say(at, "form.number.max", plainNumber(high))
	}
}

func (c *checker) date(at int, v string) {
	d, key := parseDate(v)
	if key != "" {
		c.say(at, key)
		return
	}
	if y, _, _ := d.Date(); y < 1850 || y > 2200 {
		c.say(at, "form.date.absurd")
		return
	}
	c.between(at, d, "form.date", Day.Numeric)
}

func (c *checker) month(at int, v string) {
	y, m, ok := isoMonth(v)
	if !ok {
		c.say(at, "form.month.invalid")
		return
	}
	if y < 1850 || y > 2200 {
		c.say(at, "form.date.absurd")
		return
	}
	c.between(at, Civil(y, m, 1), "form.month", func(d Day) string { return d.Numeric()[3:] })
}

// between compares with the field's limits and names the limit as a person would:
// "in the future", "at least 16 years old", or the date itself.
func (c *checker) between(at int, d Day, base string, text func(Day) string) {
	f, today := c.field, c.env.Today
	month := base == "form.month"
	if low, ok := f.Min.Day(today); ok && d < low && !(month && d == startOfMonth(low)) {
		n, aged := f.Min.years()
		switch {
		case f.Min == "today":
			c.say(at, base+".past")
		case aged && f.Autocomplete == "bday":
			c.say(at, "form.date.oldest", strconv.Itoa(n))
		default:
			c.say(at, base+".min", text(low))
		}
	}
	if high, ok := f.Max.Day(today); ok && d > high {
		n, aged := f.Max.years()
		switch {
		case d > today && (f.Max == "today" || aged):
			c.say(at, base+".future")
		case aged && f.Autocomplete == "bday":
			c.say(at, "form.date.youngest", strconv.Itoa(n))
		default:
			c.say(at, base+".max", text(high))
		}
	}
}

func (c *checker) choices(at int) {
	val := c.res.Parts[at].Value
	for _, v := range val {
		if _, ok := c.field.Option(v); !ok {
			c.say(at, "form.choice.unknown")
			return
		}
	}
	if c.field.Kind != KindChoices {
		return
	}
	if low, ok := c.field.Min.Number(c.env.Today); ok && float64(len(val)) < low {
		c.say(at, "form.choices.min", plainNumber(low))
	}
	if high, ok := c.field.Max.Number(c.env.Today); ok && float64(len(val)) > high {
		c.say(at, "form.choices.max", plainNumber(high))
	}
}

func (c *checker) email(at int, v string) {
	if _, key := ident.Email(v); key != "" {
		c.say(at, key)
		return
	}
	if c.field.Differs != "" && c.sameMailbox(v) {
		c.say(at, "form.email.same_person")
		return
	}
	if meant, ok := ident.EmailTypo(v); ok {
		c.warn(at, "form.email.typo", meant)
	}
}

// sameMailbox compares with the other field, shown or not, and with the account's
// addresses: nobody approves their own application (P6.1).
func (c *checker) sameMailbox(v string) bool {
	if in, s := c.scope.find(c.field.Differs); s != nil {
		for _, p := range s.parts {
			for _, sib := range in.regs[p.Key].Siblings {
				if ident.SameMailbox(v, sib.Val.First()) {
					return true
				}
			}
		}
	}
	return slices.ContainsFunc(c.env.Own, func(own string) bool { return ident.SameMailbox(v, own) })
}

// together checks what the parts of a composite field say of each other.
func (c *checker) together() {
	parts := c.res.Parts
	switch c.field.Kind {
	case KindPeriod:
		from, ok1 := ISODay(c.value(0))
		to, ok2 := ISODay(c.value(1))
		if ok1 && ok2 && to < from {
			c.say(1, "form.period.order", from.Numeric())
		}
	case KindCity:
		c.city(c.value(0), c.value(1), len(parts) < 3 || parts[2].Value.Empty() || c.value(2) == France)
	case KindEmployer:
		c.employer(c.value(0), c.value(1))
	}
}

func (c *checker) city(code, name string, inFrance bool) {
	if code == "" || !inFrance {
		return
	}
	if len(code) != 5 || !onlyDigits(code) {
		c.say(0, "form.city.postcode")
		return
	}
	if c.env.Lookups.Towns == nil || name == "" {
		return
	}
	towns := c.env.Lookups.Towns(code)
	if len(towns) == 0 {
		c.warn(0, "form.city.unknown", code)
	} else if _, ok := matchTown(towns, name); !ok {
		c.warn(1, "form.city.mismatch", code, towns[0])
	}
}

// matchTown gives the official name of a town written in any way.
func matchTown(towns []string, name string) (string, bool) {
	fold := foldTown(name)
	for _, t := range towns {
		if foldTown(t) == fold {
			return t, true
		}
	}
	return "", false
}

func (c *checker) employer(name, siren string) {
	if c.env.Lookups.Employer == nil || siren == "" || !c.ok() {
		return
	}
	official, ok := c.env.Lookups.Employer(siren)
	switch {
	case !ok:
		c.warn(1, "form.employer.unknown", ident.Group(siren, 3, 3, 3))
	case name != "" && ident.Fold(official) != ident.Fold(name):
		c.warn(1, "form.employer.mismatch", official)
	}
}

func (c *checker) ok() bool { return len(c.res.Problems) == 0 }
