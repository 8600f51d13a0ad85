package webhooks

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// authorized is a change to the header of that name.
func authorized(value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", value) }
}

func pair(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestBasic(t *testing.T) {
	const old, password = "canary-password-before-the-rotation", "canary-password:with-a-colon"
	said := []Delivery{{ID: "a", Exact: true}}
	playKind(t, "basic", Settings{User: "änn", Secrets: []string{password, old}}, Sample{ID: "a", Body: []byte(answer)}, []sent{
		{name: "right", want: said},
		{name: "the password before the rotation", change: authorized(pair("änn", old)), want: said},
		{name: "the scheme in other letters", change: authorized(strings.Replace(pair("änn", old), "Basic", "bAsIc", 1)), want: said},
		{name: "years later, since no time is signed", at: 1e5 * 3600e9, want: said},
		{name: "no credentials", change: func(r *http.Request) { r.Header.Del("Authorization") }, status: http.StatusUnauthorized},
		{name: "credentials twice", change: func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, status: http.StatusUnauthorized},
		{name: "another user", change: authorized(pair("bob", password)), status: http.StatusUnauthorized},
		{name: "another password", change: authorized(pair("änn", password+"x")), status: http.StatusUnauthorized},
		{name: "a password cut short", change: authorized(pair("änn", password[:len(password)-1])), status: http.StatusUnauthorized},
		{name: "no password", change: authorized(pair("änn", "")), status: http.StatusUnauthorized},
		{name: "no user", change: authorized(pair("", password)), status: http.StatusUnauthorized},
		{name: "the border moved", change: authorized(pair("änn:canary-password", "with-a-colon")), want: said}, // it is the same text
		{name: "no colon", change: authorized("Basic " + base64.StdEncoding.EncodeToString([]byte("änn"))), status: http.StatusUnauthorized},
		{name: "in another charset", change: authorized("Basic " + base64.StdEncoding.EncodeToString([]byte("\xe4nn:"+password))), status: http.StatusUnauthorized},
		{name: "not in base64", change: authorized("Basic änn:" + password), status: http.StatusUnauthorized},
		{name: "base64 with bits to spare", change: authorized("Basic YWI6Yx=="), status: http.StatusUnauthorized},
		{name: "as a token", change: authorized("Bearer " + password), status: http.StatusUnauthorized},
		{name: "the name of the scheme alone", change: authorized("Basic"), status: http.StatusUnauthorized},
		{name: "no id", change: func(r *http.Request) { r.Header.Del(headerIdempotencyKey) }, want: []Delivery{{}}},
		{name: "right and no JSON", body: "{", status: http.StatusBadRequest},
		{name: "a form", media: mediaForm, status: http.StatusUnsupportedMediaType},
	})
}

func TestWhoIsRefusedIsAskedForAPassword(t *testing.T) {
	v := must(newBasic("ann", []string{token}))
	if got := v.Challenge(); got != `Basic realm="botd hooks", charset="UTF-8"` {
		t.Error(got)
	}
}

func TestBasicIsNeverOpen(t *testing.T) {
	for _, s := range []Settings{{}, {User: "ann"}, {User: "ann", Secrets: []string{""}}, {User: "ann", Secrets: []string{"              "}},
		{User: "ann", Secrets: []string{"short"}}, {Secrets: []string{token}}, {User: "a:b", Secrets: []string{token}}, {User: "ann", Secrets: []string{token, ""}}} {
		if _, err := NewHook("h", "basic", s, (&kept{}).accept); err == nil {
			t.Errorf("%q was taken", s.Secrets)
		}
	}
}

func TestCurlIsGivenUserAndPassword(t *testing.T) {
	h := must(must(FindKind("basic")).Sign(Settings{User: "ann", Secrets: []string{token}}, Sample{}))
	if got := must(CurlArgs(h)); got != "--user ann:"+token {
		t.Error(got)
	}
	h = must(must(FindKind("basic")).Sign(Settings{User: "ann", Secrets: []string{"two words are split"}}, Sample{}))
	if got, err := CurlArgs(h); err == nil {
		t.Errorf("%q would be split by a shell", got)
	}
}

func TestNone(t *testing.T) {
	paged := func(r *http.Request) { r.Header.Set("Origin", "http://evil.example:8080") }
	playKind(t, "none", Settings{}, Sample{ID: "a", Body: []byte(answer)}, []sent{
		{name: "anybody", want: []Delivery{{ID: "a", Exact: true}}},
		{name: "with whatever credentials", change: authorized("Basic x"), want: []Delivery{{ID: "a", Exact: true}}},
		{name: "what a page of another site can send from a browser", media: "text/plain", status: http.StatusUnsupportedMediaType},
		{name: "what a page can send whose name was made to point here", change: paged, status: http.StatusUnauthorized},
		{name: "no JSON", body: "{", status: http.StatusBadRequest},
	})
	playKind(t, "none", Settings{Insecure: true}, Sample{ID: "a", Body: []byte(answer)}, []sent{
		{name: "a page, where that is meant", change: paged, want: []Delivery{{ID: "a", Exact: true}}},
	})
	playKind(t, "none", Settings{NeedID: true}, Sample{Body: []byte(answer)}, []sent{
		{name: "without the id that is asked for", status: http.StatusBadRequest, detail: headerIdempotencyKey},
	})
}
