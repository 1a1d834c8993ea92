package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Kind says what the edge must answer to an Error; it is not an HTTP status,
// but each kind has exactly one.
type Kind uint8

// The kinds of refusal, with the status that the edge gives them.
const (
	KindInternal     Kind = iota // 500, our fault, with a request number
	KindInvalid                  // 422, the same form again with messages
	KindConflict                 // 409, somebody else changed it meanwhile
	KindNotFound                 // 404, absent or forbidden, on purpose the same
	KindUnauthorised             // 401, nobody is signed in
	KindGone                     // 410, a link used, revoked or expired
	KindLimited                  // 429, with RetryAfter
	KindUnavailable              // 503, with RetryAfter
	KindTooLarge                 // 413
	KindMalformed                // 400, bytes that no browser form sends
	KindFull                     // 507, no room left for what was sent
)

// Error is the only error that crosses a domain package's border. Key names
// the message (catalogue of views/i18n), Fields the messages by field.
type Error struct {
	Kind       Kind
	Key        string
	Args       []string
	Fields     []FieldError
	RetryAfter int // seconds, for KindLimited and KindUnavailable
	Data       any // what the page needs to explain itself (P9.5, P17.15)
	Err        error
}

// FieldError is one message at one field of a form.
type FieldError struct {
	Field string
	Key   string
	Args  []string
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Key, e.Err)
	}
	return e.Key
}

func (e *Error) Unwrap() error { return e.Err }

// Invalid refuses an input, field by field (422).
func Invalid(key string, fields ...FieldError) *Error {
	return &Error{Kind: KindInvalid, Key: key, Fields: fields}
}

// Conflict refuses a change that met another one (409); data explains it.
func Conflict(key string, data any) *Error {
	return &Error{Kind: KindConflict, Key: key, Data: data}
}

// NotFound answers the same for what is absent and what is forbidden (404).
func NotFound(key string) *Error { return &Error{Kind: KindNotFound, Key: key} }

// Gone answers for a link that was used, revoked or has expired (410).
func Gone(key string) *Error { return &Error{Kind: KindGone, Key: key} }

// Limited refuses for a while (429).
func Limited(key string, seconds int) *Error {
	return &Error{Kind: KindLimited, Key: key, RetryAfter: seconds}
}

// KindOf tells the kind of any error; what it does not know is internal,
// except a database that cannot be reached, which is unavailable (P15.4).
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	if errors.Is(err, sql.ErrNoRows) {
		return KindNotFound
	}
	if Unreachable(err) {
		return KindUnavailable
	}
	return KindInternal
}

// Unreachable reports that the database refused, dropped or outlived the
// deadline of a request: worth trying again in seconds.
func Unreachable(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		return true
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	if errors.As(err, &connect) || errors.As(err, &network) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		class := pg.Code[:2]
		return class == "57" || class == "53" || class == "08" || pg.Code == "40P01" || pg.Code == "40001"
	}
	return errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// Loggable is an error as a log may hold it (P15.6): what the database says is
// reduced to its code, constraint and table, since its words quote values.
func Loggable(err error) string {
	text := err.Error()
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		short := strings.Join(strings.Fields("SQLSTATE "+pg.Code+" "+pg.TableName+" "+pg.ConstraintName), " ")
		text = strings.ReplaceAll(text, pg.Error(), short)
	}
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300])
	}
	return text
}

// Violates reports that a statement met the named constraint or unique index.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}
