package oncall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// board is the alerts of a group that are not over.
type board struct {
	Count int        `json:"count"` // of all there ever were, for their names
	Next  time.Time  `json:"next,omitzero"`
	Cases []incident `json:"cases,omitempty"`
}

// incident is one of them.
type incident struct {
	ID    string        `json:"id"`  // A7
	Key   string        `json:"key"` // of its sender's
	Title string        `json:"title"`
	Text  string        `json:"text"`
	Step  int           `json:"step"`            // of the chain, that was asked last
	Turn  int           `json:"turn"`            // how often somebody was asked
	Asked []chat.UserID `json:"asked,omitempty"` // each once, in order
	Due   time.Time     `json:"due,omitzero"`    // when the next are asked; zero: it is taken, or there is nobody left
	// Lost says that what was sent last reached nobody.
	Lost    bool        `json:"lost,omitempty"`
	Repeats int         `json:"repeats,omitempty"` // of the last step
	By      chat.UserID `json:"by,omitempty"`      // who has taken it
	Seen    time.Time   `json:"seen"`              // when it was last heard of
}

const (
	// maxTexts is how many bytes the board can have before only the titles of alerts
	// are kept, and maxBoard before new ones are not followed at all: what happens to
	// those that are open always has room in the state.
	maxTexts = 30 << 10
	maxBoard = 44 << 10
	// maxCases is how many alerts are followed, and maxKept how many bytes the board can
	// have at all: so many have room with the least that has to be known of each.
	maxCases = 150
	maxKept  = 60 << 10
	// patience is how long after its time, and after twice what a step has, it is certain
	// that the next will not be asked by the timer.
	patience = 10 * time.Minute
	// life is how long an alert is remembered that was taken, or that nobody took,
	// after it was last heard of.
	life = 24 * time.Hour
)

// find is the alert with that key; nil for none.
func (b *board) find(key string) *incident {
	return b.where(func(c incident) bool { return c.Key == key })
}

// called is the alert with that name, "A7", "a7" or "7"; nil for none.
func (b *board) called(name string) *incident {
	number := strings.TrimPrefix(strings.ToUpper(name), "A")
	return b.where(func(c incident) bool { return c.ID == "A"+number })
}

func (b *board) where(is func(incident) bool) *incident {
	i := slices.IndexFunc(b.Cases, is)
	if i < 0 {
		return nil
	}
	return &b.Cases[i]
}

func (b *board) add(a alert, at time.Time) *incident {
	b.Count++
	b.Cases = append(b.Cases, incident{ID: fmt.Sprintf("A%d", b.Count), Key: a.key, Title: a.title, Text: a.title, Seen: at})
	return &b.Cases[len(b.Cases)-1]
}

func (b *board) remove(key string) {
	b.Cases = slices.DeleteFunc(b.Cases, func(c incident) bool { return c.Key == key })
}

// forget removes what was not heard of for long and waits for nobody.
func (b *board) forget(now time.Time) {
	b.Cases = slices.DeleteFunc(b.Cases, func(c incident) bool { return c.Due.IsZero() && now.Sub(c.Seen) > life })
}

func (b *board) size() int {
	raw, err := json.Marshal(b)
	if err != nil {
		panic(err) // there is nothing in it that JSON cannot express
	}
	return len(raw)
}

// write notes what an alert says, as far as there is room.
func (b *board) write(c *incident, a alert) {
	c.Title, c.Text = a.title, a.text
	if b.size() > maxTexts {
		c.Text = c.Title
	}
}

// due is the alert whose next are to be asked first; nil if none wait.
func (b *board) due() (first *incident) {
	for i := range b.Cases {
		if c := &b.Cases[i]; !c.Due.IsZero() && (first == nil || c.Due.Before(first.Due)) {
			first = c
		}
	}
	return first
}

// missed has the next asked about alerts whose time is long over, since the timer's event
// was dropped by a person, say. Those who were asked last get their time anew: after an
// outage they may have been asked just now.
func (b *board) missed(now time.Time, wait time.Duration) {
	b.anew(now.Add(wait), func(due time.Time) bool { return now.Sub(due) > 2*wait+patience })
}

// setBack does the same for those whose time is farther ahead than any can be, since the
// clock was set back.
func (b *board) setBack(now time.Time, wait time.Duration) {
	b.anew(now.Add(wait), func(due time.Time) bool { return due.Sub(now) > wait+patience })
}

func (b *board) anew(at time.Time, is func(due time.Time) bool) {
	for i := range b.Cases {
		if c := &b.Cases[i]; !c.Due.IsZero() && is(c.Due) {
			c.Due = at
		}
	}
}

// fit has less remembered of each alert, as far as it has to be, so that there is room for
// what happens to them: who were asked, and titles that become longer.
func (b *board) fit() {
	for _, less := range []func(*incident){
		func(c *incident) { c.Text = c.Title },
		func(c *incident) { c.Title = plugins.OneLine(c.Title, 20); c.Text = c.Title },
		func(c *incident) { c.Asked = c.Asked[max(0, len(c.Asked)-1):] }, // whoever took it is the last
	} {
		if b.size() <= maxKept {
			return
		}
		for i := range b.Cases {
			less(&b.Cases[i])
		}
	}
}

// keep remembers the board, and has the timer come when somebody is to be asked. That is
// never longer ahead than a step waits, whatever the time of the event is: it may have
// waited for days, or be handled again.
func (b *board) keep(e chat.Event, wait time.Duration) {
	c := b.due()
	switch {
	case c == nil && !b.Next.IsZero():
		b.Next = time.Time{}
		next.Cancel(e)
	case c != nil && !c.Due.Equal(b.Next):
		b.Next = c.Due
		next.Set(e, min(max(chat.MinTimer, c.Due.Sub(e.Time)), wait), struct{}{})
	}
	b.fit()
	remembered.Set(e.State, *b)
}
