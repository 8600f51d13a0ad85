package webhooks

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// bad is a request that must be refused with this status and kept nowhere.
type bad struct {
	name    string
	status  int
	request func(s *stage) *http.Request
}

var badSignatures = []bad{
	{"unsigned", 401, func(s *stage) *http.Request { return s.post("quiz", answer) }},
	{"no id", 401, func(s *stage) *http.Request { return without(s.signed(secret, "m", now, answer), "webhook-id") }},
	{"no time", 401, func(s *stage) *http.Request { return without(s.signed(secret, "m", now, answer), "webhook-timestamp") }},
	{"no signature", 401, func(s *stage) *http.Request { return without(s.signed(secret, "m", now, answer), "webhook-signature") }},
	{"empty signature", 401, func(s *stage) *http.Request { return with(s.signed(secret, "m", now, answer), "webhook-signature", "") }},
	{"empty v1", 401, func(s *stage) *http.Request {
		return with(s.signed(secret, "m", now, answer), "webhook-signature", "v1,")
	}},
	{"signed with another secret", 401, func(s *stage) *http.Request { return s.signed(NewSecret(), "m", now, answer) }},
	{"signed with an empty key", 401, func(s *stage) *http.Request { return s.signed("whsec_", "m", now, answer) }},
	{"another body", 401, func(s *stage) *http.Request { return body(s.signed(secret, "m", now, answer), answer+" ") }},
	{"another id", 401, func(s *stage) *http.Request { return with(s.signed(secret, "m", now, answer), "webhook-id", "n") }},
	{"another time", 401, func(s *stage) *http.Request {
		return with(s.signed(secret, "m", now, answer), "webhook-timestamp", fmt.Sprint(now.Unix()+1))
	}},
	{"another version", 401, func(s *stage) *http.Request { return edit(s, "webhook-signature", "v1,", "v2,") }},
	{"version v1a with the secret as key", 401, func(s *stage) *http.Request { return edit(s, "webhook-signature", "v1,", "v1a,") }},
	{"no version", 401, func(s *stage) *http.Request { return edit(s, "webhook-signature", "v1,", "") }},
	{"signature cut short", 401, func(s *stage) *http.Request {
		req := s.signed(secret, "m", now, answer)
		return with(req, "webhook-signature", req.Header.Get("webhook-signature")[:20])
	}},
	{"two signature headers", 401, func(s *stage) *http.Request {
		req := s.signed(secret, "m", now, answer)
		return with(req, "webhook-signature", req.Header.Get("webhook-signature"), "v1,AAAA")
	}},
	{"two ids", 401, func(s *stage) *http.Request { return with(s.signed(secret, "m", now, answer), "webhook-id", "m", "n") }},
	{"id with a dot", 401, func(s *stage) *http.Request { return s.signed(secret, "m.1", now, answer) }},
	{"id with a blank", 401, func(s *stage) *http.Request { return s.signed(secret, "m 1", now, answer) }},
	{"id too long", 401, func(s *stage) *http.Request { return s.signed(secret, strings.Repeat("m", 256), now, answer) }},
	{"border between id and time moved", 401, func(s *stage) *http.Request {
		req := s.signed(secret, "m", now, fmt.Sprintf("%d.5", now.Unix()))
		req = body(req, "5")
		return with(req, "webhook-id", fmt.Sprintf("m.%d", now.Unix()))
	}},
	{"stale", 401, func(s *stage) *http.Request { return s.signed(secret, "m", now.Add(-301*time.Second), answer) }},
	{"from the future", 401, func(s *stage) *http.Request { return s.signed(secret, "m", now.Add(301*time.Second), answer) }},
	{"time before 1970", 401, func(s *stage) *http.Request { return s.signed(secret, "m", time.Unix(-5, 0), answer) }},
	{"time in milliseconds", 401, timestamp(fmt.Sprint(now.UnixMilli()))},
	{"time with a sign", 401, timestamp(fmt.Sprintf("+%d", now.Unix()))},
	{"time with a fraction", 401, timestamp(fmt.Sprintf("%d.0", now.Unix()))},
	{"time with an exponent", 401, timestamp("1.7e9")},
	{"time with an underscore", 401, timestamp("1_700_000_000")},
	{"time in words", 401, timestamp(now.Format(time.RFC3339))},
	{"bearer at a signed hook", 401, func(s *stage) *http.Request { return with(s.post("quiz", answer), "Authorization", "Bearer "+token) }},
}

