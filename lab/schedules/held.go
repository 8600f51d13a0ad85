package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/store"
)

// inTime is how long what a member wrote may take to be on disk.
const inTime = 1500 * time.Millisecond

// received is the number of what botd itself says of an order that a member wrote: that
// it has arrived. Its count is the try.
const received = -1

// to is whom a message of an order is for.
func (o order) to(i int) chat.Audience {
	if i == received {
		return chat.Users(chat.UserID(o.User))
	}
	return o.Say[i].To
}

// answer is what a member is told.
type answer int

const (
	kept     answer = iota // it was held
	again                  // write it again: nothing will come of it
	stopping               // the same, from a botd that stops and does not look whether it was held before
	nothing                // nobody answered: others have seen it
)

// writer is a member who writes something and does as he is told: once more when
// he is told to write it again. What others have seen since nobody answered is found
// in the history later.
func (r *run) writer(a arrival) func(context.Context, order) chat.EventID {
	try, slow, was := 0, a.slow, false
	return func(ctx context.Context, o order) chat.EventID {
		for ; ctx.Err() == nil && time.Since(r.began) < r.length+time.Hour; time.Sleep(time.Second) {
			id, said, err := r.hold(ctx, o, try, slow)
			slow = 0
			switch {
			case err != nil:
				r.fail("holding: %w", err)
				return 0
			case said == kept:
				r.seen.note("held", "kept")
				was = true
				return id
			case said == stopping && was:
				continue
			case said == again, said == stopping:
				r.written(o.N, try)
				try++
				continue
			}
			r.seen.note("held", "seen by others")
			was = true
			return r.find(ctx, o, try)
		}
		r.fail("order %d is not held after an hour without trouble", o.N)
		return 0
	}
}

// hold asks botd for its verdict; while it is down, nobody answers.
func (r *run) hold(ctx context.Context, o order, try int, slow time.Duration) (chat.EventID, answer, error) {
	l := r.current()
	if l == nil {
		return 0, nothing, nil
	}
	r.slow.Store(int64(slow))
	return l.hold(ctx, o, try)
}

// written keeps that somebody was told to write it again.
func (r *run) written(n, try int) {
	r.seen.note("held", "written again")
	r.acks.mu.Lock()
	defer r.acks.mu.Unlock()
	if r.acks.again[n] == nil {
		r.acks.again[n] = map[int]bool{}
	}
	r.acks.again[n][try] = true
}

// find is the history being looked through until what was seen is kept.
func (r *run) find(ctx context.Context, o order, try int) chat.EventID {
	for ; ctx.Err() == nil && time.Since(r.began) < r.length+time.Hour; time.Sleep(time.Second) {
		if l := r.current(); l != nil {
			if id, ok := l.leak(ctx, o, try); ok {
				return id
			}
		}
	}
	r.fail("order %d was seen, and is not kept after an hour without trouble", o.N)
	return 0
}

func (l *life) typed(o order, try int) (chat.Arrival, error) {
	body, err := json.Marshal(o)
	if err != nil {
		return chat.Arrival{}, err
	}
	a, err := l.bots.Bot(o.Bot).Arrival("orders", body, "", time.Time{})
	a.Key, a.Received = fmt.Sprintf("callback/%d/%d", o.N, try), text(o.N, received, try)
	return a, err
}

// hold is the verdict about something that a member wrote.
func (l *life) hold(ctx context.Context, o order, try int) (chat.EventID, answer, error) {
	a, err := l.typed(o, try)
	if err != nil {
		return 0, nothing, err
	}
	list, err := l.bug.hold(l.store, l.clock.Now)(ctx, []chat.Arrival{a}, l.clock.Now().Add(inTime))
	switch {
	case l.dead.Load():
		return 0, nothing, nil
	case errors.Is(err, store.ErrClosed):
		return 0, stopping, nil
	case errors.Is(err, store.ErrLate), err == nil && list[0].Voided:
		return 0, again, nil
	case err != nil:
		return 0, nothing, err
	}
	return list[0].Events[0], kept, nil
}

