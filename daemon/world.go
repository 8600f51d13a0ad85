package daemon

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im/simulator"
)

// The demo's application. The key is made anew for each simulator.
const (
	demoApp           = 1400001001
	demoAdministrator = "administrator"

	classRoom = "@TGS#2QUIZROOM1"
	teamRoom  = "@TGS#2TEAMROOM01"
)

// demoRooms are the groups of the demo and of botd sim.
var demoRooms = []simulator.Group{
	{ID: classRoom, Type: "Public", Name: "Physics, class 3b", Members: []simulator.Member{
		{ID: "alice", Role: "Owner", NameCard: "Alice"},
		{ID: "bob", Role: "Admin", NameCard: "Bob"},
		{ID: "beth", Role: "Admin", NameCard: "Beth"},
		{ID: "carol", NameCard: "Carol"},
		{ID: "dave", NameCard: "Dave"},
		{ID: "erin", NameCard: "Erin"},
		{ID: "frank", NameCard: "Frank"},
		{ID: "grace", NameCard: "Grace"},
	}},
	{ID: teamRoom, Type: "Public", Name: "Team", Members: []simulator.Member{
		{ID: "tina", Role: "Owner", NameCard: "Tina"},
		{ID: "uma", Role: "Admin", NameCard: "Uma"},
		{ID: "victor", NameCard: "Victor"},
		{ID: "wendy", NameCard: "Wendy"},
		{ID: "guest", NameCard: "A guest"},
	}},
}

// demoAccounts send and are in no group.
var demoAccounts = []string{"quizbot", "noticebot"}

// rooms are the demo's groups and those of the configuration that it does not
// know; the class comes to these.
func rooms(c *config.Config) []simulator.Group {
	all := slices.Clone(demoRooms)
	for _, bot := range c.Bots {
		for _, id := range bot.Groups {
			if !slices.ContainsFunc(all, func(g simulator.Group) bool { return g.ID == string(id) }) {
				all = append(all, simulator.Group{ID: string(id), Type: "Public", Name: "Group of " + string(bot.Name), Members: demoRooms[0].Members})
			}
		}
	}
	return all
}

// admit puts the groups and accounts of a configuration into a simulator that
// has the demo's.
func admit(sim *simulator.Simulator, c *config.Config) error {
	there := sim.Groups()
	for _, room := range rooms(c)[len(demoRooms):] {
		if slices.ContainsFunc(there, func(g simulator.Group) bool { return g.ID == room.ID }) {
			continue // since the configuration was read the first time
		}
		if err := sim.AddGroup(room); err != nil {
			return fmt.Errorf("setting up the simulator: %w", err)
		}
	}
	for _, bot := range c.Bots {
		if err := sim.AddAccount(string(bot.Account)); err != nil {
			return fmt.Errorf("setting up the simulator: %w", err)
		}
	}
	return nil
}

// newWorld is a simulator with the demo's rooms in it.
func newWorld(secretKey string, clock clockwork.Clock, log *slog.Logger) (*simulator.Simulator, error) {
	sim, err := simulator.New(simulator.Options{
		SDKAppID: demoApp, SecretKey: secretKey, Administrators: []string{demoAdministrator}, Clock: clock,
	})
	if err != nil {
		return nil, err
	}
	for _, account := range demoAccounts {
		if err := sim.AddAccount(account); err != nil {
			return nil, fmt.Errorf("setting up the simulator: %w", err)
		}
	}
	for _, room := range demoRooms {
		if err := sim.AddGroup(room); err != nil {
			return nil, fmt.Errorf("setting up the simulator: %w", err)
		}
		log.Debug("simulated group", "group", room.ID, "members", len(room.Members))
	}
	return sim, nil
}