var badTokens = []bad{
	{"no token", 401, func(s *stage) *http.Request { return s.post("standup", answer) }},
	{"empty token", 401, func(s *stage) *http.Request { return s.bearer("", answer) }},
	{"wrong token", 401, func(s *stage) *http.Request { return s.bearer(token+"x", answer) }},
	{"token cut short", 401, func(s *stage) *http.Request { return s.bearer(token[:len(token)-1], answer) }},
	{"token as basic", 401, func(s *stage) *http.Request { return with(s.post("standup", answer), "Authorization", "Basic "+token) }},
	{"token alone", 401, func(s *stage) *http.Request { return with(s.post("standup", answer), "Authorization", token) }},
	{"two tokens", 401, func(s *stage) *http.Request {
		return with(s.post("standup", answer), "Authorization", "Bearer "+token, "Bearer "+token)
	}},
	{"token in the query", 401, func(s *stage) *http.Request {
		req := s.post("standup", answer)
		req.URL.RawQuery = "access_token=" + token
		return req
	}},
	{"signature at a bearer hook", 401, func(s *stage) *http.Request {
		req := s.signed(secret, "m", now, answer)
		req.URL.Path = "/hooks/standup"
		return req
	}},
	{"empty idempotency key", 400, func(s *stage) *http.Request { return with(s.bearer(token, answer), "Idempotency-Key", "") }},
	{"empty quoted idempotency key", 400, func(s *stage) *http.Request { return with(s.bearer(token, answer), "Idempotency-Key", `""`) }},
	{"idempotency key with a blank", 400, func(s *stage) *http.Request { return with(s.bearer(token, answer), "Idempotency-Key", "a b") }},
	{"two idempotency keys", 400, func(s *stage) *http.Request { return with(s.bearer(token, answer), "Idempotency-Key", "a", "b") }},
	{"endless idempotency key", 400, func(s *stage) *http.Request {
		return with(s.bearer(token, answer), "Idempotency-Key", strings.Repeat("k", 256))
	}},
}

var badFraming = []bad{
	{"unknown hook", 404, func(s *stage) *http.Request { return s.post("nothing", answer) }},
	{"no hook", 404, func(s *stage) *http.Request { return s.post("", answer) }},
	{"a path below a hook", 404, func(s *stage) *http.Request { return s.post("quiz/more", answer) }},
	{"a slash at the end", 404, func(s *stage) *http.Request { return s.post("quiz/", answer) }},
	{"dots in the path", 404, func(s *stage) *http.Request { return s.post("..%2fquiz", answer) }},
	{"another letter case", 404, func(s *stage) *http.Request { return s.post("QUIZ", answer) }},
	{"elsewhere", 404, func(s *stage) *http.Request { r := s.bearer(token, answer); r.URL.Path = "/metrics"; return r }},
	{"unknown hook by GET", 404, method(http.MethodGet, "nothing")},
	{"GET", 405, method(http.MethodGet, "quiz")},
	{"HEAD", 405, method(http.MethodHead, "quiz")},
	{"PUT", 405, method(http.MethodPut, "quiz")},
	{"DELETE", 405, method(http.MethodDelete, "quiz")},
	{"OPTIONS", 405, method(http.MethodOptions, "quiz")},
	{"a method of their own", 405, method("BREW", "quiz")},
	{"a method overridden", 405, func(s *stage) *http.Request {
		return with(method(http.MethodGet, "standup")(s), "X-HTTP-Method-Override", "POST")
	}},
	{"gzip", 415, func(s *stage) *http.Request { return with(s.bearer(token, answer), "Content-Encoding", "gzip") }},
	{"identity and gzip", 415, func(s *stage) *http.Request {
		return with(s.bearer(token, answer), "Content-Encoding", "identity", "gzip")
	}},
	{"no content type", 415, func(s *stage) *http.Request { return without(s.bearer(token, answer), "Content-Type") }},
	{"form", 415, contentType("application/x-www-form-urlencoded")},
	{"multipart", 415, contentType("multipart/form-data; boundary=x")},
	{"plain text", 415, contentType("text/plain")},
	{"text that ends in +json", 415, contentType("text/x+json")},
	{"JSON in another charset", 415, contentType("application/json; charset=iso-8859-1")},
	{"nonsense as content type", 415, contentType(";;;")},
	{"two content types", 415, func(s *stage) *http.Request {
		return with(s.bearer(token, answer), "Content-Type", "application/json", "text/plain")
	}},
	{"too long by its length", 413, func(s *stage) *http.Request { return s.bearer(token, `"`+strings.Repeat("x", 1999)+`"`) }},
	{"too long in chunks", 413, func(s *stage) *http.Request {
		return chunked(s.bearer(token, ""), `"`+strings.Repeat("x", 1999)+`"`)
	}},
	{"more than the default limit", 413, func(s *stage) *http.Request {
		return s.signed(secret, "m", now, `"`+strings.Repeat("x", DefaultMaxBody)+`"`)
	}},
}

