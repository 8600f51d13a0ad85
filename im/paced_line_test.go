package im

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// socketClock remembers when the first byte of each message was written.
type socketClock struct {
	mu sync.Mutex
	at map[uint32]time.Time // by Random
}

// timedConn tells a socketClock what is written.
type timedConn struct {
	net.Conn
	clock *socketClock
}

func (c timedConn) Write(b []byte) (int, error) {
	at := time.Now()
	if _, after, ok := bytes.Cut(b, []byte(`"Random":`)); ok {
		random, _, _ := bytes.Cut(after, []byte(","))
		n, err := strconv.ParseUint(string(random), 10, 32)
		if err != nil {
			return 0, err
		}
		c.clock.mu.Lock()
		c.clock.at[uint32(n)] = at
		c.clock.mu.Unlock()
	}
	return c.Conn.Write(b)
}

// limitedService is a simulator with the service's own limits, each answer of
// which takes 50 ms.
func limitedService(t *testing.T, groups []chat.GroupID) (*simulator.Simulator, string) {
	t.Helper()
	sim, err := simulator.New(simulator.Options{SDKAppID: testApp, SecretKey: key1, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.AddAccount("quizbot"); err != nil {
		t.Fatal(err)
	}
	for _, id := range groups {
		g := simulator.Group{ID: string(id), Type: "Public", Name: "Class", Members: []simulator.Member{{ID: "alice_owner", Role: simulator.Owner}, {ID: "bob_admin"}}}
		if err := sim.AddGroup(g); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sim.Handler().ServeHTTP(w, r)
		time.Sleep(50 * time.Millisecond) // what the service takes to answer
	}))
	t.Cleanup(func() { server.Close(); sim.Close() })
	return sim, server.URL
}

// A backlog over many groups, one of which alone has more than it may, against
// the simulator, which counts over any second and refuses what is too much.
func TestABacklogKeepsTheServicesLimits(t *testing.T) {
	groups := []chat.GroupID{"busy"}
	for i := range 20 {
		groups = append(groups, chat.GroupID(fmt.Sprintf("room%02d", i)))
	}
	sim, url := limitedService(t, groups)
	cfg := testConfig(t, url)
	cfg.Limits = Limits{}
	c := newClient(t, cfg)
	clock := &socketClock{at: map[uint32]time.Time{}}
	dial := c.transport.DialContext
	c.transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return timedConn{conn, clock}, err
	}
	sent := flood(t, c, groups, 420)

	var all, busy []time.Time
	for random, at := range clock.at {
		all = append(all, at)
		if sent[random] == "busy" {
			busy = append(busy, at)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	slices.SortFunc(busy, time.Time.Compare)
	wantSpread(t, all, 200)
	wantSpread(t, busy, 40)
	if len(all) != len(sent) || len(busy) < 60 {
		t.Errorf("of %d messages %d were written, %d of them into the busy group", len(sent), len(all), len(busy))
	}
	judgeService(t, sim, clock)
}

// flood sends n messages with many callers, every third into the first group.
func flood(t *testing.T, c *Client, groups []chat.GroupID, n int) map[uint32]chat.GroupID {
	t.Helper()
	sent := make(map[uint32]chat.GroupID, n)
	todo := make(chan Targeted, n)
	for i := range n {
		m := targeted(t)
		m.Random, m.Group = uint32(i+1), groups[0] //nolint:gosec // small
		if i%3 > 0 {
			m.Group = groups[1+i%(len(groups)-1)]
		}
		sent[m.Random] = m.Group
		todo <- m
	}
	close(todo)
	var all sync.WaitGroup
	var refused atomic.Int64
	for range 48 {
		all.Go(func() {
			for m := range todo {
				p, err := c.Prepare(m)
				if err == nil {
					_, err = c.Send(t.Context(), p)
				}
				if err != nil {
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := refused.Load(); n > 0 {
		t.Logf("%d messages were refused", n)
	}
	return sent
}

// judgeService wants that the service refused and dropped nothing. What is held
// up behind the socket by more than the margin can crowd there, however well it
// left: on a machine that busy, the service's count says nothing about us.
func judgeService(t *testing.T, sim *simulator.Simulator, clock *socketClock) {
	t.Helper()
	held, refused := time.Duration(0), 0
	for _, call := range sim.Calls() {
		if at, ok := clock.at[call.Random]; ok {
			held = max(held, call.Time.Sub(at))
		}
		if call.API == apiSend && !call.Effect {
			refused++
		}
	}
	switch {
	case held > margin:
		t.Logf("a message took %s to the service, more than the margin of %s; %d were refused, and that is not held against the client", held, margin, refused)
	case refused > 0:
		t.Errorf("the service refused or dropped %d, though none was on its way for longer than %s", refused, held)
	}
}
