package daemon

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// serving has a plugin that is compiled in answer on a port of this machine, signed.
func serving(ctx context.Context, p plugins.Plugin) (*running, error) {
	key, err := newPluginKey()
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: plugins.Serve(p, key), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // it ends by stop alone
	}()
	return &running{"http://" + l.Addr().String() + "/", key, func() { _ = server.Close(); <-done }}, nil
}

func newPluginKey() (plugins.SigningKey, error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // it never fails
	return plugins.ParseSigningKey("whsec_" + base64.StdEncoding.EncodeToString(raw))
}

func starting(_ context.Context, program []string, _ io.Writer) (*running, error) {
	return nil, fmt.Errorf("%q: %w", program, errors.ErrUnsupported)
}
