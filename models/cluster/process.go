package cluster

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// command is a program of PostgreSQL run as the owner of the data, out of reach of the terminal's signals, with none of the
// portal's environment: secrets live there.
func (a account) command(ctx context.Context, dir, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = cleanEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: a.credential()}
	return cmd
}

func cleanEnv(more ...string) []string {
	env := append([]string{"LC_ALL=C", "PATH=/usr/bin:/bin:/usr/sbin:/sbin"}, more...)
	for _, name := range []string{"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// output runs a short command that dies with us, and returns its whole output; on failure the last line is in the error.
func output(cmd *exec.Cmd) (string, error) {
	runtime.LockOSThread() // the signal at our death is sent when the forking thread ends
	defer runtime.UnlockOSThread()
	dieWithParent(cmd.SysProcAttr, syscall.SIGKILL)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", cmd.Path, err, strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}
