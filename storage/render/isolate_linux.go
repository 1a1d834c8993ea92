package render

import (
	"os"
	"syscall"
)

// isolation is a way to start the converter.
type isolation struct {
	name string
	attr *syscall.SysProcAttr
}

// isolated is how the converter is started: always without a network.
func isolated() isolation {
	base := syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	apart := uintptr(syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC)
	if os.Getuid() == 0 {
		base.Credential = &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{}}
		base.Cloneflags = apart
		return isolation{"no network, a user that owns nothing", &base}
	}
	base.Cloneflags = apart | syscall.CLONE_NEWUSER
	base.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
	base.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
	return isolation{"no network, the portal's own user", &base}
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
