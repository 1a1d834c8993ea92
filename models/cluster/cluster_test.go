package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models/cluster"
)

// The test binary also plays the portals that are killed: with a folder here it starts a cluster, says so, and waits.
const asPortal = "CLUSTER_TEST_FOLDER"

func TestMain(m *testing.M) {
	if cluster.ChildMain() {
		return
	}
	if folder := os.Getenv(asPortal); folder != "" {
		os.Exit(portal(folder))
	}
	os.Exit(m.Run())
}

func portal(folder string) int {
	c, err := cluster.Start(context.Background(), cluster.Options{Folder: folder})
	if err != nil {
		fmt.Println("refused:", err)
		return 1
	}
	fmt.Println("ready", c.Pid())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := c.Stop(context.Background()); err != nil {
		fmt.Println("stop:", err)
		return 1
	}
	fmt.Println("stopped")
	return 0
}

// folder is one that the server's user can reach when the tests run as root: t.TempDir is closed to others.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cluster-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

func start(t *testing.T, o cluster.Options) *cluster.Cluster {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	c, err := cluster.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(context.Background()) })
	return c
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", strings.TrimSpace(string(p)))
	return len(p), nil
}

// query runs one statement on a connection of its own and returns its first value.
func query(t *testing.T, c *cluster.Cluster, sql string) string {
	t.Helper()
	got, err := tryQuery(c, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func tryQuery(c *cluster.Cluster, sql string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var got string
	if err := conn.QueryRow(ctx, sql).Scan(&got); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", err
	}
	return got, nil
}

func TestStartedClusterServesWhatThePortalNeeds(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Folder: folder(t)})
	query(t, c, "CREATE EXTENSION unaccent")
	query(t, c, "CREATE EXTENSION pg_trgm")
	for sql, want := range map[string]string{
		"SELECT current_user || '/' || current_database()":                                                               "passerelle/passerelle",
		"SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user":                                               "false",
		"SELECT lower('ÉCOLE') || unaccent('œuvre')":                                                                     "écoleoeuvre",
		"SELECT string_agg(w, ' ' ORDER BY w COLLATE \"fr-x-icu\") FROM unnest('{côté,cote,Zoo,coté,éclair}'::text[]) w": "cote coté côté éclair Zoo",
		"SHOW listen_addresses":        "",
		"SHOW fsync":                   "on",
		"SHOW synchronous_commit":      "on",
		"SHOW jit":                     "off",
		"SHOW max_connections":         "60",
		"SHOW log_min_error_statement": "panic",
		"SHOW server_encoding":         "UTF8",
		"SHOW timezone":                "UTC",
	} {
		if got := query(t, c, sql); got != want {
			t.Errorf("%s: got %q, want %q", sql, got, want)
		}
	}
	info, err := os.Stat(filepath.Join(c.Folder(), "postgres"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("data folder: %v %v, want mode 0700", info.Mode(), err)
	}
	if os.Geteuid() == 0 && info.Sys().(*syscall.Stat_t).Uid == 0 {
		t.Error("the data belongs to root")
	}
}
