package papers

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/storage"
)

// What a part of an upload may be refused for.
var (
	// ErrChecksum says that the bytes are not those announced; none was kept (460).
	ErrChecksum = errors.New("papers: checksum differs")
	// ErrTooLong says that more came than the upload was announced to hold; none was kept.
	ErrTooLong = errors.New("papers: more bytes than announced")
	// ErrSpent says that the upload came in too many parts to go on.
	ErrSpent = errors.New("papers: too many parts")
)

// maxParts bounds the objects of one file: each costs a row's room and an opening.
const maxParts = 500

// Part is what one request brings of an upload.
type Part struct {
	From  io.Reader
	Hash  hash.Hash // with Sum, the checksum announced; nil for none
	Sum   []byte
	Moved func() // called as bytes come
	Ends  bool   // the file ends with the part, whatever was announced at most
}

// Received is where an upload stands after a part. Document is there once it is
// whole. Cut tells why the part ended early; what had come by then has been kept.
type Received struct {
	Upload   dossier.Upload
	Document dossier.Document
	Cut      error
}

// Whole reports that the upload has become a document.
func (r Received) Whole() bool { return r.Document.ID != uuid.Nil }

// maxSegment is how much of a long part is made safe at a time: what a killed
// portal loses of it, at most.
const maxSegment = 8 << 20

// Receive writes a part of an upload at the place where it stands: bytes go from
// the request through the encryption to the store, in blocks, and the row grows
// once they are safe there. A part that breaks off keeps what came, unless a
// checksum was announced for it. For the applicant who has just locked the upload;
// verbs check again.
func (d *Documents) Receive(ctx context.Context, by models.Actor, u dossier.Upload, k dossier.DataKey, part Part) (Received, error) {
	key, err := d.Vault.Key(k.ID, k.Wrapped)
	if err != nil {
		return Received{Upload: u}, fmt.Errorf("key of an upload: %w", err)
	}
	for {
		r, more, err := d.receive(ctx, by, u, key, part)
		if err != nil || !more || r.Whole() {
			return r, err
		}
		u = r.Upload
	}
}

// receive writes one segment; more says that the part goes on after it.
func (d *Documents) receive(ctx context.Context, by models.Actor, u dossier.Upload, key storage.DataKey, part Part) (r Received, more bool, err error) {
	r.Upload = u
	if len(u.Segments) >= maxParts {
		return r, false, ErrSpent
	}
	digest, err := storage.ResumeDigest(key, u.ID, u.HashState)
	if err != nil {
		return r, false, err
	}
	w, err := storage.CreateSegment(ctx, d.Store, key, u.ID, len(u.Segments), digest)
	if err != nil {
		return r, false, Fault(err)
	}
	defer w.Abort()
	more, cut, err := part.copyTo(w, u.Length-u.Received)
	if r.Cut = cut; err != nil || w.Size() == 0 || cut != nil && part.Ends { // nobody could go on with a form
		return r, false, err
	}
	commit, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitIn)
	defer cancel()
	segment, err := w.Commit(commit)
	if err != nil {
		return r, false, Fault(err)
	}
	state, err := digest.Suspend(key, u.ID)
	if err != nil {
		return r, false, err
	}
	r, err = d.grow(ctx, by, u, dossier.Segment(segment), state, [32]byte(digest.Sum()), part.Ends)
	r.Cut = cut
	return r, more, err
}

// copyTo moves at most most bytes, in all, and those of one segment at a time. The
// error of the sender is cut; any other says that nothing of it may be kept.
func (p Part) copyTo(w *storage.SegmentWriter, most int64) (more bool, cut, err error) {
	block := make([]byte, 64<<10)
	whole := p.Hash != nil || p.Ends // kept whole or not at all
	for whole || w.Size() < maxSegment {
		n, readErr := p.From.Read(block)
		if n > 0 {
			if w.Size()+int64(n) > most {
				return false, nil, ErrTooLong
			}
			if _, err := w.Write(block[:n]); err != nil {
				return false, nil, Fault(err)
			}
			if p.Hash != nil {
				p.Hash.Write(block[:n])
			}
			if p.Moved != nil {
				p.Moved()
			}
		}
		switch {
		case errors.Is(readErr, io.EOF):
			return false, nil, p.check()
		case readErr != nil && p.Hash != nil:
			return false, readErr, ErrChecksum
		case readErr != nil:
			return false, readErr, nil
		}
	}
	return true, nil, nil
}

func (p Part) check() error {
	if p.Hash != nil && subtle.ConstantTimeCompare(p.Hash.Sum(nil), p.Sum) == 0 {
		return ErrChecksum
	}
	return nil
}

// grow writes the row of a part that is in the store, and makes a whole upload a
// document, in one transaction.
func (d *Documents) grow(ctx context.Context, by models.Actor, u dossier.Upload, s dossier.Segment, state []byte, sum [32]byte, ends bool) (Received, error) {
	r := Received{Upload: u}
	err := d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		whole := ends || u.Received+s.Plain == u.Length
		if whole {
			if err := application.LockSlot(ctx, tx, by, u); err != nil {
				return err
			}
		}
		if ends {
			if err := application.SettleLength(ctx, tx, by, u.ID, u.Received+s.Plain); err != nil {
				return err
			}
		}
		if r.Upload, err = application.GrowUpload(ctx, tx, by, u.ID, u.Received, s, state); err != nil || !whole {
			return err
		}
		r.Document, err = application.FinishUpload(ctx, tx, by, u.ID, sum)
		return err
	})
	if err != nil {
		d.unlessOwned(ctx, s)
		return Received{Upload: u}, err
	}
	return r, nil
}

// Cancel forgets an upload with its objects.
func (d *Documents) Cancel(ctx context.Context, by models.Actor, upload models.ID) error {
	var left []dossier.Segment
	err := d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		left, err = application.CancelUpload(ctx, tx, by, upload)
		return err
	})
	if err == nil {
		d.Delete(ctx, left)
	}
	return err
}
