package store

import (
	"time"

	"github.com/botd-chat/botd/chat"
)

// another is the next of a group, if there is one: whoever waits already, or,
// while all can wait a little, whoever comes until then.
func (w *writer) another(group []*call, patient bool, until time.Time) *call {
	for {
		c := w.next(group, patient, until)
		if c == nil || !w.apart(c) {
			return c
		}
		w.aside = append(w.aside, c)
	}
}

func (w *writer) next(group []*call, patient bool, until time.Time) *call {
	if len(group) >= maxGroup {
		return nil
	}
	if c := w.waits(); c != nil {
		return c
	}
	select {
	case c := <-w.queue:
		return c
	default:
	}
	if !patient {
		return nil
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case c := <-w.queue:
		return c
	case <-timer.C:
	case <-w.stop:
	}
	return nil
}

// note keeps the keys of what this transaction stores and may have to void.
func (w *writer) note(list []chat.Arrival) {
	if w.keys == nil {
		w.keys = map[string]bool{}
	}
	for _, a := range list {
		w.keys[a.Key] = true
	}
}

// apart says that a call must see what becomes of what this transaction stores.
func (w *writer) apart(c *call) bool {
	if w.keys == nil {
		return false
	}
	for _, a := range c.list {
		if a.Key != "" && w.keys[a.Key] {
			return true
		}
	}
	return c.takes
}

// waits is one that was put aside before; nil for none.
func (w *writer) waits() *call {
	if len(w.waiting) == 0 {
		return nil
	}
	c := w.waiting[0]
	w.waiting = w.waiting[1:]
	return c
}
