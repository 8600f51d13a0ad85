package simulator_test

import (
	"fmt"

	"github.com/botd-chat/botd/im/simulator"
)

func Example() {
	sim, err := simulator.New(simulator.Options{SDKAppID: 1400000000, SecretKey: "not a live secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close()
	err = sim.AddGroup(simulator.Group{ID: "class", Type: "Public", Members: []simulator.Member{
		{ID: "alice", Role: simulator.Owner}, {ID: "carol"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := sim.Speak("class", "carol", "good morning"); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range sim.Messages() {
		fmt.Println(m.From, "to", m.Recipients, m.Reason, m.Text)
	}
	// Output: carol to [alice carol] broadcast good morning
}
