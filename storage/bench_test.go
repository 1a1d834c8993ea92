package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"

	"passerelle/storage"
	"passerelle/storage/storagetest"
)

// The two halves of what a portal does with the bytes of an upload, beside the
// least that hashes, encrypts and writes them as durably.
func BenchmarkUpload(b *testing.B) {
	content := storagetest.Bytes(20<<20, 7)
	b.Run("bare", func(b *testing.B) {
		aead, err := subtle.NewAESGCMHKDF(make([]byte, 32), "SHA256", 32, 64<<10, 0)
		if err != nil {
			b.Fatal(err)
		}
		folder := b.TempDir()
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			file, err := os.Create(filepath.Join(folder, "bare"))
			if err != nil {
				b.Fatal(err)
			}
			w, err := aead.NewEncryptingWriter(file, nil)
			if err != nil {
				b.Fatal(err)
			}
			sum := sha256.New()
			for rest := content; len(rest) > 0; rest = rest[min(len(rest), 64<<10):] {
				_, _ = io.MultiWriter(w, sum).Write(rest[:min(len(rest), 64<<10)])
			}
			_ = w.Close()
			_ = file.Sync()
			_ = file.Close()
		}
	})
	b.Run("segment", func(b *testing.B) {
		key, _ := newKey(b, newVault(b), [16]byte{1})
		disk, ctx := openDisk(b), context.Background()
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			w, err := storage.CreateSegment(ctx, disk, key, fileA, 0, storage.NewDigest())
			if err != nil {
				b.Fatal(err)
			}
			for rest := content; len(rest) > 0; rest = rest[min(len(rest), 64<<10):] {
				_, _ = w.Write(rest[:min(len(rest), 64<<10)])
			}
			segment, err := w.Commit(ctx)
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			_ = disk.Delete(ctx, segment.Key)
			b.StartTimer()
		}
	})
}

func BenchmarkDownload(b *testing.B) {
	content := storagetest.Bytes(20<<20, 7)
	key, _ := newKey(b, newVault(b), [16]byte{1})
	disk, ctx := openDisk(b), context.Background()
	segment, err := storage.Put(ctx, disk, key, fileA, bytes.NewReader(content), nil)
	if err != nil {
		b.Fatal(err)
	}
	buffer := make([]byte, 64<<10)
	b.Run("bare", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			r, err := disk.Open(ctx, segment.Key)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buffer); err != nil {
				b.Fatal(err)
			}
			r.Close()
		}
	})
	b.Run("decrypted", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			f, err := storage.OpenFile(ctx, disk, key, fileA, []storage.Segment{segment})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, f, buffer); err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	key, _ := newKey(b, newVault(b), [16]byte{1})
	content := storagetest.Bytes(20<<20, 7)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		s := storage.NewSealer(key, fileA, 0, io.Discard)
		_, _ = s.Write(content)
		_ = s.Close()
	}
}

func BenchmarkUnseal(b *testing.B) {
	key, _ := newKey(b, newVault(b), [16]byte{1})
	content := storagetest.Bytes(20<<20, 7)
	sealed := seal(b, key, fileA, 0, content)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		r := storage.Unseal(key, fileA, 0, bytes.NewReader(sealed), int64(len(content)))
		if n, err := io.Copy(io.Discard, r); err != nil || n != int64(len(content)) {
			b.Fatal(n, err)
		}
	}
}
