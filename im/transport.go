package im

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-resty/resty/v2"
)

// maxAnswer bounds an answer after it was inflated; the service's own bound is
// 1 MB (product/1047/34381).
const maxAnswer = 1 << 20

// newTransport is HTTP/1.1 with keep-alive, all that the service promises. No
// proxy is taken from the environment: what is sent here is private.
func newTransport(connections int, dial Dial) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    3 * time.Second,
		DisableCompression:     true, // answers are small, and bombs are not
		MaxIdleConns:           2 * connections,
		MaxIdleConnsPerHost:    connections,
		MaxConnsPerHost:        connections, // a backlog waits for those that are open, and opens no more
		IdleConnTimeout:        50 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		Protocols:              &protocols,
	}
}

// newHTTP is resty without what it does unasked: no cookies, redirects, retries,
// decoding into structs or logging. (Its logger writes addresses, which hold
// UserSigs.) The headers come from the guard.
func newHTTP(last http.RoundTripper) *resty.Client {
	return resty.NewWithClient(&http.Client{Transport: last}).
		SetRedirectPolicy(resty.NoRedirectPolicy()).
		SetResponseBodyLimit(maxAnswer).
		SetRetryCount(0).
		SetDebug(false).
		SetLogger(silent{})
}

// silent is a logger of resty's kind that says nothing.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// line watches how far an attempt came. Before it has a connection, nothing can
// have been written; after, nobody knows.
type line struct {
	connected atomic.Bool
	reused    atomic.Bool // the connection has carried a request before
	leave     leave
	date      time.Time // of the answer
}

// watch returns a context under which a request reports to the line.
func (l *line) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Asked for a second time only when the transport found an old
		// connection dead before a byte was written to it.
		GetConn: func(string) { l.connected.Store(false) },
		GotConn: func(c httptrace.GotConnInfo) { l.connected.Store(true); l.reused.Store(c.Reused) },
		// The call counts from when it was written whole, and not from when it
		// might be: a goroutine has to be woken for it, and whatever that takes
		// must not bring it closer to the one that gets its place. What is
		// written to a new connection may lie there until the other end has
		// taken that up, so it counts from its answer. A write that failed may
		// be followed by another.
		WroteRequest: func(w httptrace.WroteRequestInfo) {
			if w.Err == nil && l.reused.Load() {
				l.leave.gone()
			}
		},
	})
}

// ended settles whether the attempt has used its place in the limits. What may
// have left has.
func (l *line) ended() {
	if l.connected.Load() {
		l.leave.gone()
		return
	}
	l.leave.unused()
}

// class of an attempt that brought no answer.
func (l *line) class() Class {
	if l.connected.Load() {
		return Unclear
	}
	return Retry
}

// trouble says in own words what went wrong on the line. The library's words
// hold the address, and may quote what a strange server sent, which may be our
// own request.
func trouble(err error) error {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var host x509.HostnameError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, resty.ErrAutoRedirectDisabled):
		return errors.New("the answer is a redirect, which is never followed")
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		return errors.New("the answer is larger than 1 MiB")
	case errors.As(err, &dns):
		return errors.New("the host's name cannot be resolved")
	case errors.As(err, &cert), errors.As(err, &host):
		return errors.New("the host's certificate is not valid for it")
	case errors.Is(err, http.ErrSchemeMismatch):
		return errors.New("the host does not speak TLS")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return errors.New("connection reset")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection ended before the answer did")
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("timed out")
	}
	return errors.New("the connection failed, or the answer is not HTTP")
}
