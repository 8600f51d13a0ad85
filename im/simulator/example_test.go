package simulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

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

// An application takes a message out of the group before anybody sees it. Its author's
// app is told that it was sent.
func ExampleSimulator_Say() {
	application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`)
	}))
	defer application.Close()
	sim, err := simulator.New(simulator.Options{
		SDKAppID: 1400000000, SecretKey: "not a live secret",
		Callbacks: simulator.Callbacks{URL: application.URL + "/callbacks/tencent", Token: "not a live token"},
	})
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
	told, err := sim.Say(simulator.Utterance{Group: "class", From: "carol", Text: "/answer B"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("told", told.Code, "and", told.Fate)
	for _, user := range []string{"alice", "carol"} {
		box, err := sim.Inbox(user)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(user, "received", len(box.Messages), "and keeps", len(box.Own))
	}
	// Output:
	// told 0 and discarded
	// alice received 0 and keeps 0
	// carol received 0 and keeps 1
}
