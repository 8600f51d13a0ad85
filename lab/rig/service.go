package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/botd-chat/botd/im/simulator"
)

const (
	// AppID is the application of the service.
	AppID     = 1400001001
	secretKey = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
)

// Account is who the laboratory's messages come from.
const Account = "labbot"

// Steady are the owner and the admins of each group, who stay what they are.
// Every message of the laboratory is for owner and admins, so all of these must
// get it.
var Steady = []string{"owner", "admin1", "admin2"}

// Service is the simulated chat service, as dangerous as it can be made.
type Service struct {
	*simulator.Simulator
	// Journal says who is what in which group, and since when.
	Journal *Journal
	URL     string

	address string
	server  *http.Server
}

// NewService starts a service with so many groups, in each of which are the
// [Steady], five ordinary members, and whoever else is named, also ordinary.
func NewService(groups int, seed uint64, others ...string) (*Service, error) {
	return newService(Plan{Groups: groups, Seed: seed, Others: others})
}

// NewFastService is [NewService] for more traffic than the real one takes: it keeps to no
// rate.
func NewFastService(groups int, seed uint64, others ...string) (*Service, error) {
	return newService(Plan{Groups: groups, Seed: seed, Others: others, Fast: true})
}

func newService(p Plan) (*Service, error) {
	limits := simulator.Limits{Messages: 1 << 20, InboxMessages: 1 << 20, Calls: 1 << 20}
	if p.Fast {
		limits.CallsPerSecond, limits.GroupMessagesPerSecond = -1, -1
	}
	sim, err := simulator.New(simulator.Options{SDKAppID: AppID, SecretKey: secretKey, Seed: p.Seed, Limits: limits})
	if err != nil {
		return nil, err
	}
	s := &Service{Simulator: sim, Journal: newJournal()}
	for n := range p.Groups {
		if err := s.addGroup(n, p.Others); err != nil {
			return nil, err
		}
	}
	if err := sim.AddAccount(Account); err != nil {
		return nil, err
	}
	return s, s.Up()
}

func (s *Service) addGroup(n int, others []string) error {
	g := simulator.Group{ID: GroupID(n), Type: "Public", Name: fmt.Sprintf("Room %d", n), Members: []simulator.Member{
		{ID: Steady[0], Role: simulator.Owner}, {ID: Steady[1], Role: simulator.Admin}, {ID: Steady[2], Role: simulator.Admin},
	}}
	for m := range 5 {
		g.Members = append(g.Members, simulator.Member{ID: fmt.Sprintf("member%d", m)})
	}
	for _, who := range others {
		g.Members = append(g.Members, simulator.Member{ID: who})
	}
	for _, who := range Steady {
		s.Journal.Note(g.ID, who, true, time.Time{}, time.Time{})
	}
	return s.AddGroup(g)
}

// App is what a configuration says of the service's application, under its
// name.
func (s *Service) App() string {
	return fmt.Sprintf("    sdk_app_id: %d\n    secret_key_file: app.key\n    administrator: administrator\n    base_url: %s", AppID, s.URL)
}

// GroupID is the id of group n.
func GroupID(n int) string { return fmt.Sprintf("@TGS#2LABROOM%03d", n) }

// Up makes the service reachable, at the address it had before.
func (s *Service) Up() error {
	address := s.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("starting the service: %w", err)
	}
	s.address, s.URL = listener.Addr().String(), "http://"+listener.Addr().String()
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second}
	s.server = server
	go func() { _ = server.Serve(listener) }()
	return nil
}

// Down makes the service refuse connections, and breaks those it has.
func (s *Service) Down() error { return s.server.Close() }

// Close ends the service.
func (s *Service) Close() {
	s.Simulator.Close()
	_ = s.Down()
}

// Qualify changes a role, or who is a member, and notes when it was done.
func (s *Service) Qualify(group, who string, does bool, change func() error) error {
	before := time.Now()
	if err := change(); err != nil {
		return err
	}
	s.Journal.Note(group, who, does, before, time.Now())
	return nil
}

// Arrived is how many messages the owner of the groups has.
func (s *Service) Arrived() int {
	inbox, err := s.Inbox(Steady[0])
	if err != nil {
		return 0
	}
	return inbox.Targeted
}

// Inject puts faults in force; that one of them is impossible is a mistake of
// the laboratory.
func (s *Service) Inject(faults ...simulator.Fault) error {
	var errs []error
	for _, f := range faults {
		errs = append(errs, s.Simulator.Inject(f))
	}
	return errors.Join(errs...)
}

// Wait returns after d, or with false when ctx ends first.
func Wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
