package hx

import (
	"strings"
	"testing"
)

func TestPost(t *testing.T) {
	a := Post("/x", Target("etape"), Trigger("input[ctrlKey] delay:1s"))
	for name, want := range map[string]string{
		"hx-post": "/x", "hx-target": "#etape", "hx-trigger": "input", "hx-swap": "outerMorph",
	} {
		if a[name] != want {
			t.Errorf("%s: got %v, want %s", name, a[name], want)
		}
	}
}

func TestNothingNeedsEval(t *testing.T) {
	for name, value := range Get("/", PushURL(), TypeAhead(), Latest(), Inner(), Replace(), NoSwap(), NoValidate(), Shown("503")) {
		if strings.HasPrefix(name, "hx-on") || strings.Contains(value.(string), "js:") {
			t.Errorf("%s=%v", name, value)
		}
	}
}
