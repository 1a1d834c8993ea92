package judge

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"passerelle/search"
)

// row is one line of a file, by column.
type row map[string]string

// The usual names of columns, the surest first.
var (
	idColumns      = []string{"pk", "id", "_id", "doc_id", "docid", "code_rome", "code", "reference", "numero", "document"}
	titleColumns   = []string{"title", "titre", "intitule", "libelle", "name", "nom", "label"}
	acronymColumns = []string{"sigle", "acronym", "acronyme", "acronyms", "type_sigle", "type_acronym"}
	otherColumns   = []string{"type", "themes", "theme", "domains", "domaines", "institution", "etablissement", "ville", "town", "place", "lieu", "departement", "region", "keywords"}
	queryColumns   = []string{"requete", "query", "text", "texte", "q", "question"}
	topicColumns   = []string{"sujet", "topic", "query_id", "query-id", "qid", "id", "_id"}
	judgedColumns  = []string{"pk", "document", "doc_id", "docid", "corpus-id", "doc", "ids_attendus", "code_rome_attendu", "attendu", "expected"}
	gainColumns    = []string{"gain", "score", "relevance", "rel", "grade"}
	kindColumns    = []string{"nature", "kind", "group"}
)

func (r row) first(names []string) (name, value string) {
	for _, n := range names {
		if v, ok := r[n]; ok {
			return n, v
		}
	}
	return "", ""
}

// Query is a text with the worth of the documents that answer it.
type Query struct {
	Text  string
	Topic string
	Kind  string
	Gains map[string]float64
}

// Set is a corpus with its judged queries.
type Set struct {
	Documents []search.TrialDocument
	Queries   []Query
}

// Load reads a set. Where the documents have several identifiers, the one that
// judgements use is taken; queries that nobody judged are left out.
func Load(corpus, queries, judgements string) (*Set, error) {
	asked, err := rows(queries)
	if err != nil {
		return nil, err
	}
	judged := asked
	if judgements != "" && judgements != queries {
		if judged, err = rows(judgements); err != nil {
			return nil, err
		}
	}
	s := &Set{}
	names, err := s.queries(asked, judged)
	if err != nil {
		return nil, err
	}
	lines, err := rows(corpus)
	if err != nil {
		return nil, err
	}
	return s, s.documents(lines, names)
}

// queries joins texts and judgements, by topic or by the text itself.
func (s *Set) queries(asked, judged []row) (names map[string]bool, err error) {
	gains, names := map[string]map[string]float64{}, map[string]bool{}
	same := len(asked) > 0 && len(judged) > 0 && &asked[0] == &judged[0]
	for i, r := range judged {
		column, list := r.first(judgedColumns)
		if column == "" {
			return nil, fmt.Errorf("judgements: no column of documents among %s", strings.Join(judgedColumns, ", "))
		}
		gain := 1.0
		if _, v := r.first(gainColumns); v != "" {
			if gain, err = strconv.ParseFloat(v, 64); err != nil {
				return nil, fmt.Errorf("judgements: gain %q: %w", v, err)
			}
		}
		key := strconv.Itoa(i)
		if !same {
			if _, key = r.first(topicColumns); key == "" {
				_, key = r.first(queryColumns)
			}
		}
		if gains[key] == nil {
			gains[key] = map[string]float64{}
		}
		for name := range strings.SplitSeq(list, "|") {
			if name = strings.TrimSpace(name); name != "" {
				gains[key][name] = max(gain, gains[key][name])
				names[name] = true
			}
		}
	}
	for i, r := range asked {
		q := Query{}
		_, q.Topic = r.first(topicColumns)
		_, q.Kind = r.first(kindColumns)
		column, text := r.first(queryColumns)
		if q.Text = text; column == "" {
			return nil, fmt.Errorf("queries: no column of texts among %s", strings.Join(queryColumns, ", "))
		}
		if same {
			q.Gains = gains[strconv.Itoa(i)]
		} else if q.Gains = gains[q.Topic]; q.Gains == nil {
			q.Gains = gains[q.Text]
		}
		if len(q.Gains) > 0 {
			s.Queries = append(s.Queries, q)
		}
	}
	if len(s.Queries) == 0 {
		return nil, errors.New("no query has a judgement: topics do not match")
	}
	return names, nil
}

