package receipts

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// A receipt cannot make true what is not: what was done against a promise is
// sealed as it was done, and found.
func TestWhatBreaksAPromiseIsTold(t *testing.T) {
	attempts := func(list ...chat.Attempt) []chat.Attempt {
		for i := range list {
			list[i].N, list[i].People, list[i].Ended = i+1, 2, list[i].Began
		}
		return list
	}
	for _, c := range []struct {
		name string
		do   func(t *testing.T, e *chat.Ended)
		want string
	}{
		{"somebody whom the rule does not have", func(t *testing.T, e *chat.Ended) {
			e.Delivery.Recipients, e.Tries[0].People = people(t, "ann", "bo", "cy"), 3
		}, `is for "cy", who has role member and is not addressed, only owner, admin`},
		{"somebody whom the bot may not reach", func(_ *testing.T, e *chat.Ended) {
			ceiling := chat.Owners
			e.Message.Ceiling = &ceiling
		}, `is for "bo", who has role admin, but the bot may only reach owner`},
		{"somebody who is excepted", func(_ *testing.T, e *chat.Ended) { e.Message.To = chat.Admins.But("bo") }, `is for "bo", who is excepted by name`},
		{"somebody who is not within what the message was to stay within", func(_ *testing.T, e *chat.Ended) {
			e.Message.To = chat.Admins.Among(chat.Everyone.But("bo"))
		}, `is for "bo", who has role admin, but is not within (everyone, but not user bo)`},
		{"somebody who is no member", func(t *testing.T, e *chat.Ended) {
			e.Message.To = chat.Users("ann", "eve")
			e.Message.Ceiling = &chat.Everyone
			e.Delivery.Recipients = people(t, "ann", "eve")
		}, `is for "eve", who is not a member of the group`},
		{"somebody whom the first reached", func(t *testing.T, e *chat.Ended) {
			only := people(t, "ann")
			e.Message.Only = &only
		}, `is for "bo", and was to be sent again to others only`},
		{"too many", func(t *testing.T, e *chat.Ended) {
			var ids []chat.UserID
			e.Group.Members = nil
			for i := range 51 {
				id := chat.UserID(fmt.Sprintf("u%02d", i))
				ids, e.Group.Members = append(ids, id), append(e.Group.Members, chat.Member{ID: id, Role: chat.Admin})
			}
			e.Delivery.Recipients, e.Tries[0].People = people(t, ids...), 51
		}, "is for 51 people; it must be 1 to 50"},
		{"a group of a wrong type", func(_ *testing.T, e *chat.Ended) { e.Group.Type = chat.Community }, "has no targeted messages"},
		{"no attempt", func(_ *testing.T, e *chat.Ended) { e.Tries = nil }, "was sent without an attempt"},
		{"an attempt after the one that was accepted", func(_ *testing.T, e *chat.Ended) {
			e.Tries = attempts(chat.Attempt{Random: 7, Began: after(1), Result: chat.Yes}, chat.Attempt{Random: 7, Began: after(2), Result: chat.Yes})
		}, "attempt 2 was made although attempt 1 was accepted"},
		{"another Random after an unclear attempt", func(_ *testing.T, e *chat.Ended) {
			e.Tries = attempts(chat.Attempt{Random: 7, Began: after(1), Result: chat.Unclear}, chat.Attempt{Random: 8, Began: after(2), Result: chat.Yes})
		}, "attempt 2 has another Random although nobody knows what came of attempt 1"},
		{"another Random after an attempt in which botd ended", func(_ *testing.T, e *chat.Ended) {
			e.Tries = attempts(chat.Attempt{Random: 7, Began: after(1)}, chat.Attempt{Random: 8, Began: after(2), Result: chat.Yes})
		}, "attempt 2 has another Random"},
		{"a repeat that is too late", func(_ *testing.T, e *chat.Ended) {
			e.Tries = attempts(chat.Attempt{Random: 7, Began: after(1), Result: chat.Unclear}, chat.Attempt{Random: 7, Began: after(1).Add(6 * time.Minute), Result: chat.Yes})
		}, "attempt 2 repeats Random 7 after 6m0s"},
		{"an attempt that is not there", func(_ *testing.T, e *chat.Ended) { e.Tries[0].N = 2 }, "attempt 2 stands where attempt 1 should"},
		{"a no that counts as sent", func(_ *testing.T, e *chat.Ended) { e.Tries[0].Result = chat.No }, "was sent, and its last attempt was not"},
		{"another number of people", func(_ *testing.T, e *chat.Ended) { e.Tries[0].People = 3 }, "was sent to 3 people, and names 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := ended(t, 1)
			c.do(t, &e)
			var made chain
			made.add(t, e)
			got := told(verify(t, made.export(t)))
			if !strings.Contains(got, "line 2: broken: receipt 1 of lane "+oneLane+" (delivery d1) ") || !strings.Contains(got, c.want) {
				t.Errorf("no %q in:\n%s", c.want, got)
			}
			if strings.Contains(c.want, `is for "`) { // an erasure does not hide it
				made[0].Opened = allErased(t, made[0])
				if got := told(verify(t, made.export(t))); !strings.Contains(got, "(erased)") {
					t.Errorf("when it is erased:\n%s", got)
				}
			}
		})
	}
}

