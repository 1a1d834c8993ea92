package portal

import (
	"context"
	"fmt"
	"path/filepath"

	"passerelle/handlers/papers"
	"passerelle/storage/clamd"
	"passerelle/storage/render"
	"passerelle/storage/worker"
)

// Papers opens, once, everything by which documents are received, judged and
// shown: the stores, the master key, the child processes, the antivirus and the
// converter. What is wrong in a setting is an error; what is absent is said.
func (b *Base) Papers(ctx context.Context) (*papers.Documents, error) {
	if b.papers != nil {
		return b.papers, nil
	}
	documents, err := b.OpenDocuments(ctx, b.tell)
	if err != nil {
		return nil, err
	}
	o := papers.Options{DB: b.DB, Log: b.Log, Store: documents.Store, Vault: documents.Vault,
		Stores: papers.Stores{Disk: documents.Disk, Folder: b.Config.DocumentsFolder(), Bucket: b.Config.S3Bucket, Endpoint: b.Config.S3Endpoint}}
	if documents.S3 != nil {
		o.Stores.S3 = documents.S3
	}
	if o.Office, err = b.Config.office(); err != nil {
		return nil, err
	}
	if b.Config.ClamdAddr != "" {
		if o.Antivirus, err = clamd.New(b.Config.ClamdAddr); err != nil {
			return nil, fmt.Errorf("CLAMD_ADDR: %w", err)
		}
	}
	if b.pool, err = worker.Open(worker.Config{Dir: filepath.Join(b.Config.Data, "children")}); err != nil {
		return nil, err
	}
	// The first document should not wait for the children; the pages need not.
	go func() {
		if err := b.pool.Warm(context.WithoutCancel(ctx)); err != nil {
			b.Log.Warn("children for documents", "error", err)
		}
	}()
	o.Children = b.pool
	b.papers = papers.New(o)
	return b.papers, nil
}

// office is what turns office files into PDF; nil when nothing does.
func (c *Config) office() (render.Office, error) {
	if c.GotenbergURL != "" {
		g, err := render.NewGotenberg(c.GotenbergURL)
		if err != nil {
			return nil, fmt.Errorf("GOTENBERG_URL: %w", err)
		}
		return g, nil
	}
	if office, found := render.FindLibreOffice(c.Data); found {
		return office, nil
	}
	return nil, nil
}

func (b *Base) closePapers() {
	if b.papers != nil {
		b.papers.Close()
	}
	if b.pool != nil {
		_ = b.pool.Close()
	}
}
