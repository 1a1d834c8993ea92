package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3Options say where an S3 server is and how long it is waited for.
type S3Options struct {
	Endpoint  string // https://host[:port], or http on a private network
	Bucket    string
	AccessKey string
	SecretKey string
	Region    string // "us-east-1" when empty, which servers of one's own take

	// TempFolder receives encrypted objects on their way: a server wants their
	// length and checksum first. Private, on a disk with room.
	TempFolder string

	// Patience is how long the answer to a question may take to begin; 900 ms
	// when zero, so that a page says 503 within a second (P15.5).
	Patience time.Duration
	// Stall is how long bytes on their way may stand still; 10 s when zero.
	Stall time.Duration
	// Pause is how long a silent store is left alone; 2 s when zero.
	Pause time.Duration
}

// S3 keeps objects in one bucket of a server that speaks S3: MinIO, SeaweedFS,
// versitygw, Ceph, a public cloud. It relies on the least that all of them
// have: no trailing checksum, lifecycle, notification or encryption of theirs.
type S3 struct {
	options S3Options
	core    minio.Core
	breaker breaker
}

// OpenS3 prepares a client; it does not call the server (Check does).
func OpenS3(o S3Options) (*S3, error) {
	o.Patience = orDefault(o.Patience, 900*time.Millisecond)
	o.Stall = orDefault(o.Stall, 10*time.Second)
	o.Pause = orDefault(o.Pause, 2*time.Second)
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("S3_ENDPOINT %q: give a scheme and a host, such as https://s3.example.org:9000", o.Endpoint)
	}
	if o.Bucket == "" || o.AccessKey == "" || o.SecretKey == "" {
		return nil, errors.New("S3_BUCKET, S3_ACCESS_KEY and S3_SECRET_KEY are needed with S3_ENDPOINT")
	}
	if err := sweepSpool(o.TempFolder); err != nil {
		return nil, err
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: u.Scheme == "https",
		Region: o.Region, MaxRetries: 1, Transport: transport(o)})
	if err != nil {
		return nil, fmt.Errorf("S3_ENDPOINT: %w", err)
	}
	return &S3{options: o, core: minio.Core{Client: client}, breaker: breaker{pause: o.Pause}}, nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// transport is the standard one with no wait of its own longer than ours.
func transport(o S3Options) http.RoundTripper {
	dialer := &net.Dialer{Timeout: o.Patience, KeepAlive: 15 * time.Second}
	return &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Patience + o.Patience/2, MaxIdleConnsPerHost: 32,
		IdleConnTimeout: 30 * time.Second, DisableCompression: true, ExpectContinueTimeout: time.Second, ForceAttemptHTTP2: true}
}

// Name is "s3".
func (s *S3) Name() string { return "s3" }

// call runs one question and answer within the store's patience. A refusal of
// the breaker, a silence and a failure of the server are all ErrUnavailable; a
// quick failure is tried once more, since a kept connection may just have ended.
func (s *S3) call(ctx context.Context, doing string, ask func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.breaker.enter() {
		return fmt.Errorf("%w: %s: no answer a moment ago", ErrUnavailable, doing)
	}
	bounded, cancel := context.WithTimeoutCause(ctx, s.options.Patience, errPatience)
	defer cancel()
	begun := time.Now()
	err := kind(bounded, doing, ask(bounded))
	if errors.Is(err, ErrUnavailable) && time.Since(begun) < s.options.Patience/3 {
		err = kind(bounded, doing, ask(bounded))
	}
	s.breaker.leave(verdict(ctx, err))
	return err
}

// verdict of one call for the breaker. What the caller itself gave up proves
// nothing.
func verdict(caller context.Context, err error) outcome {
	switch {
	case caller.Err() != nil:
		return unknown
	case errors.Is(err, ErrUnavailable):
		return silent
	}
	return answered
}

// errPatience is the cause of a wait that we ended, not the caller.
var errPatience = errors.New("no answer in time")

