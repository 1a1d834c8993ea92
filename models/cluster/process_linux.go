package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// socketPathMax is what fits in the kernel's socket address, without the final NUL.
const socketPathMax = 107

// dieWithParent has the kernel signal the child when the thread that forked it ends: that thread must stay locked.
func dieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }

// selfExecutable survives folders closed to the user a child runs as: the link is followed by the kernel, not by path.
func selfExecutable() (string, error) { return "/proc/self/exe", nil }

// isServer says whether pid is a live process of the server working in this data folder.
func isServer(pid int, data string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		return false
	}
	// "pid (comm) S …": a zombie that nobody reaps is dead for us.
	comm, rest, _ := bytes.Cut(stat, []byte(") "))
	if len(rest) == 0 || rest[0] == 'Z' || rest[0] == 'X' || !bytes.HasSuffix(comm, []byte("(postgres")) {
		return false
	}
	dir, err := os.Readlink(filepath.Join(proc, "cwd"))
	return err == nil && strings.TrimSuffix(dir, " (deleted)") == data
}

// servers lists every live process of the server in this data folder, backends included.
func servers(data string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && isServer(pid, data) {
			pids = append(pids, pid)
		}
	}
	return pids
}
