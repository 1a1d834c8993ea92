//go:build !linux

package render

import (
	"os"
	"syscall"
)

type isolation struct {
	name string
	attr *syscall.SysProcAttr
}

func isolated() isolation { return isolation{"NOT isolated on this system", nil} }

func killGroup(pid int) {
	if process, err := os.FindProcess(pid); err == nil {
		_ = process.Kill()
	}
}
