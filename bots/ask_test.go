package bots_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

const askedSo = chat.Key[int]("asked")

// counting remembers how often it was asked, of a state that it may have changed or not.
var counting = plugins.Define("counting", "1.0.0", func(struct{}) (plugins.Handler, error) {
	return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		switch string(e.Payload) {
		case `"fail"`:
			return nil, errors.New("it failed")
		case `"leak"`:
			return make([]chat.Message, 1), nil
		case `"keep"`:
			askedSo.Set(e.State, askedSo.Get(e.State)+1)
			askedSo.Set(e.Session, askedSo.Get(e.Session)+10)
		}
		return chat.Sender.Say("%d of %s", askedSo.Get(e.State), e.Sender.Role), nil
	}), nil
})

func TestAPluginIsAskedWithoutAStore(t *testing.T) {
	r := newRig(t, counting)
	ask := func(payload string, sender chat.UserID) (plugins.Reply, error) {
		return r.dispatcher.Ask(t.Context(), chat.EventWork{State: chat.State{"asked": []byte("2")}, Session: chat.State{"asked": []byte("5")},
			Event: chat.EventRecord{ID: 1, App: "main", Bot: "quiz", Trigger: "answers", Kind: chat.Webhook, Group: class, Sender: sender,
				Payload: []byte(payload), Accepted: r.clock.Now()}})
	}
	reply, err := ask(`"keep"`, "carol")
	must(t, err)
	if m := reply.Messages[0]; m.Text != "3 of member" || m.To.Sender || m.To.Users[0] != "carol" {
		t.Errorf("it says %+v", m)
	}
	if askedSo.Get(reply.State) != 3 || askedSo.Get(reply.Session) != 15 {
		t.Errorf("it keeps %s and %s", reply.State, reply.Session)
	}
	if reply, err = ask(`"look"`, "carol"); err != nil || reply.State != nil || reply.Session != nil {
		t.Errorf("what did not change is %v, %v, %v", reply.State, reply.Session, err)
	}
	for payload, want := range map[string]string{`"fail"`: "it failed", `"leak"`: "the plugin's answer is refused: message 1 of 1: the audience names nobody"} {
		if _, err := ask(payload, "carol"); err == nil || err.Error() != want || bots.Waits(err) {
			t.Errorf("%s: %v", payload, err)
		}
	}
	r.directory.err = errors.New("the service is down")
	if _, err := ask(`"look"`, "carol"); !bots.Waits(err) || !strings.Contains(err.Error(), "the service is down") {
		t.Errorf("without a directory it says %v", err)
	}
}
