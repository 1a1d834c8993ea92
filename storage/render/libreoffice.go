package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// LibreOffice converts with the program of this machine: one file at a time, in
// a private folder deleted afterwards, with macros and links off, bounded memory
// and time, no network and, where the portal runs as root, a user that owns
// nothing.
type LibreOffice struct {
	program string
	prefix  string // of its folders among the temporary ones
	turn    chan struct{}
	timeout time.Duration
}

// FindLibreOffice looks for the program; false where it is not installed. owner
// names the portal: what a converter of the same owner left behind when it was
// killed is deleted.
func FindLibreOffice(owner string) (*LibreOffice, bool) {
	sum := sha256.Sum256([]byte(owner))
	prefix := "passerelle-office-" + hex.EncodeToString(sum[:6]) + "-"
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, folder := range left {
		_ = os.RemoveAll(folder)
	}
	for _, name := range []string{"soffice", "libreoffice", "/usr/lib/libreoffice/program/soffice", "/opt/libreoffice/program/soffice"} {
		if program, err := exec.LookPath(name); err == nil {
			return &LibreOffice{program: program, prefix: prefix, turn: make(chan struct{}, 1), timeout: OfficeTimeout}, true
		}
	}
	return nil, false
}

// String names the program and what it is kept from.
func (l *LibreOffice) String() string {
	return fmt.Sprintf("LibreOffice (%s), %s", l.program, isolated().name)
}

// Convert implements [Office].
func (l *LibreOffice) Convert(ctx context.Context, extension string, content []byte) ([]byte, error) {
	if !isOffice(extension) {
		return nil, ErrOffice
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	folder, err := os.MkdirTemp("", l.prefix)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOfficeDown, err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := furnish(folder, extension, content); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOfficeDown, err)
	}
	if err := l.run(ctx, folder, extension); err != nil {
		return nil, err
	}
	return collect(folder)
}

// profile turns off what a document could make the program do: macros, and
// fetching what it links to.
const profile = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableOLEAutomation" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
`

// furnish writes the private folder of one conversion, owned by whom the program
// will run as. The name of the file is ours.
func furnish(folder, extension string, content []byte) error {
	for _, dir := range []string{"profile/user", "out", "tmp"} {
		if err := os.MkdirAll(filepath.Join(folder, dir), 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "profile/user/registrymodifications.xcu"), []byte(profile), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "document."+extension), content, 0o600); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return nil
	}
	return filepath.WalkDir(folder, func(name string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, nobody, nobody)
	})
}

// nobody is the user and group that own nothing.
const nobody = 65534

// run converts without a network, or not at all: where the machine does not allow
// that, office files stay a download.
func (l *LibreOffice) run(ctx context.Context, folder, extension string) error {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	err := l.once(ctx, folder, extension, isolated())
	if errors.Is(err, errNotStarted) {
		return fmt.Errorf("%w: %w", ErrOfficeDown, err)
	}
	return err
}

var errNotStarted = errors.New("not started")

func (l *LibreOffice) once(ctx context.Context, folder, extension string, way isolation) error {
	// The shell sets the limits, which all that it starts inherit.
	limits := fmt.Sprintf(`ulimit -c 0; ulimit -v %d; ulimit -f %d; ulimit -t %d; exec "$@"`, officeMemory, officeFileSize/512, int(2*l.timeout/time.Second)+1)
	cmd := exec.Command("/bin/sh", "-c", limits, "sh", l.program, "-env:UserInstallation=file://"+filepath.Join(folder, "profile"),
		"--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", "--convert-to", "pdf", "--outdir", filepath.Join(folder, "out"),
		filepath.Join(folder, "document."+extension))
	cmd.Dir = folder
	cmd.Env = []string{"HOME=" + folder, "TMPDIR=" + filepath.Join(folder, "tmp"), "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "SAL_USE_VCLPLUGIN=svp"}
	cmd.SysProcAttr = way.attr
	ended := make(chan error, 1)
	began := make(chan error)
	go func() {
		// The signal at the parent's death is sent when this thread ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		began <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-began; err != nil {
		return fmt.Errorf("%w: %w", errNotStarted, err)
	}
	// Whatever it has started goes with it, also after a good end.
	defer killGroup(cmd.Process.Pid)
	select {
	case err := <-ended:
		if err != nil {
			return ErrOffice
		}
		return nil
	case <-ctx.Done():
		killGroup(cmd.Process.Pid)
		if err := <-ended; err == nil {
			return nil // It was done at the same moment
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("%w: out of time", ErrOffice)
		}
		return ctx.Err()
	}
}

// collect reads the result without following a link out of the folder: the
// program could have been made to leave one.
func collect(folder string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOfficeDown, err)
	}
	defer func() { _ = root.Close() }()
	info, err := root.Lstat("out/document.pdf")
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxConverted {
		return nil, ErrOffice
	}
	file, err := root.Open("out/document.pdf")
	if err != nil {
		return nil, ErrOffice
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxConverted+1))
	if err != nil || len(content) > maxConverted || !isPDF(content) {
		return nil, ErrOffice
	}
	return content, nil
}