func TestWhatIsAllowedIsNotTold(t *testing.T) {
	for name, do := range map[string]func(t *testing.T, e *chat.Ended){
		"who was lost before it was sent": func(t *testing.T, e *chat.Ended) {
			e.Delivery.Recipients, e.Tries[0].People = people(t, "ann"), 1
			e.Delivery.Lost = []chat.Exclusion{{User: "bo", Reason: "is not a member of the group", At: after(100)}}
		},
		"sent again by the bot's rule": func(_ *testing.T, e *chat.Ended) {
			e.Delivery.Resent = after(100)
			e.Tries = []chat.Attempt{{N: 1, Random: 7, People: 2, Result: chat.Unclear, Began: after(1)}, {N: 2, Random: 8, People: 2, Result: chat.Yes, Began: after(2)}}
		},
		"found in the group's history": func(_ *testing.T, e *chat.Ended) { e.Tries[0].Result = chat.Unclear },
		"expired before it was tried":  func(_ *testing.T, e *chat.Ended) { e.Tries, e.Delivery.Outcome = nil, chat.Expired },
		"a second try after a no": func(_ *testing.T, e *chat.Ended) {
			e.Tries = []chat.Attempt{{N: 1, Random: 6, People: 2, Result: chat.No, Began: after(1)}, {N: 2, Random: 7, People: 2, Result: chat.Yes, Began: after(2)}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := ended(t, 1)
			do(t, &e)
			var c chain
			c.add(t, e)
			if r := verify(t, c.export(t)); r.Wrong != 0 {
				t.Errorf("%s", told(r))
			}
		})
	}
}

func TestNobodyIsSentAMessageTwiceWithoutAWord(t *testing.T) {
	part := func(t *testing.T, id, message, number int, to ...chat.UserID) chat.Ended {
		e := ended(t, id)
		e.Message.ID, e.Delivery.Message, e.Delivery.Part = chat.MessageID(message), chat.MessageID(message), number
		e.Delivery.Recipients, e.Tries[0].People = people(t, to...), len(to)
		return e
	}
	again := func(e chat.Ended, of int) chat.Ended {
		e.Message.ReplayOf = chat.MessageID(of)
		return e
	}
	unknown := func(e chat.Ended) chat.Ended {
		e.Delivery.Status, e.Delivery.Outcome, e.Tries[0].Result = chat.Held, chat.Unknown, chat.Unclear
		return e
	}
	later := func(e chat.Ended, o chat.Outcome) chat.Ended {
		e.Before, e.Delivery.Outcome = 1, o
		return e
	}
	for _, c := range []struct {
		name string
		list func(t *testing.T) []chat.Ended
		want string
	}{
		{"two parts with nobody in common", func(t *testing.T) []chat.Ended {
			return []chat.Ended{part(t, 1, 1, 1, "ann"), part(t, 2, 1, 2, "bo")}
		}, ""},
		{"somebody in two parts", func(t *testing.T) []chat.Ended {
			return []chat.Ended{part(t, 1, 1, 1, "ann", "bo"), part(t, 2, 1, 2, "bo")}
		}, `(delivery d2) is for "bo", to whom message m1 goes by delivery d1 already`},
		{"sent again after nobody knew", func(t *testing.T) []chat.Ended {
			first := unknown(part(t, 1, 1, 1, "ann"))
			return []chat.Ended{first, later(first, chat.Retried), again(part(t, 2, 2, 1, "ann"), 1)}
		}, ""},
		{"sent again although it had arrived", func(t *testing.T) []chat.Ended {
			return []chat.Ended{part(t, 1, 1, 1, "ann"), again(part(t, 2, 2, 1, "ann"), 1)}
		}, `(delivery d2) is sent to "ann" again, who got message m1 by delivery d1`},
		{"sent again although somebody said that it had arrived", func(t *testing.T) []chat.Ended {
			first := unknown(part(t, 1, 1, 1, "ann"))
			return []chat.Ended{first, later(first, chat.Sent), again(part(t, 2, 2, 1, "ann"), 1)}
		}, `(delivery d2) is sent to "ann" again`},
		{"two first receipts of a delivery", func(t *testing.T) []chat.Ended {
			return []chat.Ended{part(t, 1, 1, 1, "ann"), part(t, 1, 1, 1, "ann")}
		}, "is the first of its delivery, and there was one before"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var made chain
			made.add(t, c.list(t)...)
			got := told(verify(t, made.export(t)))
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("no %q in:\n%s", c.want, got)
			}
		})
	}
}

func TestAConditionCountsWhileItAndThePersonAreThere(t *testing.T) {
	var c chain
	e := ended(t, 1)
	e.Message.To.Where = `id in ["ann", "cy"]`
	c.add(t, e)
	const broken = `is for "bo", who has role admin, but does not meet: id in ["ann", "cy"]`
	if got := told(verify(t, c.export(t))); !strings.Contains(got, broken) || strings.Contains(got, `for "ann"`) {
		t.Errorf("no %q in:\n%s", broken, got)
	}
	if body := string(c[0].Body); strings.Contains(body, "ann") || strings.Contains(body, "cy") || !strings.Contains(body, `"where":`) {
		t.Errorf("the body says who: %s", body)
	}
	c[0].Opened = allErased(t, c[0])
	if got := told(verify(t, c.export(t))); strings.Contains(got, "is for") {
		t.Errorf("when it is erased:\n%s", got)
	}
}
