package webhooks

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/net/netutil"
)

// streams is how many requests one connection of HTTP/2 makes at a time, so that
// a limit to connections is one to requests as well.
const streams = 16

// Server is an HTTP server for strangers: slow, endless or huge requests end by
// themselves. Its fields may be changed before it serves; log may be nil.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second, // the whole request
		WriteTimeout:      35 * time.Second, // from the end of the header to the end of the answer
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: streams},
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // strangers' broken connections
	}
}

// TLSConfig is for a [Server] that speaks TLS with certificates from get: 1.2 and
// newer, and HTTP/2 to those who want it.
func TLSConfig(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: get}
}

// MaxConnections is how many connections [Listen] lets in at a time when it is
// not told a number.
const MaxConnections = 4096

// Listen opens a TCP address for a [Server] and lets at most so many
// connections in at a time; further ones wait to be accepted. Zero is
// [MaxConnections]. An address may have a quarter of them, unless it is near, as a proxy
// is behind which there are many; what comes beyond is closed. log may be nil.
func Listen(ctx context.Context, addr string, connections int, near func(netip.Addr) bool, log *slog.Logger) (net.Listener, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if connections == 0 {
		connections = MaxConnections
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening for webhooks: %w", err)
	}
	l = &sharing{Listener: l, most: max(connections/shares, 1), near: near, log: log, open: map[netip.Prefix]int{}}
	return netutil.LimitListener(l, connections), nil
}
