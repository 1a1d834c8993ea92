package main

import (
	"regexp"
	"strings"
	"testing"

	"passerelle/cmd/internal/portaltest"
	"passerelle/models/seed"
)

func TestSearchCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("a demonstration of its own")
	}
	t.Parallel()
	demo := portaltest.StartDemo(t)
	run := func(t *testing.T, ends bool, want string, args ...string) string {
		t.Helper()
		out, err := demo.Command(append([]string{"search"}, args...)...)
		if (err == nil) != ends || !strings.Contains(out, want) {
			t.Errorf("%v: %v, want %q\n%s", args, err, want, out)
		}
		return out
	}
	t.Run("P14.7 the drift check and the end of a rebuild are commands", func(t *testing.T) {
		run(t, true, "0 missing, 0 too many, 0 different", "check")
		run(t, false, "nothing goes on", "stop")
		run(t, false, "MEILI_URL", "check", "--engine", "meilisearch")
	})
	as := "--as=" + seed.Administrator
	t.Run("P14.7 settings are drafted, rehearsed, published and taken back from a script, in the name of an administrator", func(t *testing.T) {
		run(t, false, "not an administrator", "settings", "synonym", "reliure", "brochage", "--as="+seed.Applicant)
		run(t, false, "no account has this address", "settings", "show", "--as=personne@example.org")
		run(t, false, "between", "settings", "weight", "--title=11", "--acronym=3", "--other=1", "--body=1", as)
		run(t, true, "change 1 things", "settings", "synonym", "reliure d’art essai", "brochage essai", as)
		run(t, true, "change 2 things", "settings", "stop", "essaimot", as)
		run(t, true, "change 1 things", "settings", "stop", "essaimot", "--remove", as)
		run(t, true, "rehearsed on", "settings", "publish", as)
		run(t, true, "published", "settings", "publish", "--yes", as)
		shown := run(t, true, "the draft would change 0 things", "settings", "show", as)
		numbers := regexp.MustCompile(`publication (\d+),`).FindAllStringSubmatch(shown, -1)
		if len(numbers) < 2 {
			t.Fatal(shown)
		}
		run(t, false, "in force already", "settings", "restore", numbers[0][1], as)
		run(t, true, "in force again", "settings", "restore", numbers[1][1], as)
		run(t, false, "the draft changes nothing", "settings", "publish", as)
		run(t, true, "forgotten: 0 changes", "settings", "drop", as)
	})
	demo.Verify(t)
}
