package im

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

// rawService accepts connections and hands each to serve.
func rawService(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "http://" + l.Addr().String()
}

// readRequestFrom reads a request whole, so that closing does not reset.
func readRequestFrom(conn net.Conn) string {
	var all bytes.Buffer
	buf := make([]byte, 64<<10)
	for !strings.Contains(all.String(), `"PushFlag":1}}`) {
		n, err := conn.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			break
		}
	}
	return all.String()
}

func sendTo(t *testing.T, url string, change func(*Config)) error {
	t.Helper()
	cfg := testConfig(t, url)
	if change != nil {
		change(&cfg)
	}
	c := newClient(t, cfg)
	_, err := c.Send(t.Context(), prepare(t, c, targeted(t)))
	if err != nil {
		checkDiscreet(t, err)
	}
	return err
}

// checkDiscreet looks for what no error may hold, however far it is unwrapped.
func checkDiscreet(t testing.TB, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, secret := range []string{"usersig", "eJ", "identifier", "sdkappid", "http://", "127.0.0.1", key1, secretText, "nobody else's", "alice"} {
			if strings.Contains(e.Error(), secret) {
				t.Errorf("the error shows %q: %v", secret, e)
			}
		}
	}
}

func TestBeforeAByteWasWrittenIsADefiniteNo(t *testing.T) {
	t.Run("connection refused", func(t *testing.T) {
		wantClass(t, sendTo(t, closedPort(t), nil), Retry)
	})
	t.Run("a name that does not resolve", func(t *testing.T) {
		wantClass(t, sendTo(t, "https://botd.invalid", nil), Retry)
	})
	t.Run("a certificate of nobody known", func(t *testing.T) {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		wantClass(t, sendTo(t, s.URL, nil), Retry)
	})
	t.Run("a host that does not speak TLS", func(t *testing.T) {
		s := say(t, okSent)
		wantClass(t, sendTo(t, strings.Replace(s.URL, "http://", "https://", 1), nil), Retry)
	})
	t.Run("cancelled before", func(t *testing.T) {
		s := say(t, okSent)
		c := newClient(t, testConfig(t, s.URL))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Send(ctx, prepare(t, c, targeted(t)))
		wantClass(t, err, Retry)
		if !errors.Is(err, context.Canceled) || len(s.seen()) != 0 {
			t.Errorf("%v, called %d times", err, len(s.seen()))
		}
	})
}

func TestAfterAByteWasWrittenNobodyKnows(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"hung up without reading": func(net.Conn) {},
		"hung up after reading":   func(c net.Conn) { readRequestFrom(c) },
		"half a head":             func(c net.Conn) { readRequestFrom(c); _, _ = io.WriteString(c, "HTTP/1.1 200") },
		"half an answer": func(c net.Conn) {
			readRequestFrom(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ErrorCode\":0")
		},
		"an echo of our own request": func(c net.Conn) { _, _ = io.WriteString(c, readRequestFrom(c)) },
		"an endless head": func(c net.Conn) {
			readRequestFrom(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 100<<10))
		},
		"an answer in chunks, cut off": func(c net.Conn) {
			readRequestFrom(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"Err")
		},
		"a gzip that is none": func(c net.Conn) {
			readRequestFrom(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 15\r\n\r\n{\"ErrorCode\":0}")
		},
		"a redirect of the whole request": func(c net.Conn) {
			readRequestFrom(c)
			_, _ = io.WriteString(c, "HTTP/1.1 307 Temporary\r\nLocation: /v4/elsewhere\r\nContent-Length: 0\r\n\r\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := sendTo(t, rawService(t, serve), nil)
			if wantClass(t, err, Unclear); !MayBeDone(err) {
				t.Error("MayBeDone is false")
			}
		})
	}
}

