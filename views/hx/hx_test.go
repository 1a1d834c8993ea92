package hx

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPost(t *testing.T) {
	a := Post("/x", Target("etape"), Trigger("input[ctrlKey] delay:1s"), Value(`a"b`, "c\nd"), Transition())
	for name, want := range map[string]string{
		"hx-post": "/x", "hx-target": "#etape", "hx-trigger": "input", "hx-swap": "outerMorph transition:true",
	} {
		if a[name] != want {
			t.Errorf("%s: got %v, want %s", name, a[name], want)
		}
	}
	var vals map[string]string
	if err := json.Unmarshal([]byte(a["hx-vals"].(string)), &vals); err != nil || vals[`a"b`] != "c\nd" {
		t.Errorf("hx-vals %v: %v", a["hx-vals"], err)
	}
}

func TestNothingNeedsEval(t *testing.T) {
	for name, value := range Merge(Get("/", PushURL(), TypeAhead(), Latest()), Boost(), Preserve(), Ignore()) {
		if strings.HasPrefix(name, "hx-on") || strings.Contains(value.(string), "js:") {
			t.Errorf("%s=%v", name, value)
		}
	}
}
