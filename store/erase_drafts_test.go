package store

import (
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestAUserIsErasedFromWhatReviewersWereShownAndDecided(t *testing.T) {
	s, clock := newStore(t)
	a := arrival("", "@TGS#1")
	a.Sender = "boss"
	e := accept(t, s, a).Events[0]
	end := done(takeEvents(t, s, 1)[0])
	end.Drafts, end.Lapses, end.Review = chat.Rather(chat.Everyone.Say("for all"), chat.Users("minji").Say("SECRET points")), clock.now().Add(time.Hour), "answers"
	end.Notices, end.As = chat.Admins.Say("To user minji:\n> SECRET points"), "quiz"
	must(t, s.EndEvent(t.Context(), end))
	must(t, decision(t, s, chat.Decision{Event: e, By: chat.Reviewer("hana", "SECRET illness")}))
	for m := takeMessages(t, s, 1); len(m) > 0; m = takeMessages(t, s, 1) {
		d := started(resolve(t, s, m[0], people(t, "boss"))[0], clock.now())
		_, err := s.Begin(t.Context(), chat.Begin{Lease: m[0].Lease, Message: m[0].Message.ID, Deliveries: []chat.Delivery{d}})
		must(t, err)
		must(t, s.EndRound(t.Context(), sent(m[0], d, clock.now())))
	}
	for id, user := range map[chat.UserID]string{"minji": "SECRET points", "hana": "SECRET illness"} {
		_, err := s.Erase(t.Context(), "main", id, ann)
		must(t, err)
		left := everything(t, s)
		h, err := s.History(t.Context(), e)
		must(t, err)
		for _, act := range h.Acts {
			left += act.Who + act.Reason + "\n"
		}
		for line := range strings.Lines(left) {
			if strings.Contains(line, string(id)) || strings.Contains(line, user) {
				t.Errorf("left of %s: %s", id, line)
			}
		}
	}
}
