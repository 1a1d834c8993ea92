package form_test

import (
	"encoding/json"
	"strings"
	"testing"

	"passerelle/models/form"
)

func TestSnapshot(t *testing.T) {
	d := begin(load(t, "preregistration")).whole()
	d.set("funding_other", "OPCO", "employer_private.name", "Ancienne entreprise", "city.name", "LIMOGES")
	d.env.Lookups.Towns = func(string) []string { return []string{"Limoges"} }
	res := d.result()
	snap := form.Snap(d.def, res, d.env)
	t.Run("P5.3 hidden answers stay in the draft and are not submitted", func(t *testing.T) {
		if snap.Value("funding_other") != "" || snap.Value("employer_private.name") != "" {
			t.Error("submitted")
		}
		if d.regs.Current("funding_other").First() != "OPCO" {
			t.Error("forgotten")
		}
	})
	t.Run("P5.6 what is submitted reads without the form", func(t *testing.T) {
		for id, want := range map[string]string{"usual_name": "Fontaine", "birth_date": "1988-06-14", "employer.siren": "218708501", "city.name": "Limoges", "manager_email": "bruno.lefebvre@example.org", "nothing": ""} {
			if got := snap.Value(id); got != want {
				t.Errorf("%s: %q", id, got)
			}
		}
		for id, want := range map[string]string{"birth_date": "14\u00a0juin\u00a01988", "status": "Fonctionnaire", "employer": "Commune de Limoges\nSIREN\u00a0218\u00a0708\u00a0501",
			"job_since": "septembre\u00a02021", "phone": "06\u00a039\u00a098\u00a004\u00a017", "city": "87000 Limoges", "manages_team": "Oui", "department": ""} {
			if got := snap.Shown(id, "fr"); got != want {
				t.Errorf("%s: %q", id, got)
			}
		}
		if snap.Shown("birth_date", "en") != "14\u00a0June\u00a01988" || snap.Form != "preregistration" || snap.Version != 1 {
			t.Error(snap.Shown("birth_date", "en"))
		}
	})
	t.Run("P5.6 rows keep their order", func(t *testing.T) {
		for _, a := range snap.Answers {
			if a.Field == "title" && (a.RowNo != 1 || a.Row != "r1" || a.Shown.FR != "Accueil") {
				t.Errorf("%+v", a)
			}
		}
	})
	t.Run("P18.2 the line manager sees no birth date, phone or address", func(t *testing.T) {
		var got []string
		for _, a := range snap.ForManager().Answers {
			got = append(got, a.Field)
		}
		if strings.Join(got, " ") != "birth_name usual_name first_name employer job_title why_now expectations" {
			t.Error(got)
		}
	})
	t.Run("P5.6 stored and read again it is the same", func(t *testing.T) {
		text, err := json.Marshal(snap)
		var back form.Snapshot
		if err != nil || json.Unmarshal(text, &back) != nil || !back.Equal(snap) {
			t.Error(err)
		}
		other := begin(d.def).whole()
		other.set("first_name", "Claude")
		if form.Snap(d.def, other.result(), other.env).Equal(snap) {
			t.Error("different answers are equal")
		}
	})
}

func TestRecap(t *testing.T) {
	d := begin(load(t, "preregistration")).whole()
	d.set("email", "camille@", "job_title", "")
	recap := form.Recap(d.result(), d.env, "fr")
	rows := map[string]form.RecapRow{}
	steps := map[string]int{}
	for _, b := range recap {
		for _, r := range b.Rows {
			rows[r.Key], steps[r.Key] = r, b.Step
		}
	}
	t.Run("P5.6 each block leads back to its step", func(t *testing.T) {
		if steps["birth_name"] != 1 || steps["status"] != 2 || steps["missions"] != 3 || steps["manager_email"] != 4 {
			t.Error(steps)
		}
		if _, ok := rows["accuracy"]; ok {
			t.Error("the last step recapitulates itself")
		}
	})
	t.Run("P5.6 answers as people read them", func(t *testing.T) {
		for key, want := range map[string]string{"birth_date": "14\u00a0juin\u00a01988", "usual_name": "Fontaine", "employer.name": "Commune de Limoges|SIREN\u00a0218\u00a0708\u00a0501",
			"past_courses/r1/year": "2024|Accueil", "team_size": "6", "funding": "Mon employeur"} {
			if got := strings.Join(rows[key].Lines, "|"); got != want {
				t.Errorf("%s: %q", key, got)
			}
		}
		if !rows["usual_name"].Same {
			t.Error("identique")
		}
	})
	t.Run("P5.7 what stands in the way is told", func(t *testing.T) {
		if rows["email"].Problem == nil || !rows["job_title"].Missing || rows["first_name"].Problem != nil {
			t.Errorf("%+v %+v", rows["email"], rows["job_title"])
		}
	})
	t.Run("P5.3 hidden questions are not there", func(t *testing.T) {
		if _, ok := rows["funding_other"]; ok {
			t.Error("shown")
		}
	})
}

func TestDisplayOfEveryKind(t *testing.T) {
	d := begin(load(t, "gallery"))
	d.set("g_decimal", "12345.5", "g_period.from", "2026-03-01", "g_period.to", "2026-03-31", "g_tick", "yes", "g_country", "DE", "g_siret", "73282932000074",
		"g_city.postcode", "1000", "g_city.name", "Bruxelles", "g_city.country", "BE", "g_ack", "2026-09-02", "g_long", "a\nb", "g_select", "red", "g_number", "2000")
	for id, want := range map[string][2]string{
		"g_decimal": {"12\u202f345,5", "12\u202f345.5"},
		"g_number":  {"2000", "2000"},
		"g_period":  {"du 1er\u00a0mars\u00a02026 au 31\u00a0mars\u00a02026", "from 1\u00a0March\u00a02026 to 31\u00a0March\u00a02026"},
		"g_tick":    {"Oui", "Yes"}, "g_country": {"Allemagne", "Germany"}, "g_select": {"Rouge", "Red"},
		"g_siret": {"732\u00a0829\u00a0320\u00a000074", "732\u00a0829\u00a0320\u00a000074"},
		"g_city":  {"1000 Bruxelles|Belgique", "1000 Bruxelles|Belgium"},
		"g_ack":   {"Oui, version du 2\u00a0septembre\u00a02026", "Yes, version of 2\u00a0September\u00a02026"},
		"g_long":  {"a|b", "a|b"}, "g_text": {"", ""}, "g_note": {"", ""},
	} {
		for i, lang := range []string{"fr", "en"} {
			if got := strings.Join(d.result().Field(id).Show(lang), "|"); got != want[i] {
				t.Errorf("P5.2 %s in %s: %q", id, lang, got)
			}
		}
	}
}

func TestCountries(t *testing.T) {
	fr, en := form.Countries("fr"), form.Countries("en")
	if fr[0].Value != "FR" || en[0].Value != "FR" || len(fr) < 240 || fr[1].Label.FR != "Afghanistan" || en[len(en)-1].Value != "ZW" {
		t.Error(fr[1], en[len(en)-1], len(fr))
	}
}
