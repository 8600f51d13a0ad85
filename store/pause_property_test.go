package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// TestPausesLoseNothingAndNoOrder pauses and resumes bots at random while their
// events are handled and their messages sent, all through one group.
func TestPausesLoseNothingAndNoOrder(t *testing.T) {
	clock := newHand()
	s := openAt(t, filepath.Join(t.TempDir(), "botd.db"), clock.now)
	must(t, s.writer.sql("PRAGMA synchronous = OFF"))
	rapid.Check(t, func(rt *rapid.T) {
		m := &brakes{t: t, rt: rt, s: s, clock: clock, paused: map[chat.BotName]bool{}, last: map[string]int64{}}
		rt.Repeat(map[string]func(*rapid.T){
			"accept": m.accept, "pause": m.pause, "resume": m.resume, "work": m.work,
			"time": func(t *rapid.T) { clock.move(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second) },
		})
		for bot := range m.paused {
			m.must(s.Resume(t.Context(), bot))
		}
		clear(m.paused)
		for clock.move(2 * time.Minute); m.step(true) > 0; {
		}
		if m.handled != m.accepted || m.sent != m.accepted {
			rt.Fatalf("%d events were accepted, %d handled, and %d messages sent", m.accepted, m.handled, m.sent)
		}
	})
}

type brakes struct {
	t      *testing.T
	rt     *rapid.T
	s      *Store
	clock  *hand
	paused map[chat.BotName]bool
	last   map[string]int64 // by bot and kind: what was ended last

	accepted, handled, sent int
}

func (m *brakes) must(err error) {
	if err != nil {
		m.rt.Fatal(err)
	}
}

func bots(t *rapid.T, all ...chat.BotName) chat.BotName {
	return rapid.SampledFrom(append(all, "quiz", "notice")).Draw(t, "bot")
}

func (m *brakes) accept(t *rapid.T) {
	_, err := m.s.Accept(m.t.Context(), from(bots(t), "g"))
	m.must(err)
	m.accepted++
}

func (m *brakes) pause(t *rapid.T) {
	bot := bots(t, "")
	m.must(m.s.Pause(m.t.Context(), bot, ann))
	m.paused[bot] = true
}

func (m *brakes) resume(t *rapid.T) {
	bot := bots(t, "")
	if m.paused[bot] {
		m.must(m.s.Resume(m.t.Context(), bot))
		delete(m.paused, bot)
	}
}

func (m *brakes) work(t *rapid.T) { m.step(rapid.Bool().Draw(t, "to the end")) }

// step takes what is due and, if it is to go to the end, ends it; else it dies.
func (m *brakes) step(end bool) int {
	events, _, err := m.s.TakeEvents(m.t.Context(), 10, time.Minute)
	m.must(err)
	messages, _, err := m.s.TakeMessages(m.t.Context(), 10, time.Minute)
	m.must(err)
	for _, w := range events {
		m.may("event", w.Event.Bot, int64(w.Event.ID))
		if end {
			m.must(m.s.EndEvent(m.t.Context(), done(w, chat.Everyone.Say("x")...)))
			m.handled++
			m.last["event "+string(w.Event.Bot)] = int64(w.Event.ID)
		}
	}
	for _, w := range messages {
		m.may("message", w.Message.Bot, int64(w.Message.ID))
		if end {
			m.must(m.s.EndRound(m.t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}}))
			m.sent++
			m.last["message "+string(w.Message.Bot)] = int64(w.Message.ID)
		}
	}
	m.idle(len(events) + len(messages))
	return len(events) + len(messages)
}

// may checks that something could be handed out now.
func (m *brakes) may(kind string, bot chat.BotName, id int64) {
	if m.paused[bot] || m.paused[""] {
		m.rt.Fatalf("%s %d of bot %s was handed out, and paused are %v", kind, id, bot, m.paused)
	}
	if last := m.last[fmt.Sprint(kind, " ", bot)]; id <= last {
		m.rt.Fatalf("%s %d of bot %s was handed out after %d", kind, id, bot, last)
	}
}

// idle checks that a look in vain is not repeated for nothing: what is due and
// was not handed out is parked by it.
func (m *brakes) idle(found int) {
	c, err := m.s.Counts(m.t.Context())
	m.must(err)
	if due := c.Events.Due + c.Messages.Due; found == 0 && due != 0 {
		m.rt.Fatalf("%d lanes are due after a look in vain", due)
	}
}
