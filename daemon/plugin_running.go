package daemon

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/plugins"
)

// serving has a plugin that is compiled in answer on a port of this machine, signed.
func serving(ctx context.Context, p plugins.Plugin) (*running, error) {
	key, _ := plugins.NewSigningKey()
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

// starting starts a program of which the log is shown.
func starting(ctx context.Context, program []string, log io.Writer) (*running, error) {
	r, err := host.Start(ctx, host.Command{Args: program, Settings: host.Settings{Log: slog.New(slog.NewTextHandler(log, nil))}})
	if err != nil {
		return nil, err
	}
	return &running{r.Address, r.Key, r.Stop}, nil
}
