package chat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestForHowLongALeakIsVisible(t *testing.T) {
	shown := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	now := shown.Add(90 * time.Second)
	for _, c := range []struct {
		name string
		leak chat.Leak
		want time.Duration
	}{
		{"while it is tried", chat.Leak{Shown: shown}, 90 * time.Second},
		{"taken back", chat.Leak{Shown: shown, Ended: shown.Add(3 * time.Second), Result: chat.Recalled}, 3 * time.Second},
		{"too old to be taken back", chat.Leak{Shown: shown, Ended: shown.Add(3 * time.Second), Result: chat.NotRecalled}, 90 * time.Second},
		{"shown by a clock that is ahead of ours", chat.Leak{Shown: now.Add(time.Second)}, time.Second},
		{"taken back within the second that the service tells", chat.Leak{Shown: shown, Ended: shown.Add(345678 * time.Microsecond), Result: chat.Recalled}, time.Second},
		{"in whole seconds", chat.Leak{Shown: shown, Ended: shown.Add(3345678 * time.Microsecond), Result: chat.Recalled}, 3 * time.Second},
	} {
		if got := c.leak.Visible(now); got != c.want {
			t.Errorf("%s: visible for %v", c.name, got)
		}
	}
}

func TestAVoidedEventSaysWhy(t *testing.T) {
	if got := chat.VoidedReason(1234567 * time.Microsecond); !strings.Contains(got, "1.235s too late") || !strings.Contains(got, "write it again") {
		t.Error(got)
	}
}

func TestLeakIDs(t *testing.T) {
	var id chat.LeakID
	if err := id.UnmarshalText([]byte("l7")); err != nil || id != 7 || id.String() != "l7" {
		t.Errorf("%v, %v", id, err)
	}
	if err := id.UnmarshalText([]byte("e7")); err == nil {
		t.Error("an event's id was taken")
	}
}
