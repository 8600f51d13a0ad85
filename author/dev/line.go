package dev

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// Line is something that its author has happen to a plugin.
type Line struct {
	Sender  chat.UserID      // empty: whom the trigger names
	Trigger chat.TriggerName // empty: the sender typed Text
	Payload json.RawMessage  // nil: none
	Text    string
}

// The lines, as transcripts have them. The > before each may be left out.
var (
	typed   = regexp.MustCompile(`^(\S+): (/.*)$`)
	says    = regexp.MustCompile(`^(\S+) says (.*)$`)
	happens = regexp.MustCompile(`^(?:(\S+): )?([A-Za-z][\w.-]*)(?:\s+([{["].*))?$`)
)

// ParseLine reads a line of a transcript that begins with >, or its rest.
func ParseLine(text string) (Line, error) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), ">"))
	if m := typed.FindStringSubmatch(text); m != nil {
		return Line{Sender: chat.UserID(m[1]), Text: m[2]}, nil
	}
	if m := says.FindStringSubmatch(text); m != nil {
		return Line{Sender: chat.UserID(m[1]), Text: m[2]}, nil
	}
	m := happens.FindStringSubmatch(text)
	if m == nil {
		return Line{}, errors.New(`this is no line of a transcript: write > answers {"user": "carol"}, > carol: answers {…}, > carol: /extend 30, or > carol says thirty`)
	}
	l := Line{Sender: chat.UserID(m[1]), Trigger: chat.TriggerName(m[2])}
	if m[3] != "" {
		if err := json.Unmarshal([]byte(m[3]), &l.Payload); err != nil {
			return Line{}, fmt.Errorf("the payload of %s is not JSON: %w", l.Trigger, err)
		}
	}
	return l, nil
}
