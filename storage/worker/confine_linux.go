package worker

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// nobody is the user and group that own nothing.
const nobody = 65534

// reserved is the address space that a Go program asks for and does not use, in
// bytes, with room to spare.
const reserved = 3 << 30

// limit is called before anything of the file is read. The limit of data counts
// what may be written to; that of address space only closes the ways around it.
func limit(memory int64) error {
	return errors.Join(
		setLimit(unix.RLIMIT_CORE, 0),
		setLimit(unix.RLIMIT_NOFILE, 64),
		setLimit(unix.RLIMIT_DATA, uint64(memory)),
		setLimit(unix.RLIMIT_AS, uint64(memory)+reserved),
	)
}

func setLimit(what int, n uint64) error {
	return unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n})
}

// confine takes away what parsers never need: other users' files, privileges,
// writing. Called once the operations are ready. It fails rather than leave a
// root child unconfined; what an unprivileged portal cannot do is only reported.
func confine() (Sandbox, error) {
	s := Sandbox{Network: onlyLoopback()}
	if os.Getuid() == 0 {
		if err := dropRoot(&s); err != nil {
			return s, err
		}
	}
	if err := setLimit(unix.RLIMIT_FSIZE, 0); err != nil {
		return s, err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return s, err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return s, err
	}
	// Changing user has cleared it.
	return s, unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
}

// dropRoot shuts the child in its empty folder and makes it nobody.
func dropRoot(s *Sandbox) error {
	if err := syscall.Chroot("."); err == nil {
		s.Files = true
		if err := syscall.Chdir("/"); err != nil {
			return err
		}
	}
	if err := syscall.Setgroups(nil); err != nil {
		return err
	}
	if err := syscall.Setgid(nobody); err != nil {
		return err
	}
	if err := syscall.Setuid(nobody); err != nil {
		return err
	}
	s.User = true
	return nil
}

// onlyLoopback tells an empty network namespace: its one interface is down.
func onlyLoopback() bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return true
	}
	defer func() { _ = unix.Close(fd) }()
	// Connecting a datagram socket sends nothing, and needs a route.
	err = unix.Connect(fd, &unix.SockaddrInet4{Port: 53, Addr: [4]byte{192, 0, 2, 1}})
	loop := unix.Connect(fd, &unix.SockaddrInet4{Port: 53, Addr: [4]byte{127, 0, 0, 1}})
	return err != nil && loop != nil
}

// namespaces are the ways to start a child, best first; a machine refuses some.
func namespaces() []*syscall.SysProcAttr {
	apart := uintptr(unix.CLONE_NEWNET | unix.CLONE_NEWIPC)
	plain := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		// Within its own user namespace a child looks like nobody, and still is the portal's user to the files.
		return []*syscall.SysProcAttr{{Setsid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: apart}, plain}
	}
	// Within its own user namespace a child looks like nobody, and still is the portal's user to the files.
	return []*syscall.SysProcAttr{{Setsid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: apart | unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}}, plain}
}
