package daemon_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/docs/reference"
	"github.com/botd-chat/botd/internal/apicheck"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/plugins/rules"
)

func TestMain(m *testing.M) {
	host.Child(quiz.Plugin, notice.Plugin, rules.Plugin, wild) // this binary is also what botd starts for plugins
	goleak.VerifyTestMain(documented{m})
}

// documented runs tests, and fails if something that they asked a listener, or
// were answered, is not in its document. Verbs ask by the default transport.
type documented struct{ *testing.M }

func (d documented) Run() int {
	http.DefaultTransport = &watcher{next: http.DefaultTransport}
	code := d.M.Run()
	all := misfits.all()
	for _, err := range all[:min(len(all), 20)] {
		fmt.Fprintln(os.Stderr, err)
	}
	if len(all) > 0 {
		fmt.Fprintf(os.Stderr, "%d answers do not fit what docs/reference says of the listeners\n", len(all))
		return 1
	}
	return code
}

// watcher checks what goes to a listener that it was told of.
type watcher struct{ next http.RoundTripper }

var listeners sync.Map // host: which document

// watch has a listener checked from now on.
func watch(address string, by func() (*apicheck.Checker, error)) {
	if u, err := url.Parse(address); err == nil {
		listeners.Store(u.Host, by)
	}
}

var (
	publicDocument = sync.OnceValues(func() (*apicheck.Checker, error) { return apicheck.New(reference.Public) })
	adminDocument  = sync.OnceValues(func() (*apicheck.Checker, error) { return apicheck.New(reference.Admin) })
)

func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	by, ok := listeners.Load(r.URL.Host)
	if !ok {
		return w.next.RoundTrip(r)
	}
	checker, err := by.(func() (*apicheck.Checker, error))()
	if err != nil {
		misfits.add(err)
		return w.next.RoundTrip(r)
	}
	return checker.Transport(w.next, misfits.add).RoundTrip(r)
}

func (w *watcher) CloseIdleConnections() {
	if c, ok := w.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

var misfits errorList

// errorList gathers errors from many places.
type errorList struct {
	mu   sync.Mutex
	list []error
}

func (e *errorList) add(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, err)
}

func (e *errorList) all() []error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.list
}
