package daemon_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
)

// outcome is what a sender saw of one webhook.
type outcome struct {
	status  int
	last    bool // the connection ends with it
	receipt chat.Receipt
	err     error
}

func send(ctx context.Context, client *http.Client, url, id string) (o outcome) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"user":"cy"}`))
	if err != nil {
		return outcome{err: err}
	}
	req.Header = http.Header{"Authorization": {"Bearer " + hookToken}, "Content-Type": {"application/json"}, "Idempotency-Key": {id}}
	res, err := client.Do(req)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return outcome{err: fmt.Errorf("in the middle of an answer: %w", err), status: res.StatusCode}
	}
	o = outcome{status: res.StatusCode, last: res.Close}
	if res.StatusCode == http.StatusAccepted {
		o.err = json.Unmarshal(body, &o.receipt)
	}
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "" {
		o.err = errors.New("503 without Retry-After")
	}
	return o
}

// closedDoor reports whether nobody answered at all: then a sender knows that it
// has to come again.
func closedDoor(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) ||
		err != nil && strings.Contains(err.Error(), "server closed idle connection")
}

func TestAStopAtFullSpeedLosesNothingThatWasAccepted(t *testing.T) {
	r := newRig(t, busy, (&counted{}).plugin())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}, Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	var n, stopping atomic.Int64
	var mu sync.Mutex
	var all []outcome
	var load sync.WaitGroup
	halted := make(chan struct{})
	for range 32 {
		load.Go(func() {
			for {
				o := send(t.Context(), client, r.public+"/hooks/busy", fmt.Sprint("k", n.Add(1)))
				mu.Lock()
				all = append(all, o)
				mu.Unlock()
				select {
				case <-halted:
					return
				default:
				}
			}
		})
	}
	r.until("it is in full swing", func() bool { return n.Load() > 200 })
	stopping.Store(n.Load())
	if code := r.end(); code != 0 {
		t.Errorf("botd ended with %d", code)
	}
	close(halted)
	load.Wait()

	var accepted, refused, closed int
	ids := map[chat.EventID]bool{}
	for _, o := range all {
		switch {
		case o.err == nil && o.status == http.StatusAccepted:
			accepted++
			ids[o.receipt.Events[0]] = true
		case o.err == nil && o.status == http.StatusServiceUnavailable && o.last:
			refused++
		case o.status == 0 && closedDoor(o.err):
			closed++
		default:
			t.Errorf("status %d, last %v: %v", o.status, o.last, o.err)
		}
	}
	t.Logf("%d accepted, %d told to come again, %d met a closed door", accepted, refused, closed)
	if refused == 0 {
		t.Error("nobody was told to come again")
	}
	r.startAgain((&counted{}).plugin())
	stored := r.all()
	for id := range ids {
		if !stored[id] {
			t.Errorf("event %s got its 202 and is not stored", id)
		}
	}
}

func TestInTheMomentOfAStop(t *testing.T) {
	r := newRig(t, "")
	begun := r.begin("token")
	stopped := make(chan int, 1)
	go func() { stopped <- r.end() }()
	r.until("botd stops", func() bool { _, ok := r.logged("stopping: finishing what is in flight"); return ok })

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	r.until("who comes now is told to come again", func() bool {
		o := send(t.Context(), client, r.public+"/hooks/token", "new")
		return o.status == http.StatusServiceUnavailable && o.last || closedDoor(o.err)
	})
	if status, last := begun.end(); status != http.StatusAccepted || !last {
		t.Errorf("what had begun ends with %d, last %v", status, last)
	}
	if code := <-stopped; code != 0 {
		t.Errorf("botd ended with %d", code)
	}
	r.startAgain()
	if n := len(r.all()); n != 1 {
		t.Errorf("%d events", n)
	}
}

// begun is a request of which the receiver has begun to read the body.
type begun struct {
	t      *testing.T
	conn   net.Conn
	answer *bufio.Reader
}

const begunBody = `{"text":"one","user":"cy"}`

func (r *rig) begin(hook string) *begun {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.public, "http://"))
	must(r.t, err)
	r.t.Cleanup(func() { _ = conn.Close() })
	must(r.t, conn.SetDeadline(time.Now().Add(15*time.Second)))
	_, err = fmt.Fprintf(conn, "POST /hooks/%s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		hook, hookToken, len(begunBody))
	must(r.t, err)
	b := &begun{r.t, conn, bufio.NewReader(conn)}
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} { // which it says when it begins to read
		if line, err := b.answer.ReadString('\n'); line != want {
			r.t.Fatalf("%q, %v", line, err)
		}
	}
	return b
}

// end sends the body and returns the answer.
func (b *begun) end() (status int, last bool) {
	b.t.Helper()
	_, err := io.WriteString(b.conn, begunBody)
	must(b.t, err)
	res, err := http.ReadResponse(b.answer, nil)
	must(b.t, err)
	must(b.t, res.Body.Close())
	return res.StatusCode, res.Close
}

func TestARequestEndsUnderTheHookThatItBeganWith(t *testing.T) {
	r := newRig(t, busy, (&counted{}).plugin())
	gone, moved := r.begin("busy"), r.begin("token")
	text := strings.Replace(r.written(), busy, "", 1)
	r.write("bots.yaml", strings.Replace(text, "webhook: token", "webhook: moved", 1))
	r.write("hook.token", "another-token-that-nobody-guesses")
	r.reloaded(`bot "teller" changed`, `bot "busy" removed`)
	for name, b := range map[string]*begun{"a bot that is gone": gone, "a hook that has another name": moved} {
		if status, _ := b.end(); status != http.StatusAccepted {
			t.Errorf("%s: %d", name, status)
		}
	}
	if n := len(r.all()); n != 2 {
		t.Errorf("%d events", n)
	}
}

// A 503 would have the chat service show what is to be held.
func TestWhatIsHeldInTheMomentOfAStopIsHeld(t *testing.T) {
	r := newRig(t, parroting, parrot)
	r.watchesRoom()
	f := genuine(callbacks.BeforeGroupMessage, about("cy", "/answer B", 7))
	stopped := make(chan int, 1)
	go func() { stopped <- r.end() }()
	r.until("botd stops", func() bool { _, ok := r.logged("stopping: finishing what is in flight"); return ok })
	held := 0
	for n := uint32(8); ; n++ {
		f.body = genuine(callbacks.BeforeGroupMessage, about("cy", "/answer B", n)).body
		a, err := r.tryForge(f)
		if closedDoor(err) {
			break
		}
		must(t, err)
		if a.status != http.StatusOK || !strings.Contains(a.body, `"ErrorCode":2`) && !strings.Contains(a.body, `"ErrorCode":10101`) {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if strings.Contains(a.body, `"ErrorCode":2`) {
			held++
		}
	}
	if code := <-stopped; code != 0 {
		t.Errorf("botd ended with %d", code)
	}
	r.startAgain(parrot)
	if n := len(r.all()); n != held || held == 0 {
		t.Errorf("%d were held, and %d events are there", held, n)
	}
}
