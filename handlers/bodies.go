package handlers

import (
	"mime"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"passerelle/handlers/middleware"
	"passerelle/models"
)

// maxFields bounds what one form can carry, whatever its size.
const maxFields = 2000

// readForm parses the body alone, refusing what no browser form sends: another
// content type, a compressed body, broken UTF-8, NUL bytes.
func (c *Call) readForm() error {
	c.form = url.Values{}
	if c.Route.Body > 0 {
		return nil
	}
	if c.Ctx.Context().RequestBodyStream() != nil {
		return middleware.ErrTooLarge // nobody has counted it
	}
	body := c.Request().Body() // as sent: c.Body would expand a compressed one without limit
	if c.Method() != "POST" || len(body) == 0 {
		return nil
	}
	if encoding := c.Ctx.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return malformed("body.encoding")
	}
	kind, _, err := mime.ParseMediaType(c.Ctx.Get("Content-Type"))
	if err != nil {
		return malformed("body.content_type")
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		c.form, err = url.ParseQuery(string(body))
		if err != nil {
			return malformed("body.encoding")
		}
	case "multipart/form-data":
		parts, err := c.MultipartForm()
		if err != nil || len(parts.File) > 0 {
			return malformed("body.encoding")
		}
		c.form = parts.Value
	default:
		return malformed("body.content_type")
	}
	return checkForm(c.form)
}

func checkForm(form url.Values) error {
	fields := 0
	for name, values := range form {
		fields += len(values)
		if fields > maxFields {
			return malformed("body.too_many_fields")
		}
		for _, s := range append(values, name) {
			if strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
				return malformed("body.encoding")
			}
		}
	}
	return nil
}

func malformed(key string) error { return &models.Error{Kind: models.KindMalformed, Key: key} }

func parseID(s string) (models.ID, error) {
	if len(s) != 36 {
		return uuid.Nil, models.NotFound("page.not_found")
	}
	return uuid.Parse(s)
}

// checkQuery refuses the same bytes in an address.
func checkQuery(raw []byte) error {
	q, err := url.ParseQuery(string(raw))
	if err != nil {
		return malformed("body.encoding")
	}
	return checkForm(q)
}

// streamBudget tells how many bytes the route of an address reads by itself, 0
// for the others: asked before routing, so that no body is read unbounded.
func streamBudget(table []Route) func(method, path string) int64 {
	streamed := []Route{}
	for _, r := range table {
		if r.Body > 0 {
			streamed = append(streamed, r)
		}
	}
	return func(method, path string) int64 {
		for _, r := range streamed {
			if r.Method == method && matches(r.Path, path) {
				return r.Body
			}
		}
		return 0
	}
}

// matches compares part by part, as strict routing does.
func matches(pattern, path string) bool {
	for pattern != "" {
		wanted, restPattern, more := strings.Cut(pattern, "/")
		got, restPath, has := strings.Cut(path, "/")
		if more != has || wanted != got && (!strings.HasPrefix(wanted, ":") || got == "") {
			return false
		}
		pattern, path = restPattern, restPath
	}
	return path == ""
}
