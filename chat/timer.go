package chat

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of a timer. The least keeps a plugin whose timers set timers from
// spinning; the most keeps what was set by mistake from waiting for ever.
const (
	MinTimer        = time.Second
	MaxTimer        = 366 * 24 * time.Hour
	MaxTimerKey     = 128      // bytes
	MaxTimerPayload = 16 << 10 // bytes of JSON
	// MaxTimers is how many timers one answer may set and cancel.
	MaxTimers = 200
)

// Later is a timer that a plugin asks for: an event of kind [Timer] comes back
// to the same bot and group, once, After from when the answer is stored. There
// is one for each name and key: what is pending under them is replaced.
type Later struct {
	Name    TriggerName     `json:"name"`          // of the event: 1 to 64 letters, digits, - and _
	Key     string          `json:"key,omitempty"` // tells timers of one name apart; may be empty
	After   Duration        `json:"after,omitzero"`
	Payload json.RawMessage `json:"payload,omitempty"` // of the event; none is none
	// Sender says that the event has the sender of the one that sets it, and
	// so reaches nobody when that member has left. Otherwise it has none.
	Sender bool `json:"sender,omitempty"`
	// Cancel forgets what is pending, and sets nothing. That nothing is pending
	// is no mistake: it may just have come.
	Cancel bool `json:"cancel,omitempty"`
}

var goodTimer = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// Validate reports a timer that cannot be set, or cancelled.
func (l Later) Validate() error {
	if err := l.named(); err != nil {
		return err
	}
	after := time.Duration(l.After)
	switch {
	case l.Cancel && (after != 0 || len(l.Payload) > 0 || l.Sender):
		return fmt.Errorf("timer %s: what is cancelled has no time, payload or sender", l.Label())
	case l.Cancel:
		return nil
	case after < MinTimer || after > MaxTimer:
		return fmt.Errorf("timer %s: after %v; a timer comes after %v to %v", l.Label(), after, MinTimer, MaxTimer)
	case len(l.Payload) > MaxTimerPayload:
		return fmt.Errorf("timer %s: its payload has %d bytes of JSON, and may have %d; keep the rest in the state", l.Label(), len(l.Payload), MaxTimerPayload)
	case len(l.Payload) > 0 && !json.Valid(l.Payload):
		return fmt.Errorf("timer %s: its payload is not JSON", l.Label())
	}
	return nil
}

func (l Later) named() error {
	switch {
	case !goodTimer.MatchString(string(l.Name)):
		return fmt.Errorf("timer %.40q: a name has 1 to 64 letters, digits, - and _, and begins with a letter or digit", string(l.Name))
	case len(l.Key) > MaxTimerKey:
		return fmt.Errorf("timer %s: its key has %d bytes, and may have %d", l.Name, len(l.Key), MaxTimerKey)
	case !utf8.ValidString(l.Key) || strings.ContainsFunc(l.Key, unicode.IsControl):
		return fmt.Errorf("timer %s: its key is not one line of text", l.Name)
	}
	return nil
}

// Label is how a timer is told: its name, and its key after a slash.
func (l Later) Label() string { return TimerLabel(l.Name, l.Key) }

// TimerLabel is a name, and a key after a slash if there is one.
func TimerLabel(name TriggerName, key string) string {
	if key == "" {
		return string(name)
	}
	return string(name) + "/" + key
}

// Timers is what a plugin asks for in answer to one event. The last word on
// each name and key counts.
type Timers struct{ list []Later }

// Add asks for a timer, or for the end of one. What is wrong with it is told
// when the answer is checked.
func (t *Timers) Add(l Later) {
	if t == nil {
		panic("the event has no Timers: the host gives each event its own, and so does whoever makes one by hand, by new(chat.Timers)")
	}
	t.list = append(slices.DeleteFunc(t.list, func(had Later) bool { return had.Name == l.Name && had.Key == l.Key }), l)
}

// List is what was asked for, in the order in which it was. It shares nothing
// with t, which may be nil.
func (t *Timers) List() []Later {
	if t == nil {
		return nil
	}
	list := slices.Clone(t.list)
	for i := range list {
		list[i].Payload = slices.Clone(list[i].Payload)
	}
	return list
}

// Pending is how many timers are pending once those of an answer are set and cancelled,
// where those with these labels were before.
func Pending(before []string, list []Later) int {
	now := map[string]bool{}
	for _, label := range before {
		now[label] = true
	}
	for _, l := range list {
		now[l.Label()] = true
		if l.Cancel {
			delete(now, l.Label())
		}
	}
	return len(now)
}

// TooManyTimers says that with an answer a bot would have more timers pending
// in a group than it may. Nothing of the answer was stored.
type TooManyTimers struct{ Pending, Limit int }

func (e *TooManyTimers) Error() string {
	return fmt.Sprintf("with it %d timers would be pending in this group, and the bot may have %d (limits: timers)", e.Pending, e.Limit)
}

// TimerRecord is a stored timer. While its status is Ready it is pending; then
// it is Done, and the outcome says how.
type TimerRecord struct {
	ID      TimerID         `json:"id"`
	App     AppName         `json:"app"`
	Bot     BotName         `json:"bot"`
	Group   GroupID         `json:"group"`
	Name    TriggerName     `json:"name"`
	Key     string          `json:"key,omitempty"`
	Sender  UserID          `json:"sender,omitempty"`
	Payload json.RawMessage `json:"-"`     // left out of listings: it is content
	Event   EventID         `json:"event"` // that set it
	Set     time.Time       `json:"set"`
	Due     time.Time       `json:"due"` // the time that is meant
	Status  Status          `json:"status"`
	Outcome Outcome         `json:"outcome,omitempty"`
	Reason  string          `json:"reason,omitempty"` // for a person
	Made    EventID         `json:"made,omitempty"`   // the event that came of it
	Ended   time.Time       `json:"ended,omitzero"`
}

// Label is how the timer is told.
func (r TimerRecord) Label() string { return TimerLabel(r.Name, r.Key) }
