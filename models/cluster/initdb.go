package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// initialise makes the server's files when there are none. They are made beside their place and renamed into it when
// whole and written to disk, so that a start killed half-way leaves nothing that looks finished.
func (c *Cluster) initialise(ctx context.Context) error {
	major, err := c.home.major()
	if err != nil {
		return err
	}
	if major != 0 {
		// A copy brought back from a backup may be readable by others, which the server refuses.
		return os.Chmod(c.home.data(), 0o700)
	}
	if err := c.makeFresh(ctx); err != nil {
		return err
	}
	if err := c.home.writeMarker(c.bin.origin); err != nil {
		return err
	}
	if err := c.settleOnDisk(); err != nil {
		return err
	}
	if err := os.Rename(c.home.fresh(), c.home.data()); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if err := syncPath(c.home.root); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return nil
}

func (c *Cluster) settleOnDisk() error {
	if c.opt.Ephemeral {
		return nil
	}
	if err := syncTree(c.home.fresh()); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return nil
}

func (c *Cluster) makeFresh(ctx context.Context) error {
	c.opt.progress("Making the database in %s with PostgreSQL %s", c.home.data(), c.bin.version)
	if err := stopOld(ctx, c.home.fresh(), Options{}); err != nil { // left by a start killed half-way
		return err
	}
	var failures []error
	for _, locale := range localeChoices(c.bin.major) {
		if err := c.emptyFresh(); err != nil {
			return err
		}
		err := c.initdb(ctx, locale)
		if err == nil {
			return appendTo(filepath.Join(c.home.fresh(), "postgresql.conf"), includes)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failures = append(failures, err)
		if !strings.Contains(err.Error(), "locale") {
			break
		}
	}
	_ = os.RemoveAll(c.home.fresh())
	return fmt.Errorf("%w: %w", ErrServer, errors.Join(failures...))
}

// emptyFresh also removes an empty folder standing at the place of the data, which a rename would refuse to replace.
func (c *Cluster) emptyFresh() error {
	if err := os.Remove(c.home.data()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s holds files that are no PostgreSQL data", ErrFolder, c.home.data())
	}
	err := os.RemoveAll(c.home.fresh())
	if err == nil {
		err = os.Mkdir(c.home.fresh(), 0o700)
	}
	if err == nil {
		err = c.owner.give(c.home.fresh())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return nil
}

func (c *Cluster) initdb(ctx context.Context, locale []string) error {
	args := append([]string{"-D", c.home.fresh(), "-U", adminName, "--encoding=UTF8", "--auth-local=trust", "--auth-host=reject"}, locale...)
	args = append(args, "--no-sync") // settleOnDisk does it faster
	if !c.opt.Ephemeral {
		args = append(args, "--data-checksums")
	}
	_, err := output(c.owner.command(ctx, c.home.fresh(), filepath.Join(c.bin.dir, "initdb"), args...))
	return err
}

// localeChoices are tried in turn: code-point order with Unicode case rules, from the server itself, from the system, from
// ICU. Plain C comes last: it folds no accented capital. Names and titles are sorted by a collation of their own.
func localeChoices(major int) [][]string {
	system := []string{"--locale=C.UTF-8"}
	plain := []string{"--locale=C"}
	icu := []string{"--locale-provider=icu", "--icu-locale=und", "--locale=C"}
	builtin := []string{"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"}
	switch {
	case major >= 17:
		return [][]string{system, builtin, plain}
	case major >= 15:
		return [][]string{system, icu, plain}
	default:
		return [][]string{system, plain}
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}
