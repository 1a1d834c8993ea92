package keeping

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Volume is what one kind of files takes in the store. Bytes are as stored.
type Volume struct {
	Kind    string // a purpose of files, "quarantine", or "upload" for what is on its way
	Objects int64
	Bytes   int64
	Recent  int64 // bytes more than thirty days ago, less when negative
}

// volumeKinds is the order in which kinds are shown.
var volumeKinds = []string{"deposit", "rendition", "export", "import", "template", "upload", "quarantine"}

// Volumes tells objects and bytes by kind (par nature, P14.2); kinds without anything
// are left out. For administrators.
func Volumes(ctx context.Context, tx models.Tx, by models.Actor) ([]Volume, error) {
	if err := allowed(by); err != nil {
		return nil, err
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT kind, coalesce(sum(objects) FILTER (WHERE purged_at IS NULL), 0)::bigint, coalesce(sum(bytes) FILTER (WHERE purged_at IS NULL), 0)::bigint,
			(coalesce(sum(bytes) FILTER (WHERE created_at > $1), 0) - coalesce(sum(bytes) FILTER (WHERE purged_at > $1), 0))::bigint
		FROM stored_files GROUP BY kind
		UNION ALL
		SELECT 'upload', count(*), coalesce(sum((s ->> 'cipher')::bigint), 0)::bigint, coalesce(sum((s ->> 'cipher')::bigint), 0)::bigint
		FROM uploads u, jsonb_array_elements(u.segments) s WHERE u.document_id IS NULL`, models.Prepared, tx.Now.Add(-30*24*time.Hour))
	if err != nil {
		return nil, fmt.Errorf("volumes: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v Volume, err error) {
		return v, row.Scan(&v.Kind, &v.Objects, &v.Bytes, &v.Recent)
	})
	if err != nil {
		return nil, fmt.Errorf("volumes: %w", err)
	}
	all = slices.DeleteFunc(all, func(v Volume) bool { return v.Objects == 0 })
	slices.SortFunc(all, func(a, b Volume) int { return slices.Index(volumeKinds, a.Kind) - slices.Index(volumeKinds, b.Kind) })
	return all, nil
}

// Point is what was stored at the end of a month (of the last one: now), in bytes.
type Point struct {
	Year, Month                int
	Deposits, Renditions, Rest int64
}

// Total of the point.
func (p Point) Total() int64 { return p.Deposits + p.Renditions + p.Rest }

// Growth tells the volume at the end of each of the last months, this one included,
// from the dates of every file ever kept (croissance, P14.2). For administrators.
func Growth(ctx context.Context, tx models.Tx, by models.Actor, months int) ([]Point, error) {
	if err := allowed(by); err != nil {
		return nil, err
	}
	today := tx.Today()
	first := time.Date(today.Year(), today.Month()-time.Month(months-1), 1, 0, 0, 0, 0, time.UTC)
	rows, err := tx.PGX.Query(ctx, `
		SELECT greatest(date_trunc('month', at AT TIME ZONE $2)::date, $1::date - 1), kind, sum(bytes)::bigint FROM (
			SELECT created_at AS at, kind, bytes FROM stored_files
			UNION ALL SELECT purged_at, kind, -bytes FROM stored_files WHERE purged_at IS NOT NULL) m
		GROUP BY 1, 2`, models.Prepared, first, tx.Zone().String())
	if err != nil {
		return nil, fmt.Errorf("growth: %w", err)
	}
	points := make([]Point, months)
	for i := range points {
		at := first.AddDate(0, i, 0)
		points[i].Year, points[i].Month = at.Year(), int(at.Month())
	}
	var month time.Time
	var kind string
	var bytes int64
	_, err = pgx.ForEachRow(rows, []any{&month, &kind, &bytes}, func() error {
		from := max(0, (month.Year()-first.Year())*12+int(month.Month())-int(first.Month()))
		for i := from; i < months; i++ {
			switch kind {
			case "deposit", "quarantine":
				points[i].Deposits += bytes
			case "rendition":
				points[i].Renditions += bytes
			default:
				points[i].Rest += bytes
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("growth: %w", err)
	}
	return points, nil
}

// Structure is what the files of one structure take: a component for degrees, the
// authority of a course, or the portal itself.
type Structure struct {
	Name    string // empty: of no structure
	Portal  bool   // exports, imports and models of the portal
	Objects int64
	Bytes   int64
}

// Structures tells objects and bytes by structure, the largest first (par structure,
// P17.24). Page images count with the document that they show; a document given to
// several dossiers counts with the first. For administrators.
func Structures(ctx context.Context, tx models.Tx, by models.Actor) ([]Structure, error) {
	if err := allowed(by); err != nil {
		return nil, err
	}
	rows, err := tx.PGX.Query(ctx, `
		WITH given AS (SELECT DISTINCT ON (d.file_id) d.file_id, coalesce(nullif(fa.usual_name, ''), fa.name, p.institution, c.authority, '') AS name
			FROM documents d JOIN applications a ON a.id = d.application_id JOIN sessions s ON s.id = a.session_id
			LEFT JOIN programmes p ON p.id = s.programme_id LEFT JOIN faculties fa ON fa.id = p.faculty_id LEFT JOIN courses c ON c.id = s.course_id
			ORDER BY d.file_id, d.deposited_at, d.id)
		SELECT coalesce(g.name, ''), f.kind IN ('export', 'import', 'template'), sum(f.objects)::bigint, sum(f.bytes)::bigint
		FROM stored_files f LEFT JOIN renditions r ON r.rendered_id = f.id LEFT JOIN given g ON g.file_id = coalesce(r.file_id, f.id)
		WHERE f.purged_at IS NULL GROUP BY 1, 2 ORDER BY 4 DESC, 1`, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("structures: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Structure, err error) {
		return s, row.Scan(&s.Name, &s.Portal, &s.Objects, &s.Bytes)
	})
}

// ActiveStore is where new documents go, as the setting says: "disk" or "s3". Without
// one, S3 as soon as it is configured.
func ActiveStore(ctx context.Context, tx models.Tx, s3 bool) (string, error) {
	active, err := tx.SettingValue(ctx, activeStore)
	if err == nil && active == "" {
		active = OnDisk
		if s3 {
			active = OnS3
		}
	}
	return active, err
}

// activeStore is the setting that says where new documents go.
const activeStore = "storage_active"

// The values of the setting.
const (
	OnDisk = "disk"
	OnS3   = "s3"
)

// UseStore makes new documents go to a store, in every process within seconds. For
// moves, on behalf of who began them.
func UseStore(ctx context.Context, tx models.Tx, by models.Actor, active string) error {
	return models.SetSetting(ctx, tx, by, activeStore, active)
}
