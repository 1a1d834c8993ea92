package cluster

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestSweepOfTemporaryFolders(t *testing.T) {
	t.Parallel()
	old := time.Now().Add(-time.Hour)
	held, left := aged(t, old), aged(t, old)
	fresh := aged(t, time.Now())
	_ = left.lock.Close()
	_ = fresh.lock.Close()
	// A child forked at this instant by another test holds a copy of the lock until it runs its program.
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		sweepTemp(t.Context(), Options{})
		_, err := os.Stat(left.path)
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the folder of a dead process remains: %v", err)
		}
	}
	for name, kept := range map[string]tempFolder{"of a living process": held, "just made": fresh} {
		if _, err := os.Stat(kept.path); err != nil {
			t.Errorf("the folder %s was swept", name)
		}
	}
}

func aged(t *testing.T, at time.Time) tempFolder {
	t.Helper()
	f, err := newTemp()
	if err == nil {
		err = os.Chtimes(f.path, at, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.remove)
	return f
}

func TestPickOfPrograms(t *testing.T) {
	t.Parallel()
	of := func(major, minor int, origin string) programs {
		return programs{major: major, minor: minor, origin: origin}
	}
	all := []programs{of(15, 3, ProgramsSystem), of(17, 2, ProgramsSystem), of(17, 5, ProgramsSystem), of(18, 3, ProgramsDownload)}
	for _, c := range []struct {
		name string
		need int
		want programs
		ok   bool
	}{
		{"a new folder takes the system's highest", 0, all[2], true},
		{"existing data takes its own version", 15, all[0], true},
		{"fetched ones serve their data", 18, all[3], true},
		{"no other version will do", 16, programs{}, false},
	} {
		if got, ok := pick(all, c.need); got != c.want || ok != c.ok {
			t.Errorf("%s: got %v %v", c.name, got, ok)
		}
	}
}
