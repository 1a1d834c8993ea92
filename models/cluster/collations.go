package cluster

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// frenchOrder is the collation that the tables sort names and titles with; the programs must be built with ICU.
const frenchOrder = "fr-x-icu"

// checkCollations refuses programs without the French order, and rebuilds the indexes when the sorting library changed under the data (an upgrade of the system, other
// programs of the same version): an index in the old order finds wrong rows, silently.
func (c *Cluster) checkCollations(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.adminURL(roleName))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var french bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_collation WHERE collname = $1)", frenchOrder).Scan(&french); err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	if !french {
		return fmt.Errorf("%w: PostgreSQL %s in %s was built without ICU, which the French order (%s) needs", ErrPrograms, c.bin.version, c.bin.dir, frenchOrder)
	}
	return c.refreshCollations(ctx, conn)
}

func (c *Cluster) refreshCollations(ctx context.Context, conn *pgx.Conn) error {
	changed, err := changedCollations(ctx, conn)
	if err != nil || len(changed) == 0 {
		return err
	}
	c.opt.progress("The sorting rules of this machine changed: rebuilding the indexes")
	c.opt.Log.Warn("sorting library changed under the data: rebuilding the indexes", "collations", len(changed))
	if _, err := conn.Exec(ctx, "REINDEX DATABASE "+roleName); err != nil {
		return fmt.Errorf("%w: rebuild of the indexes: %w", ErrServer, err)
	}
	for _, name := range changed {
		if _, err := conn.Exec(ctx, "ALTER COLLATION "+name+" REFRESH VERSION"); err != nil {
			return fmt.Errorf("%w: collation %s: %w", ErrServer, name, err)
		}
	}
	if c.bin.major < 15 {
		return nil
	}
	if _, err := conn.Exec(ctx, "ALTER DATABASE "+roleName+" REFRESH COLLATION VERSION"); err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	return nil
}

// changedCollations lists those in use by a column or an index, and the French one, quoted.
func changedCollations(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `
		SELECT format('%I.%I', n.nspname, c.collname)
		FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
		WHERE (c.collname = $1 OR c.oid IN (SELECT attcollation FROM pg_attribute WHERE attcollation <> 0))
		  AND c.collversion IS NOT NULL
		  AND c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)`, frenchOrder)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
