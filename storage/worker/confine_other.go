//go:build unix && !linux

package worker

import (
	"os"
	"syscall"
)

// limit does what every Unix can: no core file. Memory is bounded by the
// collector's limit and by PDFium's own.
func limit(int64) error {
	return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

func confine() (Sandbox, error) {
	s := Sandbox{}
	if os.Getuid() == 0 {
		if err := syscall.Setgid(65534); err != nil {
			return s, err
		}
		if err := syscall.Setuid(65534); err != nil {
			return s, err
		}
		s.User = true
	}
	return s, nil
}

func namespaces() []*syscall.SysProcAttr { return []*syscall.SysProcAttr{{Setsid: true}} }
