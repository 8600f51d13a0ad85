package schedules

import (
	"errors"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// entriesOf makes entries, each a trigger's name and a line in UTC.
func entriesOf(t *testing.T, lines map[string]string) (entries []Entry) {
	t.Helper()
	for name, line := range lines {
		s, err := Parse(line, "")
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, Entry{Bot: "standup", Trigger: chat.TriggerName(name), Schedule: s})
	}
	return entries
}

// swap gives the runner other entries and waits until it has them.
func (b *bench) swap(lines map[string]string) {
	b.t.Helper()
	b.runner.Swap(entriesOf(b.t, lines))
	b.soon("the runner takes the entries", func() bool {
		b.runner.swap.mu.Lock()
		defer b.runner.swap.mu.Unlock()
		return !b.runner.swap.there && len(b.runner.swap.wake) == 0
	})
	b.asleep(1)
}

func (b *bench) soon(what string, ok func() bool) {
	b.t.Helper()
	timeout := time.After(10 * time.Second)
	for tick := time.Tick(time.Millisecond); !ok(); {
		select {
		case <-tick:
		case <-timeout:
			b.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestEntriesAreSwapped(t *testing.T) {
	t.Run("one that stays misses nothing and strikes once, however often others come and go", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:30Z", map[string]string{"minute": "* * * * *", "gone": "0 9 * * *"})
		for i := range 8 {
			lines := map[string]string{"minute": "* * * * *"}
			if i%2 == 0 {
				lines["other"] = "0 12 * * *"
			}
			b.swap(lines)
			b.run(15*time.Second, 15*time.Second)
		}
		b.wantCalls("minute 2026-11-24T09:00:00Z", "minute 2026-11-24T09:01:00Z")
	})
	t.Run("what came before is struck by the old, and what comes after by the new", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:50Z", map[string]string{"nine": "0 9 * * *", "ten": "0 10 * * *"})
		b.clock.set(at("2026-11-24T09:00:20Z")) // and the runner has not woken yet
		b.swap(map[string]string{"nine": "1 9 * * *", "new": "0 9 * * *"})
		b.want("nine 2026-11-24T09:00:00Z")
		b.run(90*time.Minute, 30*time.Second)
		b.wantCalls("nine 2026-11-24T09:00:00Z", "nine 2026-11-24T09:01:00Z")
	})
	t.Run("what could not be fired yet is fired in order, also under a changed schedule", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:50Z", map[string]string{"bad": "0 9 * * *"})
		b.failWith(func(Entry, time.Time) error { return errors.New("the disk is full") })
		b.clock.Advance(10 * time.Second)
		b.asleep(2)
		b.runner.Swap(entriesOf(t, map[string]string{"bad": "0,1 * * * *"}))
		b.soon("the runner takes the entries", func() bool { return len(b.runner.swap.asked()) == 0 })
		b.asleep(2)
		b.failWith(nil)
		b.run(time.Minute, 10*time.Second)
		b.want("bad 2026-11-24T09:00:00Z", "bad 2026-11-24T09:01:00Z")
		if b.kept[0] != "bad 2026-11-24T09:00:00Z" {
			t.Errorf("out of order: %v", b.kept)
		}
	})
	t.Run("all can go", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:50Z", map[string]string{"nine": "0 9 * * *"})
		b.swap(nil)
		b.run(time.Minute, 30*time.Second)
		b.wantCalls()
	})
}
