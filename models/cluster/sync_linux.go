package cluster

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// initdbSync leaves the writing to disk to syncTree: initdb's own, file by file, takes a second.
var initdbSync = []string{"--no-sync"}

// syncTree writes the whole file system of this folder to disk.
func syncTree(root string) error {
	f, err := os.Open(root)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(f.Fd())), f.Close())
}
