package daemon

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/store"
)

// skewed is the clock of a machine, which can show something else than the true
// time.
type skewed struct {
	*clockwork.FakeClock // the true time
	by                   atomic.Int64
}

func (s *skewed) Now() time.Time                  { return s.FakeClock.Now().Add(time.Duration(s.by.Load())) }
func (s *skewed) Since(t time.Time) time.Duration { return s.Now().Sub(t) }

// machine is a whole botd on a clock that the test turns, and a service that
// keeps the true time.
type machine struct {
	t       *testing.T
	clock   *skewed
	sim     *simulator.Simulator
	folder  string
	service string // where it is
	client  *http.Client
	known   plugins.Registry
	*system
	stop  context.CancelFunc
	ended chan error
}

const machineConfiguration = `
apps:
  main: {sdk_app_id: 1400001001, secret_key_file: app.key, administrator: administrator, base_url: %s}
store: sqlite:%s
listen: {public: 127.0.0.1:0, admin: 127.0.0.1:0}
admin_token_file: token
bots:
  teller:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      posted: {webhook: posted, verify: {bearer: {token_file: token}}}
      nightly: {schedule: "30 2 * * *", timezone: Europe/Berlin}
    plugin: notice
    options: {to: {roles: [owner, admin]}, text: hello}
    audience: {roles: [owner, admin]}
`

const machineToken = "0123456789abcdef0123456789abcdef"

func newMachine(t *testing.T, now time.Time) *machine {
	t.Helper()
	m := newService(t, now, simulator.Group{ID: "@TGS#2ROOM", Type: "Public", Name: "Room", Members: []simulator.Member{
		{ID: "ann", Role: simulator.Owner}, {ID: "bo", Role: simulator.Admin}, {ID: "cy"}}})
	m.must(m.sim.AddAccount("tellbot"))
	m.write("bots.yaml", fmt.Sprintf(machineConfiguration, m.service, filepath.Join(m.folder, "botd.db")))
	m.start()
	t.Cleanup(m.halt)
	return m
}

// newService is a machine with nothing on it but the secrets, and the service.
func newService(t *testing.T, now time.Time, group simulator.Group) *machine {
	t.Helper()
	m := &machine{t: t, clock: &skewed{FakeClock: clockwork.NewFakeClockAt(now)}, folder: t.TempDir(), known: plugins.NewRegistry(notice.Plugin),
		client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}}
	const key = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
	var err error
	m.sim, err = simulator.New(simulator.Options{SDKAppID: 1400001001, SecretKey: key, Clock: m.clock.FakeClock})
	m.must(err)
	m.must(m.sim.AddGroup(group))
	service := httptest.NewServer(m.sim.Handler())
	t.Cleanup(func() { m.sim.Close(); service.Close() })
	m.service = service.URL
	m.write("app.key", key)
	m.write("token", machineToken)
	return m
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	m.must(os.WriteFile(filepath.Join(m.folder, name), []byte(text), 0o600))
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) start() {
	m.t.Helper()
	p := Process{Getenv: func(string) string { return "" }, Stdout: io.Discard, Stderr: io.Discard}
	again := func(running *config.Config) (*config.Config, error) {
		o := configOptions(p, m.known)
		o.Running = running
		return load(filepath.Join(m.folder, "bots.yaml"), o)
	}
	c, err := again(nil)
	m.must(err)
	m.system, err = assemble(context.Background(), c, again, m.known, slog.New(slog.DiscardHandler), m.clock)
	m.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended, s := make(chan error, 1), m.system
	m.stop, m.ended = stop, ended
	go func() { ended <- s.run(ctx) }()
}

// halt ends botd, if it runs. The true time goes on meanwhile: what is in flight
// may wait for it.
func (m *machine) halt() {
	if m.stop == nil {
		return
	}
	m.stop()
	m.stop = nil
	for {
		select {
		case err := <-m.ended:
			if err != nil {
				m.t.Error(err)
			}
			if err := m.close(); err != nil {
				m.t.Error(err)
			}
			return
		case <-time.After(2 * time.Millisecond):
			m.clock.Advance(100 * time.Millisecond)
		}
	}
}

