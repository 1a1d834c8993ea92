package importer

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// offers reads LHEO, the exchange format of training offers (langage harmonisé
// d'échange d'informations sur l'offre de formation): version 2.2, where a
// formation holds actions and an action sessions, and 1.3, where an offer holds
// one action. One offer is one record under the portal's own names.
//
// Entities and document types are refused: nothing outside the file is read and
// nothing in it can grow.
type offers struct {
	x    *xml.Decoder
	room *allowance
}

const (
	longestOffer = 16 << 20 // bytes of one offer
	deepest      = 60       // elements within each other
)

// allowance is how much may still be read before the next offer.
type allowance struct {
	r    io.Reader
	left int
}

func (a *allowance) Read(b []byte) (int, error) {
	if a.left <= 0 {
		return 0, &fatal{LineError{Key: "import.too_long"}}
	}
	n, err := a.r.Read(b[:min(len(b), 1<<14)])
	a.left -= n
	return n, err
}

func openOffers(r io.Reader) *offers {
	room := &allowance{r: r, left: longestOffer}
	x := xml.NewDecoder(bufio.NewReaderSize(room, 1<<14))
	x.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		return input, nil // the bytes are UTF-8 already
	}
	return &offers{x: x, room: room}
}

// declared is the encoding that an XML declaration names, if it is of one byte.
func declared(head []byte) Encoding {
	parts := declaration.FindSubmatch(head)
	if parts == nil {
		return ""
	}
	e, err := htmlindex.Get(string(parts[1]))
	if err != nil {
		return ""
	}
	name, _ := htmlindex.Name(e)
	switch Encoding(name) {
	case Windows1252, ISO885915, MacRoman:
		return Encoding(name)
	}
	return ""
}

var declaration = regexp.MustCompile(`^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']`)

func (o *offers) has(string) bool { return true }
func (o *offers) names() []string { return nil }

// element is one element of an offer, its own text and its children.
type element struct {
	name  string
	attrs map[string]string
	text  strings.Builder
	in    []*element
}

func (o *offers) next() (record, error) {
	o.room.left = longestOffer
	for {
		token, err := o.x.Token()
		if err != nil {
			return record{}, o.broken(err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return record{}, o.at("import.doctype")
		case xml.StartElement:
			if t.Name.Local != "formation" && t.Name.Local != "offre-formation" {
				continue
			}
			line, _ := o.x.InputPos()
			root, err := o.tree(t)
			if err != nil {
				return record{}, err
			}
			return record{line: line, cells: offerCells(root), column: func(string) int { return 0 }}, nil
		}
	}
}

func (o *offers) at(key string, args ...string) error {
	line, column := o.x.InputPos()
	return &fatal{LineError{Line: line, Column: column, Key: key, Args: args}}
}

// broken says where the file stops being XML; nothing after it can be read.
func (o *offers) broken(err error) error {
	var bad *fatal
	var syntax *xml.SyntaxError
	line, _ := o.x.InputPos()
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &bad):
		return placed(bad, line)
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		return o.at("import.cut")
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "entity"):
		return o.at("import.entity")
	case errors.As(err, &syntax):
		return o.at("import.unreadable", "XML")
	}
	return err
}