func TestSlowAnswersEndWithTheAttempt(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *http.Request, int, seen) { <-release })
	defer close(release)
	began := time.Now()
	err := sendTo(t, s.URL, func(c *Config) { c.Timeout = 50 * time.Millisecond })
	wantClass(t, err, Unclear)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the deadline as its cause", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestSlowBodiesEndWithTheAttempt(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ seen) {
		_, _ = io.WriteString(w, `{"ErrorCode":`)
		_ = http.NewResponseController(w).Flush()
		<-release
	})
	defer close(release)
	wantClass(t, sendTo(t, s.URL, func(c *Config) { c.Timeout = 50 * time.Millisecond }), Unclear)
}

func TestAnswersAreBounded(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = io.WriteString(z, `{"ErrorCode":0,"x":"`)
	for range 16 {
		_, _ = z.Write(bytes.Repeat([]byte("a"), 1<<20))
	}
	_, _ = io.WriteString(z, `"}`)
	_ = z.Close()
	for name, c := range map[string]struct {
		coding string
		body   []byte
	}{
		"10 MiB of JSON":                  {"", []byte(`{"ErrorCode":0,"x":"` + strings.Repeat("a", 10<<20) + `"}`)},
		"16 MiB out of a few KB of gzip":  {"gzip", bomb.Bytes()},
		"a few KB of gzip, not announced": {"", bomb.Bytes()},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ seen) {
				if c.coding != "" {
					w.Header().Set("Content-Encoding", c.coding)
				}
				_, _ = w.Write(c.body)
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			wantClass(t, sendTo(t, s.URL, nil), Unclear)
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 24<<20 {
				t.Errorf("took %d MiB", grown>>20)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var followed atomic.Bool
	other := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ seen) {
		followed.Store(true)
		_, _ = io.WriteString(w, okSent)
	})
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int, _ seen) {
			http.Redirect(w, r, other.URL+r.URL.String(), status)
		})
		e := wantClass(t, sendTo(t, s.URL, nil), Unclear)
		if e.HTTP != status {
			t.Errorf("%d is reported as %d", status, e.HTTP)
		}
	}
	if followed.Load() {
		t.Error("the message went to another host")
	}
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	if newTransport(1, nil).Proxy != nil {
		t.Error("there is a proxy")
	}
}

