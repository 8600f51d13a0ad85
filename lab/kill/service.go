package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/botd-chat/botd/im/simulator"
)

const (
	appID     = 1400001001
	secretKey = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
)

// service is the simulated chat service, as dangerous as it can be made.
type service struct {
	*simulator.Simulator
	url    string
	server *http.Server
}

// admins are who every message of this laboratory is for, in each group.
var admins = []string{"owner", "admin1", "admin2"}

func startService(groups int) (*service, error) {
	sim, err := simulator.New(simulator.Options{
		SDKAppID: appID, SecretKey: secretKey,
		Limits: simulator.Limits{Messages: 1 << 20, InboxMessages: 1 << 20},
	})
	if err != nil {
		return nil, err
	}
	for n := range groups {
		g := simulator.Group{ID: groupID(n), Type: "Public", Name: fmt.Sprintf("Room %d", n)}
		g.Members = append(g.Members, simulator.Member{ID: admins[0], Role: "Owner"},
			simulator.Member{ID: admins[1], Role: "Admin"}, simulator.Member{ID: admins[2], Role: "Admin"})
		for m := range 5 {
			g.Members = append(g.Members, simulator.Member{ID: fmt.Sprintf("member%d", m)})
		}
		if err := sim.AddGroup(g); err != nil {
			return nil, err
		}
	}
	if err := sim.AddAccount("labbot"); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &service{Simulator: sim, url: "http://" + listener.Addr().String(),
		server: &http.Server{Handler: sim.Handler(), ReadHeaderTimeout: 5 * time.Second}}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func groupID(n int) string { return fmt.Sprintf("@TGS#2LABROOM%03d", n) }

func (s *service) close() {
	s.Close()
	_ = s.server.Close()
}

// settle waits until every acknowledged webhook has arrived, or nothing has
// moved for patience.
func (s *service) settle(ctx context.Context, book ledger, patience time.Duration) bool {
	last, moved := -1, time.Now()
	for time.Since(moved) < patience {
		n := s.arrived()
		if n >= len(book.acknowledged) {
			// A moment more, so that a second copy would be seen.
			wait(ctx, 2*time.Second)
			return true
		}
		if n != last {
			last, moved = n, time.Now()
		}
		if !wait(ctx, 50*time.Millisecond) {
			return false
		}
	}
	return false
}

func (s *service) arrived() int {
	inbox, err := s.Inbox(admins[0])
	if err != nil {
		return 0
	}
	return inbox.Targeted
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
