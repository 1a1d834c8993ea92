// Package clamd asks a ClamAV daemon whether a file carries malware, over its
// INSTREAM command (P7.3).
//
// It owns the conversation with the daemon and the reading of its answers. It
// refuses to call clean what the daemon did not read whole: a file above the
// limits is [TooLarge], and a daemon that is down, slow, cut off or speaks
// nonsense is an error ([ErrDown]), so that the file stays pending. It never
// keeps a byte of what it sends.
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Outcome is what the daemon said of a file (résultat de l'analyse antivirus).
type Outcome string

// The three outcomes; only Clean opens a file to others than its owner.
const (
	Clean    Outcome = "clean"
	Infected Outcome = "infected"
	TooLarge Outcome = "too_large"
)

// ErrDown wraps every fault of the daemon or of the way to it. Callers keep the
// file pending and try again later (P7.3).
var ErrDown = errors.New("clamd: no usable answer")

// Defaults of a [Client]: Debian's configuration reads files up to 25 MiB.
const (
	DefaultTimeout = 2 * time.Minute
	DefaultIdle    = 30 * time.Second
	DefaultMaxSize = 25 << 20
)

const (
	chunkSize   = 64 << 10
	answerLimit = 1 << 10
	limitsName  = "Heuristics.Limits.Exceeded"
)

// Result is the outcome for one file. Signature names the malware, or the limit
// that was exceeded; it is empty for a clean file.
type Result struct {
	Outcome   Outcome
	Signature string
}

// Client speaks to one daemon; it may be shared and opens one connection a call.
type Client struct {
	network, address string
	// Timeout bounds one whole call, Idle one read or write.
	Timeout, Idle time.Duration
	// MaxSize is the number of bytes above which the daemon would not read a
	// file whole (its MaxFileSize); more is TooLarge whatever it answers.
	MaxSize int64
}

// New makes a client for "host:port", "tcp://host:port", "unix:/path" or a
// path. It does not connect.
func New(address string) (*Client, error) {
	c := &Client{network: "tcp", address: strings.TrimPrefix(address, "tcp://"),
		Timeout: DefaultTimeout, Idle: DefaultIdle, MaxSize: DefaultMaxSize}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		c.network, c.address = "unix", strings.TrimPrefix(path, "//")
	} else if strings.HasPrefix(address, "/") {
		c.network, c.address = "unix", address
	}
	if c.network == "tcp" {
		if _, port, err := net.SplitHostPort(c.address); err != nil || port == "" {
			return nil, fmt.Errorf("clamd: %q is neither host:port nor the path of a socket", address)
		}
	} else if c.address == "" {
		return nil, fmt.Errorf("clamd: %q names no socket", address)
	}
	return c, nil
}

// Scan sends r to the daemon and reads its judgement. An error of r is returned
// as it is; every other error wraps [ErrDown].
func (c *Client) Scan(ctx context.Context, r io.Reader) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = conn.Close() }()
	// The answer may come before the end of the stream (limit exceeded), after
	// which the daemon closes: it is read beside the sending.
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := readAnswer(conn.Conn)
		answers <- answer{text, err}
	}()
	over, readErr, sendErr := c.stream(conn, r)
	if readErr != nil {
		return Result{}, readErr
	}
	if over {
		return Result{Outcome: TooLarge}, nil
	}
	var got answer
	select {
	case got = <-answers:
	case <-c.silence(sendErr):
		return Result{}, down(ctx, errors.Join(sendErr, errors.New("no answer")))
	case <-ctx.Done():
		return Result{}, down(ctx, ctx.Err())
	}
	if got.err != nil {
		return Result{}, down(ctx, errors.Join(sendErr, got.err))
	}
	result, err := judge(got.text)
	if err == nil && result.Outcome == Clean && sendErr != nil {
		// It called clean what it has not been given to the end.
		return Result{}, down(ctx, sendErr)
	}
	return result, err
}

