package storage

import (
	"os"
	"syscall"
)

// writeBehind asks the system to begin writing a part of a file to the disk, so
// that the sync at the end has little left to wait for. It promises nothing: the
// sync alone does.
func writeBehind(file *os.File, from, length int64) {
	const write = 2 // SYNC_FILE_RANGE_WRITE
	_ = syscall.SyncFileRange(int(file.Fd()), from, length, write)
}
