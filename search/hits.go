package search

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// hits reads what the page shows of its documents, in their order.
func (p *Postgres) hits(ctx context.Context, run *run) ([]Hit, error) {
	page := run.page()
	if len(page) == 0 {
		return []Hit{}, nil
	}
	conn, err := p.db.Pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	numbers := map[uint8][]int32{}
	all := []int32{}
	for _, c := range page {
		numbers[c.kind] = append(numbers[c.kind], int32(c.no))
		all = append(all, int32(c.no))
	}
	found := map[int32]*Hit{}
	if err := documents(ctx, conn, all, run, found); err != nil {
		return nil, err
	}
	if ids := numbers[1]; len(ids) > 0 {
		if err := courses(ctx, conn, ids, run, found); err != nil {
			return nil, err
		}
	}
	if ids := numbers[2]; len(ids) > 0 {
		if err := programmes(ctx, conn, ids, run, found); err != nil {
			return nil, err
		}
	}
	if ids := numbers[3]; len(ids) > 0 {
		if err := announcements(ctx, conn, ids, found); err != nil {
			return nil, err
		}
	}
	hits := make([]Hit, 0, len(page))
	for _, c := range page {
		if h := found[int32(c.no)]; h != nil { // gone since the candidates were read
			h.Score = c.score
			hits = append(hits, *h)
		}
	}
	return hits, nil
}

func documents(ctx context.Context, conn *pgxpool.Conn, ids []int32, run *run, found map[int32]*Hit) error {
	rows, err := conn.Query(ctx, `SELECT no, kind, object_id, reference, title, subtitle, body FROM search_documents WHERE no = ANY ($1)`, models.Prepared, ids)
	if err != nil {
		return err
	}
	mark := newMarker(run.sought)
	var no int32
	var h Hit
	var title, body string
	_, err = pgx.ForEachRow(rows, []any{&no, &h.Kind, &h.Object, &h.Reference, &title, &h.Organisation, &body}, func() error {
		one := h
		one.Title, one.Excerpt = mark.title(title), mark.excerpt(body)
		found[no] = &one
		return nil
	})
	return err
}

func courses(ctx context.Context, conn *pgxpool.Conn, ids []int32, run *run, found map[int32]*Hit) error {
	rows, err := conn.Query(ctx, `SELECT d.no, c.id, c.type, c.duration, c.level_label FROM search_documents d JOIN courses c ON c.id = d.object_id
		WHERE d.no = ANY ($1)`, models.Prepared, ids)
	if err != nil {
		return err
	}
	byOffering := map[models.ID]*Hit{}
	var no int32
	var id models.ID
	var kind, duration, level string
	_, err = pgx.ForEachRow(rows, []any{&no, &id, &kind, &duration, &level}, func() error {
		if h := found[no]; h != nil {
			h.Type, h.Duration, h.LevelLabel = kind, duration, level
			byOffering[id] = h
		}
		return nil
	})
	if err != nil {
		return err
	}
	return nextSessions(ctx, conn, run, byOffering)
}

// nextSessions fills in the session of each course, or the campaign of each
// programme, that answers the query best: of those that pass its selection, one
// that can be chosen, the first to begin.
func nextSessions(ctx context.Context, conn *pgxpool.Conn, run *run, byOffering map[models.ID]*Hit) error {
	ids := make([]models.ID, 0, len(byOffering))
	for id := range byOffering {
		ids = append(ids, id)
	}
	rows, err := conn.Query(ctx, `
		SELECT s.id, s.offering_id, s.external_id, s.generated, s.starts_on, s.ends_on, s.place, coalesce(s.department_code, ''), coalesce(d.name, ''),
			coalesce(d.no, 0), coalesce(s.region_code, ''), coalesce(r.name, ''), coalesce(r.no, 0), s.modality, s.capacity, s.seats_elsewhere,
			s.seats_taken, s.waiting_list, s.opens_on, s.closes_on
		FROM sessions s LEFT JOIN departments d ON d.code = s.department_code LEFT JOIN regions r ON r.code = s.region_code
		WHERE s.offering_id = ANY ($1) AND s.cancelled_at IS NULL AND s.starts_on > $2 ORDER BY s.starts_on, s.id`, models.Prepared, ids, run.q.Today)
	if err != nil {
		return err
	}
	var s catalogue.Session
	var department, region uint16
	best := map[models.ID]int{}
	places := map[models.ID][]string{}
	_, err = pgx.ForEachRow(rows, []any{&s.ID, &s.CourseID, &s.ExternalID, &s.Generated, &s.StartsOn, &s.EndsOn, &s.Place, &s.DepartmentCode, &s.Department,
		&department, &s.RegionCode, &s.Region, &region, &s.Modality, &s.Capacity, &s.SeatsElsewhere, &s.SeatsTaken, &s.WaitingList, &s.OpensOn, &s.ClosesOn},
		func() error {
			h := byOffering[s.CourseID]
			h.Sessions++
			if s.Place != "" && !slices.Contains(places[s.CourseID], s.Place) {
				places[s.CourseID] = append(places[s.CourseID], s.Place)
				h.Places++
			}
			if v := value(run, s, department, region); h.Next == nil || v > best[s.CourseID] {
				one := s
				one.CourseReference, one.CourseTitle = h.Reference, h.Title.Plain()
				h.Next, best[s.CourseID] = &one, v
				h.Place, h.Region, h.Modality = s.Place, s.Region, s.Modality
			}
			return nil
		})
	return err
}

