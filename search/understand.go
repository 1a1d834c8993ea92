package search

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue/words"
)

// lexeme is one row of the vocabulary.
type lexeme struct {
	Lexeme  string
	Surface string
	Docs    int
}

// after is a character that sorts behind all that words hold.
const after = "\U0010FFFF"

// understand turns a text into what is sought: known words, what a beginning
// may become, synonyms, and mended words for those that no document has.
func (p *Postgres) understand(ctx context.Context, q Query, total int) (*sought, error) {
	s := &sought{text: q.Text, terms: cut(q.Text)}
	if len(s.terms) == 0 {
		return s, nil
	}
	known, err := p.known(ctx, s.terms)
	if err != nil {
		return nil, err
	}
	required := 0
	for _, t := range s.terms {
		if !t.word.Stop {
			required++
		}
	}
	for _, t := range s.terms {
		// A stop word is required only where nothing else is, as in « DU ».
		t.optional = t.word.Stop && (required > 0 || !t.typing)
		if l, ok := known[t.word.Stem]; ok && l.Docs > 0 {
			t.lexemes[l.Lexeme], t.docs, t.exact = 1, l.Docs, true
		}
	}
	groups, err := p.groups(ctx, s.terms)
	if err != nil {
		return nil, err
	}
	for _, t := range s.terms {
		t.synonym = !t.optional && len(groups[t.word.Stem]) > 0
	}
	if err := p.begin(ctx, s, required); err != nil {
		return nil, err
	}
	if !q.Exact {
		if err := p.repair(ctx, s); err != nil {
			return nil, err
		}
	}
	mended := false
	for _, t := range s.terms {
		mended = mended || t.mended != ""
		if !t.known() && !t.synonym {
			if !t.optional && (q.Exact || required == 1) {
				s.hopeless = true
			}
			t.optional = true
		}
		t.rarity = rarity(t.docs, total)
		if t.docs == 0 {
			t.rarity = rarity(1, total)
		}
	}
	if mended {
		if groups, err = p.groups(ctx, s.terms); err != nil {
			return nil, err
		}
	}
	s.group(groups)
	return s, nil
}

// known reads the vocabulary rows of the words as typed.
func (p *Postgres) known(ctx context.Context, terms []*term) (map[string]lexeme, error) {
	stems := []string{}
	for _, t := range terms {
		stems = append(stems, t.word.Stem)
	}
	rows, err := p.db.Pool.Query(ctx, `SELECT lexeme, surface, docs FROM search_lexemes WHERE lexeme = ANY ($1)`, models.Prepared, stems)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[lexeme])
	known := map[string]lexeme{}
	for _, l := range list {
		known[l.Lexeme] = l
	}
	return known, err
}

// begin finds what the word being typed may become, and what an abbreviation
// that no document has begins (« compta »).
func (p *Postgres) begin(ctx context.Context, s *sought, required int) error {
	for _, t := range s.terms {
		prefix := t.word.Folded
		switch {
		case t.typing && len(prefix) == 1 && len(s.terms) > 1:
			t.optional = true // one letter of a word just begun
			continue
		case t.typing && len(prefix) >= 2, t.typing && required == 1 && len(s.terms) == 1 && !t.exact:
		case !t.typing && !t.exact && !t.optional && !t.synonym && len(prefix) >= 4:
		default:
			continue
		}
		if t.optional && t.word.Stop && !t.exact && required > 0 {
			continue
		}
		rows, err := p.db.Pool.Query(ctx, `SELECT lexeme, surface, docs FROM search_lexemes WHERE lexeme >= $1 AND lexeme < $2`,
			models.Prepared, prefix, prefix+after)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[lexeme])
		if err != nil {
			return err
		}
		t.become(prefix, list)
	}
	return nil
}

func (t *term) become(prefix string, list []lexeme) {
	most := 0
	for _, l := range list {
		if l.Docs == 0 {
			continue
		}
		t.prefix = prefix
		if l.Docs > most {
			most, t.completed = l.Docs, l.Surface
		}
		if worth := 0.75 + 0.2*float32(len(prefix))/float32(len(l.Lexeme)); worth > t.lexemes[l.Lexeme] {
			t.lexemes[l.Lexeme] = worth
		}
	}
	if !t.exact {
		t.docs = most
	}
}