// kind turns an error of the client into one of this package. A call that its
// caller cancelled keeps that error: the store is not to blame.
func kind(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	kind := ErrUnavailable
	r := response(err)
	switch {
	case errors.Is(context.Cause(ctx), context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case r.Code == minio.NoSuchKey, r.Code == "NotFound" && r.StatusCode == http.StatusNotFound:
		kind = ErrNotFound
	case r.StatusCode == http.StatusPreconditionFailed, r.StatusCode == http.StatusConflict && r.Code == "ConditionalRequestConflict":
		kind = ErrExists
	case r.StatusCode == http.StatusInsufficientStorage, r.Code == "XMinioStorageFull", r.Code == "QuotaExceeded", r.Code == "StorageFull":
		kind = ErrFull
	}
	return fmt.Errorf("%w: %s: %w", kind, doing, err)
}

// response is what the server said in an error, empty when it said nothing.
func response(err error) minio.ErrorResponse {
	var r minio.ErrorResponse
	errors.As(err, &r)
	return r
}

// Stat describes an object.
func (s *S3) Stat(ctx context.Context, key string) (Object, error) {
	object := Object{Key: key}
	if err := checkKey(key); err != nil {
		return object, err
	}
	err := s.call(ctx, "stat", func(ctx context.Context) error {
		info, err := s.core.StatObject(ctx, s.options.Bucket, key, minio.StatObjectOptions{})
		object.Size, object.Modified = info.Size, info.LastModified
		return err
	})
	return object, err
}

// Delete takes an object away.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := s.call(ctx, "delete", func(ctx context.Context) error {
		return s.core.RemoveObject(ctx, s.options.Bucket, key, minio.RemoveObjectOptions{})
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// List asks for a thousand keys at a time, each page within the store's stall
// time: a large bucket may take longer than one object.
func (s *S3) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if !s.breaker.enter() {
			yield(Object{}, fmt.Errorf("%w: list: no answer a moment ago", ErrUnavailable))
			return
		}
		caller := ctx
		ctx, watch := watched(ctx, s.options.Stall)
		defer watch.stop()
		result := unknown
		defer func() { s.breaker.leave(result) }()
		for info := range s.core.ListObjectsIter(ctx, s.options.Bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
			watch.hold()
			if info.Err != nil {
				err := watch.blame(kind(ctx, "list", info.Err))
				result = verdict(caller, err)
				yield(Object{}, err)
				return
			}
			result = answered
			if checkKey(info.Key) == nil && !yield(Object{Key: info.Key, Size: info.Size, Modified: info.LastModified}, nil) {
				return
			}
			watch.kick()
		}
		if err := context.Cause(ctx); err != nil {
			yield(Object{}, watch.blame(kind(ctx, "list", err)))
		}
	}
}

// Free cannot be told over S3.
func (s *S3) Free(context.Context) (int64, error) { return -1, nil }

// Check tries the bucket, makes it when it is absent and that is allowed, and
// writes, reads and deletes one small object.
func (s *S3) Check(ctx context.Context) error {
	where := fmt.Sprintf("S3 server %s, bucket %s", s.options.Endpoint, s.options.Bucket)
	exists := false
	err := s.call(ctx, "check", func(ctx context.Context) (err error) {
		exists, err = s.core.BucketExists(ctx, s.options.Bucket)
		return err
	})
	if err == nil && !exists {
		err = s.call(ctx, "make bucket", func(ctx context.Context) error {
			return s.core.MakeBucket(ctx, s.options.Bucket, minio.MakeBucketOptions{Region: s.options.Region})
		})
		if err != nil && response(err).Code != "BucketAlreadyOwnedByYou" {
			return fmt.Errorf("%s: the bucket is absent and cannot be made: create it, or allow S3_ACCESS_KEY to: %s", where, response(err).Error())
		}
		err = nil
	}
	if err == nil {
		err = s.try(ctx)
	}
	if err == nil {
		return nil
	}
	if response(err).StatusCode != 0 && !errors.Is(err, ErrFull) {
		// It answers, so that waiting mends nothing.
		return fmt.Errorf("%s: %s: %s", where, advice(err), response(err).Error())
	}
	return fmt.Errorf("%s: %s: %w", where, advice(err), err)
}

// advice says what an operator can do about an error.
func advice(err error) string {
	r := response(err)
	var opError *net.OpError
	var dnsError *net.DNSError
	switch {
	case errors.Is(err, ErrFull):
		return "no room left"
	case r.Code == "InvalidAccessKeyId", r.Code == "SignatureDoesNotMatch", r.StatusCode == http.StatusForbidden, r.StatusCode == http.StatusUnauthorized:
		return "the keys are refused: check S3_ACCESS_KEY and S3_SECRET_KEY, and their rights on the bucket"
	case r.Code == "RequestTimeTooSkewed":
		return "the clocks differ by too much: set this machine's"
	case r.Code == "AuthorizationHeaderMalformed", r.Code == "InvalidRegion":
		return "another region is expected: set S3_REGION"
	case errors.As(err, &dnsError):
		return "no machine of that name: check S3_ENDPOINT"
	case errors.As(err, &opError), errors.Is(err, context.DeadlineExceeded):
		return "it does not answer: check S3_ENDPOINT and that the server runs"
	}
	return "it cannot be used"
}

// try writes, reads back and deletes one object.
func (s *S3) try(ctx context.Context) error {
	key := NewKey()
	w, err := s.Create(ctx, key)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write([]byte("passerelle")); err != nil {
		return err
	}
	if err := w.Commit(ctx); err != nil {
		return err
	}
	r, err := s.Open(ctx, key)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(r)
	_ = r.Close()
	if err == nil && string(content) != "passerelle" {
		err = fmt.Errorf("%w: it gave back something else", ErrCorrupt)
	}
	return errors.Join(err, s.Delete(ctx, key))
}

// spoolPattern names the files on their way; they have no name but for the
// instant of their creation, so that a killed process leaves none.
const spoolPattern = "s3-spool-"

func sweepSpool(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("temporary folder: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(folder, spoolPattern+"*"))
	if err != nil {
		return fmt.Errorf("temporary folder: %w", err)
	}
	for _, path := range left {
		_ = os.Remove(path)
	}
	return nil
}
