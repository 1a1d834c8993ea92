package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"passerelle/models"
)

// downloads is how many times a document is read on each side, by how many people.
const (
	downloads       = 60
	downloadClients = 2
)

// downloadCase measures a document on its way out, decrypted, beside the same
// bytes in the clear.
func downloadCase(ctx context.Context, p *portal, _ options) ([]row, error) {
	b, err := p.join(ctx)
	if err != nil {
		return nil, err
	}
	defer b.DB.Close()
	file, err := p.scanned("plain", heavyFile)
	if err != nil {
		return nil, err
	}
	document, cookie, err := deposited(ctx, p, b, file)
	if err != nil {
		return nil, err
	}
	bare, end, err := p.aside("store", filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	defer end()
	var ours, read, sent measured
	for range 3 {
		for _, one := range []struct {
			into      *measured
			url, path string
		}{{&ours, p.url, "/documents/" + document.String()}, {&read, bare, "/"}, {&sent, bare, "/kernel"}} {
			m, err := load(plan{URL: one.url, Clients: downloadClients, Seconds: 60, Want: []int{http.StatusOK}, Discard: true,
				Requests: slices.Repeat([]request{{Path: one.path, Cookie: cookie}}, downloads/3)})
			if err != nil {
				return nil, err
			}
			one.into.add(m)
		}
	}
	size := sizeOf(file)
	base, kernel := read.rate("  bare Fiber, read from the disk", size), sent.rate("  bare Fiber, copied by the kernel", size)
	r := ours.rate("20 MB document downloaded, decrypted", size)
	r.Ratio, r.RSS = r.MBs/base.MBs, p.rss()
	kernel.Note = fmt.Sprintf("what has no byte to decrypt; ours is %.2f of it", r.MBs/kernel.MBs)
	return []row{base, kernel, r}, nil
}

// deposited gives a file to a dossier of its own and waits until it is in force and
// its first page drawn.
func deposited(ctx context.Context, p *portal, b *base, file string) (id models.ID, cookie string, err error) {
	slots, err := b.slots(ctx, "download"+filepath.Base(file), 1)
	if err != nil {
		return id, "", err
	}
	path, err := slots[0].begin(p, sizeOf(file))
	if err != nil {
		return id, "", err
	}
	if _, err := uploads(p.url, http.StatusNoContent, 0, slots[0].patch(path, file)); err != nil {
		return id, "", err
	}
	if err := b.judged(ctx); err != nil {
		return id, "", err
	}
	time.Sleep(inspectionPause)
	err = b.Pool.QueryRow(ctx, `SELECT id FROM documents WHERE requirement_id = $1 AND state = 'live'`, slots[0].requirement).Scan(&id)
	return id, slots[0].cookie, err
}
