package importer_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"passerelle/models/catalogue/importer"
)

// bare says keys and arguments: the words are the screens'.
func bare(key string, args ...string) string {
	return strings.Join(append([]string{key}, args...), " ")
}

// TestLineReport reads a report as spreadsheets do, whatever they cut it at.
func TestLineReport(t *testing.T) {
	const signs = "=+-@＝＋－＠"
	for _, title := range []string{"=1+1", " =1+1", "x;=1+1", "x; =cmd|'/c calc'!A1", "x,=1+1", "x\t=1+1", "x\n-1", "\u00a0+1", "\u200b@SUM(A1)", "\ufeff=1", `"=1+1`, `x;"=1+1`, "＝1+1", "x|=1+1"} {
		{
			t.Run("P3.6 no cell of the report is computed: "+title, func(t *testing.T) {
				var b strings.Builder
				w := importer.NewLineReport(&b, bare)
				if err := w.Row(importer.LineRow{Line: importer.Line{Line: 2, Title: title, Verdict: importer.LineCreated}}); err != nil {
					t.Fatal(err)
				}
				if err := w.End(); err != nil {
					t.Fatal(err)
				}
				for _, cut := range []rune{';', ',', '\t', '|'} {
					r := csv.NewReader(strings.NewReader(b.String()))
					r.Comma, r.LazyQuotes, r.FieldsPerRecord = cut, true, -1
					rows, err := r.ReadAll()
					if err != nil {
						t.Fatal(err)
					}
					if cut == ';' && (len(rows) != 2 || len(rows[0]) != 7 || len(rows[1]) != 7) {
						t.Errorf("not in columns: %q", rows)
					}
					for _, cells := range rows {
						for _, cell := range cells {
							bare := strings.TrimLeft(cell, " \t\r\n\"\u00a0\u200b\ufeff")
							if bare != "" && strings.Contains(signs, string([]rune(bare)[:1])) {
								t.Errorf("cut at %q: %q would be computed", cut, cell)
							}
						}
					}
				}
			})
		}
	}
	t.Run("P3.6 what is no formula stays as it is", func(t *testing.T) {
		var b strings.Builder
		w := importer.NewLineReport(&b, bare)
		const title = "Arts – métiers, bac + 5 (e-learning)"
		if err := w.Row(importer.LineRow{Line: importer.Line{Title: title}}); err != nil || w.End() != nil || !strings.Contains(b.String(), ";"+title+";") {
			t.Fatal(b.String(), err)
		}
	})
}