// silence tells how long to wait for the answer: the daemon works after the
// end of the stream, whereas after a failed write nothing more may come.
func (c *Client) silence(sendErr error) <-chan time.Time {
	if sendErr != nil {
		return time.After(min(c.Idle, time.Second))
	}
	return time.After(c.Timeout)
}

// stream sends r in chunks; over tells that r is longer than MaxSize.
func (c *Client) stream(conn *connection, r io.Reader) (over bool, readErr, sendErr error) {
	if _, err := conn.Write([]byte("zINSTREAM\x00")); err != nil {
		return false, nil, err
	}
	buffer := make([]byte, 4+chunkSize)
	for sent := int64(0); ; {
		n, err := io.ReadFull(r, buffer[4:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return false, err, nil
		}
		last := err != nil
		if sent += int64(n); sent > c.MaxSize {
			return true, nil, nil
		}
		if n > 0 {
			binary.BigEndian.PutUint32(buffer, uint32(n))
			if _, err := conn.Write(buffer[:4+n]); err != nil {
				return false, nil, err
			}
		}
		if last {
			_, err := conn.Write([]byte{0, 0, 0, 0})
			return false, nil, err
		}
	}
}

// judge reads one answer to INSTREAM; whatever is not understood is an error.
func judge(answer string) (Result, error) {
	text, ok := strings.CutPrefix(answer, "stream: ")
	switch {
	case answer == "INSTREAM size limit exceeded. ERROR":
		return Result{Outcome: TooLarge, Signature: "INSTREAM size limit"}, nil
	case ok && text == "OK":
		return Result{Outcome: Clean}, nil
	case ok && strings.HasSuffix(text, " FOUND"):
		name := strings.TrimSpace(strings.TrimSuffix(text, " FOUND"))
		if strings.HasPrefix(name, limitsName) {
			return Result{Outcome: TooLarge, Signature: name}, nil
		}
		if name != "" {
			return Result{Outcome: Infected, Signature: name}, nil
		}
	}
	return Result{}, fmt.Errorf("%w: it said %q", ErrDown, answer)
}

// Ping asks the daemon whether it is ready. For the doctor and the start.
func (c *Client) Ping(ctx context.Context) error {
	answer, err := c.ask(ctx, "zPING\x00")
	if err == nil && answer != "PONG" {
		return fmt.Errorf("%w: it said %q to a ping", ErrDown, answer)
	}
	return err
}

// Version returns the daemon's own words on its version and its signatures.
func (c *Client) Version(ctx context.Context) (string, error) {
	answer, err := c.ask(ctx, "zVERSION\x00")
	if err == nil && !strings.HasPrefix(answer, "ClamAV") {
		return "", fmt.Errorf("%w: it said %q about its version", ErrDown, answer)
	}
	return answer, err
}

func (c *Client) ask(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, min(c.Timeout, c.Idle))
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte(command)); err != nil {
		return "", down(ctx, err)
	}
	answer, err := readAnswer(conn.Conn)
	if err != nil {
		return "", down(ctx, err)
	}
	return answer, nil
}

// connection renews the deadline of each write and closes when the context
// ends, so that no call outlives it.
type connection struct {
	net.Conn
	idle time.Duration
	stop func() bool
}

func (c *Client) dial(ctx context.Context) (*connection, error) {
	dialer := net.Dialer{Timeout: min(c.Idle, 5*time.Second)}
	conn, err := dialer.DialContext(ctx, c.network, c.address)
	if err != nil {
		return nil, down(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &connection{conn, max(c.Idle, time.Millisecond), stop}, nil
}

func (c *connection) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *connection) Close() error {
	c.stop()
	return c.Conn.Close()
}

// readAnswer reads up to the NUL byte that ends an answer; less is no answer.
func readAnswer(r io.Reader) (string, error) {
	text, err := bufio.NewReaderSize(io.LimitReader(r, answerLimit), answerLimit).ReadString(0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", err
	}
	text = strings.TrimSuffix(text, "\x00")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text), nil
}

func down(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrDown, err)
}