func value(run *run, s catalogue.Session, department, region uint16) int {
	o := catalogue.Occurrence{Region: region, Department: department, Full: s.SeatsLeft() <= 0, Waiting: s.WaitingList,
		Starts: catalogue.Day(&s.StartsOn), Opens: catalogue.Day(&s.OpensOn), Closes: catalogue.Day(&s.ClosesOn),
		Modality: uint8(slices.Index([]catalogue.Modality{"", catalogue.OnSite, catalogue.Remote, catalogue.Mixed}, s.Modality))}
	x := run.filter.occurrence(o)
	v := 0
	if x.failed == 0 {
		v = 10
	}
	return v + cmp.Or(map[catalogue.State]int{catalogue.Open: 4, catalogue.Waiting: 3, catalogue.NotYetOpen: 2, catalogue.Full: 1}[x.state], 0)
}

func programmes(ctx context.Context, conn *pgxpool.Conn, ids []int32, run *run, found map[int32]*Hit) error {
	rows, err := conn.Query(ctx, `SELECT d.no, p.id, p.type, p.town, coalesce(r.name, ''), coalesce(p.level, 0) FROM search_documents d
		JOIN programmes p ON p.id = d.object_id LEFT JOIN regions r ON r.code = p.region_code WHERE d.no = ANY ($1)`, models.Prepared, ids)
	if err != nil {
		return err
	}
	var no int32
	var id models.ID
	var kind, town, region string
	var level int
	byOffering := map[models.ID]*Hit{}
	_, err = pgx.ForEachRow(rows, []any{&no, &id, &kind, &town, &region, &level}, func() error {
		if h := found[no]; h != nil {
			byOffering[id] = h
			h.Type, h.Place, h.Region = kind, town, region
			if level == 7 {
				h.LevelLabel = "niveau 7 (bac + 5)"
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return nextSessions(ctx, conn, run, byOffering)
}

func announcements(ctx context.Context, conn *pgxpool.Conn, ids []int32, found map[int32]*Hit) error {
	rows, err := conn.Query(ctx, `SELECT d.no, a.contract, a.place, coalesce(x.name, ''), coalesce(r.name, ''), a.published_on, a.closes_on,
			a.shifted_years, a.title_deduced
		FROM search_documents d JOIN announcements a ON a.id = d.object_id LEFT JOIN regions r ON r.code = a.region_code
		LEFT JOIN departments x ON x.code = a.department_code WHERE d.no = ANY ($1)`, models.Prepared, ids)
	if err != nil {
		return err
	}
	var no int32
	var a catalogue.Announcement
	_, err = pgx.ForEachRow(rows, []any{&no, &a.Contract, &a.Place, &a.Department, &a.Region, &a.PublishedOn, &a.ClosesOn, &a.ShiftedYears, &a.TitleDeduced}, func() error {
		if h := found[no]; h != nil {
			published := a.PublishedOn
			h.Type, h.Place, h.Region = a.Contract, cmp.Or(a.Department, a.Place), a.Region
			h.PublishedOn, h.ClosesOn, h.ShiftedYears, h.TitleDeduced = &published, a.ClosesOn, a.ShiftedYears, a.TitleDeduced
		}
		return nil
	})
	return err
}

// titles reads the titles of candidates, for completion.
func (p *Postgres) titles(ctx context.Context, page []candidate) ([]Suggestion, error) {
	ids := []int32{}
	for _, c := range page {
		ids = append(ids, int32(c.no))
	}
	rows, err := p.db.Pool.Query(ctx, `SELECT title, kind, reference FROM search_documents WHERE no = ANY ($1) ORDER BY array_position($1, no)`, models.Prepared, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Suggestion])
}
