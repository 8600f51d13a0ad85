package im

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/strictjson"
)

// guard is the last step before the socket. What it reads are the bytes that
// leave: it does not know how they came about, and believes none of the code
// before it. A request to a sending API passes only with a permission that it
// matches; one to an API that reads, recalls or makes an account passes if it can do
// nothing else; any other is refused.
type guard struct {
	next  http.RoundTripper
	app   uint64
	bases []string
}

// maxRequest bounds what the guard reads: a message is at most 11 KiB, and the
// longest question is for 500 roles.
const maxRequest = 64 << 10

// headers of every request. Whatever else is asked for, a gateway could take for
// another method or address. They are shared, and never changed.
var headers = http.Header{
	"Content-Type": {"application/json; charset=utf-8"},
	"Accept":       {"application/json"},
	"User-Agent":   {"botd"},
}

// RoundTrip sends the request if nobody else can see what it says.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := read(r)
	if err != nil {
		return nil, stopped(err)
	}
	if err := g.check(r, body); err != nil {
		return nil, stopped(err)
	}
	// What was read is what is sent, and nothing else.
	text := string(body)
	out := r.WithContext(r.Context())
	out.Header, out.Trailer, out.TransferEncoding = headers, nil, nil
	out.Body, out.ContentLength = newPayload(text), int64(len(text))
	out.GetBody = func() (io.ReadCloser, error) { return newPayload(text), nil }
	return g.next.RoundTrip(out)
}

// payload is the body of a request.
type payload struct{ strings.Reader }

func newPayload(text string) *payload {
	p := &payload{}
	p.Reset(text)
	return p
}

// Close does nothing: the bytes are in memory.
func (*payload) Close() error { return nil }

func stopped(err error) error { return fmt.Errorf("%w: %w", ErrGuard, err) }

// read reads the body to its end, however long it is said to be.
func read(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, errors.New("a request without a body")
	}
	body := make([]byte, 0, min(max(r.ContentLength, 0), maxRequest)+1)
	for len(body) <= maxRequest {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			_ = r.Body.Close()
			return nil, errors.New("the request's body cannot be read")
		}
	}
	_ = r.Body.Close() // a RoundTripper must, and it is in memory
	if len(body) > maxRequest {
		return nil, fmt.Errorf("a request of more than %d bytes", maxRequest)
	}
	return body, nil
}

func (g *guard) check(r *http.Request, body []byte) error {
	api, err := g.address(r)
	if err != nil {
		return err
	}
	if api != apiSend {
		return showsNothing(api, body)
	}
	may := permitted(r.Context())
	if may == nil {
		return errors.New("a message that nobody prepared")
	}
	if may.app != g.app {
		return errors.New("a message that was prepared for another application")
	}
	if err := may.check(body); err != nil {
		return err
	}
	if string(body) != may.body {
		return errors.New("the message was changed after it was prepared")
	}
	return nil
}

// showsNothing checks a request to an API that sends nothing. One that recalls
// says which messages of which group, and nothing for people to read; one that makes
// an account gives it an id and a name.
func showsNothing(api string, body []byte) error {
	s := strictjson.NewScanner(body)
	s.Depth, s.Plain = maxDepth, true
	switch api {
	case apiRecall:
		return recalls(s)
	case apiImport, apiRobot:
		return makesAccount(s, body, api == apiRobot)
	}
	if s.Next() != '{' {
		return errors.New("not a JSON object")
	}
	if err := s.Value(); err != nil {
		return fmt.Errorf("the request: %w", err)
	}
	if !s.End() {
		return errors.New("something follows the request")
	}
	return nil
}

// maxDepth is how deep a request is nested at most.
const maxDepth = 16

func recalls(s *strictjson.Scanner) error {
	ok := s.Literal(`{"GroupId":`) && s.Next() == '"' && s.Value() == nil && s.Literal(`,"MsgSeqList":[`)
	for ok {
		ok = s.Literal(`{"MsgSeq":`) && s.Next() >= '0' && s.Next() <= '9' && s.Value() == nil && s.Literal(`}`)
		if !s.Literal(`,`) {
			break
		}
	}
	if !ok || !s.Literal(`]}`) || !s.End() {
		return errors.New("a recall that holds other than a group and numbers of messages")
	}
	return nil
}

// makesAccount checks that a request makes one account, a robot or not, and gives it
// no more than a name.
func makesAccount(s *strictjson.Scanner, body []byte, robot bool) error {
	ok := s.Literal(`{"UserID":`) && s.Next() == '"'
	from := s.At()
	ok = ok && s.Value() == nil
	id := body[from:s.At()]
	ok = ok && s.Literal(`,"Nick":`) && s.Next() == '"'
	from = s.At()
	ok = ok && s.Value() == nil && s.At()-from <= maxNick+len(`""`) && s.Literal(`}`) && s.End()
	switch {
	case !ok:
		return errors.New("a new account that is given more than an id and a name")
	case len(id) <= len(`""`) || len(id) > chat.MaxUserID+len(`""`) || bytes.IndexByte(id, '\\') >= 0:
		return errors.New("a new account whose id is none")
	case robot != bytes.HasPrefix(id, []byte(`"`+robotPrefix)):
		return errors.New("a robot that is made as an account, or the other way round")
	}
	return nil
}

// address returns the API that the request calls, by its exact path.
func (g *guard) address(r *http.Request) (string, error) {
	switch {
	case r.Method != http.MethodPost:
		return "", errors.New("a request that is no POST")
	case !g.knows(r.URL.Scheme, r.URL.Host), r.Host != "" && r.Host != r.URL.Host:
		return "", errors.New("a request to another host")
	case r.URL.Opaque != "":
		// It would be written in place of the path that is looked at here.
		return "", errors.New("a request whose address is not its path")
	case len(r.Header["Content-Encoding"]) > 0:
		return "", errors.New("a request that is compressed")
	}
	api, ok := apis[r.URL.EscapedPath()]
	switch {
	case !ok:
		return "", errors.New("a request to an API that is not known here")
	case !g.asksFor(api, r.URL.RawQuery):
		return "", errors.New("a request for another application")
	}
	return api, nil
}

func (g *guard) knows(scheme, host string) bool {
	for _, base := range g.bases {
		if s, h, _ := strings.Cut(base, "://"); s == scheme && h == host {
			return true
		}
	}
	return false
}

// asksFor reports whether a query has the parameters that every call has, each at
// most once, spelt as they are (product/1047/34620), and our application's id. The
// list of addresses alone is asked for with one more.
func (g *guard) asksFor(api, query string) bool {
	seen := 0
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		bit := parameters[key]
		if bit == 0 || seen&bit != 0 || strings.Contains(value, ";") {
			return false
		}
		seen |= bit
		switch {
		case key == "sdkappid" && !isNumber(value, g.app):
			return false
		case key == nettype && (api != apiSources || value != outsideChina && value != insideChina):
			return false
		}
	}
	return seen&parameters["sdkappid"] != 0
}

// parameters of an address, each by a bit.
var parameters = map[string]int{"sdkappid": 1, "identifier": 2, "usersig": 4, "random": 8, "contenttype": 16, nettype: 32}

// isNumber reports whether text is n in digits, without allocating.
func isNumber(text string, n uint64) bool {
	var digits [20]byte
	return string(strconv.AppendUint(digits[:0], n, 10)) == text
}
