package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search/meili"
	"passerelle/views/administration"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// surveyPatience bounds what a look at the engines takes: one that is cut off
// must be told before the next look.
const surveyPatience = 4 * time.Second

// Of it, what each part may take: one that does not answer is what the console
// says of it, and leaves the others their time.
const (
	countPatience   = 500 * time.Millisecond
	ownPatience     = 500 * time.Millisecond
	outsidePatience = 2 * time.Second
)

// showAdminSearch is the console of the search: its engines, how they are, what
// they hold and what they lack (P14.1). The part that changes asks for itself
// again, and each look probes the engines, so that the state is true whatever
// process shows it.
func (p *Portal) showAdminSearch(c *Call) error { return p.searchPage(c, http.StatusOK, "") }

func (p *Portal) searchPage(c *Call, status int, refused string) error {
	page := administration.SearchPage{Refused: refused, Done: c.Query("fait")}
	var err error
	if page.State, err = p.survey(c.Context()); err != nil {
		return err
	}
	overview, err := p.overviewOf(c)
	if err != nil {
		return err
	}
	page.Figures = administration.QueryFigures(overview)
	if !c.Partial() {
		page.Below = administration.SettingsOfSearch(overview)
	}
	return c.Fragments(status, administration.Search(page), administration.PartState)
}

// overviewOf is what is said of queries and settings: their figures alone where
// the part that changes is asked for.
func (p *Portal) overviewOf(c *Call) (administration.SettingsOverview, error) {
	if c.Partial() {
		return p.queryFigures(c)
	}
	return p.settingsOverview(c)
}

// survey looks at every engine.
func (p *Portal) survey(ctx context.Context) (administration.SearchState, error) {
	ctx, cancel := context.WithTimeout(ctx, surveyPatience)
	defer cancel()
	now := p.DB.Clock.Now()
	s := administration.SearchState{At: p.moment(now), Seconds: now.Second()}
	census, counted, err := p.countDocuments(ctx)
	if err != nil {
		return s, err
	}
	s.Counting, s.Documents, s.Kinds, s.Written = !counted, census.Total(), census.Kinds, p.momentOf(census.Written)
	own, err := p.surveyOwn(ctx)
	if err != nil {
		return s, err
	}
	s.Engines = []administration.SearchEngine{own}
	if p.Engines.Outside != nil {
		outside, err := p.surveyOutside(ctx)
		if err != nil {
			return s, err
		}
		s.Engines = append([]administration.SearchEngine{outside}, s.Engines...)
	}
	for i := range s.Engines {
		if s.Engines[i].Problem == "" {
			s.Engines[i].InService = true
			break
		}
	}
	for i := range s.Engines {
		if err := p.nameDrift(ctx, &s.Engines[i]); err != nil {
			return s, err
		}
	}
	return s, nil
}

// surveyOwn looks at the engine of the database, as this process has it.
func (p *Portal) surveyOwn(ctx context.Context) (administration.SearchEngine, error) {
	e := administration.SearchEngine{ID: administration.EnginePostgres}
	var err error
	if e.Version, err = searching.ServerVersion(ctx, p.DB); err != nil {
		return e, unavailable(err)
	}
	if own := p.own(); own == nil {
		e.Problem = administration.ProblemLoading
	} else {
		began := time.Now()
		r, err := reportOf(ctx, own)
		e.Took = time.Since(began)
		if err != nil || !r.Loaded {
			e.Problem = administration.ProblemLoading
		}
		e.Behind = r.Behind
		e.Indexed, e.Bytes, e.Kinds = r.Documents, r.Bytes, r.Kinds
	}
	rebuild, err := searching.LastUpkeep(ctx, p.DB, searching.Rebuilding)
	if err != nil {
		return e, err
	}
	if rebuild.Open() {
		e.Building = &administration.SearchBuilding{Done: rebuild.Done, Total: rebuild.Total, Since: p.since(rebuild.AskedAt), Lost: rebuild.Lost(time.Now())}
	} else if rebuild != nil {
		e.Rebuilt, e.RebuiltAs = p.momentOf(rebuild.EndedAt), string(rebuild.State)
	}
	check, err := searching.LastUpkeep(ctx, p.DB, searching.Checking)
	if err != nil || check == nil {
		return e, err
	}
	e.Checking = check.Open() && !check.Lost(time.Now())
	e.CheckDone, e.CheckTotal = check.Done, check.Total
	if e.Check = &check.Result; check.State == searching.UpkeepFailed || check.Lost(time.Now()) {
		e.Check.Error = "cut"
	}
	e.CheckedAt = p.momentOf(check.EndedAt)
	return e, nil
}

