package application

import (
	"testing"

	"passerelle/models/form"
)

func TestFormerAnswers(t *testing.T) {
	said := func(field, row, value string) form.Answer {
		return form.Answer{Field: field, Row: row, Kind: form.KindText, Values: map[string][]string{"": {value}}, Shown: form.Text{FR: value}}
	}
	f := formerOf(form.Snapshot{Answers: []form.Answer{said("job", "", "Bibliothécaire"), said("city", "", "Limoges"), said("year", "a", "2020"), said("year", "b", "2021")}},
		form.Snapshot{Answers: []form.Answer{said("job", "", "Directrice"), said("city", "", "Limoges"), said("year", "b", "2022"), said("year", "c", "2023")}})
	t.Run("P9.3 what differs is beside what it was, in its own row", func(t *testing.T) {
		if f.Before[AnswerAt{"job", ""}].Shown.FR != "Bibliothécaire" || f.Before[AnswerAt{"year", "b"}].Shown.FR != "2021" || len(f.Before) != 3 {
			t.Errorf("%v", f.Before)
		}
	})
	t.Run("P9.3 what is said for the first time was nothing before", func(t *testing.T) {
		if was, ok := f.Before[AnswerAt{"year", "c"}]; !ok || !was.Shown.Empty() {
			t.Errorf("%v", was)
		}
	})
	t.Run("P9.3 what is no more said is kept in sight", func(t *testing.T) {
		if len(f.Removed) != 1 || f.Removed[0].Row != "a" {
			t.Errorf("%v", f.Removed)
		}
	})
}
