package application_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"passerelle/models/application"
)

// pairs reads what the trigger allows from the migrations.
func pairs(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`'([a-z_]+>[a-z_]+)'`).FindAllStringSubmatch(string(text), -1) {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestTransitions(t *testing.T) {
	t.Run("P6 the database knows the transitions of the table and no other", func(t *testing.T) {
		want := []string{}
		for _, tr := range application.Transitions() {
			want = append(want, string(tr.From)+">"+string(tr.To))
		}
		slices.Sort(want)
		want = slices.Compact(want)
		if got := pairs(t); !slices.Equal(got, want) {
			t.Errorf("migration says %v, table says %v", got, want)
		}
	})
	t.Run("P6 a state and an event lead to one state at most", func(t *testing.T) {
		seen := map[string]bool{}
		for _, tr := range application.Transitions() {
			key := string(tr.From) + "/" + string(tr.Event)
			if seen[key] {
				t.Errorf("%s twice", key)
			}
			seen[key] = true
			if !slices.Contains(application.States(), tr.From) || !slices.Contains(application.States(), tr.To) ||
				!slices.Contains(application.Events(), tr.Event) {
				t.Errorf("%s is unknown", key)
			}
		}
	})
	t.Run("P6 withdrawal is possible from every state after submission and before closing", func(t *testing.T) {
		for _, s := range application.States() {
			can := slices.ContainsFunc(application.Transitions(), func(tr application.Transition) bool {
				return tr.From == s && tr.Event == application.EventWithdraw
			})
			if want := s.Live() && s != application.Draft; can != want {
				t.Errorf("%s: withdrawable %v, want %v", s, can, want)
			}
		}
	})
	t.Run("P6 every state is reached from a draft", func(t *testing.T) {
		reached := map[application.State]bool{application.Draft: true}
		for range application.States() {
			for _, tr := range application.Transitions() {
				if reached[tr.From] {
					reached[tr.To] = true
				}
			}
		}
		for _, s := range application.States() {
			if !reached[s] {
				t.Errorf("%s is never reached", s)
			}
		}
	})
}
