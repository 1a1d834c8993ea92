package desk

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"passerelle/models/application"
	"passerelle/views/i18n"
)

// written finds every kind of event that the code records about an application.
var written = regexp.MustCompile(`(?:[Kk]ind\b[^"K\n]*|record[A-Za-z]*\([^"]*)"((?:application|dossier)\.[a-z_]+)"`)

func TestEventWords(t *testing.T) {
	kinds := map[string]bool{}
	for _, e := range application.Events() {
		kinds["application."+string(e)] = true
	}
	err := filepath.WalkDir("../../models", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range written.FindAllStringSubmatch(string(text), -1) {
			kinds[m[1]] = true
		}
		return err
	})
	for _, known := range []string{"application.decision_undone", "application.approval_stuck", "dossier.verdict", "dossier.remarked"} {
		if err != nil || !kinds[known] {
			t.Fatalf("%s is not found in the code (%v)", known, err)
		}
	}
	elsewhere := map[string]bool{"dossier.keys_destroyed": true, "dossier.list_saved": true} // of a person, of a list: on no application's history
	verdicts := map[string][]string{"application.decided": {}, "application.decision_undone": {}, "dossier.verdict": {"valid", "refused", "to_complete"}}
	for _, v := range application.Verdicts() {
		verdicts["application.decided"] = append(verdicts["application.decided"], string(v))
		verdicts["application.decision_undone"] = append(verdicts["application.decision_undone"], string(v))
	}
	t.Run("P9.2 every event recorded about an application has its words", func(t *testing.T) {
		for kind := range kinds {
			if elsewhere[kind] {
				continue
			}
			items := []application.TimelineItem{}
			for _, v := range verdicts[kind] {
				items = append(items, application.TimelineItem{Kind: kind, Data: map[string]any{"verdict": v}})
			}
			if len(items) == 0 {
				items = append(items, application.TimelineItem{Kind: kind})
			}
			for _, item := range items {
				for _, lang := range []i18n.Lang{i18n.French, i18n.English} {
					words := eventWords(i18n.With(context.Background(), lang), item)
					if eventKey(item) == "desk.event.unknown" || strings.Contains(words, kind) || strings.Contains(words, "desk.") || strings.Contains(words, "{") {
						t.Errorf("%s %v in %s: %q", kind, item.Data, lang, words)
					}
				}
			}
		}
	})
	t.Run("P9.2 one's own act is said inside a sentence", func(t *testing.T) {
		item := application.TimelineItem{Kind: "application.decision_undone", Mine: true, Data: map[string]any{"verdict": "accepted"}}
		if got := eventWords(i18n.With(context.Background(), i18n.French), item); got != "Décision retirée par vous" {
			t.Error(got)
		}
	})
}
