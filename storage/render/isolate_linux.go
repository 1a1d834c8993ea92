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

// isolations are the ways, best first; a machine refuses some.
func isolations() []isolation {
	base := syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	apart := uintptr(syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC)
	if os.Getuid() == 0 {
		base.Credential = &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{}}
		cut := base
		cut.Cloneflags = apart
		return []isolation{{"no network, a user that owns nothing", &cut}, {"network NOT cut off, a user that owns nothing", &base}}
	}
	cut := base
	cut.Cloneflags = apart | syscall.CLONE_NEWUSER
	cut.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
	cut.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
	return []isolation{{"no network, the portal's own user", &cut}, {"network NOT cut off, the portal's own user", &base}}
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
