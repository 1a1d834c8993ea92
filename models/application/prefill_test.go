package application_test

import (
	"strings"
	"testing"
)

func TestEarlierApplications(t *testing.T) {
	w := newWorld(t)
	by, first := w.submitted()
	w.open = w.newSession(w.course, 12, "2027-05-01")
	d := w.draft(by, w.begin(by).ID)
	t.Run("P5.9 a second application takes over the answers of the first, with its day", func(t *testing.T) {
		for _, id := range []string{"job_title", "employer_private", "status"} {
			f := d.Result.Field(id)
			if !f.Filled || f.Source != "application "+first.SubmittedAt.Format("2006-01-02") {
				t.Errorf("%s: filled %v from %q", id, f.Filled, f.Source)
			}
		}
	})
	t.Run("P5.9 what speaks of one application is written anew", func(t *testing.T) {
		for _, id := range []string{"why_now", "accuracy", "data_notice"} {
			if f := d.Result.Field(id); f.Filled {
				t.Errorf("%s comes from %q", id, f.Source)
			}
		}
		if d.Result.Submittable {
			t.Error("a second application could be sent without a word")
		}
	})
	t.Run("P5.9 an answer that is changed is the person's own", func(t *testing.T) {
		w.write(by, d.ID, 2, "job_title", "Directrice")
		again := w.draft(by, d.ID)
		if f := again.Result.Field("job_title"); f.Value().First() != "Directrice" || strings.HasPrefix(f.Source, "application") {
			t.Errorf("%q from %q", f.Value().First(), f.Source)
		}
	})
}
