package procedure_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"passerelle/models/form"
	"passerelle/models/procedure"
)

func decode(t testing.TB, name string) ([]byte, form.Definition) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("forms", name))
	if err != nil {
		t.Fatal(err)
	}
	def, err := procedure.DecodeForm(text)
	if err != nil {
		t.Fatal(err)
	}
	return text, def
}

func TestFormsThatComeWithTheProgram(t *testing.T) {
	for _, name := range []string{"preregistration.v1.json", "preregistration.v2.json", "admission.v1.json", "gallery.v1.json"} {
		t.Run("P5.1 "+name+" decodes, has no defect and round-trips", func(t *testing.T) {
			_, def := decode(t, name)
			for _, d := range form.Check(&def) {
				t.Error(d)
			}
			text, err := procedure.EncodeForm(def)
			if err != nil {
				t.Fatal(err)
			}
			again, err := procedure.DecodeForm(text)
			if err != nil || !reflect.DeepEqual(def, again) {
				t.Fatalf("round trip changed the form: %v", err)
			}
			twice, _ := procedure.EncodeForm(again)
			if !bytes.Equal(text, twice) {
				t.Error("encoding is not stable")
			}
		})
	}
}

func TestDecodeIsStrict(t *testing.T) {
	text, _ := decode(t, "gallery.v1.json")
	bad := map[string]string{
		"unknown name":    strings.Replace(string(text), `"required"`, `"requird"`, 1),
		"repeated name":   strings.Replace(string(text), `"key": "gallery",`, `"key": "gallery", "key": "other",`, 1),
		"something after": string(text) + "{}",
		"cut":             string(text[:len(text)/2]),
		"not an object":   "[]",
		"nothing":         "",
		"wrong type":      strings.Replace(string(text), `"version": 1`, `"version": "1"`, 1),
		"repeat, nested":  strings.Replace(string(text), `"id": "g_text",`, `"id": "g_text", "id": "g_text",`, 1),
	}
	for name, text := range bad {
		t.Run("P5.1 "+name+" is refused", func(t *testing.T) {
			if _, err := procedure.DecodeForm([]byte(text)); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestPreRegistrationAsksWhatTheProcedureSays(t *testing.T) {
	_, def := decode(t, "preregistration.v1.json")
	want := strings.Fields(`birth_name first_name birth_date email status civil_service category employer employer_private
		job_title missions why_now funding funding_other manager_last_name manager_first_name manager_function manager_email
		accuracy data_notice`)
	var got []string
	ids := map[string]bool{}
	for _, s := range def.Steps {
		for _, b := range s.Blocks {
			for _, f := range b.Fields {
				ids[f.ID] = true
				if f.Required {
					got = append(got, f.ID)
				}
			}
		}
	}
	t.Run("P6.1 five steps in order", func(t *testing.T) {
		var steps []string
		for _, s := range def.Steps {
			steps = append(steps, s.ID)
		}
		if strings.Join(steps, " ") != "identite situation contexte superieur recapitulatif" {
			t.Error(steps)
		}
	})
	t.Run("P6.1 required answers", func(t *testing.T) {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("P18.2 what the line manager may see", func(t *testing.T) {
		var seen []string
		for _, s := range def.Steps {
			for _, b := range s.Blocks {
				for _, f := range b.Fields {
					if !f.Private {
						seen = append(seen, f.ID)
					}
				}
			}
		}
		if strings.Join(seen, " ") != "birth_name usual_name first_name employer employer_private job_title why_now expectations" {
			t.Error(seen)
		}
	})
}

func TestEncodedFormIsPlainJSON(t *testing.T) {
	_, def := decode(t, "preregistration.v1.json")
	text, err := procedure.EncodeForm(def)
	if err != nil || !json.Valid(text) || bytes.Contains(text, []byte(`\u003c`)) {
		t.Error(err)
	}
}
