package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the system user that owns the data and runs the server.
type account struct {
	uid, gid uint32
	name     string
	drop     bool // we are root, and children take this user
}

// chooseAccount keeps the owner of existing data; for a new folder it is ourselves, or as root `postgres`, else `nobody`:
// PostgreSQL refuses to run as root.
func chooseAccount(h home) (account, error) {
	owner, there, err := ownerOf(h.data())
	if err != nil {
		return account{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if self := uint32(os.Geteuid()); self != 0 {
		if there && owner.uid != self {
			return account{}, fmt.Errorf("%w: %s belongs to the user %s; start the portal as that user or as root", ErrFolder, h.data(), owner.name)
		}
		return account{uid: self, gid: uint32(os.Getegid()), name: nameOf(self)}, nil
	}
	if there && owner.uid != 0 {
		owner.drop = true
		return owner, nil
	}
	a, err := unprivileged()
	if err == nil && there { // copied back by root: give it to the server's user again
		err = a.giveAll(h.data())
	}
	return a, err
}

func unprivileged() (account, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return account{uid: uint32(uid), gid: uint32(gid), name: name, drop: true}, nil
		}
	}
	return account{}, fmt.Errorf("%w: PostgreSQL cannot run as root, and this machine has neither a user postgres nor nobody", ErrFolder)
}

func ownerOf(path string) (account, bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return account{}, false, nil
	}
	if err != nil {
		return account{}, false, err
	}
	st := info.Sys().(*syscall.Stat_t)
	return account{uid: st.Uid, gid: st.Gid, name: nameOf(st.Uid)}, true, nil
}

func nameOf(uid uint32) string {
	if u, err := user.LookupId(strconv.Itoa(int(uid))); err == nil {
		return u.Username
	}
	return strconv.Itoa(int(uid))
}

func (a account) give(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

func (a account) giveAll(root string) error {
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, a.give(path))
	})
}

// credential is what children of ours run as; nil keeps our own user. Supplementary groups are dropped.
func (a account) credential() *syscall.Credential {
	if !a.drop {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// letIn opens the data folder just enough for the server's user to pass through to its own subfolder, and says which
// folder above is closed when one is.
func (h home) letIn(a account) error {
	if !a.drop {
		return nil
	}
	if err := letInto(h.root, a); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	for dir := filepath.Dir(h.root); ; dir = filepath.Dir(dir) {
		if ok, err := a.passes(dir); err != nil || !ok {
			return fmt.Errorf("%w: the database runs as the user %s, who cannot pass through %s; allow it (chmod o+x %s) or name another data folder",
				ErrFolder, a.name, dir, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// letInto gives the right to pass (not to list): to the server's group where the folder was root's alone, else to all.
func letInto(dir string, a account) error {
	ok, err := a.passes(dir)
	if err != nil || ok {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	mode := info.Mode().Perm()
	if mode&0o070 != 0 {
		return os.Chmod(dir, mode|0o001)
	}
	return errors.Join(os.Lchown(dir, -1, int(a.gid)), os.Chmod(dir, mode|0o010))
}

func (a account) passes(dir string) (bool, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return false, err
	}
	st := info.Sys().(*syscall.Stat_t)
	switch mode := info.Mode().Perm(); {
	case st.Uid == a.uid:
		return mode&0o100 != 0, nil
	case st.Gid == a.gid:
		return mode&0o010 != 0, nil
	default:
		return mode&0o001 != 0, nil
	}
}
