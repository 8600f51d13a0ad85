package apicheck_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/internal/apicheck"
	"github.com/botd-chat/botd/internal/apidoc"
	"github.com/botd-chat/botd/openapi"
	"github.com/botd-chat/botd/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lamp is what the listener of these tests answers, and order what it takes.
type lamp struct {
	On bool `json:"on"`
}

type order lamp

var api = openapi.API{Title: "A lamp", Tags: []openapi.Tag{{Name: "lamp"}}, Problem: problem.Details{}, Routes: []openapi.Route{
	{Method: "GET", Path: "/lamps/:id", Operation: openapi.Operation{Does: "Has a lamp", Tag: "lamp",
		Params:  []openapi.Param{{In: openapi.Path, Name: "id", Is: openapi.Schema{"type": "integer"}}},
		Answers: []openapi.Answer{{Status: 200, About: "It.", Is: lamp{}, Headers: []openapi.Param{{Name: "Age", Is: ""}}}},
		Fails:   map[int]string{404: "There is none."}}},
	{Method: "POST", Path: "/lamps/:id", Operation: openapi.Operation{Does: "Lights a lamp", Tag: "lamp",
		Params:  []openapi.Param{{In: openapi.Path, Name: "id", Is: openapi.Schema{"type": "integer"}}},
		Body:    &openapi.Body{Is: order{}, Fields: []string{"on"}, Required: true},
		Answers: []openapi.Answer{{Status: 200, About: "It.", Is: lamp{}}}}},
}}

func TestWhatDoesNotFitTheDocumentIsTold(t *testing.T) {
	doc, err := apidoc.Document(api)
	if err != nil {
		t.Fatal(err)
	}
	checker, err := apicheck.New(doc)
	if err != nil {
		t.Fatal(err)
	}
	const asJSON, gone = "application/json", `{"title":"Not Found","status":404}`
	for _, c := range []struct {
		name               string
		method, path, sent string
		status             int
		kind, body         string
		wrong              string // empty: it fits
	}{
		{"as it is told", "GET", "/lamps/1", "", 200, asJSON, `{"on":true}`, ""},
		{"a failure as it is told", "GET", "/lamps/1", "", 404, problem.ContentType, gone, ""},
		{"an address that there is not", "GET", "/lamp", "", 404, problem.ContentType, gone, ""},
		{"a method that there is not", "PUT", "/lamps/1", "", 405, problem.ContentType, `{"title":"x","status":405}`, ""},
		{"a body as it is told", "POST", "/lamps/1", `{"on":true}`, 200, asJSON, `{"on":true}`, ""},
		{"another status", "GET", "/lamps/1", "", 201, asJSON, `{"on":true}`, "201"},
		{"a failure that is not told of", "GET", "/lamps/1", "", 409, problem.ContentType, `{"title":"Conflict","status":409}`, "409"},
		{"another field", "GET", "/lamps/1", "", 200, asJSON, `{"on":true,"hot":true}`, "hot"},
		{"a field that is missing", "GET", "/lamps/1", "", 200, asJSON, `{}`, "on"},
		{"null", "GET", "/lamps/1", "", 200, asJSON, `{"on":null}`, "on"},
		{"another type", "GET", "/lamps/1", "", 200, "text/plain", "on", "text/plain"},
		{"a failure as text", "GET", "/lamps/1", "", 404, "text/plain", "not found", "text/plain"},
		{"a failure of another status", "GET", "/lamps/1", "", 404, problem.ContentType, `{"title":"x","status":500}`, "status 500"},
		{"an address that is not told of", "GET", "/lamp", "", 200, asJSON, `{"on":true}`, "no such address"},
		{"a method that is not told of", "PUT", "/lamps/1", "", 200, asJSON, `{"on":true}`, "no such method"},
		{"a body with more is heeded", "POST", "/lamps/1", `{"on":true,"dim":1}`, 200, asJSON, `{"on":true}`, "such a request"},
		{"no body is heeded", "POST", "/lamps/1", "", 200, asJSON, `{"on":true}`, "such a request"},
		{"another path is heeded", "GET", "/lamps/one", "", 200, asJSON, `{"on":true}`, "such a request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer s.Close()
			var told []string
			s.Client().Transport = checker.Transport(s.Client().Transport, func(err error) { told = append(told, err.Error()) })
			r, err := http.NewRequest(c.method, s.URL+c.path, strings.NewReader(c.sent))
			if err != nil {
				t.Fatal(err)
			}
			if c.sent != "" {
				r.Header.Set("Content-Type", asJSON)
			}
			res, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if got, _ := io.ReadAll(res.Body); string(got) != c.body {
				t.Errorf("the answer came as %q", got)
			}
			if (c.wrong == "") != (len(told) == 0) || c.wrong != "" && !strings.Contains(strings.Join(told, "\n"), c.wrong) {
				t.Errorf("told %q, want %q", told, c.wrong)
			}
		})
	}
}
