// Package apicheck holds what a listener does against its OpenAPI document, for
// tests. A [Checker] stands between a test and a listener, and tells each request
// that was heeded, and each answer, that the document does not know.
//
// It is apart from the package that makes documents because its library takes
// long to compile.
package apicheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"

	"github.com/botd-chat/botd/problem"
)

// Checker holds what a listener does against its document.
type Checker struct {
	paths []path
	// Requests are to be as described; that nothing else is in them is for the
	// listener to see to. Answers are to have nothing that is not described.
	requests, answers validator.Validator
}

// forBrowsers are headers that say nothing to a program.
var forBrowsers = []string{"Content-Security-Policy", "X-Content-Type-Options"}

// verbatim is what is handed on in an answer as it was stored.
var verbatim = []string{"$.body.receipts[*].**", "$.body.state**", "$.body.payload**"}

// path is a path of the document, in parts, and its methods.
type path struct {
	parts   []string
	methods []string
}

// New makes one of a document, which it also holds against OpenAPI's own
// schema.
func New(document []byte) (*Checker, error) {
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	c := &Checker{requests: validator.NewValidatorFromV3Model(&model.Model, config.WithFormatAssertions()),
		answers: validator.NewValidatorFromV3Model(&model.Model, config.WithFormatAssertions(), config.WithStrictMode(),
			config.WithStrictIgnoredHeadersExtra(forBrowsers...), config.WithStrictIgnorePaths(verbatim...))}
	c.answers.SetDocument(doc)
	if ok, errs := c.answers.ValidateDocument(); !ok {
		return nil, fmt.Errorf("the document is not OpenAPI 3.1: %w", errs[0])
	}
	var plain struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(document, &plain); err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	for p, methods := range plain.Paths {
		one := path{parts: strings.Split(p, "/")}
		for m := range methods {
			one.methods = append(one.methods, strings.ToUpper(m))
		}
		c.paths = append(c.paths, one)
	}
	return c, nil
}

// Transport checks what goes through next, and has each thing told that does not
// fit.
func (c *Checker) Transport(next http.RoundTripper, wrong func(error)) http.RoundTripper {
	return transport{c, next, wrong}
}

type transport struct {
	*Checker
	next  http.RoundTripper
	wrong func(error)
}

// RoundTrip has the answer read to its end before it is handed on.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := []byte{}
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	if err == nil {
		if err := t.Check(r, sent, res.StatusCode, res.Header, body); err != nil {
			t.wrong(err)
		}
	}
	return res, nil
}

// failing hands on that a body was broken off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// Check holds one request and its answer against the document.
func (c *Checker) Check(r *http.Request, sent []byte, status int, header http.Header, body []byte) error {
	if err := c.check(r, sent, status, header, body); err != nil {
		return fmt.Errorf("%s %s answered %d %.300s: %w", r.Method, r.URL.Path, status, body, err)
	}
	return nil
}

// before are statuses that are answered before an address is looked at.
var before = []int{http.StatusForbidden, http.StatusMisdirectedRequest}

func (c *Checker) check(r *http.Request, sent []byte, status int, header http.Header, body []byte) error {
	known := c.find(r.URL.EscapedPath())
	switch {
	case known == nil && status != http.StatusNotFound && !slices.Contains(before, status):
		return fmt.Errorf("the document has no such address, so it should be 404")
	case known != nil && !slices.Contains(known.methods, r.Method) && status != http.StatusMethodNotAllowed && !slices.Contains(before, status):
		return fmt.Errorf("the document has no such method there, so it should be 405")
	case known == nil, !slices.Contains(known.methods, r.Method):
		return isProblem(r, status, header, body)
	}
	res := &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Request: r}
	if ok, errs := c.answers.ValidateHttpResponse(with(r, sent), res); !ok {
		return errs[0]
	}
	if status >= http.StatusBadRequest {
		return isProblem(r, status, header, body)
	}
	if ok, errs := c.requests.ValidateHttpRequest(with(r, sent)); !ok {
		return fmt.Errorf("the document does not have such a request: %w", errs[0])
	}
	return nil
}

// find is the path of the document that is this one; what is fixed goes before
// what is not.
func (c *Checker) find(address string) *path {
	parts := strings.Split(address, "/")
	var found *path
	fixed := -1
	for i, p := range c.paths {
		if n := p.match(parts); n > fixed {
			found, fixed = &c.paths[i], n
		}
	}
	return found
}

// match is how many parts are the same and not merely fitting; -1: it is another
// path.
func (p path) match(parts []string) (same int) {
	if len(parts) != len(p.parts) {
		return -1
	}
	for i, want := range p.parts {
		switch {
		case want == parts[i]:
			same++
		case !strings.HasPrefix(want, "{") || parts[i] == "":
			return -1
		}
	}
	return same
}

func with(r *http.Request, body []byte) *http.Request {
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// isProblem holds a failure against RFC 9457 and itself.
func isProblem(r *http.Request, status int, header http.Header, body []byte) error {
	if got := header.Get("Content-Type"); got != problem.ContentType {
		return fmt.Errorf("a failure is told as %s and not as %q", problem.ContentType, got)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	var told problem.Details
	if err := d.Decode(&told); err != nil {
		return fmt.Errorf("the failure is no problem document: %w", err)
	}
	if told.Status != status || told.Title == "" {
		return fmt.Errorf("the problem document has status %d and title %q", told.Status, told.Title)
	}
	return nil
}
