package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// story is what botd tells of an event, for whoever looks for what went wrong.
func story(n int, h chat.EventHistory, began time.Time) string {
	var b strings.Builder
	at := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Sub(began).Round(time.Millisecond).String()
	}
	e := h.Event
	fmt.Fprintf(&b, "order %d: event %s of %s in %s, accepted %s: %s %s after %d runs; %s\n",
		n, e.ID, e.Bot, e.Group, at(e.Accepted), e.Status, e.Outcome, e.Attempts, e.Reason)
	for _, m := range h.Messages {
		fmt.Fprintf(&b, "  message %s, %s: %s %s; due %s; %s\n", m.ID, m.Message.Priority.OrDefault(), m.Status, m.Outcome, at(m.Due), m.Reason)
		for _, d := range m.Deliveries {
			fmt.Fprintf(&b, "    delivery %s to %d, %d left out: %s %s; series %s, due %s; %s\n",
				d.ID, d.Recipients.Len(), len(d.Lost), d.Status, d.Outcome, at(d.Series), at(d.Due), d.Reason)
			for _, a := range d.Tries {
				fmt.Fprintf(&b, "      attempt %d with %d, %s to %s: %s %d; %s\n", a.N, a.Random, at(a.Began), at(a.Ended), a.Result, a.Code, a.Error)
			}
		}
	}
	return b.String()
}
