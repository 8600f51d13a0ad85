package delivery_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
)

// failsOnce is a disk that is full when an attempt is to begin.
type failsOnce struct {
	delivery.Store
	failed bool
}

func (f *failsOnce) Begin(ctx context.Context, b chat.Begin) (chat.Begun, error) {
	if !f.failed {
		f.failed = true
		return chat.Begun{}, errors.New("disk full")
	}
	return f.Store.Begin(ctx, b)
}

func TestAnIDThatIsAnotherGroupByNow(t *testing.T) {
	t.Run("restarted with another application, recipients are held against its group", func(t *testing.T) {
		for _, kind := range []string{"Public", "AVChatRoom"} {
			r := newRig(t)
			r.worker = r.newWorker(&failsOnce{Store: r.store})
			r.say(class, "", chat.Admins.Say("secret")...)
			r.step() // resolved and not sent
			other := buildRig(t, t.TempDir())
			t.Cleanup(other.close)
			other.group(class, kind, "alice Owner", "bob", "carol", "dave")
			r.clock.Advance(2 * time.Second)
			other.clock.Advance(2 * time.Second)
			r.client, r.directory = other.client, other.directory
			r.reopen()
			r.settle(minute)
			for _, user := range []string{"bob", "carol", "dave"} {
				if got := other.sees(user); len(got) > 0 {
					t.Errorf("%s: %s saw %q", kind, user, got)
				}
			}
		}
	})
}
