package chat_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

var toldAt = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

func toldTo(t *testing.T, ids ...chat.UserID) chat.Recipients {
	t.Helper()
	r, err := chat.NewRecipients(ids)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func soon() time.Time { return toldAt.Add(8 * time.Second) }

func TestHowAnEventIsTold(t *testing.T) {
	for _, tt := range []struct {
		e    chat.EventRecord
		want string
	}{
		{chat.EventRecord{}, "waits for its turn"},
		{chat.EventRecord{Attempts: 1}, "being handled"},
		{chat.EventRecord{Attempts: 1, Reason: "run 1 of 5 failed", Due: soon()}, "retrying in 8 s"},
		{chat.EventRecord{Attempts: 1, Reason: "run 1 of 5 failed", Due: toldAt}, "retrying"},
		{chat.EventRecord{Reason: "the group cannot be read", Due: soon()}, "waits, looks again in 8 s"},
		{chat.EventRecord{Reason: "the group cannot be read"}, "waits, looks again"},
	} {
		tt.e.Status = chat.Ready
		if got := tt.e.Told(toldAt); got != tt.want {
			t.Errorf("%+v is told as %q, want %q", tt.e, got, tt.want)
		}
	}
}

// Every combination of what a delivery that is ready can have.
func TestHowADeliveryIsTold(t *testing.T) {
	began := toldAt.Add(-time.Minute)
	want := map[string]string{ // an attempt runs, may have arrived, was tried, is due later
		"false false false": "waits for its turn", "false false true": "retrying in 8 s",
		"false true false": "unclear, goes on in 8 s", "false true true": "unclear, goes on in 8 s",
		"true false false": "sending", "true false true": "sending", "true true false": "sending", "true true true": "sending",
	}
	for _, runs := range []bool{false, true} {
		for _, perhaps := range []bool{false, true} {
			for _, tried := range []bool{false, true} {
				d := chat.DeliveryHistory{Delivery: chat.Delivery{Status: chat.Ready, Due: soon()}}
				if tried {
					d.Attempts, d.Tries = 1, []chat.Attempt{{N: 1, Result: chat.No}}
				}
				if perhaps {
					d.Series = began
				}
				if runs {
					d.Tries = append(d.Tries, chat.Attempt{N: 2})
				}
				key := fmt.Sprint(runs, perhaps, tried)
				if got := d.Told(toldAt); got != want[key] {
					t.Errorf("%s is told as %q, want %q", key, got, want[key])
				}
			}
		}
	}
}

func TestWhatEndedIsToldByItsStand(t *testing.T) {
	for _, m := range chat.Moves() {
		if m.To.Status == chat.Ready || m.To.Status == "" {
			continue
		}
		e := chat.EventRecord{Status: m.To.Status, Outcome: m.To.Outcome, Reason: "so it went", Attempts: 1, Due: soon()}
		d := chat.DeliveryHistory{Delivery: chat.Delivery{Status: m.To.Status, Outcome: m.To.Outcome, Series: toldAt, Attempts: 1}, Tries: []chat.Attempt{{N: 1}}}
		msg := chat.MessageHistory{MessageRecord: chat.MessageRecord{Status: m.To.Status, Outcome: m.To.Outcome}}
		want := string(m.To.Status) + ": " + string(m.To.Outcome)
		if e.Told(toldAt) != want || d.Told(toldAt) != want || msg.Told(toldAt) != want {
			t.Errorf("%s is told as %q, %q and %q", m.To, e.Told(toldAt), d.Told(toldAt), msg.Told(toldAt))
		}
	}
}

func TestHowAMessageIsTold(t *testing.T) {
	one := toldTo(t, "a")
	two := toldTo(t, "b", "c")
	part := func(d chat.Delivery, tries ...chat.Attempt) chat.DeliveryHistory {
		return chat.DeliveryHistory{Delivery: d, Tries: tries}
	}
	sent := part(chat.Delivery{Recipients: two, Status: chat.Done, Outcome: chat.Sent}, chat.Attempt{Result: chat.Yes})
	for _, tt := range []struct {
		name string
		m    chat.MessageHistory
		want string
	}{
		{"nothing was done yet", chat.MessageHistory{}, "waits for its turn"},
		{"the group cannot be read", chat.MessageHistory{MessageRecord: chat.MessageRecord{Reason: "waits: reading", Due: soon()}}, "waits, looks again in 8 s"},
		{"resolved", chat.MessageHistory{Deliveries: []chat.DeliveryHistory{part(chat.Delivery{Recipients: one, Status: chat.Ready})}},
			"waits for its turn, 0 of 1 reached, 1 waiting"},
		{"on its way", chat.MessageHistory{Deliveries: []chat.DeliveryHistory{sent, part(chat.Delivery{Recipients: one, Status: chat.Ready, Attempts: 1, Series: toldAt}, chat.Attempt{})}},
			"sending, 2 of 3 reached, 1 unclear"},
		{"a no", chat.MessageHistory{MessageRecord: chat.MessageRecord{Due: soon()},
			Deliveries: []chat.DeliveryHistory{sent, part(chat.Delivery{Recipients: one, Status: chat.Ready, Attempts: 1}, chat.Attempt{Result: chat.No})}},
			"retrying in 8 s, 2 of 3 reached, 1 waiting"},
		{"unclear", chat.MessageHistory{MessageRecord: chat.MessageRecord{Due: toldAt.Add(90 * time.Minute)},
			Deliveries: []chat.DeliveryHistory{sent, part(chat.Delivery{Recipients: one, Status: chat.Ready, Attempts: 1, Series: toldAt}, chat.Attempt{Result: chat.Unclear})}},
			"unclear, goes on in 1h30m, 2 of 3 reached, 1 unclear"},
		{"over", chat.MessageHistory{MessageRecord: chat.MessageRecord{Status: chat.Dead, Outcome: chat.Partly},
			Deliveries: []chat.DeliveryHistory{sent, part(chat.Delivery{Recipients: one, Status: chat.Dead, Outcome: chat.Failed})}},
			"dead: partly, 2 of 3 reached, 1 failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.m.Status == "" {
				tt.m.Status = chat.Ready
			}
			if got := tt.m.WithTold(toldAt).Now; got != tt.want {
				t.Errorf("told as %q, want %q", got, tt.want)
			}
		})
	}
}

// Whatever a delivery is, its people are counted once, and where its stand says.
func TestEveryStandOfADeliveryIsCounted(t *testing.T) {
	for _, m := range chat.Moves() {
		if m.Of != chat.ADelivery || m.To.Status == "" {
			continue
		}
		for _, perhaps := range []bool{false, true} {
			d := chat.Delivery{Recipients: toldTo(t, "a", "b"), Status: m.To.Status, Outcome: m.To.Outcome}
			if perhaps {
				d.Series = toldAt
			}
			p := chat.ProgressOf([]chat.DeliveryHistory{{Delivery: d}})
			want := chat.Progress{People: 2}
			switch {
			case m.To.Outcome == chat.Sent:
				want.Reached = 2
			case m.To.Outcome == chat.Unknown, m.To.Status == chat.Ready && perhaps:
				want.Unclear = 2
			case m.To.Status == chat.Ready:
				want.Waiting = 2
			case m.To.Outcome == chat.Retried:
				want.Again = 2
			case m.To.Status == chat.Done:
				want.Over = 2
			default:
				want.Failed = 2
			}
			if p != want {
				t.Errorf("%s, perhaps there %v: counted as %+v, want %+v", m.To, perhaps, p, want)
			}
		}
	}
}
