//go:build unix && !linux

package cluster

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// socketPathMax is what fits in the kernel's socket address, without the final NUL.
const socketPathMax = 103

// dieWithParent: only Linux can; elsewhere a server left behind is stopped by the next start.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

func selfExecutable() (string, error) { return os.Executable() }

func isServer(pid int, data string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), "postgres") && strings.Contains(string(out), data)
}

// servers: backends without their postmaster cannot be told apart here; PostgreSQL itself waits for them.
func servers(data string) []int {
	if pid := readPidFile(data).pid; pid != 0 && isServer(pid, data) {
		return []int{pid}
	}
	return nil
}
