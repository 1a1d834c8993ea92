package cluster

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// syncers is how many files are written to disk at once: file systems then commit many together. One by one, as initdb
// itself does it, takes a second; a sync of the whole file system would wait for everybody's files.
const syncers = 16

// syncTree writes every file and folder under root to disk.
func syncTree(root string) error {
	paths := make(chan string)
	failures := make([]error, syncers)
	var all sync.WaitGroup
	for i := range syncers {
		all.Go(func() {
			for path := range paths {
				failures[i] = errors.Join(failures[i], syncPath(path))
			}
		})
	}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && (e.IsDir() || e.Type().IsRegular()) {
			paths <- path
		}
		return err
	})
	close(paths)
	all.Wait()
	return errors.Join(err, errors.Join(failures...))
}

// syncPath also makes durable what was renamed or made inside a folder.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
