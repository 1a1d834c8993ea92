package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldestMajor is the first version of PostgreSQL that serves the portal.
const oldestMajor = 14

// extensions that the portal's tables and search need; some systems pack them apart ("contrib").
var extensions = []string{"unaccent", "pg_trgm"}

// programs are one set of PostgreSQL programs.
type programs struct {
	dir     string // holds postgres and initdb
	major   int
	minor   int
	version string // as "15.18"
	origin  string // ProgramsSystem or ProgramsDownload
}

// misfit says why programs found on the machine cannot serve.
type misfit struct{ dir, why string }

// choosePrograms takes programs of the version that made the data, from the same origin; for a new folder the highest
// version there is. Fetching comes last, and never behind the back of data made by the system's programs.
func choosePrograms(ctx context.Context, h home, a account, o Options) (programs, error) {
	if o.Programs != ProgramsAny && o.Programs != ProgramsSystem && o.Programs != ProgramsDownload {
		return programs{}, fmt.Errorf("%w: PASSERELLE_POSTGRES is %q; it may be empty, %q or %q", ErrPrograms, o.Programs, ProgramsSystem, ProgramsDownload)
	}
	need, err := h.major()
	if err != nil {
		return programs{}, err
	}
	origin := o.Programs
	if origin == ProgramsAny && need != 0 {
		origin = h.origin()
	}
	found, misfits := findAll(ctx, h, a, origin)
	if best, ok := pick(found, need); ok {
		return best, nil
	}
	if origin != ProgramsSystem && fetchable(need) {
		return fetch(ctx, h, a, need, o)
	}
	return programs{}, noPrograms(h, need, origin, found, misfits)
}

// pick prefers the system's programs, which receive its security updates, then the highest version.
func pick(found []programs, need int) (programs, bool) {
	fit := slices.DeleteFunc(slices.Clone(found), func(p programs) bool { return need != 0 && p.major != need })
	if len(fit) == 0 {
		return programs{}, false
	}
	rank := func(p programs) int {
		n := p.major*1000 + p.minor
		if p.origin == ProgramsSystem {
			n += 1_000_000
		}
		return n
	}
	return slices.MaxFunc(fit, func(a, b programs) int { return rank(a) - rank(b) }), true
}

func noPrograms(h home, need int, origin string, found []programs, misfits []misfit) error {
	var b strings.Builder
	if need != 0 {
		fmt.Fprintf(&b, "the data in %s was made by PostgreSQL %d, whose programs are needed", h.data(), need)
	} else {
		fmt.Fprintf(&b, "PostgreSQL %d or later is needed, with the extensions %s", oldestMajor, strings.Join(extensions, " and "))
	}
	if len(found)+len(misfits) == 0 {
		b.WriteString("; none was found")
	}
	for _, p := range found {
		fmt.Fprintf(&b, "; found %s in %s", p.version, p.dir)
	}
	for _, m := range misfits {
		fmt.Fprintf(&b, "; %s does not serve: %s", m.dir, m.why)
	}
	if need != 0 {
		fmt.Fprintf(&b, ". Install PostgreSQL %d (Debian: postgresql-%d)", need, need)
		if origin == ProgramsSystem && fetchable(need) {
			b.WriteString(", or set PASSERELLE_POSTGRES=download")
		}
		fmt.Fprintf(&b, "; or, to change version, start a copy of the folder where PostgreSQL %d is, take the data out with its pg_dump -Fc, and bring it with pg_restore into a portal started on a new folder", need)
	} else {
		b.WriteString(". Install it (Debian: postgresql; Fedora: postgresql-server and postgresql-contrib), or set PASSERELLE_POSTGRES=download, or DATABASE_URL")
	}
	return fmt.Errorf("%w: %s", ErrPrograms, b.String())
}

func findAll(ctx context.Context, h home, a account, origin string) (found []programs, misfits []misfit) {
	look := func(dirs []string, origin string) {
		for _, dir := range dirs {
			p, err := inspect(ctx, a, dir)
			if err != nil {
				misfits = append(misfits, misfit{dir, err.Error()})
				continue
			}
			p.origin = origin
			found = append(found, p)
		}
	}
	if origin != ProgramsDownload {
		look(systemFolders(ctx), ProgramsSystem)
	}
	if origin != ProgramsSystem {
		kept, _ := filepath.Glob(filepath.Join(h.programs(), "*", "bin"))
		look(withServer(kept), ProgramsDownload)
	}
	return found, misfits
}

// systemPlaces are where packagers put the programs, beside the PATH.
var systemPlaces = []string{
	"/usr/lib/postgresql/*/bin", "/usr/lib/postgresql*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*", "/usr/local/pgsql/bin",
	"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin", "/opt/local/lib/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

func systemFolders(ctx context.Context) []string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, place := range systemPlaces {
		more, _ := filepath.Glob(place)
		dirs = append(dirs, more...)
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	return withServer(dirs)
}

// withServer keeps the folders that hold the server, links followed, each once.
func withServer(dirs []string) []string {
	var kept []string
	for _, dir := range dirs {
		server, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
		if err != nil || !filepath.IsAbs(server) {
			continue
		}
		if home := filepath.Dir(server); !slices.Contains(kept, home) {
			kept = append(kept, home)
		}
	}
	return kept
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?`)

// inspect runs the server's programs as the owner of the data, who must be able to, and looks for the files beside them.
func inspect(ctx context.Context, a account, dir string) (programs, error) {
	out, err := output(a.command(ctx, "/", filepath.Join(dir, "postgres"), "--version"))
	if errors.Is(err, os.ErrPermission) {
		return programs{}, fmt.Errorf("the user %s may not run it", a.name)
	}
	if err != nil {
		return programs{}, err
	}
	m := versionText.FindStringSubmatch(out)
	if m == nil {
		return programs{}, fmt.Errorf("unknown version %q", strings.TrimSpace(out))
	}
	p := programs{dir: dir, version: m[1]}
	p.major, _ = strconv.Atoi(m[1])
	p.minor, _ = strconv.Atoi(m[2])
	if m[2] != "" {
		p.version += "." + m[2]
	}
	if p.major < oldestMajor {
		return programs{}, fmt.Errorf("version %s is older than %d", p.version, oldestMajor)
	}
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return programs{}, fmt.Errorf("version %s comes without initdb", p.version)
	}
	return p, checkShare(ctx, a, p)
}

// checkShare looks for the files of initdb and of the extensions.
func checkShare(ctx context.Context, a account, p programs) error {
	for _, share := range shareFolders(ctx, a, p) {
		if _, err := os.Stat(filepath.Join(share, "postgres.bki")); err != nil {
			continue
		}
		for _, name := range extensions {
			if _, err := os.Stat(filepath.Join(share, "extension", name+".control")); err != nil {
				return fmt.Errorf("version %s comes without the extension %s (package postgresql-contrib)", p.version, name)
			}
		}
		return nil
	}
	return fmt.Errorf("version %s comes without its shared files", p.version)
}

func shareFolders(ctx context.Context, a account, p programs) []string {
	var dirs []string
	if out, err := output(a.command(ctx, "/", filepath.Join(p.dir, "pg_config"), "--sharedir")); err == nil {
		dirs = append(dirs, strings.TrimSpace(out))
	}
	n := strconv.Itoa(p.major)
	up := filepath.Dir(p.dir)
	return append(dirs, filepath.Join(up, "share", "postgresql"), filepath.Join(up, "share"),
		"/usr/share/postgresql/"+n, "/usr/share/postgresql"+n, "/usr/share/pgsql", "/usr/share/postgresql")
}
