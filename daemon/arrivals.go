package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
)

// arrivals are what the chat service told, for the bots whose rules wait for it.
func (s *system) arrivals(ctx context.Context, c callbacks.Callback, rules []callbacks.Rule) (list []chat.Arrival, err error) {
	for _, r := range rules {
		if c.Change != nil {
			some, err := s.happened(c, r)
			if err != nil {
				return nil, err
			}
			list = append(list, some...)
			continue
		}
		a, err := s.written(ctx, c, r, heardAs(c, r))
		if errors.Is(err, bots.ErrNowhere) {
			s.log.Warn("what somebody wrote to a bot alone was not taken", "bot", r.Bot, "trigger", r.Trigger, "reason", err)
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// heardAs is how the payload tells of a message before its trigger has said more.
func heardAs(c callbacks.Callback, r callbacks.Rule) chat.Heard {
	return chat.Heard{Masked: r.Mask != nil && c.Command == callbacks.BeforeGroupMessage, Seq: c.Message.Seq, Elements: c.Message.Elements}
}

// written is the arrival of what somebody wrote.
func (s *system) written(ctx context.Context, c callbacks.Callback, r callbacks.Rule, h chat.Heard) (chat.Arrival, error) {
	bot, err := s.listening(r)
	if err != nil {
		return chat.Arrival{}, err
	}
	m := c.Message
	w := bots.Written{Group: c.Group, Sender: m.From, Text: m.Text, Heard: h, Type: c.Command, Key: c.Key(""), Near: r.Near}
	if h.Leaked {
		w.At = m.Time // which the history says
	}
	if m.Via == chat.ViaDirect {
		if w.Group, err = bot.Where(ctx, s.readings(r.App), r.Trigger, m.From); err != nil {
			return chat.Arrival{}, err
		}
	}
	return bot.HeardBy(r.Trigger, w)
}

// happened are the arrivals of something that happened in a group, one for each whom it
// concerns.
func (s *system) happened(c callbacks.Callback, r callbacks.Rule) (list []chat.Arrival, err error) {
	bot, err := s.listening(r)
	if err != nil {
		return nil, err
	}
	users := c.Change.Users
	if c.Change.What == chat.GroupDestroyed {
		users = []chat.UserID{""}
	}
	for _, u := range users {
		a, err := bot.Happened(r.Trigger, bots.Happened{
			Group: c.Group, Type: c.Command, Key: c.Key(u),
			Happ: chat.Happening{What: c.Change.What, User: u, By: c.Change.By, How: c.Change.How},
		})
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// listening is the bot of a rule. A reload can have taken it away since the callback
// came.
func (s *system) listening(r callbacks.Rule) (*bots.Bot, error) {
	if bot := s.bot(r.Bot); bot != nil {
		return bot, nil
	}
	return nil, fmt.Errorf("there is no bot %q any more", r.Bot)
}
