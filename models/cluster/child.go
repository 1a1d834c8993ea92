package cluster

import (
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// Between a portal and the copy of itself that fetches PostgreSQL.
const (
	childVersion = "PASSERELLE_CLUSTER_FETCH" // the version to fetch into the current folder
	fetchedName  = "fetched"
	progressMark = "progress "
)

// ChildMain must be the first call of a main (or TestMain) that may start a cluster. It returns false in an ordinary
// process. In the copy of this program that Start makes to fetch PostgreSQL as an unprivileged user, it does that work
// and returns true, upon which main returns; it exits with 1 when the work failed.
func ChildMain() bool {
	version := os.Getenv(childVersion)
	if version == "" {
		return false
	}
	if err := fetchHere(version); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return true
}

// fetchHere has the library fetch the programs and prove them by a first start, on an empty cluster thrown away after.
func fetchHere(version string) error {
	work, err := os.Getwd()
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	var fetching atomic.Bool
	fetching.Store(true)
	quitWhile(&fetching)
	http.DefaultTransport = &meter{next: http.DefaultTransport, version: version, done: func() { fetching.Store(false) }}
	trial := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(embeddedpostgres.PostgresVersion(version)).
		CachePath(filepath.Join(work, "cache")).
		RuntimePath(filepath.Join(work, "trial")).
		BinariesPath(filepath.Join(work, fetchedName)).
		Port(port).Password(rand.Text()).Locale("C").
		StartParameters(map[string]string{"unix_socket_directories": "", "listen_addresses": "127.0.0.1"}).
		StartTimeout(time.Minute).
		Logger(io.Discard))
	if err := trial.Start(); err != nil {
		return err
	}
	return trial.Stop()
}

func freePort() (uint32, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return uint32(l.Addr().(*net.TCPAddr).Port), nil
}

// quitWhile gives up at once when asked during the download; later, the trial ends by itself in seconds, and leaving it
// half-way would leave a server running.
func quitWhile(fetching *atomic.Bool) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for range asked {
			if fetching.Load() {
				fmt.Println("given up")
				os.Exit(1)
			}
		}
	}()
}

// meter tells how much of the archive has come: the library itself is silent.
type meter struct {
	next    http.RoundTripper
	version string
	done    func()
}

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.next.RoundTrip(r)
	if err == nil && resp.ContentLength > tellEvery {
		resp.Body = &meteredBody{ReadCloser: resp.Body, meter: m, total: resp.ContentLength}
	}
	return resp, err
}

// tellEvery is in bytes.
const tellEvery = 2 << 20

type meteredBody struct {
	io.ReadCloser
	meter             *meter
	read, told, total int64
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if b.read-b.told >= tellEvery || err == io.EOF && b.told < b.read {
		b.told = b.read
		fmt.Printf("%sFetching PostgreSQL %s: %d of %d MB\n", progressMark, b.meter.version, b.read>>20, b.total>>20)
	}
	if err == io.EOF {
		b.meter.done()
		fmt.Println(progressMark + "Unpacking and trying PostgreSQL " + b.meter.version)
	}
	return n, err
}