func (s *Set) documents(lines []row, names map[string]bool) error {
	if len(lines) == 0 {
		return errors.New("the corpus is empty")
	}
	found := map[string]int{}
	for _, r := range lines {
		for _, column := range idColumns {
			if names[r[column]] {
				found[column]++
			}
		}
	}
	id := ""
	for _, column := range idColumns {
		if found[column] > found[id] {
			id = column
		}
	}
	if id == "" {
		return errors.New("no document of the corpus is judged: identifiers do not match")
	}
	title, _ := lines[0].first(titleColumns)
	for _, r := range lines {
		d := search.TrialDocument{ID: r[id], Title: r[title]}
		columns := make([]string, 0, len(r))
		for column := range r {
			columns = append(columns, column)
		}
		slices.Sort(columns)
		var text []string
		for _, column := range columns {
			v := r[column]
			switch {
			case v == "" || column == title || slices.Contains(idColumns, column) || !tells(column, v):
			case slices.Contains(acronymColumns, column):
				d.Acronyms = append(d.Acronyms, v)
			case slices.Contains(otherColumns, column):
				d.Others = append(d.Others, strings.Split(v, "|")...)
			default:
				text = append(text, v)
			}
		}
		d.Text = strings.Join(text, "\n")
		s.Documents = append(s.Documents, d)
	}
	return nil
}

// tells is false of what nobody searches by: addresses, numbers, sources.
func tells(column, value string) bool {
	return !strings.HasPrefix(value, "http") && column != "source" && strings.ContainsFunc(value, func(r rune) bool { return r > '9' })
}

// rows reads a file of any of the formats.
func rows(path string) ([]row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReader(f)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		packed, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		in = bufio.NewReader(packed)
	}
	if head, _ := in.Peek(3); bytes.Equal(head, []byte("\ufeff")) {
		_, _ = in.Discard(3)
	}
	head, _ := in.Peek(4096)
	var list []row
	switch first, _, _ := strings.Cut(string(head), "\n"); {
	case strings.HasPrefix(strings.TrimSpace(first), "{"):
		list, err = ndjson(in)
	case !strings.ContainsAny(first, ",;\t") || len(strings.Fields(first)) == 4 && !strings.Contains(first, ","):
		list, err = trec(in)
	default:
		list, err = separated(in, first)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

func ndjson(in io.Reader) ([]row, error) {
	var list []row
	for d := json.NewDecoder(in); ; {
		var line map[string]any
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		r := row{}
		for k, v := range line {
			r[strings.ToLower(k)] = text(v)
		}
		list = append(list, r)
	}
}

// text writes a value of JSON; lists become parts.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, text(x))
		}
		return strings.Join(parts, "|")
	}
	return ""
}

func separated(in io.Reader, first string) ([]row, error) {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	for _, separator := range "\t;" {
		if strings.Count(first, string(separator)) > strings.Count(first, ",") {
			r.Comma = separator
		}
	}
	header, err := r.Read()
	if err != nil {
		return nil, err
	}
	var list []row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		line := row{}
		for i, cell := range cells[:min(len(cells), len(header))] {
			line[strings.ToLower(strings.TrimSpace(header[i]))] = cell
		}
		list = append(list, line)
	}
}

// trec reads « topic 0 document gain ».
func trec(in io.Reader) ([]row, error) {
	var list []row
	for s := bufio.NewScanner(in); ; {
		if !s.Scan() {
			return list, s.Err()
		}
		if f := strings.Fields(s.Text()); len(f) == 4 {
			list = append(list, row{"topic": f[0], "document": f[2], "gain": f[3]})
		}
	}
}
