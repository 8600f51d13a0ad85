package receipts

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tester is a test, or a run of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var start = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// after is so many milliseconds after the start.
func after(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

const oneLane = "m/main/@TGS#1/normal"

var school = chat.Membership{Group: "@TGS#1", Type: chat.Public, ReadAt: after(0), Members: []chat.Member{
	{ID: "ann", Role: chat.Owner}, {ID: "bo", Role: chat.Admin}, {ID: "cy", Role: chat.Normal}, {ID: "dee", Role: chat.Normal}}}

func people(t tester, ids ...chat.UserID) chat.Recipients {
	t.Helper()
	r, err := chat.NewRecipients(ids)
	must(t, err)
	return r
}

// ended is a delivery of number id that was sent to ann and bo, of a message of
// the same number.
func ended(t tester, id int) chat.Ended {
	t.Helper()
	ceiling := chat.Admins.Or(chat.Users("cy"))
	return chat.Ended{
		Lane:  oneLane,
		Event: chat.EventRecord{ID: chat.EventID(id), Trigger: "answers", Kind: chat.Webhook},
		Message: chat.MessageRecord{ID: chat.MessageID(id), Event: chat.EventID(id), App: "main", Bot: "quiz", Group: school.Group, Sender: "cy",
			Message: chat.Message{To: chat.Admins, Text: "cy said B"}, To: chat.Admins, Ceiling: &ceiling, Snapshot: school.Hash(), ReadAt: school.ReadAt},
		Delivery: chat.Delivery{ID: chat.DeliveryID(id), Message: chat.MessageID(id), Part: 1, Recipients: people(t, "ann", "bo"), Random: 7, Attempts: 1,
			Status: chat.Done, Outcome: chat.Sent, MsgSeq: 17, Ended: after(250)},
		Tries: []chat.Attempt{{Delivery: chat.DeliveryID(id), N: 1, Random: 7, People: 2, Began: after(200), Ended: after(250), Result: chat.Yes}},
		Group: school, Now: after(300),
	}
}

// chain is receipts in the order of their lanes and numbers, as a store has them.
type chain []chat.Sealed

func (c *chain) add(t tester, list ...chat.Ended) {
	t.Helper()
	for _, e := range list {
		seal, err := Maker{}.Seal(e)
		must(t, err)
		s := chat.Sealed{Lane: e.Lane, N: 1, At: e.Now, App: e.Message.App, Bot: e.Message.Bot, Group: e.Message.Group, Message: e.Message.ID, Delivery: e.Delivery.ID, Seal: seal}
		for _, x := range *c {
			if x.Lane == e.Lane {
				s.N, s.Prev = x.N+1, x.Hash
			}
		}
		s.Hash = Maker{}.Link(s.Lane, s.N, s.Prev, seal.Body)
		*c = append(*c, s)
	}
	slices.SortStableFunc(*c, func(a, b chat.Sealed) int { return bytes.Compare([]byte(a.Lane), []byte(b.Lane)) })
}

// Span is the part of a lane that was asked for.
func (c chain) Span(_ context.Context, s chat.Span, limit int) (list []chat.Sealed, _ error) {
	for _, x := range c {
		if x.Lane == s.Lane && x.N >= s.First && x.N <= s.Last && len(list) < limit {
			list = append(list, x)
		}
	}
	return list, nil
}

// spans is all that there is, from the first number on.
func (c chain) spans(first int64) (list []chat.Span) {
	for _, x := range c {
		switch {
		case x.N < first:
		case len(list) > 0 && list[len(list)-1].Lane == x.Lane:
			list[len(list)-1].Last = x.N
			list[len(list)-1].Picked++
		default:
			list = append(list, chat.Span{Lane: x.Lane, First: x.N, Last: x.N, Picked: 1})
		}
	}
	return list
}

func (c chain) heads() (list []chat.Head) {
	for _, s := range c.spans(1) {
		for _, x := range c {
			if x.Lane == s.Lane && x.N == s.Last {
				list = append(list, chat.Head{Lane: x.Lane, N: x.N, Hash: x.Hash})
			}
		}
	}
	return list
}

func (c chain) export(t tester) []byte {
	t.Helper()
	var b bytes.Buffer
	_, err := Export{Spans: c.spans(1), Picked: "everything", At: after(1000)}.Write(context.Background(), c, &b)
	must(t, err)
	return b.Bytes()
}

func verify(t tester, text []byte, heads ...chat.Head) Report {
	t.Helper()
	r, err := Verify(bytes.NewReader(text), heads)
	must(t, err)
	return r
}

// three is a chain of three receipts and one of one.
func three(t tester) chain {
	t.Helper()
	var c chain
	other := ended(t, 4)
	other.Lane = "m/main/@TGS#2/normal"
	c.add(t, ended(t, 1), ended(t, 2), ended(t, 3), other)
	return c
}

func told(r Report) (text string) {
	for _, p := range r.Problems {
		text += fmt.Sprintln(p)
	}
	return text
}