// surveyOutside looks at Meilisearch and at what waits for it.
func (p *Portal) surveyOutside(ctx context.Context) (administration.SearchEngine, error) {
	e := administration.SearchEngine{ID: administration.EngineMeili, Outside: true}
	asking, cancel := context.WithTimeout(ctx, outsidePatience)
	defer cancel()
	r, err := p.Engines.Outside.Report(asking)
	if err != nil {
		return e, err
	}
	e.Took = r.Took
	e.Version, e.Indexed, e.Bytes = r.Version, r.Indexed, r.Bytes
	e.Problem, e.Cause = problemOf(r.Problem)
	if f := p.Engines.Failover; f != nil {
		if since, cause := f.Down(); !since.IsZero() {
			e.Down = time.Since(since)
			if e.Problem == "" { // it answers again, and is about to be asked
				e.Problem, e.Cause = administration.ProblemBack, models.Loggable(cause)
			}
		}
	}
	e.Waiting, e.Refused, e.Refusals, e.Settings = r.Lag.Waiting, r.Lag.Refused, r.Refusals, r.Settings
	if r.Lag.Oldest != nil {
		e.Lag = time.Since(*r.Lag.Oldest)
	}
	if e.Hour, err = searching.LagHour(ctx, p.DB); err != nil {
		return e, err
	}
	e.Tasks = administration.SearchTasks{Known: r.Reachable && r.Version != "", Waiting: r.Tasks.Waiting, Running: r.Tasks.Running, Failed: r.Tasks.Failed}
	for _, f := range r.Tasks.Failures {
		e.Tasks.Failures = append(e.Tasks.Failures, administration.SearchFailure{Type: f.Type, Reason: f.Reason, At: p.moment(f.At)})
	}
	if b := r.Building; b != nil {
		e.Building = &administration.SearchBuilding{Done: b.Filled, Total: b.Total, Since: p.since(b.CreatedAt), Error: b.Error}
	}
	if r.Index != nil {
		e.Rebuilt, e.RebuiltAs = p.momentOf(r.Index.LiveAt), "done"
	}
	if e.Check = r.Check; r.Check != nil {
		e.Checking, e.CheckedAt = r.Check.EndedAt == nil, p.momentOf(r.Check.EndedAt)
	}
	return e, nil
}

// problemOf says in the console's words why an engine cannot serve; its own are
// kept beside.
func problemOf(err error) (key, cause string) {
	switch {
	case err == nil:
		return "", ""
	case errors.Is(err, meili.ErrKey):
		key = administration.ProblemKey
	case errors.Is(err, meili.ErrOld):
		key = administration.ProblemOld
	case errors.Is(err, meili.ErrNoIndex):
		key = administration.ProblemNoIndex
	default:
		key = administration.ProblemDown
	}
	return key, models.Loggable(err)
}

// nameDrift names the first documents that a check found adrift.
func (p *Portal) nameDrift(ctx context.Context, e *administration.SearchEngine) error {
	if e.Check == nil {
		return nil
	}
	names, err := searching.NamesOf(ctx, p.DB, append(append([]int32(nil), e.Check.Missing...), e.Check.Differing...))
	e.Names = names
	return err
}

