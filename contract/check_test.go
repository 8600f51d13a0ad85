package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

type piece struct {
	Title string `json:"title"`
}

const done = chat.Key[[]chat.UserID]("done")

// sample is a plugin that does what it should.
var sample = plugins.Define("sample", "1.0.0", func(o struct {
	Tell chat.Audience `json:"tell"`
},
) (plugins.Handler, error) {
	m := plugins.NewMux()
	closing := plugins.NewTimer[int]("closing")
	plugins.OnTimer(m, closing, func(_ context.Context, _ chat.Event, n int) ([]chat.Message, error) {
		return chat.Everyone.Say("Closing %d.", n), nil
	})
	plugins.On(m, "submitted", func(_ context.Context, e chat.Event, p piece) ([]chat.Message, error) {
		if e.Sender == nil {
			return nil, plugins.Permanent(errors.New("whose is it?"))
		}
		closing.Set(e, time.Minute, 1)
		done.Set(e.State, append(done.Get(e.State), e.Sender.ID))
		return chat.Admins.Say("%s handed in %s.", e.Sender.ID, p.Title), nil
	})
	m.On("evening", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		return chat.Everyone.But(done.Get(e.State)...).Say("Late."), nil
	})
	return m, nil
})

func newKey(t *testing.T) plugins.SigningKey {
	t.Helper()
	key, err := plugins.ParseSigningKey(Signatures()[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func served(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestAPluginThatDoesWhatItShouldHasNoFinding(t *testing.T) {
	key := newKey(t)
	r := Check(t.Context(), served(t, plugins.Serve(sample, key)), Options{Key: key, Config: []byte(`{"tell": {"users": ["ann"]}}`)})
	for _, x := range r.Results {
		for _, f := range x.Findings {
			t.Errorf("%s: %+v", x.Check, f)
		}
	}
	if r.Plugin != "sample" || r.Version != "1.0.0" || r.Requests < 80 || r.Fails() || r.Count(Fine) != len(r.Results) {
		t.Errorf("%+v", r.Results)
	}
}

// spoil is the sample with something wrong about one of its answers.
func spoil(wrong func(w http.ResponseWriter, r *http.Request, next http.Handler)) http.Handler {
	next := plugins.Serve(sample, plugins.SigningKey{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { wrong(w, r, next) })
}

// get is the sample with another manifest.
func get(manifest string) http.Handler {
	return spoil(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet {
			_, _ = fmt.Fprint(w, manifest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// post is the sample that answers every event in another way.
func post(answer func(w http.ResponseWriter)) http.Handler {
	return spoil(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		_ = read(r) // or the server waits for the rest of it
		answer(w)
	})
}

func says(text string) http.Handler {
	return post(func(w http.ResponseWriter) { _, _ = fmt.Fprint(w, text) })
}

func TestWhatIsWrongIsFoundAndTold(t *testing.T) {
	var calls atomic.Int64
	for _, c := range []struct {
		name    string
		handler http.Handler
		check   string
		level   Level
		want    string
	}{
		{"another contract", get(`{"botd": 2, "name": "x", "version": "1"}`), "manifest", Failure, "speaks version 2"},
		{"no manifest", get(`hello`), "manifest", Failure, "what comes is no manifest"},
		{"no name", get(`{"botd": 1, "version": "1"}`), "manifest", Failure, `"" is no name`},
		{"no version", get(`{"botd": 1, "name": "x"}`), "manifest", Failure, "missing"},
		{"a need of a later host", get(`{"botd": 1, "name": "x", "version": "1", "needs": ["reply.image"]}`), "manifest", Failure, `needs "reply.image"; this botd offers members`},
		{"a misspelt field", get(`{"botd": 1, "name": "x", "version": "1", "trigers": []}`), "manifest", Warning, "did you mean triggers?"},
		{"a command without its slash", get(`{"botd": 1, "name": "x", "version": "1", "commands": [{"usage": "extend"}]}`), "manifest", Failure, "does not begin with /"},
		{"a schema that is none", get(`{"botd": 1, "name": "x", "version": "1", "config": {"type": 3}}`), "options", Failure, "no JSON Schema"},
		{"a schema that refers to nothing", get(`{"botd": 1, "name": "x", "version": "1", "config": {"$ref": "#/$defs/audience"}}`), "options", Failure, "no JSON Schema"},
		{"status 500", post(func(w http.ResponseWriter) { http.Error(w, "KeyError: 'title'", 500) }), "webhook", Failure, `status 500: "KeyError: 'title'"`},
		{"a redirect", post(func(w http.ResponseWriter) { w.Header().Set("Location", "/x"); w.WriteHeader(302) }), "webhook", Failure, "status 302"},
		{"no words", post(func(w http.ResponseWriter) { w.WriteHeader(400) }), "webhook", Warning, "without a word"},
		{"a page", post(func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(404)
			_, _ = fmt.Fprint(w, "<html>")
		}), "webhook", Warning, "a page of HTML"},
		{"a stack", post(func(w http.ResponseWriter) { http.Error(w, "at line 1\nat line 2", 400) }), "webhook", Warning, "several lines"},
		{"no JSON", says("ok"), "webhook", Failure, "not JSON"},
		{"nothing", says(""), "webhook", Failure, "not JSON"},
		{"a misspelt exception", says(`{"messages": [{"to": {"everyone": true, "exept": ["cy"]}, "text": "x"}]}`), "webhook", Failure, "messages[0].to.exept"},
		{"a message for nobody", says(`{"messages": [{"text": "x"}]}`), "schedule", Failure, "names nobody"},
		{"a timer that it does not know", says(`{"later": [{"name": "reminder", "after": "1m"}]}`), "timer", Failure, `timer "reminder"`},
		{"a report that it does not know", spoil(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			if r.Method == http.MethodGet {
				_, _ = fmt.Fprint(w, `{"botd": 1, "name": "x", "version": "1", "reports": ["told"]}`)
				return
			}
			_ = read(r)
			_, _ = fmt.Fprint(w, `{"messages": [{"to": {"everyone": true}, "text": "x", "report": {"name": "tolled"}}]}`)
		}), "webhook", Failure, `report "tolled"`},
		{"more timers than an answer may have", says(`{"later": [` + strings.Repeat(`{"name": "closing", "after": "1m"},`, chat.MaxTimers) + `{"name": "closing", "after": "1m"}]}`), "webhook", Failure, "one answer may have"},
		{"eleven messages", says(`{"messages": [` + strings.Repeat(`{"to": {"everyone": true}, "text": "x"},`, 10) + `{"to": {"everyone": true}, "text": "x"}]}`), "webhook", Warning, "11 messages"},
		{"too much state", says(`{"state": {"x": "` + strings.Repeat("x", chat.MaxState) + `"}}`), "webhook", Failure, "may have 65536"},
		{"more than a megabyte", says(`{"state": {"x": "` + strings.Repeat("x", plugins.MaxReply) + `"}}`), "webhook", Failure, "more than 1048576 bytes"},
		{"something to say about everything", says(`{"messages": [{"to": {"everyone": true}, "text": "x"}]}`), "unknown-name", Failure, "answered with 1 messages"},
		{"something to say about what is no JSON", says(`{}`), "not-json", Warning, "is answered with a reply"},
		{"a report about a report", says(`{"messages": [{"to": {"everyone": true}, "text": "x", "report": {"name": "told"}}]}`), "report", Failure, "asks for a report, and answers one"},
		{"a connection that breaks", post(func(http.ResponseWriter) { panic(http.ErrAbortHandler) }), "webhook", Failure, "no answer"},
		{"nothing but no", post(func(w http.ResponseWriter) {
			http.Error(w, "options: rules: is missing", http.StatusUnprocessableEntity)
		}), "answers", Warning, "every event was refused"},
		{"a memory of its own", post(func(w http.ResponseWriter) {
			_, _ = fmt.Fprintf(w, `{"state": {"calls": %d}}`, calls.Add(1))
		}), "pure", Failure, "and then by"},
		{"an eye for what it does not know", spoil(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if body := read(r); strings.Contains(body, "x_later") {
				http.Error(w, "unknown field x_later", 400)
				return
			}
			next.ServeHTTP(w, r)
		}), "unknown-fields", Failure, "is answered otherwise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			finding(t, Check(t.Context(), served(t, c.handler), Options{}), c.check, c.level, c.want)
		})
	}
}

func TestWhoDoesNotLookAtSignaturesIsTold(t *testing.T) {
	key := newKey(t)
	careless := plugins.Serve(sample, plugins.SigningKey{})
	half := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get(plugins.HeaderSignature) == "" {
			http.Error(w, "the request is not signed", http.StatusUnauthorized)
			return
		}
		careless.ServeHTTP(w, r)
	})
	finding(t, Check(t.Context(), served(t, careless), Options{Key: key}), "signature", Warning, "does not look at signatures")
	finding(t, Check(t.Context(), served(t, half), Options{Key: key}), "signature", Failure, "yet answers a request with one of another body")
	finding(t, Check(t.Context(), served(t, careless), Options{}), "signature", Skipped, "no key")
	finding(t, Check(t.Context(), served(t, plugins.Serve(sample, key)), Options{}), "webhook", Failure, "status 401")
}

func TestOptionsThatItsOwnSchemaRefusesAreFound(t *testing.T) {
	url := served(t, plugins.Serve(sample, plugins.SigningKey{}))
	finding(t, Check(t.Context(), url, Options{Config: []byte(`{"tel": 1}`)}), "options", Failure, "refuses them")
	bare := served(t, get(`{"botd": 1, "name": "x", "version": "1"}`))
	finding(t, Check(t.Context(), bare, Options{Config: []byte(`{"tel": 1}`)}), "options", Warning, "no schema")
}

func TestAPayloadThatIsGivenIsSent(t *testing.T) {
	h := spoil(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if body := read(r); r.Method == http.MethodPost && !strings.Contains(body, "Decimals") {
			http.Error(w, "title: is another", http.StatusUnprocessableEntity)
			return
		}
		next.ServeHTTP(w, r)
	})
	url := served(t, h)
	finding(t, Check(t.Context(), url, Options{}), "answers", Warning, "title: is another")
	r := Check(t.Context(), url, Options{Payload: []byte(`{"title": "Decimals"}`)})
	if r.Count(Warning) > 0 || r.Fails() {
		t.Errorf("%+v", r.Results)
	}
}

func TestAPluginThatCannotReadItsOwnStateIsFound(t *testing.T) {
	h := spoil(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if body := read(r); strings.Contains(body, `"mine"`) {
			http.Error(w, "what is this?", http.StatusInternalServerError)
		} else if r.Method == http.MethodPost {
			_, _ = fmt.Fprint(w, `{"state": {"mine": 1}}`)
		} else {
			next.ServeHTTP(w, r)
		}
	})
	finding(t, Check(t.Context(), served(t, h), Options{}), "state", Failure, `status 500: "what is this?"`)
}

