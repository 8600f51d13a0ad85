package main

import (
	"context"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/store"
)

// bug is a mistake put in on purpose, at a seam of the line, to see whether the
// judge finds it. The code under test has no switch for it.
type bug string

// The bugs.
const (
	noBug      bug = ""
	newRandom  bug = "a new Random after an unclear answer"
	unchecked  bug = "recipients are not looked up again"
	forgetful  bug = "an acknowledged webhook is not stored"
	toAll      bug = "a message goes to all members"
	unflushed  bug = "commits are not flushed"
	unpaced    bug = "no heed of the rates"
	silentLoss bug = "a message that fails is called sent"
	deaf       bug = "nobody is told how a message ended"
	unvoided   bug = "what is held too late is not voided"
)

var bugs = []bug{newRandom, unchecked, forgetful, toAll, unflushed, unpaced, silentLoss, deaf, unvoided}

// accept is how a webhook is stored.
func (b bug) accept(s *store.Store) func(context.Context, chat.Arrival) (chat.Receipt, error) {
	if b != forgetful {
		return s.Accept
	}
	return func(ctx context.Context, a chat.Arrival) (chat.Receipt, error) {
		if len(a.Key)%2 == 0 { // those of order 10 and later
			return chat.Receipt{ID: "none", Events: []chat.EventID{1 << 40}}, nil
		}
		return s.Accept(ctx, a)
	}
}

// hold is how what a member wrote is stored, by a time.
func (b bug) hold(s *store.Store, now func() time.Time) func(context.Context, []chat.Arrival, time.Time) ([]chat.Receipt, error) {
	if b != unvoided {
		return s.AcceptBy
	}
	return func(ctx context.Context, list []chat.Arrival, by time.Time) ([]chat.Receipt, error) {
		receipts, err := s.AcceptAll(ctx, list)
		if err == nil && now().After(by) {
			err = store.ErrLate
		}
		return receipts, err
	}
}

func (b bug) limits(l im.Limits) im.Limits {
	if b == unpaced {
		return im.Limits{PerAPI: 1e6, PerGroup: 1e6}
	}
	return l
}

// store is what delivery keeps its state in.
func (b bug) store(s delivery.Store) delivery.Store {
	if b == newRandom || b == unpaced || b == silentLoss {
		return buggyStore{s, b}
	}
	return s
}

type buggyStore struct {
	delivery.Store
	bug bug
}

func (s buggyStore) TakeMessages(ctx context.Context, limit int, lease time.Duration) ([]chat.MessageWork, time.Time, error) {
	work, next, err := s.Store.TakeMessages(ctx, limit, lease)
	for _, w := range work {
		for i := range w.Deliveries {
			if s.bug == newRandom {
				w.Deliveries[i].Series = time.Time{}
			}
		}
	}
	return work, next, err
}

func (s buggyStore) Begin(ctx context.Context, b chat.Begin) (chat.Begun, error) {
	if s.bug == unpaced {
		for i := range b.Budgets {
			b.Budgets[i].PerSecond = 1e6
		}
	}
	return s.Store.Begin(ctx, b)
}

func (s buggyStore) EndRound(ctx context.Context, rounds ...chat.Round) error {
	for _, r := range rounds {
		for i, d := range r.Deliveries {
			if s.bug == silentLoss && (d.Status == chat.Dead || d.Status == chat.Held) {
				r.Deliveries[i].Status, r.Deliveries[i].Outcome = chat.Done, chat.Sent
			}
		}
	}
	return s.Store.EndRound(ctx, rounds...)
}

// answers is where the answers of plugins are kept.
func (b bug) answers(s *store.Store) bots.Store {
	if b != deaf {
		return s
	}
	return deafStore{s}
}

// deafStore does not heed that a plugin wants to be told.
type deafStore struct{ *store.Store }

func (s deafStore) EndEvent(ctx context.Context, e chat.EventEnd) error {
	for i := range e.Messages {
		e.Messages[i].Report = nil
	}
	return s.Store.EndEvent(ctx, e)
}

// directory is who says who may still see a message.
func (b bug) directory(d *audience.Directory, c *clock) delivery.Directory {
	if b != unchecked {
		return d
	}
	return &stale{d, c}
}

// stale says of everybody that they may still see it.
type stale struct {
	*audience.Directory
	clock *clock
}

func (s *stale) Recheck(_ context.Context, _ chat.GroupID, users []chat.UserID, _ time.Duration, _ ...chat.Fact) (members []chat.Member, readAt time.Time, err error) {
	for _, id := range users {
		members = append(members, chat.Member{ID: id, Role: chat.Owner})
	}
	return members, s.clock.Now(), nil
}

// client is how messages are sent.
func (b bug) client(c *im.Client, d *audience.Directory) delivery.Client {
	if b != toAll {
		return c
	}
	return broadcaster{c, d}
}

// broadcaster sends to everybody in the group.
type broadcaster struct {
	*im.Client
	directory *audience.Directory
}

func (b broadcaster) Prepare(m im.Targeted) (im.Prepared, error) {
	if group, err := b.directory.Read(context.Background(), m.Group, audience.DefaultMaxAge); err == nil {
		var all []chat.UserID
		for _, x := range group.Members[:min(len(group.Members), 50)] {
			all = append(all, x.ID)
		}
		if to, err := chat.NewRecipients(all); err == nil {
			m.To = to
		}
	}
	return b.Client.Prepare(m)
}