// repair finds words close to those that no document has. A rare word beside
// a very common one is kept, and the common one suggested.
func (p *Postgres) repair(ctx context.Context, s *sought) error {
	mended, doubted := false, false
	for _, t := range s.terms {
		n := len(t.word.Folded)
		rare := t.exact && t.docs <= 2 && n >= 6 && t.prefix != "" && len(t.lexemes) == 1 || t.exact && t.docs <= 2 && n >= 6 && !t.typing
		if t.optional || t.synonym || n < 4 || hasDigit(t.word.Folded) || (len(t.lexemes) > 0 && !rare) {
			continue
		}
		near, err := p.near(ctx, t)
		if err != nil {
			return err
		}
		if len(near) == 0 || rare && (near[0].far > 1 || near[0].Docs < 20*t.docs) {
			continue
		}
		t.mended = near[0].Surface
		mended, doubted = mended || !rare, doubted || rare
		for i, l := range near {
			worth := 0.9 - 0.1*float32(l.far)
			if rare {
				worth = 0.6
			} else if i > 0 {
				worth -= 0.1
			}
			t.lexemes[l.Lexeme] = max(worth, t.lexemes[l.Lexeme])
			if !rare {
				t.docs = max(t.docs, l.Docs)
			}
		}
	}
	if mended {
		s.corrected = s.mend()
	} else if doubted {
		s.suggested = s.mend()
	}
	return nil
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// neighbour is a word close to another.
type neighbour struct {
	lexeme
	far int
}

// near lists the closest words of the vocabulary, the most common first, at
// most four.
func (p *Postgres) near(ctx context.Context, t *term) ([]neighbour, error) {
	word, stem := t.word.Folded, t.word.Stem
	n := len(stem)
	reach := 1
	if n >= 7 {
		reach = 2
	}
	first := word[:len(firstRune(word))]
	low, high := max(n-reach, 1), n+reach
	if t.typing {
		high = 60
	}
	rows, err := p.db.Pool.Query(ctx, `
		SELECT lexeme, surface, docs FROM search_lexemes WHERE lexeme >= $1 AND lexeme < $2 AND length(lexeme) BETWEEN $3 AND $4 AND docs > 0
		UNION (SELECT lexeme, surface, docs FROM search_lexemes WHERE lexeme % $5 AND docs > 0 ORDER BY similarity(lexeme, $5) DESC LIMIT 30)`,
		models.Prepared, first, first+after, low, high, stem)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[lexeme])
	if err != nil {
		return nil, err
	}
	found := []neighbour{}
	for _, l := range list {
		if l.Lexeme == stem {
			continue
		}
		far := distance(stem, l.Lexeme, reach)
		if t.typing && len(l.Lexeme) > len(word) && far > 0 {
			far = min(far, beginning(word, l.Lexeme, reach))
		}
		if far <= reach {
			found = append(found, neighbour{lexeme: l, far: far})
		}
	}
	slices.SortFunc(found, func(a, b neighbour) int {
		if a.far != b.far {
			return a.far - b.far
		}
		if a.Docs != b.Docs {
			return b.Docs - a.Docs
		}
		return strings.Compare(a.Lexeme, b.Lexeme)
	})
	// A word one change away makes those two changes away look silly.
	for i, f := range found {
		if f.far > found[0].far {
			found = found[:i]
			break
		}
	}
	return found[:min(len(found), 4)], nil
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// group makes units of the terms, the longest known expression first, and
// gives each what may stand for it.
func (s *sought) group(groups map[string][][]string) {
	var real []*term
	for _, t := range s.terms {
		if !t.optional {
			real = append(real, t)
		}
	}
	for i := 0; i < len(real); {
		size, alternatives := 1, [][]string(nil)
		for n := min(longestExpression, len(real)-i); n >= 1; n-- {
			if found := groups[expression(real[i:i+n])]; len(found) > 0 {
				size, alternatives = n, found
				break
			}
		}
		s.units = append(s.units, &unit{terms: real[i : i+size], alternatives: alternatives})
		i += size
	}
}

const longestExpression = 5

func expression(terms []*term) string {
	var stems []string
	for _, t := range terms {
		stem := t.word.Stem
		if t.mended != "" {
			stem = words.Key(t.mended)
		}
		stems = append(stems, stem)
	}
	return strings.Join(stems, " ")
}

// groups reads what may stand for the expressions of a query.
func (p *Postgres) groups(ctx context.Context, all []*term) (map[string][][]string, error) {
	keys, terms := []string{}, []*term{}
	for _, t := range all {
		if !t.optional {
			terms = append(terms, t)
		}
	}
	for i := range terms {
		for n := 1; n <= longestExpression && i+n <= len(terms); n++ {
			keys = append(keys, expression(terms[i:i+n]))
		}
	}
	groups := map[string][][]string{}
	if len(keys) == 0 {
		return groups, nil
	}
	rows, err := p.db.Pool.Query(ctx, `SELECT kind = 'one_way', keys FROM search_synonyms WHERE keys && $1 ORDER BY id`, models.Prepared, keys)
	if err != nil {
		return nil, err
	}
	var oneWay bool
	var group []string
	_, err = pgx.ForEachRow(rows, []any{&oneWay, &group}, func() error {
		for i, key := range group {
			if i > 0 && oneWay || !slices.Contains(keys, key) {
				continue
			}
			for j, other := range group {
				if j != i {
					groups[key] = append(groups[key], strings.Fields(other))
				}
			}
		}
		return nil
	})
	return groups, err
}
