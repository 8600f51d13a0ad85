package host_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func TestAPluginAtAnAddressAnswersWithMessagesStateAndTimers(t *testing.T) {
	h := newFar(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"messages":[{"to":{"roles":["admin"]},"text":"cy failed"}],"state":{"done":["cy"]},"later":[{"name":"close","after":"1m"}]}`)
	})
	e := event("answers", `{"user":"cy"}`)
	e.State["old"], e.Session["step"] = []byte(`1`), []byte(`"days"`)
	messages, err := handle(t, h, e, time.Minute)
	if err != nil || len(messages) != 1 || messages[0].Text != "cy failed" {
		t.Fatalf("%+v, %v", messages, err)
	}
	if len(e.State) != 1 || string(e.State["done"]) != `["cy"]` {
		t.Errorf("the state became %s", e.State)
	}
	if string(e.Session["step"]) != `"days"` {
		t.Errorf("the session, of which the reply did not speak, became %s", e.Session)
	}
	if l := e.Timers.List(); len(l) != 1 || l[0].Name != "close" || time.Duration(l[0].After) != time.Minute {
		t.Errorf("the timers are %+v", l)
	}
}

func TestAnEmptyStateClearsAndNoneLeavesAlone(t *testing.T) {
	for reply, want := range map[string]int{`{"state":{}}`: 0, `{"state":null}`: 1, `{}`: 1, `null`: 1} {
		h := newFar(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, reply) })
		e := event("answers", `{}`)
		e.State["old"] = []byte(`1`)
		if _, err := handle(t, h, e, time.Minute); err != nil || len(e.State) != want {
			t.Errorf("%s: the state became %s, %v", reply, e.State, err)
		}
	}
}

func TestWhatAPluginAnswersSaysWhatBecomesOfTheEvent(t *testing.T) {
	const permanent, waits, again = "is given up", "waits", "is tried again"
	many := strings.Repeat("x", plugins.MaxReply)
	for _, c := range []struct {
		name    string
		status  int
		body    string
		becomes string
		says    string
	}{
		{"a refusal", 422, "payload: no user\nat line 3", permanent, "payload: no user"},
		{"a failure", 500, "the database is locked", again, "the database is locked"},
		{"a page of a gateway", 502, "<html>bad gateway</html>", again, "HTML"},
		{"a busy one", 503, "", waits, "answers 503"},
		{"a key that differs", 401, "", waits, "the same key"},
		{"an address it does not have", 404, "", permanent, "answers 404"},
		{"a redirect", 302, "", waits, "give the address itself"},
		{"an answer that says nothing", 204, "", again, "want 200"},
		{"an empty answer", 200, "", again, "{} says nothing"},
		{"a page", 200, "<!doctype html>", again, "is this the plugin's address?"},
		{"text", 200, "ok", again, "answers no JSON"},
		{"a misspelt name", 200, `{"messages":[{"to":{"everyone":true,"exept":["cy"]},"text":"hi"}]}`, permanent, "except"},
		{"a flood", 200, `{"messages":[{"to":{"everyone":true},"text":"` + many + `"}]}`, permanent, "1024 KB"},
		{"control characters", 422, "\x1b[2Jgone\x00", permanent, `\x1b[2Jgone\x00`},
		{"a long line", 422, many, permanent, strings.Repeat("x", 300) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newFar(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			e := event("answers", `{}`)
			_, err := handle(t, h, e, time.Minute)
			got := again
			switch {
			case err == nil:
				t.Fatal("no error")
			case errors.Is(err, bots.ErrAway):
				got = waits
			case errors.Is(err, plugins.ErrPermanent):
				got = permanent
			}
			if got != c.becomes || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 500 {
				t.Errorf("the event %s, want that it %s: %v", got, c.becomes, err)
			}
		})
	}
}

// until is when an error that waits is to be looked at again.
func until(err error) time.Time {
	w, ok := errors.AsType[interface {
		error
		Until() time.Time
	}](err)
	if !ok {
		return time.Time{}
	}
	return w.Until()
}

func TestAPluginSaysHowLongAnEventWaits(t *testing.T) {
	for text, want := range map[string]time.Duration{"7": 7 * time.Second, "99999999": time.Hour, "-1": 0, "soon": 0, "": 0} {
		h := newFar(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", text)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, err := handle(t, h, event("answers", `{}`), time.Minute)
		due := until(err)
		if !errors.Is(err, bots.ErrAway) || due.IsZero() != (want == 0) || !due.IsZero() && due.Sub(h.clock.Now()) != want {
			t.Errorf("Retry-After %q: until %v, %v", text, due, err)
		}
	}
}

func TestARequestIsSignedAndARepeatIsKnownByItsID(t *testing.T) {
	key, err := plugins.ParseSigningKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	h := newFar(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		id := r.Header.Get(plugins.HeaderID)
		if err := key.Verify(id, r.Header.Get(plugins.HeaderTimestamp), r.Header.Get(plugins.HeaderSignature), time.Now(), body); err != nil {
			t.Error(err)
		}
		ids = append(ids, id)
		w.WriteHeader(http.StatusInternalServerError)
	}, func(u *host.URL) { u.Key = key })
	for range 2 {
		_, _ = handle(t, h, event("answers", `{}`), time.Minute)
	}
	if len(ids) != 2 || ids[0] != ids[1] || ids[0] != chat.EventID(7).String() {
		t.Errorf("the ids are %q", ids)
	}
}

func TestAPluginWithoutItsKeyIsRefused(t *testing.T) {
	key, _ := plugins.ParseSigningKey(secret)
	p := plugins.Define("quiz", "1.0.0", func(struct{}) (plugins.Handler, error) {
		return plugins.Func(func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil }), nil
	})
	h := newFarOf(t, plugins.Serve(p, key))
	if _, err := handle(t, h, event("answers", `{}`), time.Minute); !errors.Is(err, bots.ErrAway) || !strings.Contains(err.Error(), "not signed") {
		t.Error(err)
	}
	signed := newFarOf(t, plugins.Serve(p, key), func(u *host.URL) { u.Key = key })
	if _, err := handle(t, signed, event("answers", `{}`), time.Minute); err != nil {
		t.Error(err)
	}
}

func TestAnEventWaitsForAPluginThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	server.Close()
	h := newFarOf(t, http.NotFoundHandler(), func(u *host.URL) { u.Address = address + "/secret-path?token=hush" })
	_, err := handle(t, h, event("answers", `{}`), time.Minute)
	if !errors.Is(err, bots.ErrAway) || until(err).Sub(h.clock.Now()) != time.Second {
		t.Errorf("until %v: %v", until(err), err)
	}
	if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("the error shows the address: %v", err)
	}
}

func TestAPluginThatIsNotThereIsAskedWithGrowingPauses(t *testing.T) {
	var asked atomic.Int32
	h := newFarOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}))
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		for range 5 {
			_, err := h.Manifest(t.Context())
			if got := until(err).Sub(h.clock.Now()); !errors.Is(err, bots.ErrAway) || got != want*time.Second {
				t.Fatalf("after look %d: again in %v: %v", i+1, got, err)
			}
		}
		if n := asked.Load(); int(n) != i+1 {
			t.Fatalf("it was asked %d times, want %d", n, i+1)
		}
		h.clock.Advance(want * time.Second)
	}
}

func TestAManifestIsAskedAgainAfterAMinuteAndAfterAFailure(t *testing.T) {
	var asked, fails atomic.Int32
	h := newFarOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			_, _ = fmt.Fprintf(w, `{"botd":1,"name":"quiz","version":"1.0.%d"}`, asked.Add(1))
		case fails.Add(-1) >= 0:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			_, _ = io.WriteString(w, `{}`)
		}
	}))
	look := func(want int32) {
		t.Helper()
		m, err := h.Manifest(t.Context())
		if err != nil || asked.Load() != want || m.Version != fmt.Sprintf("1.0.%d", want) {
			t.Errorf("it was asked %d times, want %d: %+v, %v", asked.Load(), want, m, err)
		}
	}
	look(1)
	look(1)
	_, _ = handle(t, h, event("answers", `{}`), time.Minute)
	look(1)
	h.clock.Advance(time.Minute)
	look(2)
	fails.Store(1)
	_, _ = handle(t, h, event("answers", `{}`), time.Minute)
	look(3)
}

func TestAManifestThatCannotBeMetIsToldInFull(t *testing.T) {
	for text, want := range map[string]string{
		`{"botd":2,"name":"quiz","version":"1.0.0"}`:                       "speaks version 2 of the contract, and this botd version 1",
		`{"botd":1,"name":"quiz","version":"1.0.0","needs":["telepathy"]}`: `needs "telepathy"; this botd offers members`,
		`{"name":"quiz"}`: `without "botd"`,
		`<html>`:          "is this the plugin's address?",
		`hello`:           "answers no JSON",
		`{"botd":"one"}`:  "cannot be read",
	} {
		h := newFarOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
		if _, err := h.Manifest(t.Context()); !errors.Is(err, bots.ErrAway) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAConnectionThatBreaksAfterTheEventWentOutIsAFailure(t *testing.T) {
	for _, begun := range []string{"", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"} {
		h := newFar(t, func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(c, begun)
			_ = c.Close()
		})
		_, err := handle(t, h, event("answers", `{}`), time.Minute)
		if err == nil || errors.Is(err, bots.ErrAway) || errors.Is(err, plugins.ErrPermanent) || !strings.Contains(err.Error(), "broke the connection off") {
			t.Errorf("after %q: %v", begun, err)
		}
	}
}

func TestADeadlineCutsTheConnectionOff(t *testing.T) {
	gone := make(chan struct{})
	h := newFar(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server looks for the end of a connection after that
		<-r.Context().Done()
		close(gone)
	})
	if _, err := handle(t, h, event("answers", `{}`), 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the plugin was left waiting")
	}
}

func TestAnAddressIsCheckedBeforeItIsUsed(t *testing.T) {
	key, _ := plugins.ParseSigningKey(secret)
	for _, c := range []struct {
		u    host.URL
		want string
	}{
		{host.URL{Address: "quiz"}, "want one such as"},
		{host.URL{Address: "ftp://127.0.0.1"}, "want one such as"},
		{host.URL{Address: "https://bots.example.com/hush"}, "has no key"},
		{host.URL{Address: "https://bots.example.com/hush", Key: key}, ""},
		{host.URL{Address: "http://127.0.0.1:7001"}, ""},
		{host.URL{Address: "http://[::1]:7001"}, ""},
		{host.URL{Address: "http://localhost:7001"}, ""},
	} {
		_, err := host.Remote(c.u).New(nil)
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%s: %v", c.u.Address, err)
		}
	}
	if name := host.Remote(host.URL{Address: "https://ann:hush@bots.example.com/hush?a=hush"}).Name(); name != "https://bots.example.com" {
		t.Errorf("it is called %s", name)
	}
}

func TestAReplyCannotAskForWhatThePluginWouldNotKnow(t *testing.T) {
	h := newFarOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"botd":1,"name":"quiz","version":"1.0.0","timers":["close"],"reports":["told"]}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "timer") {
			_, _ = io.WriteString(w, `{"later":[{"name":"clsoe","after":"1m"}]}`)
		} else {
			_, _ = io.WriteString(w, `{"messages":[{"to":{"everyone":true},"text":"hi","report":{"name":"tlod"}}]}`)
		}
	}))
	for _, payload := range []string{`"timer"`, `"report"`} {
		_, err := handle(t, h, event("answers", payload), time.Minute)
		if !errors.Is(err, plugins.ErrPermanent) || !strings.Contains(err.Error(), "it has") {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

func TestAPluginThatGoesAwayIsWaitedFor(t *testing.T) {
	t.Run("its machine does not answer", func(t *testing.T) {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, manifest) })
		server := httptest.NewServer(mux)
		h := newFarOf(t, mux, func(u *host.URL) { u.Address = server.URL })
		if _, err := h.Manifest(t.Context()); err != nil {
			t.Fatal(err)
		}
		server.Close()
		// The first may go into a connection of before: nobody knows whether it was read.
		_, _ = handle(t, h, event("answers", `{}`), time.Minute)
		if _, err := handle(t, h, event("answers", `{}`), time.Minute); !errors.Is(err, bots.ErrAway) || until(err).Sub(h.clock.Now()) != time.Second {
			t.Errorf("until %v: %v", until(err), err)
		}
	})
	t.Run("somebody else is at its address", func(t *testing.T) {
		var moved atomic.Bool
		h := newFarOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if moved.Load() || r.Method == http.MethodPost {
				http.NotFound(w, r)
				return
			}
			_, _ = io.WriteString(w, manifest)
		}))
		if _, err := h.Manifest(t.Context()); err != nil {
			t.Fatal(err)
		}
		moved.Store(true)
		if _, err := handle(t, h, event("answers", `{}`), time.Minute); !errors.Is(err, bots.ErrAway) || !strings.Contains(err.Error(), "when it is asked what it is") {
			t.Error(err)
		}
	})
}

func TestManyWhoNeedAManifestAskOnce(t *testing.T) {
	var asked atomic.Int32
	all := make(chan struct{})
	h := newFarOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		<-all
		_, _ = io.WriteString(w, manifest)
	}))
	var waiting sync.WaitGroup
	for range 20 {
		waiting.Go(func() {
			if m, err := h.Manifest(t.Context()); err != nil || m.Name != "quiz" {
				t.Errorf("%+v, %v", m, err)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := h.Manifest(ctx); !errors.Is(err, bots.ErrAway) {
		t.Errorf("one who has no time: %v", err)
	}
	close(all)
	waiting.Wait()
	if n := asked.Load(); n > 2 {
		t.Errorf("it was asked %d times", n)
	}
}

// What is wrong with a reply stands with its event and in the log, whatever the reply.
func TestWhatIsWrongWithAReplyIsToldInAFewWords(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, reply := range []string{
		`{"state":{"` + long + `":1,"` + long + `":2}}`,
		`{"state":{"` + long + `":{"a":1,"a":2}}}`,
		`{"` + long + `":1}`,
		`{"messages":[{"to":{"users":["` + long + `"],"roles":"` + long + `"}}]}`,
		`{"later":[{"name":"` + long + `"}]}`,
	} {
		f := newFarOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				_, _ = io.WriteString(w, `{"botd":1,"name":"quiz","version":"1","timers":["`+long+`y"]}`)
				return
			}
			_, _ = io.WriteString(w, reply)
		}))
		if _, err := handle(t, f, event("ping", `{}`), time.Second); err == nil || len(err.Error()) > 1500 {
			t.Errorf("%.60s: %.2000v", reply, err)
		}
	}
}
