package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/storage"
)

// Problem is something wrong between the database and the store (P14.2).
type Problem struct {
	Kind   string    `json:"problem"` // missing, altered, length, unreadable, orphan
	File   models.ID `json:"file,omitzero"`
	Object string    `json:"object,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Mended bool      `json:"mended,omitempty"`
	how    string    // what is wrong with an altered object, for the console
}

// Integrity is what a check counted.
type Integrity struct {
	Files   int   `json:"files"`
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
	Wrong   int   `json:"wrong"`
	Orphans int   `json:"orphans"`
	Mended  int   `json:"mended"`
}

// CheckOptions say how far a check goes.
type CheckOptions struct {
	Quick   bool          // lengths only, contents are not read
	Decrypt bool          // open every file with its key, and sum its content
	Age     time.Duration // younger objects without a row may be on their way
	Repair  bool          // delete objects without a row, nothing else
	Passing *Passing      // its line on the console; nil: none
}

// page is how many rows or keys are looked at in one transaction.
const page = 500

// storedFiles walks every file that has objects. It holds no transaction while
// the caller works.
func (b *Base) storedFiles(ctx context.Context) iter.Seq2[dossier.File, error] {
	return func(yield func(dossier.File, error) bool) {
		var after models.ID
		for {
			var files []dossier.File
			err := b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
				files, err = dossier.StoredFiles(ctx, tx, after, page)
				return err
			})
			if err != nil {
				yield(dossier.File{}, err)
				return
			}
			for _, f := range files {
				if !yield(f, nil) {
					return
				}
				after = f.ID
			}
			if len(files) < page {
				return
			}
		}
	}
}

// CheckDocuments compares rows and objects both ways and tells each problem. An
// error means that the check could not be made to its end.
func (b *Base) CheckDocuments(ctx context.Context, d *Documents, o CheckOptions, tell func(Problem)) (Integrity, error) {
	var total Integrity
	for file, err := range b.storedFiles(ctx) {
		if err != nil {
			return total, err
		}
		total.Files++
		problems, err := b.checkFile(ctx, d, o, file)
		if err != nil {
			return total, fmt.Errorf("file %s: %w", file.ID, err)
		}
		for _, segment := range file.Segments {
			total.Objects++
			total.Bytes += segment.Cipher
		}
		if len(problems) > 0 && !b.stillStored(ctx, file) {
			problems = nil
		}
		if len(problems) > 0 {
			total.Wrong++
			for _, p := range problems {
				tell(p)
			}
		}
		if err := o.Passing.file(ctx, file, foundBy(file, problems)); err != nil {
			return total, err
		}
	}
	if err := o.Passing.objects(ctx); err != nil {
		return total, err
	}
	return total, b.checkOrphans(ctx, d, o, &total, tell)
}

// foundBy are problems of objects as the console lists them; that of a whole file has
// no object to act on, and the command alone tells it.
func foundBy(file dossier.File, problems []Problem) (found []keeping.Found) {
	for _, p := range problems {
		for _, s := range file.Segments {
			if s.Key != p.Object {
				continue
			}
			f := keeping.Found{Kind: keeping.Missing, Object: p.Object, File: file.ID, Bytes: s.Cipher}
			if p.Kind == "altered" {
				f.Kind, f.Detail = keeping.Altered, p.how
			}
			found = append(found, f)
		}
	}
	return found
}

// checkFile looks at a file's objects, then at its content when asked.
func (b *Base) checkFile(ctx context.Context, d *Documents, o CheckOptions, file dossier.File) ([]Problem, error) {
	var problems []Problem
	var plain int64
	for _, segment := range file.Segments {
		plain += segment.Plain
		p, err := checkObject(ctx, d.Store, o, segment)
		if err != nil {
			return nil, err
		}
		if p.Kind != "" {
			p.File, p.Object = file.ID, segment.Key
			problems = append(problems, p)
		}
	}
	if plain != file.Bytes {
		problems = append(problems, Problem{Kind: "length", File: file.ID, Detail: fmt.Sprintf("segments hold %d bytes of %d", plain, file.Bytes)})
	}
	if !o.Decrypt || len(problems) > 0 {
		return problems, nil
	}
	err := b.readThrough(ctx, d, file)
	if errors.Is(err, storage.ErrCorrupt) || errors.Is(err, storage.ErrKeyring) {
		return append(problems, Problem{Kind: "unreadable", File: file.ID, Detail: err.Error()}), nil
	}
	return problems, err
}

// checkObject gives the problem of one object, of no kind when there is none.
func checkObject(ctx context.Context, s storage.Store, o CheckOptions, segment dossier.Segment) (p Problem, err error) {
	var size int64
	var sum []byte
	if o.Quick {
		var object storage.Object
		object, err = s.Stat(ctx, segment.Key)
		size, sum = object.Size, segment.Sum
	} else {
		size, sum, err = storage.Checksum(ctx, s, segment.Key)
	}
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return Problem{Kind: "missing", Detail: "no object under this key"}, nil
	case err != nil:
		return p, err
	case size != segment.Cipher:
		return Problem{Kind: "altered", Detail: fmt.Sprintf("%d bytes stored of %d", size, segment.Cipher), how: "length"}, nil
	case !bytes.Equal(sum, segment.Sum):
		return Problem{Kind: "altered", Detail: "its checksum is not the one recorded", how: "sum"}, nil
	}
	return p, nil
}

// readThrough opens a file as a reader would, and sums it. One whose key was
// destroyed on purpose cannot be read any more, which is no problem.
func (b *Base) readThrough(ctx context.Context, d *Documents, file dossier.File) error {
	var key dossier.DataKey
	err := b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		key, err = dossier.KeyByID(ctx, tx, file.Key)
		return err
	})
	var refusal *models.Error
	if errors.As(err, &refusal) && refusal.Kind == models.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	open, err := d.Vault.Key(key.ID, key.Wrapped)
	if err != nil {
		return err
	}
	segments := make([]storage.Segment, len(file.Segments))
	for i, s := range file.Segments {
		segments[i] = storage.Segment(s)
	}
	content, err := storage.OpenFile(ctx, d.Store, open, file.ID, segments)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), file.SHA256[:]) {
		return fmt.Errorf("%w: its content is not the one received", storage.ErrCorrupt)
	}
	return nil
}

// stillStored tells a file with a problem from one purged while it was looked at.
func (b *Base) stillStored(ctx context.Context, file dossier.File) bool {
	err := b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		_, err := dossier.FileByID(ctx, tx, file.ID)
		return err
	})
	return err == nil || models.KindOf(err) != models.KindNotFound
}

// checkOrphans looks for objects that no row names and that are old enough not
// to be on their way. Age is the machine's, not the portal's clock: objects
// carry the time of their store.
func (b *Base) checkOrphans(ctx context.Context, d *Documents, o CheckOptions, total *Integrity, tell func(Problem)) error {
	batch := make([]storage.Object, 0, page)
	look := func() error {
		keys := make([]string, len(batch))
		for i, object := range batch {
			keys[i] = object.Key
		}
		var owned map[string]bool
		err := b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			owned, err = dossier.Owned(ctx, tx, keys)
			return err
		})
		if err != nil {
			return err
		}
		for _, object := range batch {
			if owned[object.Key] {
				continue
			}
			p := Problem{Kind: "orphan", Object: object.Key, Detail: fmt.Sprintf("%d bytes of %s that no row names", object.Size,
				object.Modified.UTC().Format(time.RFC3339))}
			if o.Repair {
				if err := d.Store.Delete(ctx, object.Key); err != nil {
					return err
				}
				p.Mended = true
				total.Mended++
			}
			total.Orphans++
			tell(p)
			if err := o.Passing.orphan(ctx, object, p.Mended); err != nil {
				return err
			}
		}
		batch = batch[:0]
		return nil
	}
	for object, err := range d.Store.List(ctx, "") {
		if err != nil {
			return err
		}
		if time.Since(object.Modified) < o.Age {
			continue
		}
		if batch = append(batch, object); len(batch) == page {
			if err := look(); err != nil {
				return err
			}
		}
	}
	return look()
}

// MoveDocuments copies every object into the store named, then sends new ones
// there, then copies what was written meanwhile. It can be stopped and run
// again; readers find every object all along. With despite, objects already
// lost or altered do not prevent the switch; with empty, the former store is
// emptied of what the new one holds.
func (b *Base) MoveDocuments(ctx context.Context, d *Documents, to string, despite, empty bool, progress func(storage.Moved)) (storage.Moved, error) {
	both, err := d.Both(to)
	if err != nil {
		return storage.Moved{}, err
	}
	pair, ok := both.(storage.Both)
	if !ok {
		return storage.Moved{}, errors.New("there is one store only: set S3_ENDPOINT")
	}
	if err := pair.To.Check(ctx); err != nil {
		return storage.Moved{}, err
	}
	done, err := storage.Move(ctx, pair.From, pair.To, b.recorded(ctx), progress)
	if err != nil && !(despite && errors.Is(err, storage.ErrCorrupt)) {
		return done, err
	}
	if err := b.UseStore(ctx, to); err != nil {
		return done, err
	}
	rest, err := storage.Move(ctx, pair.From, pair.To, papers.Lacking(ctx, b.DB, pair, ""), func(m storage.Moved) {
		m.Objects, m.Copied, m.Bytes = m.Objects+done.Objects, m.Copied+done.Copied, m.Bytes+done.Bytes
		progress(m)
	})
	done.Objects, done.Copied, done.Bytes = done.Objects+rest.Objects, done.Copied+rest.Copied, done.Bytes+rest.Bytes
	if despite && errors.Is(err, storage.ErrCorrupt) {
		err = nil
	}
	if err == nil && empty {
		_, err = papers.Emptied(ctx, pair, "")
	}
	return done, err
}

// recorded lists the objects of every file with what its row knows of them.
func (b *Base) recorded(ctx context.Context) iter.Seq2[storage.Known, error] {
	return func(yield func(storage.Known, error) bool) {
		for file, err := range b.storedFiles(ctx) {
			if err != nil {
				yield(storage.Known{}, err)
				return
			}
			for _, s := range file.Segments {
				if !yield(storage.Known{Key: s.Key, Size: s.Cipher, Sum: s.Sum}, nil) {
					return
				}
			}
		}
	}
}
