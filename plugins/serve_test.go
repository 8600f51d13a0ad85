package plugins

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

type servedOptions struct {
	Name string `json:"name" max:"10"`
}

// life counts the handlers that were made and closed.
type life struct{ made, closed atomic.Int32 }

// served has a trigger for each way in which a plugin can answer.
func served(l *life) Plugin {
	count := chat.Key[int]("count")
	later := NewTimer[string]("later")
	return Define("served", "1.2.3", func(o servedOptions) (Handler, error) {
		m := NewMux()
		m.On("hello", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			count.Set(e.State, count.Get(e.State)+1)
			count.Set(e.Session, 7)
			later.Set(e, time.Minute, o.Name)
			return chat.Admins.Say("hello from %s", o.Name), nil
		})
		m.On("nothing", func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })
		m.On("never", func(context.Context, chat.Event) ([]chat.Message, error) {
			return nil, Permanent(errors.New("no such course"))
		})
		m.On("again", func(context.Context, chat.Event) ([]chat.Message, error) {
			return nil, errors.New("the database is away")
		})
		m.On("panics", func(context.Context, chat.Event) ([]chat.Message, error) { panic("a nil map") })
		OnTimer(m, later, func(context.Context, chat.Event, string) ([]chat.Message, error) { return nil, nil })
		Command(m, "/hello", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { return nil, nil }).For(chat.Owner)
		l.made.Add(1)
		return &counted{m, l}, nil
	})
}

type counted struct {
	*Mux
	life *life
}

func (c *counted) Close() error {
	c.life.closed.Add(1)
	return nil
}

// event is one as a host writes it.
func event(name, more string) string {
	return `{"botd":1,"id":"e1","kind":"webhook","name":"` + name + `","time":"2026-01-05T09:00:00Z","group":"@TGS#1","state":{},"session":{}` + more + `}`
}

func post(t *testing.T, h http.Handler, body io.Reader, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
	for name, v := range header {
		r.Header[name] = v
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAServedPluginAnswersWithAReply(t *testing.T) {
	w := post(t, Serve(served(new(life)), SigningKey{}), strings.NewReader(event("hello", `,"config":{"name":"bo"},"of a newer host":1`)), nil)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v: %s", w.Code, w.Header(), w.Body)
	}
	got, err := ReadReply(w.Body.Bytes())
	want := Reply{
		Messages: chat.Admins.Say("hello from bo"),
		State:    chat.State{"count": json.RawMessage("1")}, Session: chat.State{"count": json.RawMessage("7")},
		Later: []chat.Later{{Name: "later", After: chat.Duration(time.Minute), Payload: json.RawMessage(`"bo"`)}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestHowAServedPluginRefuses(t *testing.T) {
	for _, c := range []struct {
		name, body string
		code       int
		want       string
	}{
		{"nothing to say", event("nothing", ""), 200, `{}`},
		{"state and session that are null", strings.ReplaceAll(event("hello", ""), "{}", "null"), 200, `"count":1`},
		{"an error that would come again", event("never", ""), 422, "no such course"},
		{"an error that may pass", event("again", ""), 500, "the database is away"},
		{"a panic", event("panics", ""), 500, "panic: a nil map\nat serve_test.go:53"},
		{"an unknown trigger", event("helo", ""), 422, `knows no trigger "helo"; did you mean hello?`},
		{"options that cannot be", event("hello", `,"config":{"nam":"bo"}`), 422, "options: nam: unknown name; did you mean name?"},
		{"options out of bounds", event("hello", `,"config":{"name":"a name that is long"}`), 422, "options: name: want at most 10 characters"},
		{"another version of the contract", strings.Replace(event("hello", ""), `"botd":1`, `"botd":2`, 1), 400, "is of version 2 of the contract, and this plugin speaks 1"},
		{"none", `{}`, 400, "is of version 0 of the contract"},
		{"no JSON", `hello`, 400, "is not JSON that this plugin can read"},
		{"an event that cannot be one", strings.Replace(event("hello", ""), `"e1"`, `7`, 1), 400, "the event cannot be read: id: want a string"},
		{"nothing at all", ``, 400, "is not JSON that this plugin can read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			quiet(t)
			w := post(t, Serve(served(new(life)), SigningKey{}), strings.NewReader(c.body), nil)
			if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.code, c.want)
			}
		})
	}
}

// quiet has nothing written on the default logger, and returns what would have been.
func quiet(t *testing.T) *bytes.Buffer {
	t.Helper()
	was := slog.Default()
	t.Cleanup(func() { slog.SetDefault(was) })
	var b bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	return &b
}

func TestAPanicSaysWhereItWas(t *testing.T) {
	log := quiet(t)
	post(t, Serve(served(new(life)), SigningKey{}), strings.NewReader(event("panics", "")), nil)
	if text := log.String(); !strings.Contains(text, "event=e1") || !strings.Contains(text, "serve_test.go") || strings.Count(text, "\n") != 1 {
		t.Errorf("it says: %s", text)
	}
}

func TestAnEventThatIsTooLargeIsRefused(t *testing.T) {
	h := Serve(served(new(life)), SigningKey{})
	frame := len(event("nothing", `,"payload":""`))
	if w := post(t, h, strings.NewReader(event("nothing", `,"payload":"`+strings.Repeat("x", MaxRequest-frame)+`"`)), nil); w.Code != http.StatusOK {
		t.Errorf("the largest: %d %s", w.Code, w.Body)
	}
	if w := post(t, h, strings.NewReader(event("nothing", `,"payload":"`+strings.Repeat("x", MaxRequest-frame+1)+`"`)), nil); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("one byte more: %d %s", w.Code, w.Body)
	}
}

