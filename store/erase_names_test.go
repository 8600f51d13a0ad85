package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

func TestWhatATimerBroughtIsErasedAlsoWhereItWasHandledAgain(t *testing.T) {
	s, h := newStore(t)
	a := arrival("a", "@TGS#1")
	a.Sender = "boss"
	accept(t, s, a)
	end := done(takeEvents(t, s, 1)[0])
	end.Timers = []chat.Later{{Name: "close", Key: "carol", After: chat.Duration(time.Minute), Payload: []byte(`{"user":"carol","answer":"SECRETB"}`)}}
	end.Pending = 10
	must(t, s.EndEvent(t.Context(), end))
	h.move(2 * time.Minute)
	fired, _, err := s.FireTimers(t.Context(), 10)
	must(t, err)
	w := takeEvents(t, s, 1)[0]
	must(t, s.EndEvent(t.Context(), done(w)))
	_, err = s.ReplayEvent(t.Context(), fired[0].Made, ann)
	must(t, err)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	e, err := s.Erase(t.Context(), "main", "carol", ann)
	must(t, err)
	if len(e.Waiting) != 0 {
		t.Errorf("%+v", e)
	}
	for line := range strings.Lines(everything(t, s)) {
		if strings.Contains(line, "carol") || strings.Contains(line, "SECRETB") {
			t.Errorf("left: %s", line)
		}
	}
}

func TestAUserIsErasedFromKeysOfWhichTheyAreAPart(t *testing.T) {
	s, h := newStore(t)
	a := arrival("a", "@TGS#1")
	a.Sender = "boss"
	accept(t, s, a)
	end := done(takeEvents(t, s, 1)[0])
	end.Timers = []chat.Later{{Name: "close", Key: "alert-7/carol", After: chat.Duration(time.Minute), Payload: []byte(`{"user":1}`)}}
	end.Messages = chat.Collapse("score/carol", chat.Admins.Say("x"))
	end.Timers = append(end.Timers, chat.Later{Name: "close", Key: "caroline", After: chat.Duration(time.Minute)})
	end.Pending = 10
	must(t, s.EndEvent(t.Context(), end))
	m := takeMessages(t, s, 1)[0]
	d := started(resolve(t, s, m, people(t, "boss"))[0], h.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}})
	must(t, err)
	must(t, s.EndRound(t.Context(), sent(m, d, h.now())))
	h.move(2 * time.Minute)
	_, _, err = s.FireTimers(t.Context(), 10)
	must(t, err)
	for range 2 {
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	}
	e, err := s.Erase(t.Context(), "main", "carol", ann)
	must(t, err)
	if len(e.Waiting) != 0 {
		t.Errorf("%+v", e)
	}
	for line := range strings.Lines(everything(t, s)) {
		if speaksOf(line, "carol") {
			t.Errorf("left: %s", line)
		}
	}
}

func TestAUserIsErasedFromWhatNarrowsAnAudience(t *testing.T) {
	for name, id := range map[string]chat.UserID{"plain": "carol", "odd": `ro"ca\l<x`} {
		t.Run(name, func(t *testing.T) {
			s, h := newStore(t)
			a := arrival("a", "@TGS#1")
			a.Sender = "boss"
			accept(t, s, a)
			end := done(takeEvents(t, s, 1)[0])
			to := chat.Admins.Among(chat.Users("boss", id))
			to.Where = "id in ['boss', " + strconv.Quote(string(id)) + "]"
			other := chat.Admins
			other.Where = "id in ['boss', 'caroline']"
			end.Messages = []chat.Message{{To: to, Text: "x"}, {To: other, Text: "y"}}
			must(t, s.EndEvent(t.Context(), end))
			for range end.Messages {
				m := takeMessages(t, s, 1)[0]
				d := started(resolve(t, s, m, people(t, "boss"))[0], h.now())
				_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}})
				must(t, err)
				must(t, s.EndRound(t.Context(), sent(m, d, h.now())))
			}
			e, err := s.Erase(t.Context(), "main", id, ann)
			must(t, err)
			if e.Counts.Messages != 1 {
				t.Errorf("%d messages were changed, want 1: %+v", e.Counts.Messages, e)
			}
			for line := range strings.Lines(everything(t, s)) {
				if strings.Contains(line, "boss', ") && !strings.Contains(line, "caroline") || speaksOf(line, string(id)) {
					t.Errorf("left: %s", line)
				}
			}
		})
	}
}

func TestAUserIsErasedFromCeilings(t *testing.T) {
	s, _ := newStore(t)
	for i, sender := range []chat.UserID{"carol", "boss"} {
		a := arrival(string(sender), "@TGS#1")
		within := chat.Admins.Or(chat.Users(sender), chat.Users("carol"))
		a.Sender, a.Origin = sender, &chat.Origin{Hook: "h", Scheme: "bearer", Ceiling: &chat.Ceiling{Audience: &within, Recipients: 5}}
		accept(t, s, a)
		if i == 0 { // what comes of its timers has its origin
			end := done(takeEvents(t, s, 1)[0])
			end.Timers = []chat.Later{{Name: "close", Key: "x", After: chat.Duration(time.Minute)}}
			end.Pending = 10
			must(t, s.EndEvent(t.Context(), end))
			continue
		}
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	}
	e, err := s.Erase(t.Context(), "main", "carol", ann)
	must(t, err)
	if len(e.Waiting) != 1 { // that of the timer
		t.Errorf("%+v", e)
	}
	list, _, err := s.Events(t.Context(), Filter{Limit: 10})
	must(t, err)
	for _, r := range list {
		if r.Sender == "boss" && (speaksOf(fmt.Sprint(*r.Origin.Ceiling.Audience), "carol") || r.Origin.Ceiling.Recipients != 5 || len(r.Origin.Ceiling.Audience.AnyOf) != 3) {
			t.Errorf("%+v", *r.Origin.Ceiling)
		}
	}
}

