package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
)

// sink keeps what the chat service tells, for the receiver of callbacks.
type sink struct{ *system }

// errVoided says that a message was stored too late once before.
var errVoided = errors.New("it was stored too late before, and its sender was told to write it again")

// Hold keeps what a member wrote and nobody else sees, or sees with words replaced.
func (s sink) Hold(ctx context.Context, c callbacks.Callback, rules []callbacks.Rule, by time.Time) error {
	list, err := s.arrivals(ctx, c, rules)
	if err != nil {
		return err
	}
	receipts, err := s.store.AcceptBy(ctx, list, by)
	if err != nil {
		return fmt.Errorf("storing the event: %w", err)
	}
	for i, r := range receipts {
		if r.Voided {
			return errVoided
		}
		what := "held what a member wrote"
		if !rules[i].Hold {
			what = "masked what a member wrote"
		}
		s.accepted(what, list[i], r)
	}
	return nil
}

// Take keeps what happened already.
func (s sink) Take(ctx context.Context, c callbacks.Callback, rules []callbacks.Rule) error {
	list, err := s.arrivals(ctx, c, rules)
	if err != nil || len(list) == 0 {
		return err
	}
	receipts, err := s.store.AcceptAll(ctx, list)
	if err != nil {
		return fmt.Errorf("storing the event: %w", err)
	}
	for i, r := range receipts {
		s.accepted("heard from the chat service", list[i], r)
	}
	return nil
}

// accepted counts and logs what was kept. A repeat is neither.
func (s sink) accepted(what string, a chat.Arrival, r chat.Receipt) {
	if r.Repeated {
		return
	}
	s.metrics.received(a.Kind, a.Bot, len(r.Events))
	s.log.Info(what, "receipt", r.ID, "events", r.Events, "bot", a.Bot, "trigger", a.Trigger)
}

// Changed has the group read again before anybody goes by its members.
func (s sink) Changed(app chat.AppName, group chat.GroupID) { s.changed(app, group) }

// Shown has the group's history looked at.
func (s sink) Shown(app chat.AppName, group chat.GroupID, seq uint32) {
	s.leaks.Shown(app, group, seq)
}
