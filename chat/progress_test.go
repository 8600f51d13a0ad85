package chat_test

import (
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestProgressIsToldInPeople(t *testing.T) {
	to := func(ids ...chat.UserID) chat.Recipients {
		r, err := chat.NewRecipients(ids)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	lost := func(id chat.UserID) []chat.Exclusion {
		return []chat.Exclusion{{User: id, Reason: "is not a member of the group"}}
	}
	began := time.Unix(1, 0)
	for _, tt := range []struct {
		name string
		list []chat.Delivery
		want string
	}{
		{"nothing is known yet", nil, ""},
		{"all reached", []chat.Delivery{{Recipients: to("a", "b"), Status: chat.Done, Outcome: chat.Sent}}, "2 of 2 reached"},
		{"some wait", []chat.Delivery{
			{Recipients: to("a", "b"), Status: chat.Done, Outcome: chat.Sent},
			{Recipients: to("c"), Status: chat.Ready},
		}, "2 of 3 reached, 1 waiting"},
		{"on its way, or not", []chat.Delivery{{Recipients: to("a"), Status: chat.Ready, Series: began}}, "0 of 1 reached, 1 unclear"},
		{"unknown in the end", []chat.Delivery{{Recipients: to("a"), Status: chat.Held, Outcome: chat.Unknown, Series: began}}, "0 of 1 reached, 1 unclear"},
		{"unknown, and one must not see it any more", []chat.Delivery{
			{Recipients: to("a", "b"), Lost: lost("a"), Status: chat.Held, Outcome: chat.Unknown, Series: began},
		}, "0 of 2 reached, 2 unclear"},
		{"unknown, and one must not see it any more, and given up by a person", []chat.Delivery{
			{Recipients: to("a", "b"), Lost: lost("a"), Status: chat.Done, Outcome: chat.Dropped, Series: began},
		}, "0 of 2 reached, 2 given up"},
		{"one left", []chat.Delivery{{Recipients: to("a"), Lost: lost("b"), Status: chat.Done, Outcome: chat.Sent}}, "1 of 2 reached, 1 left out"},
		{"the last one left", []chat.Delivery{{Recipients: to("b"), Lost: lost("b"), Status: chat.Done, Outcome: chat.Dropped}}, "0 of 1 reached, 1 left out"},
		{"given up by a person", []chat.Delivery{{Recipients: to("a"), Status: chat.Done, Outcome: chat.Dropped}}, "0 of 1 reached, 1 given up"},
		{"too late", []chat.Delivery{{Recipients: to("a"), Status: chat.Done, Outcome: chat.Expired}}, "0 of 1 reached, 1 given up"},
		{"refused, and sent again", []chat.Delivery{
			{Recipients: to("a"), Status: chat.Dead, Outcome: chat.Refused},
			{Recipients: to("b", "c"), Status: chat.Done, Outcome: chat.Retried},
		}, "0 of 3 reached, 1 failed, 2 sent again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var list []chat.DeliveryHistory
			for _, d := range tt.list {
				list = append(list, chat.DeliveryHistory{Delivery: d})
			}
			p := chat.ProgressOf(list)
			if got := p.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if sum := p.Reached + p.Waiting + p.Unclear + p.LeftOut + p.Failed + p.Again + p.Over; sum != p.People {
				t.Errorf("%d people, and %d in the parts", p.People, sum)
			}
		})
	}
}
