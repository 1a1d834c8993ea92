package procedure

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"passerelle/models/form"
)

//go:embed forms/gallery.v1.json
var gallery []byte

// DecodeForm reads a form definition. It is strict: an unknown or repeated name, or
// anything after the definition, is refused, so that a misspelt setting is never
// silently ignored. It does not look for defects, see form.Check.
func DecodeForm(text []byte) (form.Definition, error) {
	var def form.Definition
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&def); err != nil {
		return form.Definition{}, fmt.Errorf("read form: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return form.Definition{}, errors.New("read form: something follows the definition")
	}
	if err := refuseRepeats(json.NewDecoder(bytes.NewReader(text))); err != nil {
		return form.Definition{}, fmt.Errorf("read form: %w", err)
	}
	return def, nil
}

// EncodeForm writes a definition as DecodeForm reads it, indented, one text per
// definition: the same definition always gives the same bytes.
func EncodeForm(def form.Definition) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(def); err != nil {
		return nil, fmt.Errorf("write form: %w", err)
	}
	return b.Bytes(), nil
}

// Gallery gives the form that holds every kind of field and every condition, for the
// gallery of components and for tests. It is never published.
func Gallery() (form.Definition, error) { return DecodeForm(gallery) }

// refuseRepeats walks one value and refuses an object that names something twice:
// encoding/json would keep the last.
func refuseRepeats(dec *json.Decoder) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	open, _ := t.(json.Delim)
	seen := map[string]bool{}
	for (open == '{' || open == '[') && dec.More() {
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			text, _ := name.(string)
			if seen[text] {
				return fmt.Errorf("%q is there twice", text)
			}
			seen[text] = true
		}
		if err := refuseRepeats(dec); err != nil {
			return err
		}
	}
	if open == '{' || open == '[' {
		_, err = dec.Token()
	}
	return err
}
