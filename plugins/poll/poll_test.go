package poll

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTranscripts(t *testing.T) {
	for _, name := range []string{"poll", "webhooks"} {
		t.Run(name, func(t *testing.T) { plugintest.Play(t, Plugin, "testdata/"+name+".chat") })
	}
}

func TestWhoIsAsked(t *testing.T) {
	cy, bo := chat.Member{ID: "cy", Role: chat.Normal}, chat.Member{ID: "bo", Role: chat.Admin}
	for _, c := range []struct {
		name   string
		to     chat.Audience
		cy, bo bool
	}{
		{"nobody", chat.Audience{}, false, false},
		{"everyone", chat.Everyone, true, true},
		{"a role", chat.Admins, false, true},
		{"somebody", chat.Users("cy"), true, false},
		{"everyone but somebody", chat.Everyone.But("cy"), false, true},
		{"a role or somebody", chat.Admins.Or(chat.Users("cy")), true, true},
		{"everyone of a role", chat.Everyone.Among(chat.Admins), false, true},
		{"somebody who is out", chat.Users("cy").But("cy"), false, false},
		{"only an exception", chat.Audience{Except: []chat.UserID{"dee"}}, false, false},
	} {
		if asks(c.to, cy) != c.cy || asks(c.to, bo) != c.bo {
			t.Errorf("%s: cy %v, bo %v", c.name, asks(c.to, cy), asks(c.to, bo))
		}
	}
}

// The clock of a poll that was closed may have struck just before: it does not close the
// one after it.
func TestAClockOfAnEarlierPollClosesNothing(t *testing.T) {
	h, err := Plugin.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := chat.State{}
	poll{draft: draft{Question: "?", Choices: []string{"a", "b"}}, To: chat.Everyone, Result: chat.Admins, Asked: 5}.keep(s)
	for asked, messages := range map[string]int{"e3": 0, "e5": 1} {
		e := chat.Event{Kind: chat.Timer, Name: "closing", Payload: json.RawMessage(`{"asked":"` + asked + `"}`), State: maps.Clone(s), Timers: new(chat.Timers)}
		if got, err := h.Handle(t.Context(), e); err != nil || len(got) != messages || current.Get(e.State).isOpen() != (messages == 0) {
			t.Errorf("of %s: %+v, %v", asked, got, err)
		}
	}
}

// What is remembered is bounded, and the votes before the last that had room count.
func TestAPollThatIsFullTakesNoMoreVotes(t *testing.T) {
	s, p := chat.State{}, poll{draft: draft{Question: "?", Choices: []string{"a", "b"}}, To: chat.Everyone, Asked: 1}
	n := 0
	for ; n < 10_000; n++ {
		p.vote(chat.UserID(fmt.Sprintf("a-member-with-a-long-name-%04d", n)), 1)
		if n > 1800 && !p.keep(s) { // before that there is room, and writing each takes long
			break
		}
	}
	raw, err := json.Marshal(s)
	if n == 10_000 || err != nil || len(raw) > chat.MaxState || len(current.Get(s).Votes) != n {
		t.Errorf("%d votes, %d kept, %d bytes, %v", n, len(current.Get(s).Votes), len(raw), err)
	}
}

func TestMistakesInOptions(t *testing.T) {
	for given, want := range map[string]string{
		`{"askers": []}`:       "askers: is missing",
		`{"askers": ["boss"]}`: `askers: no role "boss"`,
		`{"to": {}}`:           "to: the audience names nobody",
		`{"to": {"everyone": true, "within": {"everyone": true, "where": "admin"}}}`: "to: has a where",
		`{"open": "10s"}`: "open: want 1m to 720h",
	} {
		if err := Plugin.Check(json.RawMessage(given)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", given, err, want)
		}
	}
}
