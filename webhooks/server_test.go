package webhooks

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/strangers"
)

func TestServer(t *testing.T) {
	t.Run("nothing a stranger does is without an end", func(t *testing.T) {
		s := Server(http.NotFoundHandler(), nil)
		if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 30*time.Second || s.WriteTimeout != 35*time.Second ||
			s.IdleTimeout != 60*time.Second || s.MaxHeaderBytes != 16<<10 || s.HTTP2.MaxConcurrentStreams != 16 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a connection over the limit waits until another one ends", func(t *testing.T) {
		l, err := Listen(t.Context(), "127.0.0.1:0", 1, uncounted, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := Server(must(New(nil, Options{})), nil)
		done := make(chan error, 1)
		go func() { done <- s.Serve(l) }()
		defer func() {
			s.Close()
			if err := <-done; !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		}()
		first, second := dial(t, l), dial(t, l)
		if line := ask(t, first, 5*time.Second); line != "HTTP/1.1 404 Not Found" {
			t.Fatalf("first: %q", line)
		}
		if line := ask(t, second, 100*time.Millisecond); line != "" {
			t.Fatalf("second, while the first is open: %q", line)
		}
		first.Close()
		if line := ask(t, second, 5*time.Second); line != "HTTP/1.1 404 Not Found" {
			t.Fatalf("second, after the first: %q", line)
		}
	})
	t.Run("an address that is taken is an error that says what was wanted", func(t *testing.T) {
		l, err := Listen(t.Context(), "127.0.0.1:0", 0, uncounted, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := Listen(t.Context(), l.Addr().String(), 0, uncounted, nil); err == nil || !strings.Contains(err.Error(), "listening for webhooks") {
			t.Errorf("err = %v", err)
		}
	})
}

// uncounted is an address that is not counted.
func uncounted(netip.Addr) bool { return true }

func TestOneAddressDoesNotKeepOutTheOthers(t *testing.T) {
	var log bytes.Buffer
	near := func(ip netip.Addr) bool { return ip == netip.MustParseAddr("127.0.0.4") }
	l, err := Listen(t.Context(), "127.0.0.1:0", 8, near, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s := Server(must(New(nil, Options{})), nil)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	answers := func(from string) (net.Conn, bool) {
		t.Helper()
		conn := dialFrom(t, l, from)
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") // it may be closed already
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		line, _ := bufio.NewReader(conn).ReadString('\n')
		return conn, strings.HasPrefix(line, "HTTP/1.1 404")
	}
	first, ok := answers("127.0.0.2")
	if _, second := answers("127.0.0.2"); !ok || !second {
		t.Error("an address is kept out of its share")
	}
	for range 9 {
		if _, ok := answers("127.0.0.2"); ok {
			t.Error("an address has more than its share")
		}
	}
	if _, ok := answers("127.0.0.3"); !ok {
		t.Error("another one is kept out")
	}
	for range 4 { // of 8
		if _, ok := answers("127.0.0.4"); !ok {
			t.Error("a proxy is kept out")
		}
	}
	_ = first.Close()
	again := false
	for range 100 {
		if _, again = answers("127.0.0.2"); again {
			break
		}
		time.Sleep(10 * time.Millisecond) // until the server has seen it
	}
	if !again {
		t.Error("a share does not come back")
	}
	_ = s.Close()
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "its address has as many as one may have"); n != strangers.LinesAMinute {
		t.Errorf("%d lines: %s", n, &log)
	}
}

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	return dialFrom(t, l, "127.0.0.1")
}

func dialFrom(t *testing.T, l net.Listener, from string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask returns the first line of the answer, or nothing when none comes in time.
func ask(t *testing.T, conn net.Conn, patience time.Duration) string {
	t.Helper()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line)
}

// The cost of receiving, without a store and a network.
func BenchmarkReceive(b *testing.B) {
	body := `{"user":"ann","answer":"` + strings.Repeat("b", 1000) + `"}`
	k := &kept{}
	r := must(New([]Hook{
		signing("signed", k.accept),
		bearing("bearer", k.accept, token),
	}, Options{Now: func() time.Time { return now }}))
	for name, header := range map[string]http.Header{
		"signed": must(SignStandard(secret, "m", now, []byte(body))),
		"bearer": with(&http.Request{Header: must(sign("bearer", token, Sample{}))}, "Idempotency-Key", "m").Header,
	} {
		header.Set("Content-Type", "application/json")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				req := httptest.NewRequest(http.MethodPost, "/hooks/"+name, strings.NewReader(body))
				req.Header = header
				rec := httptest.NewRecorder()
				if r.ServeHTTP(rec, req); rec.Code != http.StatusAccepted {
					b.Fatal(rec.Code, rec.Body)
				}
			}
		})
	}
}
