package main

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// bareFiber answers every address with the bytes and headers of a sample, and
// writes the same access log line; its only argument is the sample's file.
func bareFiber(args []string) error {
	b, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var sample fasthttp.Response
	if err := sample.Read(bufio.NewReader(bytes.NewReader(b))); err != nil {
		return err
	}
	headers := map[string]string{}
	for k, v := range sample.Header.All() {
		name := string(k)
		if !strings.EqualFold(name, "Content-Length") && !strings.EqualFold(name, "Date") {
			headers[name] = string(v)
		}
	}
	body := sample.Body()
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Use(func(c *fiber.Ctx) error {
		start := time.Now()
		for k, v := range headers {
			c.Set(k, v)
		}
		err := c.Send(body)
		log.Info("request", slog.String("method", c.Method()), slog.String("route", c.Route().Path), slog.Int("status", 200),
			slog.Int64("us", time.Since(start).Microseconds()), slog.Int("bytes", len(body)))
		return err
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return app.Listener(l)
}
