package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/webhooks"
)

// Times of the public listener's end: for how long those who still come are told
// to come again, and how long what has begun may take after that.
const (
	drain     = 200 * time.Millisecond
	finishing = 3 * time.Second
)

// servePublic answers senders until ctx ends. Whoever comes in the moment after
// that is told to send it again, so that a sender sees an answer more often and a
// closed door less; what has begun before is finished.
func (s *system) servePublic(ctx context.Context) error {
	server := webhooks.Server(s.door(), s.log)
	defer s.callbacks.Close() // when nothing is served any more
	serve := func() error { return server.Serve(s.public) }
	if s.now().certificate != nil {
		server.TLSConfig = webhooks.TLSConfig(func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return s.now().certificate.Get(h) })
		serve = func() error { return server.ServeTLS(s.public, "", "") }
	}
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving %s: %w", s.public.Addr(), err)
	case <-ctx.Done():
	}
	s.receiver.Stop()
	select {
	case err := <-ended:
		return fmt.Errorf("serving %s: %w", s.public.Addr(), err)
	case <-time.After(drain):
	}
	return finish(ctx, server, finishing)
}

// door is what answers at the public listener. What the chat service tells is kept until
// the door is closed: to be told to come again would have it show what is to be held.
func (s *system) door() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, callbacks.Prefix) {
			s.callbacks.ServeHTTP(w, req)
			return
		}
		s.receiver.ServeHTTP(w, req)
	})
}

// finish ends a server, and cuts off whoever takes longer than that.
func finish(ctx context.Context, server *http.Server, within time.Duration) error {
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	if err := server.Shutdown(bound); err != nil {
		return errors.Join(fmt.Errorf("stopping: %w", err), server.Close())
	}
	return nil
}

// accessOf is what the configuration says about where requests come from.
func accessOf(l config.Listen) webhooks.Access {
	return webhooks.Access{Proxies: l.TrustedProxies, RefusedPerMinute: l.RefusedPerMinute}
}

// near reports an address of which any number of connections may come.
func (s *system) near(ip netip.Addr) bool { return accessOf(s.now().config.Listen).Near(ip) }

// makeCertificate reads the certificate of the public listener, if it has one.
func (s *system) makeCertificate(t config.TLS) (*webhooks.Certificate, error) {
	if t == (config.TLS{}) {
		return nil, nil
	}
	return webhooks.LoadCertificate(t.CertFile, t.KeyFile, s.log, s.clock.Now)
}

// checkCertificate is for reading a configuration.
func checkCertificate(certFile, keyFile string) (warning string, err error) {
	c, err := webhooks.LoadCertificate(certFile, keyFile, nil, nil)
	if err != nil {
		return "", err
	}
	return c.Warning(), nil
}
