package search

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"passerelle/models/catalogue/words"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		limit int
		want  int
	}{{"managment", "management", 2, 1}, {"infrimier", "infirmier", 2, 1}, {"abc", "abc", 1, 0}, {"abc", "xyz", 2, 3}, {"short", "muchlonger", 2, 3}} {
		if got := distance(c.a, c.b, c.limit); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if got := beginning("managm", "management", 2); got != 1 {
		t.Errorf("beginning: %d", got)
	}
	word := rapid.StringMatching(`[a-d]{0,9}`)
	t.Run("the same both ways, nought for the same word alone", rapid.MakeCheck(func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b, 9)
		if d != distance(b, a, 9) || (d == 0) != (a == b) || d > max(len(a), len(b)) {
			t.Fatal(d)
		}
		if limited := distance(a, b, 2); d <= 2 && limited != d || d > 2 && limited <= 2 {
			t.Fatal(d, limited)
		}
	}))
	t.Run("what is typed is at no distance from what it begins", rapid.MakeCheck(func(t *rapid.T) {
		w := word.Draw(t, "word")
		n := rapid.IntRange(0, len(w)).Draw(t, "typed")
		if d := beginning(w[:n], w, 2); d != 0 {
			t.Fatal(d)
		}
	}))
}

func TestMarker(t *testing.T) {
	t.Run("marks change nothing of the text", rapid.MakeCheck(func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("abé ' <>\uE000\uE001œ-"))).Draw(t, "text")
		s := &sought{text: text, terms: cut(text)}
		for i, term := range s.terms {
			if i%2 == 0 {
				term.lexemes[term.word.Stem] = 1
				term.exact = true
			}
		}
		m := newMarker(s)
		title := m.title(text)
		if title.Plain() != unmark(text) {
			t.Fatalf("%q", title)
		}
		var b strings.Builder
		for _, p := range title.Parts() {
			b.WriteString(p.Text)
		}
		if b.String() != unmark(text) {
			t.Fatalf("%q", b.String())
		}
		if e := m.excerpt(strings.Repeat(text+" mot ", 30)); len(e) > 4*excerptLength || strings.Count(string(e), string(MarkStart)) != strings.Count(string(e), string(MarkEnd)) {
			t.Fatalf("%q", e)
		}
	}))
	t.Run("a match far in a text is brought into view", func(t *testing.T) {
		s := &sought{terms: cut("apiculture")}
		s.terms[0].lexemes[words.Stem("apiculture")] = 1
		e := newMarker(s).excerpt(strings.Repeat("Un mot de plus. ", 60) + "Ici l’apiculture." + strings.Repeat(" Encore.", 60))
		if !strings.HasPrefix(string(e), "… ") || !strings.Contains(string(e), string(MarkStart)+"apiculture"+string(MarkEnd)) || !strings.HasSuffix(string(e), " …") {
			t.Fatalf("%q", e)
		}
	})
}