func TestAServedPluginWithAKeyAnswersNobodyElse(t *testing.T) {
	key, err := ParseSigningKey("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	h, body := Serve(served(new(life)), key), event("nothing", "")
	signed := func(at time.Time, body string) http.Header {
		return http.Header{
			http.CanonicalHeaderKey(HeaderID):        {"e1"},
			http.CanonicalHeaderKey(HeaderTimestamp): {strconv.FormatInt(at.Unix(), 10)},
			http.CanonicalHeaderKey(HeaderSignature): {key.Sign("e1", at, []byte(body))},
		}
	}
	for name, c := range map[string]struct {
		header http.Header
		code   int
	}{
		"signed":              {signed(time.Now(), body), 200},
		"not signed":          {nil, 401},
		"signed for another":  {signed(time.Now(), body+" "), 401},
		"signed an hour back": {signed(time.Now().Add(-time.Hour), body), 401},
	} {
		if w := post(t, h, strings.NewReader(body), c.header); w.Code != c.code {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestAServedPluginSaysWhatItIs(t *testing.T) {
	for _, c := range []struct {
		method, path string
		code         int
	}{{"GET", "/", 200}, {"GET", "/x", 404}, {"POST", "/x", 404}, {"PUT", "/", 405}} {
		w := httptest.NewRecorder()
		Serve(served(new(life)), SigningKey{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
		if w.Code != c.code {
			t.Errorf("%s %s: %d", c.method, c.path, w.Code)
		}
		if c.code != http.StatusOK {
			continue
		}
		var m Manifest
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		want := Manifest{Botd: 1, Name: "served", Version: "1.2.3", Typed: true, Timers: []chat.TriggerName{"later"},
			Triggers: []chat.TriggerName{"again", "hello", "never", "nothing", "panics"},
			Commands: []CommandInfo{{Usage: "/hello", Roles: []chat.Role{chat.Owner}}}, Config: m.Config}
		if diff := cmp.Diff(want, m); diff != "" || !strings.Contains(string(m.Config), `"maxLength":10`) {
			t.Errorf("%s\n%s", m.Config, diff)
		}
	}
}

// Each bot has options of its own, and a plugin that is asked with more than can be
// kept gives up those that are idle.
func TestHandlersAreKeptByTheirOptions(t *testing.T) {
	l := new(life)
	s := newService(served(l), SigningKey{})
	ask := func(n int) {
		if w := post(t, s, strings.NewReader(event("nothing", fmt.Sprintf(`,"config":{"name":"%d"}`, n))), nil); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
	}
	for range 3 {
		for n := range maxHandlers {
			ask(n)
		}
	}
	if l.made.Load() != maxHandlers || l.closed.Load() != 0 {
		t.Errorf("%d made, %d closed; want %d and none", l.made.Load(), l.closed.Load(), maxHandlers)
	}
	busy, err := s.handlers.take(json.RawMessage(`{"name":"0"}`))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 * maxHandlers {
		ask(n)
	}
	if again, err := s.handlers.take(json.RawMessage(`{"name":"0"}`)); err != nil || again != busy {
		t.Error("one that was at work was given up")
	}
	if open := l.made.Load() - l.closed.Load(); open != maxHandlers {
		t.Errorf("%d are open, want %d", open, maxHandlers)
	}
	if s.handlers.close(); l.made.Load() != l.closed.Load() {
		t.Error("the end leaves some open")
	}
}

func TestManyEventsAtOnce(t *testing.T) {
	h := Serve(served(new(life)), SigningKey{})
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			w := post(t, h, strings.NewReader(event("hello", fmt.Sprintf(`,"config":{"name":"%d"}`, n%10))), nil)
			if want := fmt.Sprintf("hello from %d", n%10); !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s, want %s", w.Body, want)
			}
		})
	}
	all.Wait()
}

// What is being handled when the end comes is finished, and nothing new is begun.
func TestServingEndsAfterWhatItHasBegun(t *testing.T) {
	quiet(t)
	begun, finish := make(chan struct{}), make(chan struct{})
	l := new(life)
	p := Define("slow", "1", func(struct{}) (Handler, error) {
		m := NewMux()
		m.On("slow", func(ctx context.Context, _ chat.Event) ([]chat.Message, error) {
			close(begun)
			<-finish
			return chat.Admins.Say("done"), ctx.Err()
		})
		return &counted{m, l}, nil
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, p, SigningKey{}) }()

	url := "http://" + listener.Addr().String()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answered := make(chan string, 1)
	go func() {
		r, err := client.Post(url, "application/json", strings.NewReader(event("slow", ""))) //nolint:noctx // its end is what is tested
		if err != nil {
			answered <- err.Error()
			return
		}
		text, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		answered <- string(text)
	}()
	<-begun
	end()
	for { // until it listens no more
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			break
		}
		_ = c.Close()
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended in the middle of an event: %v", err)
	default:
	}
	close(finish)
	if text := <-answered; !strings.Contains(text, "done") {
		t.Errorf("the event was answered with %s", text)
	}
	if err := <-ended; err != nil || l.closed.Load() != 1 {
		t.Errorf("%v, %d closed", err, l.closed.Load())
	}
}
