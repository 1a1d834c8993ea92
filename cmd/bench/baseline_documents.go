package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// bareStore is the least that takes and gives a file, under the portal's own
// settings of Fiber: a body is hashed, encrypted and written durably as it comes;
// a file is read and sent. Its only argument is its folder.
func bareStore(args []string) error {
	aead, err := subtle.NewAESGCMHKDF(make([]byte, 32), "SHA256", 32, 64<<10, 0)
	if err != nil {
		return err
	}
	folder := args[0]
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	var n atomic.Int64
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, BodyLimit: 1, StreamRequestBody: true, DisablePreParseMultipartForm: true,
		ReadBufferSize: 16 << 10})
	app.Use(func(c *fiber.Ctx) error {
		start := time.Now()
		err := c.Next()
		log.Info("request", slog.String("method", c.Method()), slog.Int("status", c.Response().StatusCode()), slog.Int64("us", time.Since(start).Microseconds()))
		return err
	})
	take := func(c *fiber.Ctx) error {
		if err := bareUpload(aead, c.Context().RequestBodyStream(), filepath.Join(folder, "bare"+strconv.FormatInt(n.Add(1), 10))); err != nil {
			return err
		}
		return c.SendStatus(fiber.StatusNoContent)
	}
	app.Patch("/", take)
	app.Post("/", take)
	app.Get("/", func(c *fiber.Ctx) error { return bareDownload(c, filepath.Join(folder, "plain"), true) })
	app.Get("/kernel", func(c *fiber.Ctx) error { return bareDownload(c, filepath.Join(folder, "plain"), false) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return app.Listener(l)
}

func bareUpload(aead *subtle.AESGCMHKDF, body io.Reader, name string) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(name)) }()
	w, err := aead.NewEncryptingWriter(file, nil)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(io.MultiWriter(sha256.New(), w), body, make([]byte, 64<<10)); err != nil {
		return err
	}
	return errors.Join(w.Close(), file.Sync())
}

// bareDownload sends a file that lies in the clear: read by the process, as
// whatever decrypts must, or copied to the connection by the kernel.
func bareDownload(c *fiber.Ctx, name string, read bool) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var body io.Reader = file
	if read {
		body = struct{ io.ReadCloser }{file}
	}
	c.Context().SetBodyStream(body, int(info.Size()))
	return nil
}

// aside runs this program again as a baseline, until end is called.
func (p *portal) aside(args ...string) (url string, end func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	log, err := os.Create(filepath.Join(p.folder, args[0]+".log"))
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = log.Close() }()
	c := exec.Command(self, args...)
	c.Stderr = log
	out, err := c.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := c.Start(); err != nil {
		return "", nil, err
	}
	end = func() { _ = c.Process.Kill(); _ = c.Wait() }
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		end()
		return "", nil, fmt.Errorf("the baseline %s did not start", args[0])
	}
	return "http://" + lines.Text(), end, nil
}