func (o *offers) tree(start xml.StartElement) (*element, error) {
	root := newElement(start)
	open := []*element{root}
	for len(open) > 0 {
		token, err := o.x.Token()
		if errors.Is(err, io.EOF) {
			return nil, o.at("import.cut")
		}
		if err != nil {
			return nil, o.broken(err)
		}
		here := open[len(open)-1]
		switch t := token.(type) {
		case xml.Directive:
			return nil, o.at("import.doctype")
		case xml.StartElement:
			if len(open) == deepest {
				return nil, o.at("import.unreadable", "XML")
			}
			e := newElement(t)
			here.in, open = append(here.in, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			here.text.Write(t)
		}
	}
	return root, nil
}

func newElement(t xml.StartElement) *element {
	e := &element{name: t.Name.Local, attrs: map[string]string{}}
	for _, a := range t.Attr {
		e.attrs[a.Name.Local] = a.Value
	}
	return e
}

// all gives the elements of a name, wherever they stand below.
func (e *element) all(name string) []*element {
	var list []*element
	for _, child := range e.in {
		if child.name == name {
			list = append(list, child)
		}
		list = append(list, child.all(name)...)
	}
	return list
}

// value is the first text found under one of the paths; a lone hyphen says that
// there is none.
func (e *element) value(paths ...string) string {
	for _, path := range paths {
		at := e
		for _, name := range strings.Split(path, "/") {
			found := at.all(name)
			if len(found) == 0 {
				at = nil
				break
			}
			at = found[0]
		}
		if at != nil {
			if text := plain(at.text.String()); text != "" && text != "-" {
				return text
			}
		}
	}
	return ""
}

var (
	blocks = regexp.MustCompile(`(?i)<(?:/?(?:p|div|ul|ol|h[1-6]|tr|table)|br\s*/?|li)[^<>]{0,200}>`)
	tags   = regexp.MustCompile(`</?[A-Za-z][^<>]{0,500}>`)
	blanks = regexp.MustCompile(`\n\s*\n\s*`)
)

// plain takes the mark-up out of a text: producers write HTML in these fields.
func plain(s string) string {
	s = strings.ReplaceAll(s, "\r", "")
	if strings.ContainsAny(s, "<&") {
		s = html.UnescapeString(tags.ReplaceAllString(blocks.ReplaceAllString(s, "\n"), ""))
	}
	s = strings.ReplaceAll(s, "\u00a0", " ")
	return strings.TrimSpace(blanks.ReplaceAllString(s, "\n\n"))
}

// levels of the way out, as LHEO codes them, in the levels in force since 2019.
var levelsOut = map[string]string{"4": "niveau 3", "5": "niveau 4", "6": "niveau 5", "7": "niveau 6", "8": "niveau 7"}

// regionsBefore2016 are the codes that merged regions had.
var regionsBefore2016 = map[string]string{"82": "84", "83": "84", "21": "44", "41": "44", "42": "44", "22": "32", "31": "32", "23": "28", "25": "28",
	"26": "27", "43": "27", "54": "75", "72": "75", "74": "75", "73": "76", "91": "76"}

func offerCells(e *element) map[string]any {
	cells := map[string]any{}
	set := func(field, value string) {
		if value != "" {
			cells[field] = value
		}
	}
	set("title", e.value("intitule-formation", "intitule-action"))
	set("reference", offerReference(e))
	set("objectives", joined(e.value("objectif-formation"), e.value("resultats-attendus")))
	set("programme", e.value("contenu-formation"))
	set("prerequisites", e.value("conditions-specifiques", "conditions-specifiques-prerequis"))
	set("methods", joined(e.value("modalites-pedagogiques"), e.value("rythme-formation")))
	set("duration", e.value("duree-indicative"))
	set("rncp", strings.TrimPrefix(e.value("certification/code-RNCP"), "RNCP"))
	set("speciality", e.value("code-NSF"))
	set("level", levelsOut[e.value("code-niveau-sortie")])
	set("url", e.value("url-formation/urlweb", "url-action/urlweb"))
	set("lheo.organisme", e.value("organisme-formation-responsable/nom-organisme", "raison-sociale"))
	set("lheo.siret", e.value("organisme-formation-responsable/SIRET"))
	for _, field := range []string{"code-FORMACODE", "code-ROME", "code-NSF", "code-public-vise"} {
		var codes []any
		for _, c := range e.all(field) {
			if text := plain(c.text.String()); text != "" {
				codes = append(codes, text)
			}
		}
		if codes != nil {
			cells["lheo."+field] = codes
		}
	}
	if sessions := offerSessions(e, text(cells["reference"])); len(sessions) > 0 {
		cells["sessions"] = sessions
	}
	return cells
}

func text(v any) string { s, _ := v.(string); return s }

func joined(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}

// offerReference is the producer's number, or one made of what an offer keeps
// from one file to the next, so that the same file again changes nothing.
func offerReference(e *element) string {
	for _, s := range []string{e.attrs["numero"], e.value("identifiant-formation"), e.value("identifiant-module")} {
		if s != "" && s != "-" {
			return s
		}
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{e.value("SIRET"), e.value("intitule-formation", "intitule-action"), e.value("code-RNCP"),
		e.value("code-CERTIFINFO")}, "|")))
	return "LHEO-" + hex.EncodeToString(sum[:6])
}

// offerSessions gives the sessions of each action, with the place of theirs.
func offerSessions(e *element, reference string) []any {
	actions := e.all("action")
	if len(actions) == 0 {
		actions = []*element{e}
	}
	list := []any{}
	for _, action := range actions {
		for _, s := range action.all("session") {
			starts, ends := lheoDate(s.value("periode/debut")), lheoDate(s.value("periode/fin"))
			id := s.attrs["numero"]
			if id == "" && starts != "" {
				id = reference + "-" + strings.ReplaceAll(starts, "-", "")
			}
			object := map[string]any{"external_id": id, "starts_on": starts, "ends_on": ends, "modality": lheoModality(action),
				"opens_on": lheoDate(s.value("periode-inscription/debut")), "closes_on": lheoDate(first(s.value("periode-inscription/fin"), s.value("date-limite-inscription/date"), action.value("date-limite-inscription/date"))),
				"capacity": first(s.value("nombre-places", "capacite"), action.value("nombre-places", "capacite"))}
			where := action
			if at := action.all("lieu-de-formation"); len(at) > 0 {
				where = at[0]
			}
			object["place"] = where.value("adresse/ville")
			if department := where.value("adresse/departement"); department != "" {
				object["department"] = department
			} else if region := where.value("adresse/region"); region != "" {
				object["region"] = first(regionsBefore2016[region], region)
			}
			if object["modality"] == "remote" {
				delete(object, "department")
				delete(object, "region")
			}
			list = append(list, object)
		}
	}
	return list
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// lheoModality reads modalites-enseignement: 0 on site, 1 remote, 2 both.
func lheoModality(action *element) string {
	switch action.value("modalites-enseignement") {
	case "1":
		return "remote"
	case "2":
		return "mixed"
	}
	return "on_site"
}

// lheoDate reads AAAAMMJJ; 00000000 and 99999999 say that it is not known.
func lheoDate(s string) string {
	if len(s) != 8 || s == "00000000" || s == "99999999" || s == "99991231" {
		return ""
	}
	return s[:4] + "-" + s[4:6] + "-" + s[6:]
}