// Of whom the chat service told is no sender of an event when they have left, nor is who
// removed them.
func TestAUserIsErasedFromWhatTheServiceTold(t *testing.T) {
	s, _ := newStore(t)
	tell := func(key string, sender chat.UserID, h chat.Happening) {
		payload, err := json.Marshal(h)
		must(t, err)
		a := arrival(key, "@TGS#1")
		a.Kind, a.Sender, a.Payload = chat.Callback, sender, payload
		accept(t, s, a)
		end := done(takeEvents(t, s, 1)[0])
		end.Reason = fmt.Sprintf("of %q", h.User)
		must(t, s.EndEvent(t.Context(), end))
	}
	tell("a", "", chat.Happening{What: chat.MemberLeft, User: "carol", By: "boss", How: "Kicked"})
	tell("b", "dee", chat.Happening{What: chat.MemberJoined, User: "dee", By: "carol", How: "Invited"})
	tell("c", "dee", chat.Happening{What: chat.MemberJoined, User: "dee", By: "carol2", How: "carol"})
	tell("d", "dee", chat.Happening{What: chat.MemberJoined, User: "dee", By: "CAROL", How: "Invited"})
	_, err := s.ReplayEvent(t.Context(), 1, ann)
	must(t, err)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	e, err := s.Erase(t.Context(), "main", "carol", ann)
	must(t, err)
	if e.Counts.Events != 3 || len(e.Waiting) != 0 {
		t.Errorf("%+v", e)
	}
	for line := range strings.Lines(everything(t, s)) {
		if strings.Contains(line, `"carol"`) && !strings.Contains(line, "carol2") {
			t.Errorf("left: %s", line)
		}
	}
	for line := range strings.Lines(everything(t, s)) {
		if strings.Contains(line, "carol2") {
			return
		}
	}
	t.Error("what was told of somebody else is gone, too")
}

func TestAUserIsErasedFromRenderings(t *testing.T) {
	s, h := newStore(t)
	a := arrival("a", "@TGS#1")
	a.Sender = "boss"
	accept(t, s, a)
	said := chat.Rather(chat.Everyone.Say("for all"), chat.Users("minji").Say("Minji has 3 points"), chat.Users("boss", "minji").Say("for two"), chat.Everyone.But("minji").Say("for the rest"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], said...)))
	m := takeMessages(t, s, 1)[0]
	d := started(resolve(t, s, m, people(t, "boss"))[0], h.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}})
	must(t, err)
	must(t, s.EndRound(t.Context(), sent(m, d, h.now())))
	e, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	if left := everything(t, s); strings.Contains(strings.ToLower(left), "minji") {
		t.Errorf("left: %s", left)
	}
	got := message(t, s, m.Message.ID).Message
	want := chat.Rather(chat.Everyone.Say("for all"), chat.Users(e.Token).Say("(erased)"), chat.Users("boss", e.Token).Say("for two"), chat.Everyone.But(e.Token).Say("for the rest"))[0]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	t.Run("and all that an event of theirs came to", func(t *testing.T) {
		_, err := s.Erase(t.Context(), "main", "boss", ann)
		must(t, err)
		if left := everything(t, s); strings.Contains(left, "for ") || strings.Contains(left, "boss") {
			t.Errorf("left: %s", left)
		}
	})
}

func TestWhatWasSaidToAnErasedUserAloneCanNoLongerBeGuessed(t *testing.T) {
	const names = `{"names":[["s","boss"],["s","minji"]]}`
	for _, c := range []struct{ name, body, key string }{
		{"one of several bodies, for the user alone", `{"sender":1,"rendering":2,"rendered_for":{"users":[2]}}`, ""},
		{"for the user and somebody else", `{"sender":1,"rendering":2,"rendered_for":{"users":[1,2]}}`, "c"},
		{"for somebody else alone", `{"sender":0,"rendering":2,"rendered_for":{"users":[1]}}`, "c"},
		{"for a role", `{"sender":0,"rendering":1,"rendered_for":{"roles":["admin"]}}`, "c"},
		{"the message's own", `{"sender":0,"rendering":0}`, "c"},
		{"what the user caused", `{"sender":2}`, ""},
	} {
		k := beside{opened: []byte(names), contentKey: "c"}
		if err := (&eraser{user: "minji"}).receipt(&k, []byte(c.body), ""); err != nil || k.contentKey != c.key || !k.changed || string(k.opened) != `{"names":[["s","boss"],null]}` {
			t.Errorf("%s: %q, %s, %v", c.name, k.contentKey, k.opened, err)
		}
	}
}
