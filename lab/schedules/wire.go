package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// wire carries the calls of one life of botd to the service, in memory, so that
// a bubble's clock goes on while they wait. It can be cut, for good.
type wire struct {
	server *http.Server
	accept chan net.Conn
	done   chan struct{} // closed with cut
	served chan struct{}

	mu    sync.Mutex
	conns []net.Conn
	isCut bool
}

var errCut = errors.New("connection refused")

// newWire serves whoever dials it.
func newWire(service http.Handler) *wire {
	w := &wire{server: &http.Server{Handler: service}, accept: make(chan net.Conn), done: make(chan struct{}), served: make(chan struct{})} //nolint:gosec // its only client is ours
	go func() {
		defer close(w.served)
		_ = w.server.Serve(w) // ends when it is cut
	}()
	return w
}

// dial is an [im.Dial].
func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
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

// cut ends all connections at once, with what is on them, and refuses others.
func (w *wire) cut() {
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

// end cuts the wire and waits for the service to have noticed.
func (w *wire) end() {
	w.cut()
	_ = w.server.Close()
	<-w.served
}

// Accept, Close and Addr make it a [net.Listener].
func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.accept:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { return nil }
func (w *wire) Addr() net.Addr { return &net.UnixAddr{Name: "service", Net: "unix"} }
