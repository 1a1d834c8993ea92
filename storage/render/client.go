package render

import (
	"context"
	"errors"

	"passerelle/storage/worker"
)

// What a document may be refused for; whatever else [Client] returns comes from
// the child (worker.ErrTimeout, worker.ErrCrashed and so on).
var (
	ErrPassword    = errors.New("render: a password is needed")
	ErrBroken      = errors.New("render: cannot be read")
	ErrTooBig      = errors.New("render: too many pixels or pages")
	ErrNoPage      = errors.New("render: no such page")
	ErrUnsupported = errors.New("render: this kind is not shown")
)

// Client asks children to render; it never reads a document itself. Its callers
// are the jobs and the handlers that have checked who may see the document.
type Client struct {
	pool *worker.Pool
}

// NewClient makes a client of a pool whose children know [Ops].
func NewClient(pool *worker.Pool) *Client { return &Client{pool: pool} }

// Document counts and measures the pages of a PDF or an image.
func (c *Client) Document(ctx context.Context, kind Kind, content []byte) (Info, error) {
	var info Info
	_, err := c.do(ctx, "render.document", request{Kind: kind}, content, &info)
	return info, err
}

// Page makes the image of a page (from 1), width pixels wide once turned
// clockwise by rotate degrees (a multiple of 90).
func (c *Client) Page(ctx context.Context, kind Kind, content []byte, page, width, rotate int) (Image, error) {
	var made Image
	var err error
	made.Content, err = c.do(ctx, "render.page", request{Kind: kind, Page: page, Width: width, Rotate: rotate}, content, &made)
	return made, err
}

// Text reads the lines of a page (from 1) of a PDF, placed on the page turned by
// rotate degrees; other kinds have none.
func (c *Client) Text(ctx context.Context, kind Kind, content []byte, page, rotate int) ([]Line, error) {
	if kind != PDF {
		return nil, nil
	}
	var lines []Line
	_, err := c.do(ctx, "render.text", request{Kind: kind, Page: page, Rotate: rotate}, content, &lines)
	return lines, err
}

// Clean makes the copy of an image that is kept: upright, without metadata, as
// PNG if it was PNG, else as JPEG; so a HEIC photo becomes a JPEG (P7.3).
func (c *Client) Clean(ctx context.Context, kind Kind, content []byte) (Image, error) {
	var made Image
	var err error
	made.Content, err = c.do(ctx, "render.clean", request{Kind: kind}, content, &made)
	return made, err
}

// Inert reads the text of a TXT or HTML file, to be shown as text (P7.1).
func (c *Client) Inert(ctx context.Context, kind Kind, content []byte) (Plain, error) {
	if kind != Text && kind != HTML {
		return Plain{}, ErrUnsupported
	}
	var plain Plain
	text, err := c.do(ctx, "render.inert", request{Kind: kind}, content, &plain)
	plain.Text = string(text)
	return plain, err
}

func (c *Client) do(ctx context.Context, op string, header request, content []byte, result any) ([]byte, error) {
	made, err := c.pool.Do(ctx, op, header, content, result)
	if failure := (*worker.Failure)(nil); errors.As(err, &failure) {
		switch failure.Code {
		case codePassword:
			return nil, ErrPassword
		case codeBroken:
			return nil, ErrBroken
		case codeTooBig:
			return nil, ErrTooBig
		case codeNoPage:
			return nil, ErrNoPage
		case codeUnsupported:
			return nil, ErrUnsupported
		}
	}
	return made, err
}