func TestAPluginThatMixesUpGroupsIsFound(t *testing.T) {
	var busy atomic.Int64
	h := spoil(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		n := busy.Add(1)
		defer busy.Add(-1)
		body := read(r)
		if strings.Contains(body, `"id":"member`) {
			// Wait until there is another at the same time, or it is plain that there is none.
			for end := time.Now().Add(20 * time.Millisecond); n == 1 && time.Now().Before(end); n = busy.Load() {
				runtime.Gosched()
			}
			_, _ = fmt.Fprintf(w, `{"state": {"alone": %v}}`, n == 1)
			return
		}
		next.ServeHTTP(w, r)
	})
	finding(t, Check(t.Context(), served(t, h), Options{}), "at-once", Failure, "is answered otherwise")
}

func TestAPluginThatHangsOrIsNotThereIsFound(t *testing.T) {
	h := spoil(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && strings.Contains(read(r), `"schedule"`) {
			<-r.Context().Done()
		}
		next.ServeHTTP(w, r)
	})
	finding(t, Check(t.Context(), served(t, h), Options{Timeout: 300 * time.Millisecond}), "schedule", Failure, "did not answer within 300ms")

	s := httptest.NewServer(h)
	s.Close()
	r := Check(t.Context(), s.URL, Options{})
	finding(t, r, "manifest", Failure, "nothing answers")
	if len(r.Results) != 1 {
		t.Errorf("went on with %d checks", len(r.Results)-1)
	}
}

func TestASlowAnswerIsWarnedOf(t *testing.T) {
	c := &checker{peer: &peer{slowest: soon + 1}}
	c.run(t.Context(), "time", "", c.checkTime)
	finding(t, c.report, "time", Warning, "it took 1s")
}

func TestAReportIsReadable(t *testing.T) {
	var b strings.Builder
	if err := Check(t.Context(), served(t, says("ok")), Options{}).Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ok    manifest ", "FAIL  webhook ", "      → the host would refuse this reply", "sample 1.0.0: "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("without %q:\n%s", want, b.String())
		}
	}
}

// read is the body of a request, which can be read again.
func read(r *http.Request) string {
	raw, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	return string(raw)
}

func finding(t *testing.T, r Report, check string, level Level, want string) {
	t.Helper()
	i := slices.IndexFunc(r.Results, func(x Result) bool { return x.Check == check })
	if i < 0 {
		t.Fatalf("%s was not checked: %+v", check, r)
	}
	for _, f := range r.Results[i].Findings {
		if f.Level == level && strings.Contains(f.Reason, want) && f.Place != "" && f.Remedy != "" {
			return
		}
	}
	t.Errorf("%s found %+v; want a %s that says %q", check, r.Results[i].Findings, level, want)
}
