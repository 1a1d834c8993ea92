package handlers

import (
	"strings"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/form/ident"
	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// completions is how many lines a completion offers.
const completions = 8

// complete answers a completing field: public employers by name, town or SIREN,
// communes by name or postcode.
func (p *Portal) complete(c *Call) error {
	field := c.Query("champ")
	if len(field) > 120 {
		field = ""
	}
	list := ui.ComboboxOptions{ID: field}
	var err error
	switch c.Params("kind") {
	case "employeurs":
		list, err = p.employers(c, list)
	case "communes":
		list, err = p.cities(c, list)
	default:
		return models.NotFound("page.not_found")
	}
	if err != nil {
		return err
	}
	list.Status = i18n.N(c.Context(), "completion.found", len(list.Options))
	if len(list.Options) == 0 {
		list.Status = c.T("completion.none")
	}
	return c.Render(list)
}

func (p *Portal) employers(c *Call, list ui.ComboboxOptions) (ui.ComboboxOptions, error) {
	list.Label = c.T("completion.employers")
	found, err := catalogue.Employers(c.Context(), p.DB.Pool, c.Query("q"), completions)
	for _, e := range found {
		kind := c.T("completion.group")
		if e.Kind == "commune" || e.Kind == "employer" || e.Kind == "company" {
			kind = c.T("completion." + e.Kind)
		}
		option := ui.ComboOption{Text: e.Name, Kind: kind, Place: e.Department + " (" + e.DepartmentCode + ")", Code: "SIREN " + ident.Group(e.Siren, 3, 3, 3)}
		if base, ok := strings.CutSuffix(list.ID, ".name"); ok {
			option.Fill = []ui.Pair{{Name: base + ".siren", Value: e.Siren}}
		}
		list.Options = append(list.Options, option)
	}
	return list, err
}

// cities completes a commune; the postcode already typed wins over its others.
func (p *Portal) cities(c *Call, list ui.ComboboxOptions) (ui.ComboboxOptions, error) {
	list.Label = c.T("completion.cities")
	base, fills := strings.CutSuffix(list.ID, ".name")
	typed := strings.TrimSpace(c.Query(base + ".postcode"))
	found, err := catalogue.CitiesNear(c.Context(), p.DB.Pool, c.Query("q"), typed, completions)
	for _, city := range found {
		option := ui.ComboOption{Text: city.Name, Kind: c.T("completion.commune"), Place: city.Department + " (" + city.DepartmentCode + ")"}
		code := ""
		if len(city.Postcodes) > 0 {
			code = city.Postcodes[0]
		}
		for _, one := range city.Postcodes {
			if one == typed {
				code = typed
			}
		}
		option.Code = code
		if fills && code != "" {
			option.Fill = []ui.Pair{{Name: base + ".postcode", Value: code}}
		}
		list.Options = append(list.Options, option)
	}
	return list, err
}
