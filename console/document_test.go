package console_test

import (
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/internal/apicheck"
	"github.com/botd-chat/botd/internal/apidoc"
)

// checked holds what goes between the test and the listener against the
// document.
func checked(t *testing.T, s *httptest.Server) {
	t.Helper()
	c, err := checker()
	if err != nil {
		t.Fatal(err)
	}
	s.Client().Transport = c.Transport(s.Client().Transport, func(err error) { t.Error(err) })
}

var checker = sync.OnceValues(func() (*apicheck.Checker, error) {
	doc, err := apidoc.Document(console.API())
	if err != nil {
		return nil, err
	}
	return apicheck.New(doc)
})

func TestEveryAddressIsInTheDocumentAndTheReverse(t *testing.T) {
	served, ok := console.New(console.Options{Backend: &backend{}, Token: func() string { return token }}).(*echo.Echo)
	if !ok {
		t.Fatal("the console is no echo any more; find out its routes otherwise")
	}
	has := map[string]bool{}
	for _, r := range served.Routes() {
		has[r.Method+" "+r.Path] = true
	}
	for _, r := range console.API().Routes {
		if !has[r.Method+" "+r.Path] {
			t.Errorf("%s %s is told of and does not exist", r.Method, r.Path)
		}
		delete(has, r.Method+" "+r.Path)
	}
	for r := range has {
		t.Errorf("%s is not told of: add it to the routes of the file that it belongs in, as a route with its description", r)
	}
}
