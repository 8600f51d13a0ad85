package daemon

import (
	"context"
	"errors"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/leaks"
)

// readInHistory is what an event came by that no callback brought (product/1047/34971).
const readInHistory = "group_msg_get_simple"

// watched are the groups in which something is held.
func (s *system) watched(n *setup) (list []leaks.Watched) {
	for _, p := range placesOf(n.rules, func(r callbacks.Rule) bool { return r.Hold }) {
		app := n.apps[p.app]
		list = append(list, leaks.Watched{
			App: p.app, Group: p.group, Every: app.config.Callbacks.Sweep, Client: app.client,
			Judge: func(ctx context.Context, m im.HistoryMessage) (bool, []chat.Arrival, error) {
				return s.judge(ctx, p, m)
			},
		})
	}
	return list
}

// judge says whether a message that stands in a group's history was to be held, and what
// it should have become. The group is read if the answer depends on who its sender is.
func (s *system) judge(ctx context.Context, p place, m im.HistoryMessage) (held bool, list []chat.Arrival, err error) {
	c := callbacks.Callback{App: p.app, Group: p.group, Command: readInHistory, Message: &callbacks.Message{
		Via: chat.ViaGroup, From: m.From, Random: m.Random, Seq: m.Seq, Time: m.Time, Text: m.Text, Elements: m.Elements, Mark: m.Mark}}
	var read *chat.Membership
	c, rules := s.callbacks.Leaked(c, func(user chat.UserID) (chat.Role, bool) {
		if read == nil {
			read = new(chat.Membership)
			*read, err = s.readings(p.app).Read(ctx, p.group, audience.DefaultMaxAge)
		}
		m, ok := read.Find(user)
		return m.Role, ok
	})
	if err != nil {
		return false, nil, err
	}
	for _, r := range rules {
		a, err := s.written(ctx, c, r, chat.Heard{Leaked: true, Seq: m.Seq, Elements: c.Message.Elements})
		switch {
		case errors.Is(err, bots.ErrPayload):
			// No event can have it. It was to be held nevertheless.
			s.log.Error("a message that was to be held comes to no bot, and is taken back all the same",
				"bot", r.Bot, "trigger", r.Trigger, "group", p.group, "seq", m.Seq, "reason", err)
		case err != nil:
			return false, nil, err
		default:
			list = append(list, a)
		}
	}
	return len(rules) > 0, list, nil
}
