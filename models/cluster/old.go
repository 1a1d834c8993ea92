package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile is what a server writes about itself in its data folder.
type pidFile struct {
	pid    int
	socket string // folder of its socket
	ready  bool
}

func readPidFile(data string) pidFile {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(text), "\n")
	var p pidFile
	p.pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	if len(lines) > 4 {
		p.socket = strings.TrimSpace(lines[4])
	}
	if len(lines) > 7 {
		p.ready = strings.TrimSpace(lines[7]) == "ready"
	}
	return p
}

// Patience with a server left behind: a fast stop may have to write a checkpoint; an immediate one loses nothing, the next
// start replays the log.
const (
	fastStopWithin      = 20 * time.Second
	immediateStopWithin = 10 * time.Second
)

// stopOld ends what a killed process left on this folder: its server, still stopping, or backends whose server was killed.
// The caller holds the folder's lock, so nobody alive wants them. It also removes the lock files of a dead server:
// PostgreSQL takes them for those of a running one when another process, or an unburied one, has that number.
func stopOld(ctx context.Context, data string, o Options) error {
	old := readPidFile(data)
	if old.pid == 0 && len(servers(data)) == 0 {
		return nil
	}
	if old.pid > 0 && isServer(old.pid, data) {
		o.progress("Waiting for the database of an earlier run to stop")
		_ = syscall.Kill(old.pid, syscall.SIGINT)
		if err := awaitGone(ctx, data, fastStopWithin); err != nil && ctx.Err() != nil {
			return err
		}
	}
	for _, pid := range servers(data) {
		_ = syscall.Kill(pid, syscall.SIGQUIT)
	}
	if err := awaitGone(ctx, data, immediateStopWithin); err != nil {
		return err
	}
	if old := readPidFile(data); old.pid > 0 && !isServer(old.pid, data) {
		_ = os.Remove(filepath.Join(data, "postmaster.pid"))
		_ = os.Remove(filepath.Join(data, ".s.PGSQL."+portName+".lock"))
	}
	return nil
}

func awaitGone(ctx context.Context, data string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		left := servers(data)
		if len(left) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: the server of an earlier run (process %d) does not stop", ErrBusy, left[0])
		case <-time.After(20 * time.Millisecond):
		}
	}
}
