package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"
)

// Gotenberg converts through a Gotenberg server, of which only the LibreOffice
// route is used.
type Gotenberg struct {
	route  string
	shown  string
	client *http.Client
	turn   chan struct{}
}

// NewGotenberg makes a client of the server at base (http or https). It does not
// connect.
func NewGotenberg(base string) (*Gotenberg, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("office: the address of Gotenberg is not an http address")
	}
	return &Gotenberg{route: u.JoinPath("forms/libreoffice/convert").String(), shown: u.Redacted(), turn: make(chan struct{}, 2),
		client: &http.Client{Timeout: OfficeTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{ResponseHeaderTimeout: OfficeTimeout, TLSHandshakeTimeout: 5 * time.Second, IdleConnTimeout: time.Minute, MaxIdleConns: 2}}}, nil
}

// String names the server.
func (g *Gotenberg) String() string { return "Gotenberg (" + g.shown + ")" }

// Convert implements [Office]. At most two conversions are asked at once: the
// server queues the others and would let them run out of time.
func (g *Gotenberg) Convert(ctx context.Context, extension string, content []byte) ([]byte, error) {
	if !isOffice(extension) {
		return nil, ErrOffice
	}
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	part, err := writer.CreateFormFile("files", "document."+extension)
	if err != nil {
		return nil, err
	}
	if _, err := part.Write(content); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	asked, err := http.NewRequestWithContext(ctx, http.MethodPost, g.route, &form)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOfficeDown, err)
	}
	asked.Header.Set("Content-Type", writer.FormDataContentType())
	answer, err := g.client.Do(asked)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: no answer", ErrOfficeDown)
	}
	defer func() { _ = answer.Body.Close() }()
	return converted(answer)
}

// converted reads an answer: the file is at fault for 4xx, the server for the
// rest (too many requests is 429, a conversion out of time 503).
func converted(answer *http.Response) ([]byte, error) {
	switch code := answer.StatusCode; {
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout, code == http.StatusUnauthorized || code == http.StatusForbidden,
		code == http.StatusNotFound || code == http.StatusMethodNotAllowed, code >= 500, code >= 300 && code < 400:
		return nil, fmt.Errorf("%w: status %d", ErrOfficeDown, code)
	case code != http.StatusOK:
		return nil, ErrOffice
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxConverted+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: cut answer", ErrOfficeDown)
	case len(content) > maxConverted || !isPDF(content):
		return nil, ErrOffice
	}
	return content, nil
}
