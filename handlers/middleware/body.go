package middleware

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
)

// ErrTooLarge ends a body beyond what its route takes (413).
var ErrTooLarge = fiber.ErrRequestEntityTooLarge

// Pace is the least that a client sends of a streamed body, in bytes, in each
// window of time; one that sends less is as good as gone.
type Pace struct {
	Window time.Duration
	Bytes  int64
}

// endBytes is how much of a body is read after its handler for the connection
// to go on.
const endBytes = 64 << 10

const bodyKey = "body"

// Bodies counts the bytes of every body, since a server that streams them no
// longer does. budget gives the most that a route reads by itself, 0 for one
// that takes a form: those are read here, whole, up to most bytes, and handlers
// find them as if the server had. What nobody read never becomes the next
// request of the connection: the connection ends with the answer.
func Bodies(most int64, pace Pace, budget func(method, path string) int64) fiber.Handler {
	return func(c *fiber.Ctx) error {
		stream := c.Context().RequestBodyStream()
		if stream == nil {
			return c.Next()
		}
		streamed := budget(c.Method(), c.Path())
		body := &Body{from: stream, conn: c.Context().Conn(), length: int64(c.Request().Header.ContentLength()), left: most}
		if streamed > 0 {
			body.left, body.pace = streamed, pace
		}
		defer body.end(c)
		if body.length > body.left {
			body.failed = ErrTooLarge
		}
		// The handler of a streamed body says itself to whom it spoke what was too large.
		if streamed > 0 {
			c.Locals(bodyKey, body)
			return c.Next()
		}
		if body.failed != nil {
			return ErrTooLarge
		}
		whole, err := body.all()
		if err != nil {
			return err
		}
		c.Request().SetBodyRaw(whole)
		return c.Next()
	}
}

// BodyOf is the body of a streamed route, to be read once; one of a length
// known beforehand when the server has read it already.
func BodyOf(c *fiber.Ctx) *Body {
	if body, ok := c.Locals(bodyKey).(*Body); ok {
		return body
	}
	whole := c.Request().Body()
	return &Body{from: bytes.NewReader(whole), length: int64(len(whole)), left: int64(len(whole))}
}

// Body is the body of one request on its way.
type Body struct {
	from   io.Reader
	conn   net.Conn
	length int64 // -1 when sent in chunks
	left   int64
	pace   Pace // zero: the time of the whole request
	read   int64
	until  time.Time // end of the window
	since  int64     // bytes read before it
	failed error
	gone   atomic.Bool // interrupted
}

// Length is what the request says it sends, -1 when it does not.
func (b *Body) Length() int64 { return b.length }

// Read gives what has come. After ErrTooLarge, a cut or a client too slow it
// gives nothing more.
func (b *Body) Read(p []byte) (int, error) {
	if b.failed != nil {
		return 0, b.failed
	}
	if len(p) == 0 {
		return 0, nil
	}
	// One byte more than is left tells a body that ends here from one too large.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	b.keepPace()
	n, err := b.from.Read(p)
	b.read += int64(n)
	if int64(n) > b.left {
		n, err = int(b.left), ErrTooLarge
	}
	b.left -= int64(n)
	if errors.Is(err, io.EOF) && b.length >= 0 && b.read < b.length {
		err = io.ErrUnexpectedEOF
	}
	b.failed = err
	return n, err
}

// keepPace gives a client that sends enough another window.
func (b *Body) keepPace() {
	if b.pace.Window == 0 || b.conn == nil {
		return
	}
	if b.until.IsZero() || b.read-b.since >= b.pace.Bytes {
		b.until, b.since = time.Now().Add(b.pace.Window), b.read
		_ = b.conn.SetReadDeadline(b.until) // a dead connection fails at the next read
		if b.gone.Load() {
			b.Interrupt() // came in between
		}
	}
}

// Interrupt ends a read in progress, for a newer request that goes on with the
// same upload.
func (b *Body) Interrupt() {
	b.gone.Store(true)
	if b.conn != nil {
		_ = b.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// all reads a form's body, whose time is that of the whole request.
func (b *Body) all() ([]byte, error) {
	var whole bytes.Buffer
	if b.length > 0 {
		whole.Grow(int(b.length) + bytes.MinRead)
	}
	_, err := whole.ReadFrom(b)
	switch {
	case err == nil:
		return whole.Bytes(), nil
	case errors.Is(err, ErrTooLarge):
		return nil, ErrTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fiber.ErrRequestTimeout
	}
	return nil, fiber.ErrBadRequest
}

// end closes the connection of a body that was not read to its end. A browser
// sends all of a body too large before it reads the answer that says so: what
// still comes is thrown away for a while.
func (b *Body) end(c *fiber.Ctx) {
	if b.failed == nil && b.length >= 0 && b.length-b.read <= endBytes {
		_, _ = io.Copy(io.Discard, b) // the end of a form, after its last part
	}
	if errors.Is(b.failed, io.EOF) {
		return
	}
	c.Context().SetConnectionClose()
	if b.conn != nil && (b.failed == nil || errors.Is(b.failed, ErrTooLarge)) {
		b.throwAway()
	}
}

// How much of an unwanted body is read and thrown away, for how long, and after
// which silence it is over.
const (
	maxThrown  = 64 << 20
	throwingIn = 10 * time.Second
	overAfter  = 300 * time.Millisecond
)

// throwAway reads what a client still sends; its connection is closed next.
func (b *Body) throwAway() {
	end := time.Now().Add(throwingIn)
	block := make([]byte, 64<<10)
	for thrown := 0; thrown < maxThrown && time.Now().Before(end); {
		if b.conn.SetReadDeadline(time.Now().Add(overAfter)) != nil {
			return
		}
		n, err := b.from.Read(block)
		if err != nil {
			return
		}
		thrown += n
	}
}
