package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"passerelle/storage/inspect"
	"passerelle/storage/worker"
)

type inspectCommand struct {
	Files    []string `arg:"" name:"file" help:"Files to judge."`
	Format   []string `help:"Formats allowed, by extension; the portal's list when not given."`
	MaxBytes int64    `help:"Largest size allowed, in bytes."`
	MaxPages int      `help:"Most pages allowed."`
}

// judged is one line of output, a contract with scripts.
type judged struct {
	File    string          `json:"file"`
	Verdict inspect.Verdict `json:"verdict"`
	Reason  inspect.Code    `json:"reason"`
	Others  []inspect.Code  `json:"others,omitempty"`
	Facts   inspect.Facts   `json:"facts"`
}

// Run prints one JSON line for each file, and fails when one could not be judged;
// a refusal is a judgement. It needs neither settings nor database.
func (i inspectCommand) Run(ctx context.Context) error {
	folder, temporary, err := compiledCode()
	if err != nil {
		return err
	}
	if temporary {
		defer func() { _ = os.RemoveAll(folder) }()
	}
	pool, err := worker.Open(worker.Config{Dir: folder})
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	return i.judge(ctx, inspect.Client{Pool: pool}, os.Stdout)
}

func (i inspectCommand) judge(ctx context.Context, client inspect.Client, w io.Writer) error {
	policy := inspect.Policy{Formats: i.Format, MaxBytes: i.MaxBytes, MaxPages: i.MaxPages}
	out := json.NewEncoder(w)
	var failed []error
	for _, file := range i.Files {
		result, err := judgeFile(ctx, client, file, policy)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", file, err))
			continue
		}
		if err := out.Encode(judged{file, result.Verdict, result.Reason, result.Others, result.Facts}); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// judgeFile reads no more than would be refused for its size.
func judgeFile(ctx context.Context, client inspect.Client, file string, p inspect.Policy) (inspect.Result, error) {
	f, err := os.Open(file)
	if err != nil {
		return inspect.Result{}, err
	}
	defer func() { _ = f.Close() }()
	most := p.MaxBytes
	if most <= 0 {
		most = inspect.DefaultPolicy().MaxBytes
	}
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return inspect.Result{}, err
	}
	result, err := client.Inspect(ctx, filepath.Base(file), "", content, p)
	if known, statErr := f.Stat(); statErr == nil {
		result.Facts.Bytes = known.Size()
	}
	return result, err
}

// compiledCode is the folder where PDFium, once compiled, is kept between runs; a
// machine without a home folder gets one that is thrown away.
func compiledCode() (folder string, temporary bool, err error) {
	if base, err := os.UserCacheDir(); err == nil {
		return filepath.Join(base, "passerelle", "worker"), false, nil
	}
	folder, err = os.MkdirTemp("", "passerelle-worker-")
	return folder, true, err
}
