package merge_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"passerelle/models/merge"
)

// author mints ids that no other author mints.
func author(dev string) *merge.Author {
	n := 0
	return &merge.Author{NowMs: 1_795_000_000_000, FV: 1, Dev: dev, Mint: func() merge.OpID {
		n++
		return merge.OpID(dev + "-" + strconv.Itoa(n))
	}}
}

func TestTwoTabs(t *testing.T) {
	start := func() (merge.Registers, merge.Context) {
		r := merge.Registers{}
		r.ApplyAll(merge.Diff(r, map[string]merge.Value{"name": {"Durand"}, "job": {"Chef"}}, r.See("name", "job"), author("server")))
		return r, r.See("name", "job", "phone")
	}
	save := func(r merge.Registers, page merge.Context, dev string, pairs ...string) []merge.Op {
		posted := map[string]merge.Value{}
		for i := 0; i < len(pairs); i += 2 {
			posted[pairs[i]] = merge.One(pairs[i+1])
		}
		ops := merge.Diff(r, posted, page, author(dev))
		r.ApplyAll(ops)
		return ops
	}
	t.Run("P13.3 different fields merge silently", func(t *testing.T) {
		r, page := start()
		save(r, page, "a", "name", "Dupont", "job", "Chef")
		save(r, page, "b", "name", "Durand", "job", "Cheffe")
		if r.Current("name").First() != "Dupont" || r.Current("job").First() != "Cheffe" || r.Conflict("name") != nil || r.Conflict("job") != nil {
			t.Errorf("%v", r)
		}
	})
	t.Run("P13.3 the same field changed in both shows both values", func(t *testing.T) {
		r, page := start()
		save(r, page, "a", "name", "Dupont")
		save(r, page, "b", "name", "Duval")
		c := r.Conflict("name")
		if len(c) != 2 || c[0].Val.First() != "Duval" || c[1].Val.First() != "Dupont" || c[1].Dev != "a" || c[1].At == 0 {
			t.Errorf("%v", c)
		}
		r.Apply(merge.Resolve(r, "name", c[1].Val, r.IDs("name"), author("c")))
		if r.Conflict("name") != nil || r.Current("name").First() != "Dupont" {
			t.Errorf("after the choice: %v", r["name"])
		}
	})
	t.Run("P13.3 a stale tab conflicts on nothing it did not touch", func(t *testing.T) {
		r, page := start()
		save(r, page, "a", "name", "Dupont")
		save(r, r.See("name"), "a2", "name", "Duval")
		if ops := save(r, page, "b", "name", "Durand", "job", "Chef", "phone", ""); len(ops) != 0 {
			t.Errorf("wrote %v", ops)
		}
		if r.Current("name").First() != "Duval" {
			t.Errorf("%v", r["name"])
		}
	})
	t.Run("P13.3 the same value typed in both is no conflict", func(t *testing.T) {
		r, page := start()
		save(r, page, "a", "name", "Dupont")
		save(r, page, "b", "name", "Dupont")
		if r.Conflict("name") != nil || len(r["name"].Siblings) != 2 {
			t.Errorf("%v", r["name"])
		}
	})
	t.Run("P17.4 a choice never drops a third value written meanwhile", func(t *testing.T) {
		r, page := start()
		save(r, page, "a", "name", "Dupont")
		save(r, page, "b", "name", "Duval")
		seen := r.IDs("name")
		save(r, page, "c", "name", "Dubois")
		r.Apply(merge.Resolve(r, "name", merge.One("Duval"), seen, author("d")))
		if c := r.Conflict("name"); len(c) != 2 {
			t.Errorf("%v", c)
		}
	})
	t.Run("P13.3 clearing and writing at once is a conflict", func(t *testing.T) {
		r, page := start()
		save(r, page, "a", "name", "")
		save(r, page, "b", "name", "Duval")
		if c := r.Conflict("name"); len(c) != 2 || !c[1].Val.Empty() {
			t.Errorf("%v", c)
		}
	})
	t.Run("P13.3 a page without context overwrites nothing", func(t *testing.T) {
		r, _ := start()
		save(r, nil, "a", "name", "Duval", "job", "", "phone", "06")
		if r.Conflict("name") == nil || r.Current("job").First() != "Chef" || r.Current("phone").First() != "06" {
			t.Errorf("%v", r)
		}
	})
}

