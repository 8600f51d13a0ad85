package chat

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Message is what a plugin answers: a body, and who may see it. Text is short
// for one text element before Elements.
type Message struct {
	To       Audience  `json:"to"`
	Text     string    `json:"text,omitempty"`
	Elements []Element `json:"elements,omitempty"`
	// Renderings are other bodies of it, each for some of those it is for. With some the
	// message may have none of its own; then it is for those of whom a rendering is.
	Renderings []Rendering `json:"renderings,omitempty"`
	// Expires is when the message is no longer worth sending; zero is never.
	// A message that is late is recorded as expired and not sent.
	Expires time.Time `json:"expires,omitzero"`
	// Priority, when empty, is Ordinary. Messages of different priorities are not kept
	// in order among each other.
	Priority Priority `json:"priority,omitempty"`
	// Collapse is a key under which the newest message counts alone; empty is
	// none. Of the messages of one bot with one key that wait in a group, and
	// of which no attempt was begun, the older ones are dropped when a newer
	// one is stored. What a person has sent again has no key any more.
	Collapse string `json:"collapse,omitempty"`
	// Limit is how many recipients the message may have, where that is fewer than
	// its bot may address; with more it is refused and sent to nobody. Zero is the
	// bot's limit.
	Limit int `json:"limit,omitempty"`
	// Report, if not nil, has the plugin told how the message ended.
	Report *Report `json:"report,omitempty"`
}

// Most is how many recipients the message may have, of a bot that may address so
// many.
func (m Message) Most(bot int) int {
	if m.Limit > 0 {
		return min(m.Limit, bot)
	}
	return bot
}

// MaxCollapse is the longest key of [Message.Collapse] in bytes.
const MaxCollapse = 64

// ReplacedReason is the reason of a message that was dropped in favour of a newer
// one with its key.
func ReplacedReason(by MessageID) string {
	return fmt.Sprintf("%s is newer and has the same key, so it takes the place of this one (collapse)", by)
}

// MaxBody is the largest body of a message in bytes, counted over its elements
// as the service's JSON has them. The service's limit is 12 KB, and what that
// counts is not said (product/1047/34381).
const MaxBody = 11 << 10

// Priority says which messages of a group go first, in our lanes and in the
// service's own rate control (product/1047/34959).
type Priority string

// The priorities; the empty one is Ordinary.
const (
	High     Priority = "high"
	Ordinary Priority = "normal"
	Low      Priority = "low"
)

// Priorities are all of them.
var Priorities = []Priority{High, Ordinary, Low}

// OrDefault is p, or Ordinary for the empty one.
func (p Priority) OrDefault() Priority {
	if p == "" {
		return Ordinary
	}
	return p
}

// Body is the message's elements with Text, if any, as the first.
func (m Message) Body() []Element { return bodyOf(m.Text, m.Elements) }

func bodyOf(text string, elements []Element) []Element {
	if text == "" {
		return elements
	}
	return append([]Element{{Text: &Text{text}}}, elements...)
}

// Validate reports a message that names nobody, says nothing, or holds
// something the service would refuse.
func (m Message) Validate() error {
	if err := m.To.Validate(); err != nil {
		return err
	}
	switch m.Priority.OrDefault() {
	case High, Ordinary, Low:
	default:
		return fmt.Errorf("no priority %q; have high, normal, low", string(m.Priority))
	}
	if m.Report != nil {
		if err := m.Report.Validate(); err != nil {
			return err
		}
	}
	if m.Limit < 0 {
		return fmt.Errorf("its limit of recipients is %d; leave it out for that of the bot", m.Limit)
	}
	if len(m.Collapse) > MaxCollapse || !utf8.ValidString(m.Collapse) || strings.ContainsFunc(m.Collapse, unicode.IsControl) {
		return fmt.Errorf("its collapse key %.80q is not one line of at most %d bytes", m.Collapse, MaxCollapse)
	}
	if m.HasBody() || len(m.Renderings) == 0 {
		if err := validateBody(m.Body(), errors.New("the message says nothing: it has neither text nor elements")); err != nil {
			return err
		}
	}
	return m.validateRenderings()
}

// validateBody reports what the service would refuse; nothing is the error of an empty one.
func validateBody(body []Element, nothing error) error {
	if len(body) == 0 {
		return nothing
	}
	custom := 0
	for i, e := range body {
		if err := e.Validate(); err != nil {
			return fmt.Errorf("element %d: %w", i+1, err)
		}
		if e.Custom != nil {
			custom++
		}
	}
	if custom > 1 {
		return fmt.Errorf("a message has at most one custom element; this one has %d", custom)
	}
	return nil
}