// until lets time go on, step by step, until something has happened; or fails
// after so much of it.
func (m *machine) until(what string, within, step time.Duration, ok func() bool) {
	m.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for began := m.clock.FakeClock.Now(); !ok(); <-tick.C {
		if m.clock.FakeClock.Now().Sub(began) > within {
			m.t.Fatalf("waited %v in vain for: %s", within, what)
		}
		m.clock.Advance(step)
	}
}

func (m *machine) post(text string) chat.EventID {
	m.t.Helper()
	body := fmt.Sprintf(`{"text":%q}`, text)
	r, err := http.NewRequestWithContext(m.t.Context(), http.MethodPost, "http://"+m.public.Addr().String()+"/hooks/posted", bytes.NewReader([]byte(body)))
	m.must(err)
	r.Header = http.Header{"Authorization": {"Bearer " + machineToken}, "Content-Type": {"application/json"}}
	res, err := m.client.Do(r)
	m.must(err)
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusAccepted {
		m.t.Fatalf("answered %d", res.StatusCode)
	}
	text = strings.TrimPrefix(res.Header.Get("Location"), "/v1/events/")
	id, err := chat.ParseEventID(text)
	m.must(err)
	return id
}

// message is what became of an event's message.
func (m *machine) message(id chat.EventID) (chat.MessageHistory, bool) {
	m.t.Helper()
	h, err := m.store.History(m.t.Context(), id)
	m.must(err)
	if len(h.Messages) != 1 {
		return chat.MessageHistory{}, false
	}
	return h.Messages[0], true
}

func (m *machine) over(id chat.EventID) func() bool {
	return func() bool {
		h, there := m.message(id)
		return there && h.Status != chat.Ready
	}
}

// copies is how many messages with a text the owner has.
func (m *machine) copies(text string) (n int) {
	m.t.Helper()
	inbox, err := m.sim.Inbox("ann")
	m.must(err)
	for _, x := range inbox.Messages {
		if x.Text == text {
			n++
		}
	}
	return n
}

func (m *machine) calls() int { return m.sim.Counts()["send_group_msg"].Calls }

// attempted has a message's first attempt end unclear, and then every call hang
// up, so that the message is under way when botd ends.
func (m *machine) attempted(when string) chat.EventID {
	m.t.Helper()
	m.must(m.sim.Inject(simulator.Fault{API: "send_group_msg", Kind: simulator.HangUp, When: when, Count: 1}))
	m.must(m.sim.Inject(simulator.Fault{API: "send_group_msg", Kind: simulator.HangUp, When: simulator.Before}))
	calls := m.calls()
	id := m.post("once")
	m.until("an attempt, and the pause after it", time.Minute, 10*time.Millisecond, func() bool {
		h, there := m.message(id)
		pause := h.Due.Sub(m.clock.Now())
		return there && m.calls() > calls && pause > 100*time.Millisecond && pause < 10*time.Second
	})
	return id
}

var beforeSpring = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC) // the night after it has no 2:30 in Berlin

func TestALeapOverFourMinutesWhileBotdWasDown(t *testing.T) {
	for _, c := range []struct {
		name, when string
		copies     int
		outcomes   string
	}{
		{"an attempt that had its effect is not made again", simulator.After, 1, "sent unknown"},
		{"one that had none is not made again either, since nobody knows", simulator.Before, 0, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, beforeSpring)
			id := m.attempted(c.when)
			m.halt()
			calls := m.calls()
			m.sim.ClearFaults()
			m.clock.Advance(4*time.Minute + time.Second)
			m.start()
			m.until("an end", 10*time.Minute, time.Second, m.over(id))
			h, _ := m.message(id)
			if !strings.Contains(c.outcomes, string(h.Outcome)) || h.Reason == "" && h.Outcome != chat.Sent {
				t.Errorf("it is %s %s: %q", h.Status, h.Outcome, h.Reason)
			}
			if n := m.copies("once"); n != c.copies {
				t.Errorf("%d copies", n)
			}
			if n := m.calls(); n != calls {
				t.Errorf("it was sent %d times more", n-calls)
			}
			m.until("another message", time.Minute, 100*time.Millisecond, m.over(m.post("next")))
			if m.copies("next") != 1 {
				t.Error("the lane does not go on")
			}
		})
	}
}