func TestCookiesAreNotKept(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int, _ seen) {
		if r.Header.Get("Cookie") != "" {
			t.Error("a cookie came back")
		}
		w.Header().Set("Set-Cookie", "a=b")
		_, _ = io.WriteString(w, okSent)
	})
	c := newClient(t, testConfig(t, s.URL))
	for range 2 {
		if _, err := c.Send(t.Context(), prepare(t, c, targeted(t))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConnectionsAreKept(t *testing.T) {
	var opened atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, okSent)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := newClient(t, testConfig(t, s.URL))
	for range 20 {
		if _, err := c.Send(t.Context(), prepare(t, c, targeted(t))); err != nil {
			t.Fatal(err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for 20 messages one after another", n)
	}
}

// A kept connection that the service has closed meanwhile is the commonest
// trouble after a quiet time. Whether our side has noticed is a matter of luck:
// then a new connection is made, else nobody knows what was read of it.
func TestAConnectionThatDiedWhileIdle(t *testing.T) {
	s := say(t, okSent)
	c := newClient(t, testConfig(t, s.URL))
	p := prepare(t, c, targeted(t))
	if _, err := c.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	s.CloseClientConnections()
	if _, err := c.Send(t.Context(), p); err != nil {
		wantClass(t, err, Unclear)
	}
	s.Close()
	_, err := c.Send(t.Context(), p)
	if e, ok := errors.AsType[*Error](err); !ok || (e.Class != Retry && e.Class != Unclear) {
		t.Fatalf("with nobody there: %v", err)
	}
	_, err = c.Send(t.Context(), p)
	wantClass(t, err, Retry) // no connection is left that could have died
}

func TestTheBackupHostTakesOverAndGivesBack(t *testing.T) {
	backup := say(t, okSent)
	now := &clock{now: time.Unix(1_800_000_000, 0)}
	var calls []Call
	cfg := testConfig(t, closedPort(t))
	cfg.BackupURL, cfg.Now = backup.URL, now.read
	cfg.Observe = func(c Call) { calls = append(calls, c) }
	c := newClient(t, cfg)
	p := prepare(t, c, targeted(t))
	for range 2 {
		_, err := c.Send(t.Context(), p)
		wantClass(t, err, Retry)
	}
	for range 2 {
		if _, err := c.Send(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	now.add(time.Minute)
	_, err := c.Send(t.Context(), p)
	wantClass(t, err, Retry)
	var went []bool
	for _, x := range calls {
		went = append(went, x.Backup)
	}
	if want := []bool{false, false, true, true, false}; !slices.Equal(went, want) {
		t.Errorf("went to the backup host: %v, want %v", went, want)
	}
	if calls[0].Class != Retry || calls[2].Class != "" || calls[2].API != apiSend || calls[2].Took <= 0 {
		t.Errorf("observed %+v", calls)
	}
}

func TestErrorsOfTheServiceDoNotMoveToTheBackup(t *testing.T) {
	main, backup := say(t, fail(10004)), say(t, okSent)
	cfg := testConfig(t, main.URL)
	cfg.BackupURL = backup.URL
	c := newClient(t, cfg)
	for range 5 {
		_, err := c.Send(t.Context(), prepare(t, c, targeted(t)))
		wantClass(t, err, Permanent)
	}
	if len(backup.seen()) != 0 {
		t.Error("the backup host was called")
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		says   string
	}{
		"nothing at all":           {func(c *Config) { *c = Config{} }, "secret key is missing"},
		"no application":           {func(c *Config) { c.SDKAppID = 0 }, "SDKAppID"},
		"no administrator":         {func(c *Config) { c.Administrator = "" }, "administrator is missing"},
		"an unknown region":        {func(c *Config) { c.BaseURL, c.Region = "", "mars" }, "have china, frankfurt"},
		"a region and an address":  {func(c *Config) { c.Region = "china" }, "give one"},
		"neither":                  {func(c *Config) { c.BaseURL = "" }, "neither"},
		"an address without TLS":   {func(c *Config) { c.BaseURL = "http://example.org" }, "https://"},
		"an address with a path":   {func(c *Config) { c.BaseURL = "https://example.org/v4" }, "a scheme and a host"},
		"an address with a secret": {func(c *Config) { c.BaseURL = "https://me:word@example.org" }, "a scheme and a host"},
		"a backup without TLS":     {func(c *Config) { c.BackupURL = "http://example.org" }, "https://"},
		"an address that is none":  {func(c *Config) { c.BaseURL = "example.org" }, "a scheme and a host"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(t, "https://example.org")
			c.change(&cfg)
			_, err := New(cfg)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want it to say %q", err, c.says)
			}
		})
	}
}

func TestEveryRegionHasItsTwoHosts(t *testing.T) {
	if len(Regions()) != 9 {
		t.Errorf("regions: %v", Regions())
	}
	for _, name := range Regions() {
		bases, err := Config{Region: name}.bases()
		if err != nil || len(bases) != 2 {
			t.Fatalf("%s: %v, %v", name, bases, err)
		}
		for _, b := range bases {
			if _, err := checkBase(b); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The service's clock is told for refusals, too: a signature that is refused is what a
// wrong clock leads to.
func TestTheServicesClockIsTold(t *testing.T) {
	const when = "Tue, 01 Dec 2026 08:00:00 GMT"
	for _, c := range []struct {
		name, header, body string
		want               time.Time
	}{
		{"with an answer", when, okSent, time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)},
		{"with a refusal", when, fail(70009), time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)},
		{"not at all where it is unreadable", "yesterday", okSent, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ seen) {
				w.Header().Set("Date", c.header)
				_, _ = io.WriteString(w, c.body)
			})
			var got time.Time
			cfg := testConfig(t, s.URL)
			cfg.Observe = func(c Call) { got = c.Date }
			client := newClient(t, cfg)
			_, _ = client.Send(t.Context(), prepare(t, client, targeted(t)))
			if !got.Equal(c.want) {
				t.Errorf("told %v, want %v", got, c.want)
			}
		})
	}
}
