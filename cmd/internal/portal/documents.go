package portal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/storage"
)

// Documents is where the bytes of documents lie and what opens them.
type Documents struct {
	Store storage.Store // what everybody uses: follows the setting storage_active
	Vault *storage.Vault
	Disk  *storage.Disk
	S3    *storage.S3 // nil where none is configured
}

// The values of the setting storage_active.
const (
	OnDisk = keeping.OnDisk
	OnS3   = keeping.OnS3
)

// DocumentsFolder is where documents lie on disk, inside the data folder.
func (c *Config) DocumentsFolder() string { return filepath.Join(c.Data, "documents") }

// masterKeyFile is the file of the master key, when no setting gives it.
func (c *Config) masterKeyFile() string { return filepath.Join(c.Data, "master.key") }

// OpenDocuments opens the store and the vault, and says clearly what is wrong:
// a setting to mend is an error; a store that does not answer now is one line of
// the log, since everything but documents goes on without it. warn is told what
// the operator must do, such as save a key just made; nil asks for no word.
func (b *Base) OpenDocuments(ctx context.Context, warn func(string)) (*Documents, error) {
	if warn == nil {
		warn = func(string) {}
	}
	d, err := b.openStores()
	if err != nil {
		return nil, err
	}
	if d.Vault, err = b.openVault(ctx, warn); err != nil {
		return nil, err
	}
	switching := &switchingStore{documents: d, active: b.activeStore, log: b.Log}
	active, err := b.activeStore(ctx)
	if err != nil {
		return nil, err
	}
	if err := switching.turn(active); err != nil {
		return nil, err
	}
	d.Store = switching
	for _, store := range d.stores() {
		err := store.Check(ctx)
		if errors.Is(err, storage.ErrUnavailable) || errors.Is(err, storage.ErrFull) {
			b.Log.Error("a store of documents does not answer now", "store", store.Name(), "error", err)
			warn("a store of documents does not answer now: " + err.Error())
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *Documents) stores() []storage.Store {
	if d.S3 == nil {
		return []storage.Store{d.Disk}
	}
	return []storage.Store{d.Disk, d.S3}
}

func (b *Base) openStores() (*Documents, error) {
	disk, err := storage.OpenDisk(b.Config.DocumentsFolder())
	if err != nil {
		return nil, fmt.Errorf("documents folder %s: %w", b.Config.DocumentsFolder(), err)
	}
	d := &Documents{Disk: disk}
	if c := b.Config; c.S3Endpoint != "" {
		d.S3, err = storage.OpenS3(storage.S3Options{Endpoint: c.S3Endpoint, Bucket: c.S3Bucket, AccessKey: c.S3AccessKey, SecretKey: c.S3SecretKey,
			Region: c.S3Region, TempFolder: filepath.Join(c.Data, "spool")})
	}
	return d, err
}

// openVault finds the master key, or makes one for a portal that has no key
// yet, and makes sure that it is the one of this database: another would be
// found out document by document.
func (b *Base) openVault(ctx context.Context, warn func(string)) (*storage.Vault, error) {
	ring, err := b.Config.knownMasterKey()
	if err != nil {
		return nil, err
	}
	made := false
	wrap := func(id models.ID) ([]byte, error) {
		if ring == nil {
			if ring, made, err = storage.FileKeyring(b.Config.masterKeyFile()); err != nil {
				return nil, err
			}
		}
		return storage.NewVault(ring).NewKey(id)
	}
	var key dossier.DataKey
	err = b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		key, err = dossier.PortalKey(ctx, tx, wrap)
		return err
	})
	if err != nil {
		return nil, err
	}
	if ring == nil {
		return nil, fmt.Errorf("the master key of documents is missing: put back %s, or set PASSERELLE_MASTER_KEY; "+
			"another key would open none of the documents", b.Config.masterKeyFile())
	}
	vault := storage.NewVault(ring)
	if _, err := vault.Key(key.ID, key.Wrapped); err != nil {
		if made { // another instance came first, with its own
			_ = os.Remove(b.Config.masterKeyFile())
		}
		return nil, fmt.Errorf("the master key is not the one of this database: every instance needs the same PASSERELLE_MASTER_KEY or %s: %w",
			b.Config.masterKeyFile(), err)
	}
	if made {
		warn("master key made in " + b.Config.masterKeyFile() + ": save a copy apart from the backups; without it no document can be read")
	}
	return vault, nil
}

