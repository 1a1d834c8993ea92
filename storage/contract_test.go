package storage_test

import (
	"testing"

	"passerelle/storage"
	"passerelle/storage/storagetest"
)

func TestDisk(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return openDisk(t) })
}

func TestMinIO(t *testing.T) {
	server := storagetest.MinIO(t)
	storagetest.Run(t, func(t *testing.T) storage.Store { return server.Store(t) })
}

func TestVersity(t *testing.T) {
	server := storagetest.Versity(t)
	storagetest.Run(t, func(t *testing.T) storage.Store { return server.Store(t) })
}

// Two stores that are being moved from one to the other pass the contract too.
func TestBoth(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return storage.Both{To: openDisk(t), From: openDisk(t)} })
}

func openDisk(t testing.TB) *storage.Disk {
	t.Helper()
	d, err := storage.OpenDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return d
}
