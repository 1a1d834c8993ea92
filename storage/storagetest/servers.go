package storagetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"passerelle/storage"
)

// tool is a server that `go install` can build, at the version these tests know.
type tool struct{ name, pkg, version string }

var (
	// The last MinIO server there will be: its source is frozen (DESIGN §4).
	minioServer = tool{"minio", "github.com/minio/minio", "v0.0.0-20260212201848-7aac2a2c5b7c"}
	versityGW   = tool{"versitygw", "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"}
)

// Server is an S3 server of a test's own, on loopback, with random keys.
type Server struct {
	Name, Endpoint, AccessKey, SecretKey string
}

// Options are those of a store on a bucket of this server; the bucket is made
// by the store's Check.
func (s Server) Options(t testing.TB, bucket string) storage.S3Options {
	return storage.S3Options{Endpoint: s.Endpoint, Bucket: bucket, AccessKey: s.AccessKey, SecretKey: s.SecretKey, TempFolder: t.TempDir()}
}

// Store opens an empty store on a new bucket.
func (s Server) Store(t testing.TB) storage.Store {
	t.Helper()
	options := s.Options(t, "documents-"+strings.ToLower(rand.Text()[:12]))
	// Two cores shared by many tests answer late without being down.
	options.Patience = 20 * time.Second
	store, err := storage.OpenS3(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	return store
}

// MinIO starts a MinIO server, stopped with the test.
func MinIO(t testing.TB) Server {
	t.Helper()
	program := find(t, minioServer)
	s := newServer(t, minioServer.name)
	folder := t.TempDir()
	start(t, s, exec.Command(program, "server", "--quiet", "--address", strings.TrimPrefix(s.Endpoint, "http://"), "--console-address", freeAddress(t),
		"--config-dir", filepath.Join(folder, "config"), filepath.Join(folder, "data")),
		"MINIO_ROOT_USER="+s.AccessKey, "MINIO_ROOT_PASSWORD="+s.SecretKey, "MINIO_BROWSER=off", "MINIO_UPDATE=off", "HOME="+folder)
	return s
}

// Versity starts a versitygw server over a folder, stopped with the test.
func Versity(t testing.TB) Server {
	t.Helper()
	program := find(t, versityGW)
	s := newServer(t, versityGW.name)
	folder := t.TempDir()
	start(t, s, exec.Command(program, "--quiet", "--port", strings.TrimPrefix(s.Endpoint, "http://"), "posix", folder),
		"ROOT_ACCESS_KEY="+s.AccessKey, "ROOT_SECRET_KEY="+s.SecretKey, "HOME="+folder)
	return s
}

func newServer(t testing.TB, name string) Server {
	return Server{Name: name, Endpoint: "http://" + freeAddress(t), AccessKey: "key" + rand.Text()[:12], SecretKey: rand.Text()}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// find gives the program, building it once for all in the user's cache.
func find(t testing.TB, tool tool) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		absentTool(t, tool, err)
	}
	cache = filepath.Join(cache, "passerelle-tools")
	program := filepath.Join(cache, tool.name+"-"+tool.version)
	if _, err := os.Stat(program); err == nil {
		return program
	}
	if err := build(t, tool, cache, program); err != nil {
		absentTool(t, tool, err)
	}
	return program
}

func build(t testing.TB, tool tool, cache, program string) error {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(cache, "build-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute) // on cores that other tests share
	defer cancel()
	install := exec.CommandContext(ctx, "go", "install", "-trimpath", "-ldflags=-s -w", tool.pkg+"@"+tool.version)
	install.Dir = folder // outside our module
	install.Env = append(os.Environ(), "GOBIN="+folder, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out[max(0, len(out)-400):])
	}
	return os.Rename(filepath.Join(folder, tool.name), program)
}

func absentTool(t testing.TB, tool tool, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s %s is not here: %v", tool.name, tool.version, err)
	}
	t.Skipf("%s %s is not here: %v", tool.name, tool.version, err)
}

// start runs a server and waits until it accepts connections.
func start(t testing.TB, s Server, command *exec.Cmd, env ...string) {
	t.Helper()
	command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	output, err := os.Create(filepath.Join(t.TempDir(), s.Name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var exit error
	go func() {
		exit = command.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = command.Process.Kill()
			<-ended
		}
		_ = output.Close()
	})
	for deadline := time.Now().Add(40 * time.Second); ; {
		err := ready(s)
		if err == nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ended:
			t.Fatalf("%s ended: %v\n%s", s.Name, exit, log(output.Name()))
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer: %v\n%s", s.Name, err, log(output.Name()))
		}
	}
}

// ready tries the server as a store would.
func ready(s Server) error {
	folder, err := os.MkdirTemp("", "ready-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	store, err := storage.OpenS3(storage.S3Options{Endpoint: s.Endpoint, Bucket: "ready", AccessKey: s.AccessKey, SecretKey: s.SecretKey,
		TempFolder: folder, Patience: 5 * time.Second})
	if err != nil {
		return err
	}
	return store.Check(context.Background())
}

func log(path string) string {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return string(content[max(0, len(content)-2000):])
}
