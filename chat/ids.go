package chat

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// The names an operator gives in the configuration.
type (
	// AppName names an application of Tencent Cloud Chat (one SDKAppID).
	AppName string
	// BotName names a bot.
	BotName string
	// TriggerName names one of a bot's triggers, as its plugin sees it.
	TriggerName string
)

// GroupID identifies a group within an application.
type GroupID string

// UserID identifies an account within an application.
type UserID string

// MaxUserID is the longest UserID in bytes (product/1047/34381).
const MaxUserID = 32

// Validate reports why u cannot be an account. The alphabet is not checked,
// because the service's own pages disagree about it.
func (u UserID) Validate() error {
	switch {
	case u == "":
		return fmt.Errorf("a user id is empty")
	case len(u) > MaxUserID:
		return fmt.Errorf("user id %.40q is longer than %d bytes", string(u), MaxUserID)
	case !utf8.ValidString(string(u)):
		return fmt.Errorf("user id %q is not UTF-8", string(u))
	}
	return nil
}

// Ids of stored things. They count up in the order of acceptance and are
// written with a letter before the number, so that one cannot be taken for
// another: e17, m17, d17.
type (
	// EventID identifies a stored event.
	EventID int64
	// MessageID identifies a message a plugin answered with.
	MessageID int64
	// DeliveryID identifies a message on its way to one batch of recipients.
	DeliveryID int64
	// TimerID identifies a timer that a plugin asked for.
	TimerID int64
)

// ReceiptID identifies what was accepted at once: one webhook, one strike of a
// clock. It is random, because strangers are told it.
type ReceiptID string

func (id EventID) String() string    { return "e" + strconv.FormatInt(int64(id), 10) }
func (id MessageID) String() string  { return "m" + strconv.FormatInt(int64(id), 10) }
func (id DeliveryID) String() string { return "d" + strconv.FormatInt(int64(id), 10) }
func (id TimerID) String() string    { return "t" + strconv.FormatInt(int64(id), 10) }

// MarshalText writes the id with its letter.
func (id EventID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// MarshalText writes the id with its letter.
func (id MessageID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// MarshalText writes the id with its letter.
func (id DeliveryID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// MarshalText writes the id with its letter.
func (id TimerID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads an id written with its letter.
func (id *EventID) UnmarshalText(b []byte) error {
	return unmarshalID(id, "an event", 'e', b)
}

// UnmarshalText reads an id written with its letter.
func (id *MessageID) UnmarshalText(b []byte) error {
	return unmarshalID(id, "a message", 'm', b)
}

// UnmarshalText reads an id written with its letter.
func (id *DeliveryID) UnmarshalText(b []byte) error {
	return unmarshalID(id, "a delivery", 'd', b)
}

// UnmarshalText reads an id written with its letter.
func (id *TimerID) UnmarshalText(b []byte) error {
	return unmarshalID(id, "a timer", 't', b)
}

// ParseEventID reads an id as [EventID.String] writes it.
func ParseEventID(s string) (EventID, error) {
	n, err := parseID("an event", 'e', s)
	return EventID(n), err
}

// ParseMessageID reads an id as [MessageID.String] writes it.
func ParseMessageID(s string) (MessageID, error) {
	n, err := parseID("a message", 'm', s)
	return MessageID(n), err
}

// ParseDeliveryID reads an id as [DeliveryID.String] writes it.
func ParseDeliveryID(s string) (DeliveryID, error) {
	n, err := parseID("a delivery", 'd', s)
	return DeliveryID(n), err
}

// ParseTimerID reads an id as [TimerID.String] writes it.
func ParseTimerID(s string) (TimerID, error) {
	n, err := parseID("a timer", 't', s)
	return TimerID(n), err
}

// unmarshalID leaves id alone when b is not one.
func unmarshalID[T ~int64](id *T, thing string, letter byte, b []byte) error {
	n, err := parseID(thing, letter, string(b))
	if err == nil {
		*id = T(n)
	}
	return err
}

func parseID(thing string, letter byte, s string) (int64, error) {
	if len(s) > 1 && s[0] == letter && s[1] >= '1' && s[1] <= '9' {
		if n, err := strconv.ParseInt(s[1:], 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%.40q is not the id of %s, which looks like %c17", s, thing, letter)
}
