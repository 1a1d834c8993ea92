package models

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// telling dials connections whose end is an error of the network. A database that is
// killed only ends them, and the driver then says "unexpected EOF", as does every reader
// of a file that stops too early: Unreachable could not tell one from the other (P15.4).
func telling(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return toldConn{conn}, nil
	}
}

type toldConn struct{ net.Conn }

func (c toldConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) {
		err = &net.OpError{Op: "read", Net: c.RemoteAddr().Network(), Addr: c.RemoteAddr(), Err: syscall.ECONNRESET}
	}
	return n, err
}
