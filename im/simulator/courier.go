package simulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// callbackTimeout is how long the service waits for an answer (product/1047/34354).
const callbackTimeout = 2 * time.Second

// courier sends callbacks and keeps count of those on their way.
type courier struct {
	client *http.Client
	ctx    context.Context // ends with the simulator
	queue  queue
}

func newCourier(ctx context.Context, line http.RoundTripper) *courier {
	if line == nil {
		line = &http.Transport{MaxIdleConnsPerHost: 128, IdleConnTimeout: time.Minute}
	}
	answered := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &courier{ctx: ctx, client: &http.Client{Transport: line, CheckRedirect: answered}}
}

// parcel is one callback, addressed.
type parcel struct {
	command, url, token string
	app                 int
	platform            string // OptPlatform
	address             string // ClientIP; "": it has none
	body                []byte
	luck                luck
	note                CallbackCall
}

// Outcomes of a callback, as the service sees them.
const (
	Answered = "answered" // status 200 with a JSON object
	TimedOut = "timeout"  // no answer within two seconds
	Broken   = "broken"   // no connection, another status, or no JSON
)

// reply is what came back.
type reply struct {
	outcome string
	answer  fields // where it was answered
}

// pack addresses a callback, or returns nil where it is switched off. body is what
// the command has in common with no other.
func (s *Simulator) pack(command string, from origin, body entry) *parcel {
	if !s.callbacks.sends(command) {
		return nil
	}
	body["CallbackCommand"] = command
	text, err := compact(body)
	if err != nil {
		return nil // a body is made of strings and numbers
	}
	p := &parcel{
		command: command, url: s.callbacks.URL, token: s.callbacks.Token, app: s.app.id,
		platform: from.platform, address: from.address, body: text, luck: s.draw(command),
		note: CallbackCall{Command: command, Time: s.Now()},
	}
	p.note.Group, _ = body["GroupId"].(string)
	p.note.From, _ = body["From_Account"].(string)
	p.note.Random, _ = body["Random"].(uint32)
	p.note.Faults = p.luck.kinds
	return p
}

// compact encodes without the escapes for web pages, which would count against
// sizes and which the service does not make.
func compact(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

// ask sends a callback and waits for its answer, two seconds at most. A request
// that a fault delays arrives all the same, be it later than that, and its answer
// counts no more. The lock is not held.
func (s *Simulator) ask(p *parcel) reply {
	answers := make(chan reply, 1)
	began := s.Now()
	ctx, cancel := context.WithCancel(s.courier.ctx)
	s.running.Go(func() {
		defer cancel()
		if r, came := s.exchange(ctx, p, began); came {
			answers <- r
		}
	})
	timer := s.clock.inner.NewTimer(callbackTimeout)
	defer timer.Stop()
	r := reply{outcome: TimedOut}
	select {
	case r = <-answers:
	case <-timer.Chan():
		if p.luck.before == 0 {
			cancel()
		}
	case <-s.done:
		r = reply{outcome: Broken}
	}
	s.noteCallback(p, r, began)
	return r
}

// exchange carries a callback to the application and its answer back; came is
// false where no answer reaches the service.
func (s *Simulator) exchange(ctx context.Context, p *parcel, at time.Time) (r reply, came bool) {
	if p.luck.lostRequest || !s.pause(p.luck.before) {
		return r, false
	}
	if p.luck.before > 0 {
		var cancel func()
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		defer s.clock.inner.AfterFunc(callbackTimeout, cancel).Stop()
	}
	r = s.courier.carry(ctx, p, at)
	return r, !p.luck.lostAnswer && s.pause(p.luck.after)
}

// pause waits by the clock given in Options, and is false when the simulator goes
// away first.
func (s *Simulator) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := s.clock.inner.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.Chan():
		return true
	case <-s.done:
		return false
	}
}

// carry is one HTTP request and its answer.
func (c *courier) carry(ctx context.Context, p *parcel, at time.Time) reply {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.destination(at), bytes.NewReader(p.body))
	if err != nil {
		return reply{outcome: Broken}
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := c.client.Do(r)
	if err != nil {
		return reply{outcome: Broken}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return reply{outcome: Broken}
	}
	answer, well := parseObject(body)
	if response.StatusCode != http.StatusOK || !well {
		return reply{outcome: Broken}
	}
	return reply{Answered, answer}
}

// destination is the URL with the parameters of product/1047/34354.
func (p *parcel) destination(at time.Time) string {
	q := url.Values{
		"SdkAppid": {strconv.Itoa(p.app)}, "CallbackCommand": {p.command}, "contenttype": {"json"}, "OptPlatform": {p.platform},
	}
	if p.address != "" {
		q.Set("ClientIP", p.address)
	}
	if p.token != "" {
		seconds := strconv.FormatInt(at.Unix(), 10)
		q.Set("RequestTime", seconds)
		q.Set("Sign", signature(p.token, seconds))
	}
	to := p.url
	if p.luck.astray {
		to += "-of-another"
	}
	return to + "?" + q.Encode()
}

func signature(token, requestTime string) string {
	sum := sha256.Sum256([]byte(token + requestTime))
	return hex.EncodeToString(sum[:])
}