var badJSON = []bad{
	{"no body", 400, json400("")},
	{"only blanks", 400, json400(" \n ")},
	{"not JSON", 400, json400("user=ann")},
	{"cut short", 400, json400(`{"user":"ann"`)},
	{"two values", 400, json400(answer + answer)},
	{"a value and junk", 400, json400(answer + " x")},
	{"a comma too many", 400, json400(`{"user":"ann",}`)},
	{"single quotes", 400, json400(`{'user':'ann'}`)},
	{"a comment", 400, json400(`{"user":"ann"} // x`)},
	{"NaN", 400, json400(`{"n":NaN}`)},
	{"a number with a leading zero", 400, json400(`{"n":007}`)},
	{"a byte order mark", 400, json400("\ufeff" + answer)},
	{"a zero byte", 400, json400("{}\x00")},
	{"a line break in a string", 400, json400("\"a\nb\"")},
	{"invalid UTF-8", 400, json400("{\"user\":\"\xff\"}")},
	{"UTF-8 of a surrogate", 400, json400("\"\xed\xa0\x80\"")},
	{"overlong UTF-8", 400, json400("\"\xc0\xaf\"")},
	{"UTF-16", 400, json400("\xfe\xff\x00{\x00}")},
	{"a depth bomb", 400, json400(strings.Repeat("[", 999) + strings.Repeat("]", 999))},
	{"a depth bomb of objects", 400, json400(strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300))},
	{"one level too deep", 400, json400(strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1))},
	{"brackets that are never closed", 400, json400(strings.Repeat("[", 1999))},
	{"a key twice", 400, json400(`{"user":"ann","user":"bob"}`)},
	{"a key twice, deeper", 400, json400(`[{"a":{"x":1,"y":2,"x":3}}]`)},
	{"a key twice, once escaped", 400, json400(`{"user":"ann","\u0075ser":"bob"}`)},
	{"half a surrogate pair", 400, json400(`{"user":"\ud83d"}`)},
	{"the other half", 400, json400(`{"user":"\ude00"}`)},
	{"a pair the wrong way round", 400, json400(`{"user":"\ude00\ud83d"}`)},
	{"half a pair as key", 400, json400(`{"\ud83dx":1}`)},
}

func TestRefuses(t *testing.T) {
	s := newStage(t)
	for title, table := range map[string][]bad{
		"signature": badSignatures, "token": badTokens, "framing": badFraming, "JSON": badJSON,
	} {
		for _, c := range table {
			t.Run(title+": "+c.name, func(t *testing.T) {
				s.t = t
				res, _ := s.refused(c.request(s), c.status)
				if c.status == http.StatusMethodNotAllowed && res.Header.Get("Allow") != "POST" {
					t.Errorf("Allow is %q", res.Header.Get("Allow"))
				}
			})
		}
	}
	if n := s.kept.count(); n != 0 {
		t.Errorf("%d webhooks were kept", n)
	}
	log := s.log.String()
	for _, canary := range []string{"canary", "Y2FuYXJ5", token, strings.TrimPrefix(secret, "whsec_"), "v1,", "access_token"} {
		if strings.Contains(log, canary) {
			t.Errorf("the log holds %q", canary)
		}
	}
	for _, reason := range []string{"Webhook-Signature is missing", "none of the hook's", "signed 5m1s from our time", "not in whole seconds"} {
		if !strings.Contains(log, reason) {
			t.Errorf("the log does not say %q", reason)
		}
	}
}

func TestOneAnswerToStrangers(t *testing.T) {
	s := newStage(t)
	for hook, table := range map[string][]bad{"quiz": badSignatures, "standup": badTokens} {
		var first string
		for _, c := range table {
			if c.status != http.StatusUnauthorized {
				continue
			}
			res, body := s.do(with(c.request(s), "X-Request-Id", "same"))
			res.Header.Del("Date")
			got := fmt.Sprint(res.StatusCode, res.Header, body)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s, %s: %s\nwant %s", hook, c.name, got, first)
			}
		}
		if challenged := strings.Contains(first, "Bearer realm"); challenged != (hook == "standup") {
			t.Errorf("%s: %s", hook, first)
		}
	}
}