// leak keeps what others have seen, and that it was taken back.
func (l *life) leak(ctx context.Context, o order, try int) (chat.EventID, bool) {
	a, err := l.typed(o, try)
	if err != nil {
		return 0, false
	}
	a.Revive = true
	now := l.clock.Now()
	x, _, err := l.store.KeepLeak(ctx, chat.Leak{App: app, Group: chat.GroupID(o.Group), MsgSeq: uint32(o.N + 1), Random: uint32(try + 1), //nolint:gosec // few
		Sender: chat.UserID(o.User), Shown: now, Found: now, FoundBy: chat.FoundBySweep}, []chat.Arrival{a})
	if err != nil || l.dead.Load() {
		return 0, false
	}
	x.Attempts, x.Result, x.Ended = x.Attempts+1, chat.Recalled, now
	if err := l.store.EndLeak(ctx, x, chat.Message{}); err != nil && !errors.Is(err, store.ErrNotNow) || l.dead.Load() {
		return 0, false
	}
	return x.Events[0], true
}

// apart judges what botd itself said of an order, and takes it from what the plugin
// said.
func (c *court) apart(n int, h chat.EventHistory) chat.EventHistory {
	h.Messages = slices.DeleteFunc(h.Messages, func(m chat.MessageHistory) bool {
		order, i, _, ok := readText(m.Message.Text)
		if !ok || i != received {
			return false
		}
		if order != n {
			c.wrong("event %s of order %d tells its sender that order %d has arrived", h.Event.ID, n, order)
		}
		c.message(n, received, m)
		return true
	})
	return h
}

// answered says that somebody got something that the plugin said.
func (c *court) answered(n int) bool {
	for i, copies := range c.copies[n] {
		if i != received && len(copies) > 0 {
			return true
		}
	}
	return false
}

// standing leaves out the events that were voided. Of these nothing may have come, and
// whoever wrote it was told so, or nothing; and nothing else may have come of what
// somebody was told to write again.
func (c *court) standing(ctx context.Context, l *life, list []chat.EventRecord) []chat.EventRecord {
	stored := map[[2]int]bool{}
	list = slices.DeleteFunc(list, func(e chat.EventRecord) bool {
		h, err := l.store.History(ctx, e.ID)
		if err != nil {
			c.wrong("looking at event %s: %w", e.ID, err)
			return false
		}
		n, try, held := receivedBy(h)
		voided := e.Outcome == chat.Voided
		if !held {
			if voided {
				c.wrong("event %s is voided, and was not held", e.ID)
			}
			return false
		}
		stored[[2]int{n, try}] = true
		told := c.acks.again[n][try]
		switch {
		case voided && c.acks.events[n] == e.ID:
			c.figures.Lost++
			c.wrong("order %d was held as event %s, which is voided", n, e.ID)
		case !voided && told:
			c.figures.Doubled++
			c.wrong("try %d of order %d was to be written again, and is event %s, %s", try, n, e.ID, e.Outcome)
		case voided && e.Reason == "":
			c.wrong("event %s is voided, and does not say why", e.ID)
		case voided:
			c.seen.note("held", "voided")
		}
		if voided {
			c.nothingOf(h, n, try)
		}
		return voided
	})
	for n, tries := range c.acks.again {
		for try := range tries {
			if !stored[[2]int{n, try}] {
				c.seen.note("held", "not stored")
			}
		}
	}
	return list
}

// nothingOf asks whether nothing came of an event that was voided.
func (c *court) nothingOf(h chat.EventHistory, n, try int) {
	for _, m := range h.Messages {
		if m.Outcome != chat.Voided || len(m.Deliveries) > 0 {
			c.wrong("message %s of event %s, which is voided, is %s, with %d deliveries", m.ID, h.Event.ID, m.Outcome, len(m.Deliveries))
		}
	}
	for _, x := range c.copies[n][received] {
		if _, _, of, _ := readText(x.Text); of == try && c.acks.again[n][try] {
			c.wrong("somebody was told that try %d of order %d has arrived, which was to be written again", try, n)
		}
	}
}

// receivedBy is the try of the order that an event tells its sender has arrived.
func receivedBy(h chat.EventHistory) (n, try int, held bool) {
	for _, m := range h.Messages {
		if n, i, try, ok := readText(m.Message.Text); ok && i == received {
			return n, try, true
		}
	}
	return 0, 0, false
}
