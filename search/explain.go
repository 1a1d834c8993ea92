package search

import (
	"context"
	"slices"

	"passerelle/models"
	"passerelle/search/memory"
)

// Explanation says why a document ranks where it does, for administrators.
type Explanation struct {
	Found     bool // among the results
	Rank      int  // from 1; 0 when it is not
	Total     int
	Score     float32
	Corrected string // the search was made for this text instead
	Words     []WordExplained
	Bonuses   []BonusExplained
}

// WordExplained is what one word of the query brings.
type WordExplained struct {
	Text     string // as typed
	Optional bool   // counts when found, is not required
	Rarity   float32
	Docs     int              // documents that have it
	Matches  []MatchExplained // what stands for it in the document, best first
}

// MatchExplained is a word of the document that stands for one of the query.
type MatchExplained struct {
	Surface string
	Worth   float32        // 1 as typed, less for a beginning, a mended word, a synonym or a likeness
	How     string         // exact, beginning, mended, synonym, related
	Times   map[string]int // by field: title, acronym, other, body
}

// BonusExplained is what does not come from a word.
type BonusExplained struct {
	Name  string // kind, open, closer; begins where the title does with what is being typed, then no word counts
	Worth float32
}

// fieldNames are the fields in the order of memory.Field.
var fieldNames = [memory.Fields]string{"title", "acronym", "other", "body"}

// Explain says why the document of a reference ranks where it does. A
// reference that the search does not know gives an error of kind not found.
func (p *Postgres) Explain(ctx context.Context, q Query, reference string) (Explanation, error) {
	c, err := p.corpus(ctx)
	if err != nil {
		return Explanation{}, err
	}
	var no *int32
	err = p.db.Pool.QueryRow(ctx, `SELECT min(no) FROM search_documents WHERE reference = $1`, models.Prepared, reference).Scan(&no)
	if err != nil {
		return Explanation{}, unavailable(err)
	}
	if no == nil {
		return Explanation{}, &models.Error{Kind: models.KindNotFound, Key: "search.unknown"}
	}
	q.Page, q.PerPage = 1, 100
	run, err := p.run(ctx, c, q.settled())
	if err != nil {
		return Explanation{}, err
	}
	return run.explain(uint32(*no)), nil
}

func (r *run) explain(no uint32) Explanation {
	e := Explanation{Total: len(r.found), Corrected: r.sought.corrected}
	slices.SortFunc(r.found, r.compare)
	at := slices.IndexFunc(r.found, func(c candidate) bool { return c.no == no })
	if at >= 0 {
		c := r.found[at]
		e.Found, e.Rank, e.Score = true, at+1, c.score
		e.Bonuses = append(e.Bonuses, BonusExplained{"kind", prior[min(c.kind, 3)]}, BonusExplained{"open", openWorth * float32(c.open)})
		if len(r.sought.units) > 0 && at < closely {
			look := newLook(r)
			bonus, _ := look.at(&c)
			if len(look.list.list) > 0 {
				e.Bonuses = append(e.Bonuses, BonusExplained{"begins", completes})
			} else {
				e.Bonuses = append(e.Bonuses, BonusExplained{"closer", bonus})
			}
		}
	}
	for _, m := range r.view.Pick(map[uint32]float32{no: 0}) {
		var fields [memory.Fields][]uint32
		r.view.Read(m.Shard, m.List[0].Slot, &fields)
		for _, t := range r.sought.terms {
			e.Words = append(e.Words, r.explainWord(t, &fields))
		}
	}
	return e
}

// explainWord lists what stands for a word in the fields of a document.
func (r *run) explainWord(t *term, fields *[memory.Fields][]uint32) WordExplained {
	w := WordExplained{Text: r.sought.text[t.word.Start:t.word.End], Optional: t.optional, Rarity: t.rarity, Docs: t.docs}
	note := func(stem string, worth float32, how string) {
		id, ok := r.view.Words.Find(stem)
		if !ok {
			return
		}
		m := MatchExplained{Surface: r.view.Words.Surface(id), Worth: worth, How: how, Times: map[string]int{}}
		for f, list := range fields {
			for _, x := range list {
				if x == id {
					m.Times[fieldNames[f]]++
				}
			}
		}
		if len(m.Times) > 0 {
			w.Matches = append(w.Matches, m)
		}
	}
	for stem, worth := range t.lexemes {
		how := "beginning"
		if stem == t.word.Stem {
			how = "exact"
		} else if t.mended != "" {
			how = "mended"
		}
		note(stem, worth, how)
	}
	for stem, worth := range t.weak {
		note(stem, worth, "related")
	}
	for _, u := range r.sought.units {
		if !slices.Contains(u.terms, t) {
			continue
		}
		for _, stems := range u.alternatives {
			for _, stem := range stems {
				note(stem, synonymOf, "synonym")
			}
		}
	}
	slices.SortFunc(w.Matches, func(a, b MatchExplained) int {
		if a.Worth != b.Worth {
			return int(1000 * (b.Worth - a.Worth))
		}
		return len(a.Surface) - len(b.Surface)
	})
	return w
}
