package chat

import (
	"fmt"
	"strings"
	"time"
)

// What is stored is few; what people read is made of it here, for the command
// line, the API and the pages alike. What ended is told by its stand, such as
// "done: sent".

// Told says in words how an event stands: "waits for its turn", "being handled",
// "retrying in 8 s", "waits, looks again in 8 s", "dead: failed".
func (e EventRecord) Told(now time.Time) string {
	switch {
	case e.Status != Ready:
		return Stand{e.Status, e.Outcome}.String()
	case e.Reason == "" && e.Attempts == 0:
		return "waits for its turn"
	case e.Reason == "":
		return "being handled"
	case e.Attempts == 0: // its run was taken back, since something it needs cannot be read
		return "waits, looks again" + in(e.Due, now)
	}
	return "retrying" + in(e.Due, now)
}

// Told says in words how a message stands, with how far it came: "sending, 44 of
// 52 reached, 8 waiting".
func (m MessageHistory) Told(now time.Time) string {
	text := Stand{m.Status, m.Outcome}.String()
	if m.Status == Ready {
		text = m.underWay(now)
	}
	if p := ProgressOf(m.Deliveries).String(); p != "" {
		text += ", " + p
	}
	return text
}

func (m MessageHistory) underWay(now time.Time) string {
	var tried, unclear bool
	for _, d := range m.Deliveries {
		if d.sending() {
			return "sending"
		}
		open := d.Status == Ready
		tried, unclear = tried || open && d.Attempts > 0, unclear || open && d.MayHaveArrived()
	}
	switch {
	case unclear:
		return "unclear, goes on" + in(m.Due, now)
	case tried:
		return "retrying" + in(m.Due, now)
	case m.Reason != "":
		return "waits, looks again" + in(m.Due, now)
	}
	return "waits for its turn"
}

// Told says in words how a delivery stands: "sending", "retrying in 8 s",
// "unclear, goes on in 8 s", "held: unknown".
func (d DeliveryHistory) Told(now time.Time) string {
	switch {
	case d.Status != Ready:
		return Stand{d.Status, d.Outcome}.String()
	case d.sending():
		return "sending"
	case d.MayHaveArrived():
		return "unclear, goes on" + in(d.Due, now)
	case d.Attempts > 0:
		return "retrying" + in(d.Due, now)
	}
	return "waits for its turn"
}

// sending says that an attempt was begun and has not ended.
func (d DeliveryHistory) sending() bool {
	n := len(d.Tries)
	return d.Status == Ready && n > 0 && d.Tries[n-1].Result == ""
}

// in says how long it is until due, and nothing of what is due: " in 8 s".
func in(due, now time.Time) string {
	wait := due.Sub(now)
	if due.IsZero() || wait <= 0 {
		return ""
	}
	if wait < time.Minute {
		return fmt.Sprintf(" in %d s", max(1, int(wait.Round(time.Second).Seconds())))
	}
	text := strings.TrimSuffix(wait.Round(time.Minute).String(), "0s") // 1h30m
	return " in " + strings.ReplaceAll(text, "h0m", "h")
}

// WithTold fills in what people read, of the event and of all that came of it.
func (h EventHistory) WithTold(now time.Time) EventHistory {
	h.Event.Now = h.Event.Told(now)
	for i := range h.Messages {
		h.Messages[i] = h.Messages[i].WithTold(now)
	}
	return h
}

// WithTold fills in what people read, of the message and its deliveries.
func (m MessageHistory) WithTold(now time.Time) MessageHistory {
	m.Now = m.Told(now)
	for i := range m.Deliveries {
		m.Deliveries[i].Now = m.Deliveries[i].Told(now)
	}
	return m
}
