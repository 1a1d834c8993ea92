package middleware

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// What is worth compressing, and how hard: pages are drawn per person, so that
// speed wins over size here. Kept pages and assets come already compressed.
const (
	compressFrom  = 1400 // bytes: less fits in one packet
	compressLevel = 3
)

// Compress sends text compressed to those who accept gzip. Pages hold no
// secret next to what a request can choose, so that their length tells nothing.
func Compress() fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := c.Next(); err != nil {
			return err
		}
		if c.Response().IsBodyStream() { // a file, which reading here would bring whole into memory
			return nil
		}
		h := &c.Response().Header
		body := c.Response().Body()
		if len(body) < compressFrom || len(h.Peek(fiber.HeaderContentEncoding)) > 0 || !compressible(h.ContentType()) {
			return nil
		}
		c.Vary(fiber.HeaderAcceptEncoding)
		if !c.Request().Header.HasAcceptEncoding("gzip") {
			return nil
		}
		c.Response().SetBodyRaw(fasthttp.AppendGzipBytesLevel(make([]byte, 0, len(body)/3), body, compressLevel))
		h.Set(fiber.HeaderContentEncoding, "gzip")
		return nil
	}
}

func compressible(kind []byte) bool {
	return bytes.HasPrefix(kind, []byte("text/")) || bytes.HasPrefix(kind, []byte("application/json")) ||
		bytes.HasPrefix(kind, []byte("image/svg"))
}
