package form

import (
	"strconv"
	"strings"

	"passerelle/models/merge"
)

var (
	wordYes  = Text{"Oui", "Yes"}
	wordNo   = Text{"Non", "No"}
	wordTick = Text{"Oui", "Yes"}
)

// Words writes a day as people read it: "14 juin 1988", "1er mars 2026".
func (d Day) Words(lang string) string {
	y, m, day := d.Date()
	n := strconv.Itoa(day)
	if day == 1 && lang != "en" {
		n = "1er"
	}
	return n + "\u00a0" + months[m-1].In(lang) + "\u00a0" + strconv.Itoa(y)
}

// Show writes one stored value of a simple kind as people read it.
func (f *Field) Show(k Kind, v merge.Value, lang string) string {
	s := v.First()
	if s == "" {
		return ""
	}
	switch k {
	case KindDate:
		if d, ok := ISODay(s); ok {
			return d.Words(lang)
		}
	case KindMonth:
		if y, m, ok := isoMonth(s); ok {
			return months[m-1].In(lang) + "\u00a0" + strconv.Itoa(y)
		}
	case KindNumber:
		if n, ok := parseNumber(s); ok && n == s {
			return formatNumber(s, lang)
		}
	case KindYesNo:
		return yesNo(s).In(lang)
	case KindTick:
		return wordTick.In(lang)
	case KindChoice, KindChoices:
		return f.showOptions(v, lang)
	case KindCountry:
		if c, ok := country(s); ok {
			return c.Label.In(lang)
		}
	case KindAck:
		return f.showAck(s, lang)
	}
	return InputText(k, s)
}

func yesNo(s string) Text {
	switch s {
	case Yes:
		return wordYes
	case No:
		return wordNo
	}
	return Text{FR: s}
}

func (f *Field) showOptions(v merge.Value, lang string) string {
	labels := make([]string, len(v))
	for i, s := range v {
		labels[i] = s
		if o, ok := f.Option(s); ok {
			labels[i] = o.Label.In(lang)
		}
	}
	return strings.Join(labels, ", ")
}

func (f *Field) showAck(version, lang string) string {
	if d, ok := ISODay(version); ok {
		version = d.Words(lang)
	}
	return Text{"Oui, version du " + version, "Yes, version of " + version}.In(lang)
}

// Show writes a whole answer, one line per element; nil when there is none.
// A field whose box "identique" is ticked shows the answer it repeats only through
// Recap and Snap, which know it.
func (f *FieldResult) Show(lang string) []string {
	part := func(i int) string {
		if i >= len(f.Parts) {
			return ""
		}
		return f.Field.Show(f.Parts[i].Kind, f.Parts[i].Value, lang)
	}
	switch f.Field.Kind {
	case KindNote:
		return nil
	case KindDocument:
		if f.Document == nil {
			return nil
		}
		return f.Document.Names
	case KindLongText:
		if s := f.Value().First(); s != "" {
			return strings.Split(s, "\n")
		}
		return nil
	case KindPeriod:
		return lines(showPeriod(part(0), part(1), lang))
	case KindCity:
		abroad := ""
		if p := f.Part("country"); p != nil && p.Value.First() != France {
			abroad = part(2)
		}
		return lines(strings.TrimSpace(part(0)+" "+part(1)), abroad)
	case KindEmployer:
		return lines(part(0), prefixed("SIREN", part(1)))
	case KindCompany:
		return lines(part(0), prefixed("SIRET", part(1)))
	}
	return lines(part(0))
}

func showPeriod(from, to, lang string) string {
	switch {
	case from == "" && to == "":
		return ""
	case to == "":
		return Text{"depuis le " + from, "from " + from}.In(lang)
	case from == "":
		return Text{"jusqu’au " + to, "until " + to}.In(lang)
	}
	return Text{"du " + from + " au " + to, "from " + from + " to " + to}.In(lang)
}

func prefixed(word, s string) string {
	if s == "" {
		return ""
	}
	return word + "\u00a0" + s
}

func lines(all ...string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// officialTown replaces a town's name by the post's own writing of it (P5.2).
func officialTown(l Lookups, f *FieldResult) {
	code, name := f.Part("postcode"), f.Part("name")
	if l.Towns == nil || code == nil || name == nil || code.Value.Empty() || name.Value.Empty() {
		return
	}
	if c := f.Part("country"); c != nil && !c.Value.Empty() && c.Value.First() != France {
		return
	}
	if t, ok := matchTown(l.Towns(code.Value.First()), name.Value.First()); ok {
		name.Value = merge.One(t)
	}
}

// formatNumber groups thousands for reading.
func formatNumber(s, lang string) string {
	whole, part, _ := strings.Cut(s, ".")
	if n, err := strconv.Atoi(whole); err == nil && n >= 1000 {
		whole = thousands(n)
	}
	if part == "" {
		return whole
	}
	return whole + Text{",", "."}.In(lang) + part
}
