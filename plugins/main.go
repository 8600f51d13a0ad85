package plugins

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// The environment of a plugin that a botd started.
const (
	EnvPort = "PORT"     // on which it answers, at 127.0.0.1
	EnvKey  = "BOTD_KEY" // with which requests are signed
	// EnvListener, if it is set, is the number of a descriptor at which the plugin
	// listens already.
	EnvListener = "BOTD_LISTENER"
)

// Main runs the plugin as a program of its own: it answers at 127.0.0.1 on $PORT, 7001
// if that is not set, until it is interrupted. With $BOTD_KEY set, it answers nobody
// who does not have that key. It ends the process.
//
//	func main() { plugins.Main(quiz.Plugin) }
func Main(p Plugin) {
	if err := run(p); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name(), err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(p Plugin) error {
	var key SigningKey
	if text := os.Getenv(EnvKey); text != "" {
		var err error
		if key, err = ParseSigningKey(text); err != nil {
			return fmt.Errorf("%s: %w", EnvKey, err)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := listener(ctx)
	if err != nil {
		return err
	}
	slog.Info("the plugin answers", "plugin", p.Name(), "version", p.Version(), "url", "http://"+l.Addr().String())
	server := &http.Server{Handler: Serve(p, key), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// listener is where the program answers.
func listener(ctx context.Context) (net.Listener, error) {
	if text := os.Getenv(EnvListener); text != "" {
		fd, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%s: is no number", EnvListener)
		}
		file := os.NewFile(uintptr(fd), "listener")
		defer func() { _ = file.Close() }()
		return net.FileListener(file)
	}
	port := os.Getenv(EnvPort)
	if port == "" {
		port = "7001"
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, fmt.Errorf("%w; set PORT to one that is free", err)
	}
	return l, nil
}
