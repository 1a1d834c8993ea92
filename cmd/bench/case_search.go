package main

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"passerelle/search"
)

// searchCase types queries letter by letter, from the second, with nought to
// three facets, four people pausing 150 ms, no prefix twice.
func searchCase(ctx context.Context, p *portal, o options) ([]row, error) {
	typed, err := prefixes(o.Data)
	if err != nil {
		return nil, err
	}
	pl := typing(p, o, &typed)
	before := p.cpu()
	got, err := load(pl)
	if err != nil {
		return nil, err
	}
	r := got.row("search typed letter by letter, facets")
	r.CPU, r.RSS = 100*(p.cpu()-before).Seconds()/got.Elapsed.Seconds(), p.rss()
	bare, err := bareSearch(ctx, p, pl, typed)
	if err != nil {
		return nil, err
	}
	r.Ratio = bare.quantile(.95) / got.quantile(.95)
	r.Note = strings.TrimSpace(r.Note + " ratio of p95")
	return []row{bare.row("  the search statements alone"), r}, nil
}

// typing asks for the beginnings, of which it keeps those that there is time for.
func typing(p *portal, o options, typed *[]string) plan {
	seconds := max(3*o.Seconds, 20)
	*typed = (*typed)[:min(len(*typed), seconds*30)]
	pl := plan{URL: p.url, Clients: 4, PauseMs: 150, Seconds: seconds, Partial: true, Want: []int{200}}
	for i, text := range *typed {
		pl.Requests = append(pl.Requests, request{Path: "/recherche?" + filters(i, text).Encode()})
	}
	return pl
}

// facetSets are filters that people set, as the address writes them.
var facetSets = [][2]string{{search.FacetRegistration, search.ValueOpen}, {search.FacetKind, "formation"}, {search.FacetModality, "presence"},
	{search.FacetRegion, "11"}, {search.FacetRegion, "84"}, {search.FacetLevel, "5"}, {search.FacetDuration, "2-ans"}}

// filters adds nought to three facets to a query, always the same for a rank.
func filters(i int, text string) url.Values {
	q := url.Values{"q": {text}}
	pick := rand.New(rand.NewPCG(1, uint64(i)))
	for range pick.IntN(4) {
		f := facetSets[pick.IntN(len(facetSets))]
		q.Set(f[0], f[1])
	}
	return q
}

// prefixes lists what people type, letter by letter, none twice, shuffled.
func prefixes(folder string) ([]string, error) {
	if folder == "" {
		return nil, fmt.Errorf("name the data pack's folder with -queries or PASSERELLE_TEST_DATA")
	}
	var texts []string
	for _, f := range []struct{ name, column string }{
		{"recherche/catalogue-onisep/requetes-generees.csv.gz", "requete"},
		{"recherche/catalogue-onisep/requetes-sigles.csv", "requete"},
		{"nomenclatures/rome-appellations-v347.csv.gz", "appellation_courte"},
	} {
		column, err := readColumn(filepath.Join(folder, f.name), f.column)
		if err != nil {
			return nil, err
		}
		texts = append(texts, column...)
	}
	rand.New(rand.NewPCG(20240607, 1)).Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	seen := map[string]bool{}
	var typed []string
	for _, text := range texts {
		letters := []rune(strings.ToLower(text))
		for n := 2; n <= min(len(letters), 30); n++ {
			if part := string(letters[:n]); !seen[part] && len(typed) < 20000 {
				seen[part], typed = true, append(typed, part)
			}
		}
	}
	return typed, nil
}

func readColumn(path, column string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	r := csv.NewReader(in)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	at := 0
	for i, name := range rows[0] {
		if name == column {
			at = i
		}
	}
	var out []string
	for _, row := range rows[1:] {
		if at < len(row) && row[at] != "" {
			out = append(out, row[at])
		}
	}
	return out, nil
}
