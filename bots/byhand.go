package bots

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// byHand is the arrival of something that nobody told, made up to see what would come of
// it: a payload, if there is one, says more than is given.
func (b *Bot) byHand(t trigger, payload json.RawMessage, key string, at time.Time, known Given) (a chat.Arrival, err error) {
	group := cmp.Or(known.Group, t.fixed)
	if group == "" && len(b.Groups) == 1 {
		group = b.Groups[0]
	}
	unfit := func(err error) error {
		return misfit{fmt.Errorf("bot %q, trigger %q: %w", string(b.Name), string(t.Name), err)}
	}
	if group == "" {
		return a, unfit(fmt.Errorf("it is of one group; say of which: %v", b.Groups))
	}
	if t.Hears.Via != "" {
		w := Written{Group: group, Sender: known.Sender, Text: known.Text, At: at}
		if known.Sender == "" {
			return a, unfit(errors.New("somebody writes it; say who (sender), and what (text)"))
		}
		if err := given(payload, &w.Heard); err != nil {
			return a, unfit(err)
		}
		a, err = b.HeardBy(t.Name, w)
	} else {
		h := Happened{Group: group, Happ: chat.Happening{User: known.Sender}, At: at}
		if err := given(payload, &h.Happ); err != nil {
			return a, unfit(err)
		}
		if h.Happ.What = t.Hears.What; h.Happ.What != chat.GroupDestroyed && h.Happ.User == "" {
			return a, unfit(errors.New("it concerns somebody; say whom (sender)"))
		}
		a, err = b.Happened(t.Name, h)
	}
	a.Key = key
	return a, err
}

// given reads a payload, if there is one.
func given(payload json.RawMessage, into any) error {
	if len(payload) == 0 {
		return nil
	}
	if err := json.Unmarshal(payload, into); err != nil {
		return fmt.Errorf("the payload: %w", err)
	}
	return nil
}
