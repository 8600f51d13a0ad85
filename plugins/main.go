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
	context.AfterFunc(ctx, stop) // a second one ends it at once
	l, err := listener(ctx)
	if err != nil {
		return err
	}
	slog.Info("the plugin answers", "plugin", p.Name(), "version", p.Version(), "url", "http://"+l.Addr().String())
	return serve(ctx, l, p, key)
}

const (
	// headerTimeout is how long the headers of a request may take to arrive; what comes
	// after them has bodyTimeout.
	headerTimeout = 10 * time.Second
	// idle is how long a connection is kept between two events, longer than hosts keep it.
	idle = 5 * time.Minute
	// grace is how long events may take that are being handled when the end comes.
	grace = 5 * time.Second
)

// serve answers until ctx ends, and then finishes what it has begun.
func serve(ctx context.Context, l net.Listener, p Plugin, key SigningKey) error {
	s := newService(p, key)
	defer s.handlers.close()
	server := &http.Server{Handler: s, ReadHeaderTimeout: headerTimeout, IdleTimeout: idle}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("an event took longer than %v to end: %w", grace, errors.Join(err, server.Close()))
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
		l, err := net.FileListener(file)
		if err != nil {
			return nil, fmt.Errorf("%s: descriptor %d is no socket that listens: %w", EnvListener, fd, err)
		}
		return l, nil
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
