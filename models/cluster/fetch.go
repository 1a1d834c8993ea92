package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// fetchedVersions are the builds that can be fetched, newest first; the first serves a new folder.
var fetchedVersions = []embeddedpostgres.PostgresVersion{
	embeddedpostgres.V18, embeddedpostgres.V17, embeddedpostgres.V16, embeddedpostgres.V15, embeddedpostgres.V14,
}

// fetchVersion is the build for data made by this major version; 0 is a new folder.
func fetchVersion(major int) (string, bool) {
	i := slices.IndexFunc(fetchedVersions, func(v embeddedpostgres.PostgresVersion) bool {
		return major == 0 || strings.HasPrefix(string(v), fmt.Sprintf("%d.", major))
	})
	if i < 0 {
		return "", false
	}
	return string(fetchedVersions[i]), true
}

func fetchable(major int) bool {
	_, ok := fetchVersion(major)
	return ok
}

// silence is how long a fetch may say nothing before it is given up.
const silence = 2 * time.Minute

// fetch brings the programs from the public Maven repository into the folder `programs`, once. The library that does it
// starts a server to prove them, which root may not: a copy of this program does it as the owner of the data (ChildMain).
func fetch(ctx context.Context, h home, a account, major int, o Options) (programs, error) {
	version, _ := fetchVersion(major)
	work, err := h.fetchFolder(a)
	if err != nil {
		return programs{}, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	o.progress("Fetching PostgreSQL %s into %s", version, h.programs())
	if err := runFetch(ctx, work, version, a, o); err != nil {
		return programs{}, fmt.Errorf("%w: PostgreSQL %s could not be fetched: %w", ErrPrograms, version, err)
	}
	kept := filepath.Join(h.programs(), version)
	if err := errors.Join(os.RemoveAll(kept), os.Rename(filepath.Join(work, fetchedName), kept), syncPath(h.programs())); err != nil {
		return programs{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	p, err := inspect(ctx, a, filepath.Join(kept, "bin"))
	if err != nil {
		return programs{}, fmt.Errorf("%w: the fetched programs do not serve: %w", ErrPrograms, err)
	}
	p.origin = ProgramsDownload
	return p, nil
}

// fetchFolder is an empty folder of the server's user, beside the place of the programs.
func (h home) fetchFolder(a account) (string, error) {
	work := filepath.Join(h.programs(), "fetch")
	err := errors.Join(os.RemoveAll(work), os.MkdirAll(h.programs(), 0o755))
	if err == nil {
		err = os.Mkdir(work, 0o700)
	}
	if err == nil {
		err = a.give(work)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return work, nil
}

func runFetch(ctx context.Context, work, version string, a account, o Options) error {
	self, err := selfExecutable()
	if err != nil {
		return err
	}
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	cmd := a.command(ctx, work, self)
	cmd.Env = cleanEnv(append(networkEnv(), childVersion+"="+version, "HOME="+work, "TMPDIR="+work)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 15 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dieWithParent(cmd.SysProcAttr, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		return err
	}
	last := listen(out, giveUp, o)
	err = cmd.Wait()
	if err != nil && last != "" {
		return errors.New(last)
	}
	return err
}

// listen passes the child's progress on and returns what it said went wrong.
func listen(out io.Reader, giveUp func(), o Options) (failure string) {
	watch := time.AfterFunc(silence, giveUp)
	defer watch.Stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		watch.Reset(silence)
		if text, ok := strings.CutPrefix(lines.Text(), progressMark); ok {
			o.progress("%s", text)
		} else {
			failure = strings.TrimSpace(failure + " " + lines.Text())
		}
	}
	return failure
}

// networkEnv is what a fetch through a proxy or a private certificate authority needs of our environment.
func networkEnv() []string {
	var env []string
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}
