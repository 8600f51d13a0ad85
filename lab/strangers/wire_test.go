package strangers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// line is a header as it is written.
type line struct{ name, value string }

// bad is a request that must be refused.
type bad struct {
	sort   string // of badness, for the tally
	method string // empty: POST
	target string
	header []line
	body   []byte
	length string // what Content-Length says; empty: the truth
	raw    []byte // all of it, in place of what is above
	want   []int  // one of these is the answer; none: any of 4xx
	// http says that it is no HTTP, or more than its limits, so that the server may
	// answer before anybody sees a request: in text, or not at all.
	http bool
	stop bool // nothing more is sent, and that is said
	slow bool // nothing more is sent, and that is not said
}

// bytes is what goes over the wire.
func (b bad) bytes() []byte {
	if b.raw != nil {
		return b.raw
	}
	var w bytes.Buffer
	method := b.method
	if method == "" {
		method = http.MethodPost
	}
	fmt.Fprintf(&w, "%s %s HTTP/1.1\r\n", method, b.target)
	for _, l := range b.header {
		fmt.Fprintf(&w, "%s: %s\r\n", l.name, l.value)
	}
	if !b.has("Host") {
		w.WriteString("Host: 127.0.0.1\r\n")
	}
	length := b.length
	if length == "" {
		length = strconv.Itoa(len(b.body))
	}
	if !b.has("Transfer-Encoding") && !b.has("Content-Length") {
		fmt.Fprintf(&w, "Content-Length: %s\r\n", length)
	}
	w.WriteString("Connection: close\r\n\r\n")
	w.Write(b.body)
	return w.Bytes()
}

func (b bad) has(name string) bool {
	for _, l := range b.header {
		if http.CanonicalHeaderKey(l.name) == name {
			return true
		}
	}
	return false
}

// request is how the document sees it; nil if there is none.
func (b bad) request() *http.Request {
	if b.raw != nil {
		if r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b.raw))); err == nil {
			return r
		}
		return nil
	}
	u, err := url.ParseRequestURI(b.target)
	if err != nil {
		return nil
	}
	method := b.method
	if method == "" {
		method = http.MethodPost
	}
	h := http.Header{}
	for _, l := range b.header {
		h.Add(l.name, l.value)
	}
	return &http.Request{Method: method, URL: u, Header: h}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
}

var errSilent = errors.New("no answer")

// send writes a request and reads what comes back. A server that has seen enough
// closes while more is written to it, which is no mistake.
func send(ctx context.Context, address string, b bad) (reply, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return reply{}, fmt.Errorf("connecting: %w", err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(45 * time.Second))
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = c.Write(b.bytes())
		if t, ok := c.(*net.TCPConn); ok && b.stop {
			_ = t.CloseWrite()
		}
	}()
	defer func() { _ = c.Close(); <-written }()
	r := b.request()
	if r == nil {
		r = &http.Request{Method: http.MethodPost}
	}
	from := bufio.NewReader(c)
	res, err := http.ReadResponse(from, r)
	for err == nil && res.StatusCode == http.StatusContinue {
		_ = res.Body.Close()
		res, err = http.ReadResponse(from, r)
	}
	if err != nil {
		return reply{}, errors.Join(errSilent, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, fmt.Errorf("reading the answer: %w", err)
	}
	return reply{res.StatusCode, res.Header, body}, nil
}
