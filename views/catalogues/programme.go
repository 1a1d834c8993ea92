package catalogues

import (
	"context"
	"strconv"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/dossier"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// ProgrammePage is a degree programme (formation diplômante, P3.3) with its campaigns
// and what they ask for.
type ProgrammePage struct {
	Programme catalogue.Programme
	Lists     map[models.ID]dossier.List // what each campaign asks for
	Today     time.Time
	Zone      string // name of the zone, said beside deadlines (P18.11)
}

// campaigns are those of the programme with what they ask for.
func (p ProgrammePage) campaigns() []campaignView {
	out := make([]campaignView, len(p.Programme.Campaigns))
	for i, c := range p.Programme.Campaigns {
		out[i] = campaignView{Campaign: c, List: p.Lists[c.ID], state: c.State(p.Today)}
	}
	return out
}

// open is the campaign that one can apply to today, nil for none.
func (p ProgrammePage) open() *campaignView {
	for _, c := range p.campaigns() {
		if c.state.Choosable() {
			return &c
		}
	}
	return nil
}

// asked is what the campaign in force asks for: the open one, else the first.
func (p ProgrammePage) asked(ctx context.Context) []Asked {
	if c := p.open(); c != nil {
		return AskedOf(ctx, c.List)
	}
	for _, c := range p.campaigns() {
		return AskedOf(ctx, c.List)
	}
	return nil
}

func (p ProgrammePage) generated() bool {
	for _, c := range p.Programme.Campaigns {
		if c.Generated {
			return true
		}
	}
	return false
}

func year(d i18n.Day) string { return strconv.Itoa(d.Y) }

func (p ProgrammePage) title() string { return joined(" ", p.Programme.Type, p.Programme.Title) }

func (p ProgrammePage) institution() string {
	return or(p.Programme.InstitutionUsual, p.Programme.Institution)
}

func (p ProgrammePage) crumbs(ctx context.Context) []ui.Crumb {
	crumbs := []ui.Crumb{{Text: i18n.T(ctx, "catalogue.home"), Href: paths.Home()},
		{Text: i18n.T(ctx, "programme.all"), Href: paths.Programmes()}}
	if f := p.Programme.Faculty; f.Code != "" {
		crumbs = append(crumbs, ui.Crumb{Text: f.Name, Href: paths.Faculty(f.Code)})
	}
	return append(crumbs, ui.Crumb{Text: p.Programme.Title})
}

func (p ProgrammePage) facts() (left, right []fact) {
	m := p.Programme
	left = []fact{
		{"course.reference", m.Reference, ""},
		{"programme.institution", joined(", ", p.institution(), Town(m.Town)), ""},
		{"programme.address", joined(", ", capitals(m.Street), joined(" ", m.Postcode, Town(m.Town))), ""},
		{"programme.region", joined(", ", m.Department, m.Region), ""},
		{"programme.domains", domains(m.Domains), ""},
	}
	right = []fact{
		{"programme.modes", strings.Join(m.Modes, ", "), ""},
		{"programme.degrees", listed(m.AdvisedDegrees), ""},
		{"programme.accreditation", accreditation(m), ""},
		{"programme.joint", known(m.JointAccreditation), ""},
		{"programme.code", m.InstitutionCode, ""},
	}
	if m.VET != "" {
		right = append(right, fact{"programme.vet", m.VET, ""})
	}
	return left, right
}

// listed puts spaces after the commas of a source's list.
func listed(s string) string {
	var items []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return strings.Join(items, ", ")
}

func domains(all []string) string {
	var out []string
	for _, d := range all {
		out = append(out, capitals(d))
	}
	return strings.Join(out, " ; ")
}

func accreditation(m catalogue.Programme) string {
	if m.AccreditedFrom == 0 && m.AccreditedTo == 0 {
		return ""
	}
	years := func(n int) string {
		if n == 0 {
			return "…"
		}
		return strconv.Itoa(n)
	}
	return years(m.AccreditedFrom) + "–" + years(m.AccreditedTo)
}

// past reports that the source knows no intake of this year or later.
func (p ProgrammePage) past() bool {
	for _, i := range p.Programme.Intakes {
		if i.Year >= p.Today.Year() {
			return false
		}
	}
	return true
}

// capitals softens a label that a source writes in capitals.
func capitals(s string) string {
	if s == "" || s != strings.ToUpper(s) {
		return s
	}
	return Capital(strings.ToLower(s))
}

// Town writes a town that a source gives in capitals, with the postal words left out.
func Town(s string) string { return catalogue.TownName(s) }