// askRebuild asks whether an index is to be made again, and says what it does.
func (p *Portal) askRebuild(c *Call) error {
	state, err := p.survey(c.Context())
	if err != nil {
		return err
	}
	return c.Render(administration.SearchRebuild(administration.SearchRebuildPage{Engine: p.engineOf(c.Query("moteur")), State: state}))
}

// engineOf reads the name of an engine; any other means all.
func (p *Portal) engineOf(name string) string {
	switch {
	case name == administration.EnginePostgres, name == administration.EngineMeili && p.Engines.Outside != nil:
		return name
	}
	return ""
}

// beginRebuild makes an index again beside the one that answers (P14.1).
func (p *Portal) beginRebuild(c *Call) error {
	engine := p.engineOf(c.Text(administration.NameEngine))
	return p.searchVerb(c, "reconstruction", func(ctx context.Context, tx models.Tx) error {
		if engine != administration.EngineMeili {
			if _, err := searching.Ask(ctx, tx, c.Actor, searching.Rebuilding); err != nil {
				return err
			}
		}
		if engine == administration.EnginePostgres || p.Engines.Outside == nil {
			return nil
		}
		begun, err := p.Engines.Outside.BeginIn(ctx, tx, c.Actor)
		if err == nil && !begun {
			err = models.Conflict("search.under_way", nil)
		}
		return err
	})
}

// stopRebuild leaves the index that answers in service.
func (p *Portal) stopRebuild(c *Call) error {
	if p.engineOf(c.Text(administration.NameEngine)) == administration.EngineMeili {
		var uid string
		err := p.searchVerb(c, "arret", func(ctx context.Context, tx models.Tx) (err error) {
			uid, err = searching.Abandon(ctx, tx, c.Actor)
			if err == nil && uid == "" {
				err = models.Conflict("search.moved", nil)
			}
			return err
		})
		if uid != "" { // an engine that is down keeps it: no search ever asks it
			if err := p.Engines.Outside.Discard(c.Context(), uid); err != nil {
				p.Log.Warn("index abandoned", "error", models.Loggable(err))
			}
		}
		return err
	}
	return p.searchVerb(c, "arret", func(ctx context.Context, tx models.Tx) error {
		return searching.Stop(ctx, tx, c.Actor, searching.Rebuilding)
	})
}

// checkSearch has an index compared with the database (P17.23).
func (p *Portal) checkSearch(c *Call) error {
	if p.engineOf(c.Text(administration.NameEngine)) != administration.EngineMeili {
		return p.searchVerb(c, "controle", func(ctx context.Context, tx models.Tx) error {
			_, err := searching.Ask(ctx, tx, c.Actor, searching.Checking)
			return err
		})
	}
	return p.searchVerb(c, "controle", func(ctx context.Context, tx models.Tx) error {
		_, err := searching.BeginCheck(ctx, tx, c.Actor)
		return err
	})
}

// tryRefusedAgain sends the documents that the engine refused once more.
func (p *Portal) tryRefusedAgain(c *Call) error {
	return p.searchVerb(c, "refus", func(ctx context.Context, tx models.Tx) error {
		_, err := searching.TryAgain(ctx, tx, c.Actor)
		return err
	})
}

// searchVerb does one thing and shows the console again; what cannot be done now
// is said there.
func (p *Portal) searchVerb(c *Call, done string, verb func(context.Context, models.Tx) error) error {
	err := c.InTx(verb)
	var refused *models.Error
	if errors.As(err, &refused) && refused.Kind == models.KindConflict {
		return p.searchPage(c, http.StatusConflict, refused.Key)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.AdminSearch(), "fait", done))
}

// since is how long ago something of the portal's clock was.
func (p *Portal) since(t time.Time) time.Duration { return p.DB.Clock.Now().Sub(t) }

func (p *Portal) momentOf(t *time.Time) *i18n.Moment {
	if t == nil {
		return nil
	}
	m := p.moment(*t)
	return &m
}
