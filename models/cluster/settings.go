package cluster

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// The data folder holds two files of settings read by the server after its own: ours, written again at each start, then
// the operator's, which we make once, empty, and which has the last word.
const (
	settingsFile = "postgres.defaults.conf"
	operatorFile = "postgres.conf"
)

// includes is appended once to the postgresql.conf of a new cluster; the paths are relative to it.
const includes = "\ninclude_if_exists '../" + settingsFile + "'\ninclude_if_exists '../" + operatorFile + "'\n"

// smallMachine are settings for two cores and a few gigabytes shared with the portal.
//
// Personal data stays out of the server's log: an ERROR quotes the value it refuses and its DETAIL the row, so only
// messages of level LOG, FATAL and PANIC are written, tersely and without the statement.
const smallMachine = `
max_connections = 60
shared_buffers = 128MB
effective_cache_size = 768MB
work_mem = 8MB
maintenance_work_mem = 64MB
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 0
autovacuum_max_workers = 2
min_wal_size = 80MB
max_wal_size = 1GB
checkpoint_timeout = 15min
wal_compression = on
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_destination = 'stderr'
logging_collector = off
log_line_prefix = ''
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
log_autovacuum_min_duration = -1
`

const durable = `
fsync = on
synchronous_commit = on
full_page_writes = on
`

const ephemeral = `
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 32MB
wal_level = minimal
max_wal_senders = 0
autovacuum_naptime = 10min
`

func (h home) writeSettings(forTests bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by Passerelle at each start; put settings of your own into %s beside this file.", operatorFile)
	b.WriteString(smallMachine)
	if runtime.GOOS == "linux" {
		// A query whose portal died is given up, with its locks.
		b.WriteString("client_connection_check_interval = 5s\n")
	}
	if forTests {
		b.WriteString(ephemeral)
	} else {
		b.WriteString(durable)
	}
	if _, err := os.Stat(h.operatorSettings()); errors.Is(err, os.ErrNotExist) {
		if err := replaceFile(h.operatorSettings(), "# PostgreSQL settings of your own; they win over "+settingsFile+".\n", 0o644); err != nil {
			return err
		}
	}
	return replaceFile(h.settings(), b.String(), 0o644)
}