// What was planned before a jump is neither lost nor made twice, and what comes
// after it does not wait: lanes, budgets, leases and series of attempts. Further
// back than a UserSig lives, the service takes none that is made now.
func TestTheClockJumps(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, 24 * time.Hour, -time.Hour, -20 * time.Hour} {
		for _, down := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v, down %v", by, down), func(t *testing.T) {
				t.Parallel()
				m := newMachine(t, beforeSpring.Add(-48*time.Hour))
				first := m.post("before")
				m.until("the first message", time.Minute, 100*time.Millisecond, m.over(first))
				id := m.attempted(simulator.After)
				if down {
					m.halt()
				}
				m.clock.by.Add(int64(by))
				m.sim.ClearFaults()
				if down {
					m.start()
				}
				m.until("an end of the message in doubt", 2*time.Hour, time.Second, m.over(id))
				next := m.post("after")
				m.until("a message after the jump", 2*time.Minute, 100*time.Millisecond, m.over(next))
				for _, text := range []string{"before", "once", "after"} {
					if n := m.copies(text); n != 1 {
						t.Errorf("%d copies of %q", n, text)
					}
				}
			})
		}
	}
}

func TestWithAClockThatTheServiceDoesNotTakeMessagesWaitAndSayWhy(t *testing.T) {
	t.Parallel()
	m := newMachine(t, beforeSpring)
	m.until("a message", time.Minute, 100*time.Millisecond, m.over(m.post("before")))
	m.halt()
	m.clock.by.Store(int64(-48 * time.Hour))
	m.start()
	id := m.post("later")
	m.until("the reason why it waits", 5*time.Minute, time.Second, func() bool {
		h, there := m.message(id)
		return there && strings.Contains(h.Reason, "check this machine's clock")
	})
	if h, _ := m.message(id); h.Status != chat.Ready {
		t.Errorf("it is %s", h.Status)
	}
	m.clock.by.Store(0)
	m.until("the message", 10*time.Minute, time.Second, m.over(id))
	if n := m.copies("later"); n != 1 {
		t.Errorf("%d copies", n)
	}
}

func TestAScheduleOverTheDaysOnWhichClocksAreTurned(t *testing.T) {
	for _, c := range []struct {
		name  string
		night time.Time
	}{
		{"2:30 does not exist", time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)},
		{"2:30 comes twice", time.Date(2026, 10, 24, 23, 0, 0, 0, time.UTC)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, c.night)
			walk := func(d time.Duration) {
				end := m.clock.FakeClock.Now().Add(d)
				m.until("the night", d+time.Hour, 5*time.Minute, func() bool { return !m.clock.FakeClock.Now().Before(end) })
			}
			walk(70 * time.Minute)
			m.halt()
			m.start()
			walk(70 * time.Minute)
			m.clock.by.Store(int64(-time.Hour)) // and somebody sets the machine's clock by hand, the wrong way
			walk(30 * time.Minute)
			m.halt()
			m.clock.by.Store(0)
			m.start()
			walk(90 * time.Minute)
			if n := m.copies("hello"); n > 1 {
				t.Errorf("it struck %d times in one night", n)
			}
			walk(24 * time.Hour)
			events, _, err := m.store.Events(t.Context(), store.Filter{})
			m.must(err)
			if n := len(events); n < 1 || n > 2 {
				t.Errorf("it struck %d times in two nights", n)
			}
		})
	}
}