func TestSlowSenders(t *testing.T) {
	head := "POST /hooks/standup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token + "\r\n"
	for name, c := range map[string]struct {
		send string
		want string // of the first line of the answer; empty: the connection just ends
	}{
		"a body that stops":             {head + "Content-Length: 100\r\n\r\n{\"user\":", "HTTP/1.1 408 Request Timeout"},
		"a chunk that stops":            {head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a", "HTTP/1.1 408 Request Timeout"},
		"a body that never comes":       {head + "Content-Length: 100\r\n\r\n", "HTTP/1.1 408 Request Timeout"},
		"a chunk that is none":          {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", "HTTP/1.1 400 Bad Request"},
		"a header that stops":           {head, ""},
		"no byte at all":                {"", ""},
		"two lengths":                   {head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", "HTTP/1.1 400 Bad Request"},
		"a header of 40 KiB":            {head + "X-Long: " + strings.Repeat("x", 40<<10) + "\r\n\r\n", "HTTP/1.1 431 Request Header Fields Too Large"},
		"waits to be told to go on":     {head + "Content-Length: 3000\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 413 Request Entity Too Large"},
		"HTTP of before the flood":      {"POST /hooks/standup\r\n\r\n", "HTTP/1.1 400 Bad Request"},
		"an encoding that is not known": {head + "Transfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 501 Not Implemented"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			if got := exchange(t, s.srv.Listener.Addr().String(), c.send); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if s.kept.count() != 0 {
				t.Error("it was kept")
			}
		})
	}
}

func TestLengthAndChunks(t *testing.T) {
	s := newStage(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	one := "POST /hooks/standup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token +
		"\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
	if _, err := io.WriteString(conn, one+one); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	all, _ := io.ReadAll(conn) // until the server ends the connection, perhaps with a reset
	if n := strings.Count(string(all), "HTTP/1.1 "); n != 1 || s.kept.count() != 1 || string(s.kept.all[0].Payload) != "{}" {
		t.Errorf("%d answers, %d kept: %s", n, s.kept.count(), all)
	}
}

// exchange sends raw bytes, leaves the connection open, and returns the first
// line that comes back before the server ends it.
func exchange(t *testing.T, addr, send string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, send); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the server holds the connection for ever")
	}
	return strings.TrimSpace(line)
}

func TestRequestIDs(t *testing.T) {
	s := newStage(t)
	for _, theirs := range []string{"", "a b", strings.Repeat("x", 65), "ünicode", `"><script>`} {
		res, _ := s.do(with(s.post("quiz", answer), "X-Request-Id", theirs))
		if got := res.Header.Get("X-Request-Id"); got == theirs || len(got) < 20 {
			t.Errorf("%q became %q", theirs, got)
		}
	}
}

func TestAnswered(t *testing.T) {
	type call struct {
		hook   string
		status int
	}
	var calls []call
	k := &kept{}
	r := must(New([]Hook{bearing("standup", k.accept, token)}, Options{
		Answered: func(hook string, status int, _ time.Duration) { calls = append(calls, call{hook, status}) },
	}))
	post := func(path, auth string) {
		req := httptest.NewRequest(http.MethodPost, path, strings.NewReader("{}"))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", auth)
		r.ServeHTTP(httptest.NewRecorder(), req)
	}
	post("/hooks/standup", "Bearer "+token)
	post("/hooks/standup", "")
	post("/hooks/strangers-invent-names", "")
	post("/", "")
	want := []call{{"standup", 202}, {"standup", 401}, {"", 404}, {"", 404}}
	if fmt.Sprint(calls) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", calls, want)
	}
}

func timestamp(value string) func(*stage) *http.Request {
	return func(s *stage) *http.Request {
		// Signed as it stands, so that nothing but its form can be the reason.
		req := s.signed(secret, "m", now, answer)
		key := must(parseSecret(secret))
		req.Header.Set("webhook-timestamp", value)
		req.Header.Set("webhook-signature", "v1,"+encode(mac(key, "m", value, []byte(answer))))
		return req
	}
}

func edit(s *stage, header, old, replacement string) *http.Request {
	req := s.signed(secret, "m", now, answer)
	return with(req, header, strings.Replace(req.Header.Get(header), old, replacement, 1))
}

func method(name, hook string) func(*stage) *http.Request {
	return func(s *stage) *http.Request {
		req := s.post(hook, "")
		req.Method = name
		return with(req, "Authorization", "Bearer "+token)
	}
}

func contentType(value string) func(*stage) *http.Request {
	return func(s *stage) *http.Request { return with(s.bearer(token, answer), "Content-Type", value) }
}

func json400(text string) func(*stage) *http.Request {
	return func(s *stage) *http.Request { return s.bearer(token, text) }
}

func body(req *http.Request, text string) *http.Request {
	req.Body = io.NopCloser(strings.NewReader(text))
	req.ContentLength = int64(len(text))
	req.GetBody = nil
	return req
}
