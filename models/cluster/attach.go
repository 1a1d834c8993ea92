package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// Attach joins the server that another process runs on this folder, for commands given while the portal is up. Stop leaves
// that server alone. ErrIdle when none runs.
func Attach(ctx context.Context, o Options) (*Cluster, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Folder == "" {
		var err error
		if o.Folder, err = DefaultFolder(); err != nil {
			return nil, err
		}
	}
	root, err := filepath.Abs(o.Folder)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrIdle, o.Folder)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	c := &Cluster{opt: o, home: home{root}}
	p := readPidFile(c.home.data())
	if p.pid <= 0 || !p.ready || !isServer(p.pid, c.home.data()) {
		return nil, fmt.Errorf("%w: %s", ErrIdle, root)
	}
	c.pid, c.socket = p.pid, p.socket
	conn, err := pgx.Connect(ctx, c.URL())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIdle, err)
	}
	return c, conn.Close(ctx)
}

// Open is Attach, or Start where nothing runs; a portal that is just starting or stopping is waited for, up to 15 s.
func Open(ctx context.Context, o Options) (*Cluster, error) {
	for end := time.Now().Add(15 * time.Second); ; {
		if c, err := Attach(ctx, o); err == nil {
			return c, nil
		}
		c, err := Start(ctx, o)
		if err == nil || !errors.Is(err, ErrBusy) || time.Now().After(end) || ctx.Err() != nil {
			return c, err
		}
	}
}
