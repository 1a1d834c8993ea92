package search

// search runs a query on a corpus; only, where not nil, says which documents
// may be found at all.
func (c *corpus) search(q Query, s *sought, only numberSet) *run {
	run := newRun(c, q, s)
	run.collect(only)
	run.order()
	return run
}

// again weighs with the relations of the words, where few documents hold what
// was typed: « licencier » then finds « licenciement », a job its trade. What
// the text means (mended, suggested) stays as it was.
func (r *run) again() {
	s := r.understand(r.q, true)
	s.corrected, s.suggested = r.sought.corrected, r.sought.suggested
	r.sought = s
	r.units, r.total = s.compile(r.view.Words, r.view.Total), 0
	for _, u := range s.units {
		r.total += u.rarity()
	}
}
