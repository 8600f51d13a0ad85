package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// asker is the part of botd that asks a plugin: the bot, and the dispatcher that hands
// it events. It stores nothing; a transcript's world does.
type asker struct {
	bot        *bots.Bot
	dispatcher *bots.Dispatcher
	again      *bots.Dispatcher // that logs nothing a second time
}

func newAsker(spec bots.Spec, room func() chat.Membership, log *slog.Logger) (*asker, error) {
	bot, err := bots.New(spec)
	if err != nil {
		return nil, err
	}
	o := bots.Options{
		Bots:      func(chat.BotName) *bots.Bot { return bot },
		Directory: func(chat.AppName) bots.Directory { return directory(room) },
		Log:       log,
	}
	a := &asker{bot: bot, dispatcher: bots.NewDispatcher(o)}
	o.Log = nil
	a.again = bots.NewDispatcher(o)
	return a, nil
}

// directory reads the pretend group.
type directory func() chat.Membership

// Read says who is in the group now.
func (d directory) Read(context.Context, chat.GroupID, time.Duration, ...chat.Fact) (chat.Membership, error) {
	return d(), nil
}

// How long a plugin elsewhere may take to be there, how often is looked, and what is
// too long a pause until the next look that it is worth waiting for: it was started or
// asked several times by then.
const (
	coming  = 40 * time.Second
	looking = 20 * time.Millisecond
	tooLong = 3 * time.Second
)

// ask hands an event to the plugin. One that is not there yet, since it was just
// started, is waited for.
func ask(ctx context.Context, d *bots.Dispatcher, work chat.EventWork) (plugins.Reply, error) {
	for until := time.Now().Add(coming); ; {
		reply, err := d.Ask(ctx, work)
		if !errors.Is(err, bots.ErrAway) || time.Now().After(until) || gone(err) {
			return reply, err
		}
		select {
		case <-ctx.Done():
			return reply, err
		case <-time.After(looking):
		}
	}
}

// gone reports whether a plugin that is away is not expected for long.
func gone(err error) bool {
	a, ok := errors.AsType[interface {
		error
		Until() time.Time
	}](err)
	return ok && time.Until(a.Until()) > tooLong
}

// answer lets the plugin handle an event, twice, and returns the lines that came of it.
func (w *world) answer(ctx context.Context, e chat.EventRecord) ([]string, error) {
	work := chat.EventWork{Event: e, State: w.state, Session: w.session(e.Sender)}
	a, err := ask(ctx, w.asker.dispatcher, work)
	if bots.Waits(err) {
		return nil, fmt.Errorf("the event would wait: %s", strings.TrimPrefix(err.Error(), "waits: "))
	}
	again, errAgain := ask(ctx, w.asker.again, work)
	if first, second := fingerprint(a, err), fingerprint(again, errAgain); first != second {
		return nil, fmt.Errorf("the same event with the same state came to something else the second time: the plugin uses a clock, chance or memory of its own\nfirst:  %s\nsecond: %s", first, second)
	}
	if err == nil {
		err = w.tooMany(a.Later)
	}
	if err != nil {
		return []string{"! " + reason(err)}, nil
	}
	w.keep(e.Sender, a)
	var said []delivered
	var lines []string
	for _, m := range a.Messages {
		d := w.deliver(e, m)
		said, lines = append(said, d), append(lines, show(e, d))
	}
	lines = append(lines, w.set(e, a.Later)...)
	told, err := w.reports(ctx, e, said)
	return append(lines, told...), err
}

// reason is the first line of an error, which is all that a plugin elsewhere can say.
func reason(err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimSpace(line)
}

// keep remembers what an answer says is to be remembered.
func (w *world) keep(sender chat.UserID, a plugins.Reply) {
	if a.State != nil {
		w.state = a.State
	}
	if a.Session != nil {
		w.sessions[sender] = session{a.Session, w.now}
	}
}

// session is what is remembered of one member.
type session struct {
	state   chat.State
	changed time.Time
}

// session is what the bot remembers of a member now.
func (w *world) session(of chat.UserID) chat.State {
	s := w.sessions[of]
	if w.now.Sub(s.changed) >= chat.SessionLife {
		return nil
	}
	return s.state
}

// fingerprint is everything that came of an event, for comparing.
func fingerprint(a plugins.Reply, err error) string {
	raw, wrong := json.Marshal(a)
	return fmt.Sprintf("%s, error %v", bytes.TrimSpace(raw), errors.Join(err, wrong))
}