func TestRows(t *testing.T) {
	key := func(f string) string { return merge.RowKey("courses", "r1", f) }
	start := func() merge.Registers {
		r := merge.Registers{}
		posted := map[string]merge.Value{key("title"): {"Accueil"}, key("year"): {"2024"}}
		r.ApplyAll(merge.Diff(r, posted, nil, author("a")))
		return r
	}
	t.Run("P13.3 a deleted row is hidden", func(t *testing.T) {
		r := start()
		r.Apply(merge.RemoveRow(r, "courses", "r1", r.See(key("title"), key("year")), author("b")))
		if rows := r.Rows("courses"); len(rows) != 0 {
			t.Error(rows)
		}
	})
	t.Run("P13.3 writing in a row that another deletes revives it", func(t *testing.T) {
		r := start()
		page := r.See(key("title"), key("year"))
		r.Apply(merge.RemoveRow(r, "courses", "r1", page, author("b")))
		r.ApplyAll(merge.Diff(r, map[string]merge.Value{key("year"): {"2025"}}, page, author("c")))
		if rows := r.Rows("courses"); len(rows) != 1 || !rows[0].Revived {
			t.Fatal(rows)
		}
		r.Apply(merge.RemoveRow(r, "courses", "r1", r.See(key("title"), key("year")), author("d")))
		if rows := r.Rows("courses"); len(rows) != 0 {
			t.Error("a second deletion that saw everything counts", rows)
		}
	})
	t.Run("P13.3 rows keep their places", func(t *testing.T) {
		r := merge.Registers{}
		by := author("a")
		for _, id := range []string{"r2", "r1", "r3"} {
			r.Apply(by.Write(merge.RowKey("g", id, "x"), merge.One(id), nil))
		}
		r.Apply(by.Write(merge.RowKey("g", "r3", merge.Pos), merge.One(merge.Between("r1", "r2")), nil))
		var got []string
		for _, row := range r.Rows("g") {
			got = append(got, row.ID)
		}
		if strings.Join(got, " ") != "r1 r3 r2" {
			t.Error(got)
		}
	})
}

func TestChangedSinceTheRecap(t *testing.T) {
	r := merge.Registers{}
	by := author("a")
	r.Apply(by.Write("name", merge.One("Durand"), nil))
	seen := r.See("name", "phone")
	if got := r.Changed(seen); got != nil {
		t.Error(got)
	}
	r.Apply(by.Write("phone", merge.One("06"), nil))
	if got := r.Changed(seen); !slices.Equal(got, []string{"phone"}) {
		t.Error(got)
	}
}

func TestContextText(t *testing.T) {
	c := merge.Context{"a": {IDs: []merge.OpID{"id-1", "id-2"}, Sum: merge.Sum(merge.Value{"x"})}, "g/r1/b": {}}
	back, err := merge.ParseContext(c.String())
	if err != nil || back.String() != c.String() || len(back) != 2 {
		t.Errorf("%q gave %v, %v", c.String(), back, err)
	}
	t.Run("garbage keeps what can be read", func(t *testing.T) {
		for _, s := range []string{"a=id~1;<script>", "a=id~1;b", "a=id~1;b=i d", "a=id~1;b=x~zzzzzzzzzzzzzzzzzz", "a=id~1;=", "a=id~1;\x00=\xff"} {
			back, err := merge.ParseContext(s)
			if !errors.Is(err, merge.ErrContext) || len(back["a"].IDs) != 1 {
				t.Errorf("%q: %v %v", s, back, err)
			}
		}
	})
	t.Run("too large is refused whole", func(t *testing.T) {
		back, err := merge.ParseContext(strings.Repeat("a=b;", 1<<20))
		if err == nil || len(back) != 0 {
			t.Error(len(back), err)
		}
	})
}

func TestSumTellsValuesApart(t *testing.T) {
	values := []merge.Value{nil, {"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"b", "a"}, {""}}
	seen := map[uint64]int{}
	for i, v := range values {
		if j, ok := seen[merge.Sum(v)]; ok {
			t.Errorf("%q and %q", v, values[j])
		}
		seen[merge.Sum(v)] = i
	}
}

func TestStamps(t *testing.T) {
	const now = 1_795_000_000_000
	a := merge.Next("", now, "x")
	b := merge.Next(a, now, "x")
	c := merge.Next(b, now-5000, "x")
	if !(a < b && b < c) || len(a) != len(c) {
		t.Error(a, b, c)
	}
	full := a[:13] + "ffff-x"
	if next := merge.Next(full, now, "x"); next <= full {
		t.Error("counter overflow", next)
	}
	ahead := merge.Next("", now+365*86400_000, "y")
	if got := merge.Clamp(ahead, now, "y"); got > merge.Next(b, now, "z") || got < a[:12] {
		t.Error("P13.3 a clock one year ahead is brought back", got)
	}
	if merge.Clamp(a, now, "x") != a {
		t.Error("a right stamp changed")
	}
	for _, s := range []string{"", "x", "zzzzzzzzzzzz-0000-a", strings.Repeat("-", 40)} {
		if got := merge.Clamp(s, now, "d"); len(got) != len(a) {
			t.Errorf("%q gave %q", s, got)
		}
	}
}

func TestPrefilledValuesSayWhereTheyComeFrom(t *testing.T) {
	if got := (merge.Op{Dev: merge.From("profile")}).Source(); got != "profile" {
		t.Error(got)
	}
	if got := (merge.Op{Dev: "Téléphone"}).Source(); got != "" {
		t.Error(got)
	}
}
