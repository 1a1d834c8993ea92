package clamd

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// eicar is the harmless string that antivirus programs agree to call a virus,
// put together here so that no file of the project carries it.
func eicar() []byte {
	return []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$` + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE" + `!$H+H*`)
}

const streamLimit, fileLimit = 2 << 20, 1 << 20

// daemon starts a real clamd with two signatures of our own and returns its
// socket and its TCP address.
func daemon(t *testing.T) (socket, tcp string) {
	t.Helper()
	program := "/usr/sbin/clamd"
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("clamd"); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal("clamd is not installed (Debian: clamav-daemon)")
			}
			t.Skip("clamd is not installed (Debian: clamav-daemon)")
		}
	}
	folder, err := os.MkdirTemp("", "clamd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	database := filepath.Join(folder, "db")
	if err := os.Mkdir(database, 0o755); err != nil {
		t.Fatal(err)
	}
	hashed := []byte("a file known by its hash alone\n")
	sum := md5.Sum(hashed)
	write(t, filepath.Join(database, "test.ndb"), "Test.Eicar:0:*:"+hex.EncodeToString(eicar())+"\n")
	write(t, filepath.Join(database, "test.hdb"), fmt.Sprintf("%x:%d:Test.Hash\n", sum, len(hashed)))
	socket = filepath.Join(folder, "s")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	config := filepath.Join(folder, "clamd.conf")
	write(t, config, fmt.Sprintf("LocalSocket %s\nTCPAddr 127.0.0.1\nTCPSocket %d\nDatabaseDirectory %s\nTemporaryDirectory %s\n"+
		"Foreground yes\nAlertExceedsMax yes\nStreamMaxLength %d\nMaxFileSize %d\nMaxThreads 2\nLogFile %s/log\nDisableCache yes\n",
		socket, port, database, folder, streamLimit, fileLimit, folder))
	command := exec.Command(program, "--config-file="+config)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	client, err := New(socket)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if err = client.Ping(t.Context()); err == nil {
			return socket, fmt.Sprintf("127.0.0.1:%d", port)
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(folder, "log"))
			t.Fatalf("clamd does not start: %v\n%s\n%s", err, said.Bytes(), log)
		}
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRealDaemon(t *testing.T) {
	socket, tcp := daemon(t)
	for _, address := range []string{socket, "unix:" + socket, tcp, "tcp://" + tcp} {
		client, err := New(address)
		if err != nil {
			t.Fatal(err)
		}
		version, err := client.Version(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		t.Run(version+" over "+client.network, func(t *testing.T) { scans(t, client) })
	}
}

func scans(t *testing.T, client *Client) {
	noise := make([]byte, 3<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    Outcome
		say     string
	}{
		{"P7.3 a clean file is clean", []byte("Bonjour, voici mon diplôme.\n"), Clean, ""},
		{"P7.3 an empty file is clean", nil, Clean, ""},
		{"P7.3 the test string is found", eicar(), Infected, "Test.Eicar"},
		{"P7.3 the test string is found inside an archive", zipped(t, eicar()), Infected, "Test.Eicar"},
		{"P7.3 a file known by its hash is found", []byte("a file known by its hash alone\n"), Infected, "Test.Hash"},
		{"P7.3 several chunks are put together", append(bytes.Repeat([]byte("texte "), 40_000), eicar()...), Infected, "Test.Eicar"},
		{"P7.3 above the size of a file it is not clean", noise[:fileLimit+1000], TooLarge, limitsName},
		{"P7.3 above the size of a stream it is not clean", noise, TooLarge, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := client.Scan(t.Context(), bytes.NewReader(c.content))
			if err != nil || got.Outcome != c.want || !strings.Contains(got.Signature, c.say) {
				t.Errorf("got %+v, %v; want %s %q", got, err, c.want, c.say)
			}
		})
	}
	t.Run("P7.3 what the daemon skips by its settings is not clean", func(t *testing.T) {
		small := *client
		small.MaxSize = 1000
		got, err := small.Scan(t.Context(), bytes.NewReader(noise[:1001]))
		if err != nil || got.Outcome != TooLarge {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("an error of the file is not the daemon's", func(t *testing.T) {
		broken := io.MultiReader(bytes.NewReader(noise[:100_000]), faulty{})
		if _, err := client.Scan(t.Context(), broken); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a call that is given up ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got, err := client.Scan(ctx, bytes.NewReader(noise[:10])); err == nil {
			t.Errorf("got %+v", got)
		}
	})
}

type faulty struct{}

func (faulty) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func zipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	w, err := archive.Create("piece.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