// knownMasterKey reads the key that is there; nil when there is none yet.
func (c *Config) knownMasterKey() (storage.Keyring, error) {
	if c.MasterKey != "" {
		return storage.TextKeyring(c.MasterKey)
	}
	if _, err := os.Stat(c.masterKeyFile()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	ring, _, err := storage.FileKeyring(c.masterKeyFile())
	return ring, err
}

// activeStore reads the setting; without one, S3 as soon as it is configured.
func (b *Base) activeStore(ctx context.Context) (active string, err error) {
	err = b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		active, err = keeping.ActiveStore(ctx, tx, b.Config.S3Endpoint != "")
		return err
	})
	return active, err
}

// Both reads from either store and writes to the one named; it needs S3 where
// the documents are there.
func (d *Documents) Both(active string) (storage.Store, error) {
	switch {
	case active != OnDisk && active != OnS3:
		return nil, fmt.Errorf("setting storage_active is %q: it must be %s or %s", active, OnDisk, OnS3)
	case active == OnS3 && d.S3 == nil:
		return nil, errors.New("S3_ENDPOINT is not set: set it and its keys; documents that are in S3 can be moved back with passerelle storage move --to disk")
	case active == OnS3:
		return storage.Both{To: d.S3, From: d.Disk}, nil
	case d.S3 != nil:
		return storage.Both{To: d.Disk, From: d.S3}, nil
	}
	return d.Disk, nil
}

// switchInterval is how long a process may go on writing to the former store;
// both are read all along.
const switchInterval = 5 * time.Second

// switchingStore follows the setting while the portal runs.
type switchingStore struct {
	documents *Documents
	active    func(context.Context) (string, error)
	log       *slog.Logger

	current atomic.Pointer[storage.Store]
	looking sync.Mutex // held by the one that reads the setting again
	looked  time.Time
	name    string
}

func (s *switchingStore) turn(active string) error {
	s.looked = time.Now()
	store, err := s.documents.Both(active)
	if err == nil {
		s.current.Store(&store)
		s.name = active
	}
	return err
}

// now is the store in use. Before a write the setting is read again when it was
// last read a while ago, by one request alone.
func (s *switchingStore) now(ctx context.Context, writing bool) storage.Store {
	if writing && s.looking.TryLock() {
		defer s.looking.Unlock()
		if time.Since(s.looked) > switchInterval {
			s.look(ctx)
		}
	}
	return *s.current.Load()
}

func (s *switchingStore) look(ctx context.Context) {
	s.looked = time.Now()
	active, err := s.active(ctx)
	if err == nil && active != s.name {
		err = s.turn(active)
	}
	if err != nil {
		s.log.Error("where to store documents", "error", err)
	}
}

func (s *switchingStore) Name() string { return s.now(context.Background(), false).Name() }

func (s *switchingStore) Create(ctx context.Context, key string) (storage.Writer, error) {
	return s.now(ctx, true).Create(ctx, key)
}

func (s *switchingStore) Open(ctx context.Context, key string) (storage.Reader, error) {
	return s.now(ctx, false).Open(ctx, key)
}

func (s *switchingStore) Stat(ctx context.Context, key string) (storage.Object, error) {
	return s.now(ctx, false).Stat(ctx, key)
}

func (s *switchingStore) Delete(ctx context.Context, key string) error {
	return s.now(ctx, false).Delete(ctx, key)
}

func (s *switchingStore) List(ctx context.Context, prefix string) iter.Seq2[storage.Object, error] {
	return s.now(ctx, false).List(ctx, prefix)
}

func (s *switchingStore) Free(ctx context.Context) (int64, error) { return s.now(ctx, false).Free(ctx) }

func (s *switchingStore) Check(ctx context.Context) error { return s.now(ctx, false).Check(ctx) }

// UseStore makes new documents go to a store, in every process within seconds.
func (b *Base) UseStore(ctx context.Context, active string) error {
	return b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return keeping.UseStore(ctx, tx, models.Operator(), active)
	})
}

// ActiveStore is where new documents go: OnDisk or OnS3.
func (b *Base) ActiveStore(ctx context.Context) (string, error) { return b.activeStore(ctx) }
