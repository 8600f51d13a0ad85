package webhooks

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
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
		l, err := Listen(t.Context(), "127.0.0.1:0", 1)
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
		l, err := Listen(t.Context(), "127.0.0.1:0", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := Listen(t.Context(), l.Addr().String(), 0); err == nil || !strings.Contains(err.Error(), "listening for webhooks") {
			t.Errorf("err = %v", err)
		}
	})
}

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
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
