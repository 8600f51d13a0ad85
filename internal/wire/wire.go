// Package wire carries calls to a service in memory, for tests in a bubble whose clock
// has to go on while they wait.
package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// Wire is a connection to a service. It is made by [New], and can be cut, for good.
type Wire struct {
	server *http.Server
	accept chan net.Conn
	done   chan struct{} // closed with cut
	served chan struct{}

	mu    sync.Mutex
	conns []net.Conn
	isCut bool
}

var errCut = errors.New("connection refused")

// New serves whoever dials it, until End.
func New(service http.Handler) *Wire {
	w := &Wire{server: &http.Server{Handler: service}, accept: make(chan net.Conn), done: make(chan struct{}), served: make(chan struct{})} //nolint:gosec // its only client is ours
	go func() {
		defer close(w.served)
		_ = w.server.Serve(w) // ends when it is cut
	}()
	return w
}

// Dial makes a connection, whatever the address.
func (w *Wire) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case w.accept <- far:
	case <-w.done:
		return nil, errCut
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isCut {
		_ = near.Close()
		return nil, errCut
	}
	w.conns = append(w.conns, near)
	return near, nil
}

// Cut ends all connections at once, with what is on them, and refuses others.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isCut {
		return
	}
	w.isCut = true
	close(w.done)
	for _, c := range w.conns {
		_ = c.Close()
	}
}

// End cuts the wire and waits for the service to have noticed.
func (w *Wire) End() {
	w.Cut()
	_ = w.server.Close()
	<-w.served
}

// Accept waits for the next connection.
func (w *Wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.accept:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

// Close does nothing: it is ended by End.
func (w *Wire) Close() error { return nil }

// Addr is a name.
func (w *Wire) Addr() net.Addr { return &net.UnixAddr{Name: "service", Net: "unix"} }
