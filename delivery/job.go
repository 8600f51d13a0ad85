package delivery

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/botd-chat/botd/chat"
)

// job is one message in a worker's hands.
type job struct {
	*Worker
	lease   chat.Lease
	began   time.Time // of the round
	message *chat.MessageRecord
	log     *slog.Logger

	bot     *Bot
	app     *App
	ceiling chat.Audience  // the bot's audience now, bound
	fresh   *chat.Resolved // what the message came to in this round; nil once it is stored
	crowd   bool           // it is for more people than it may be
	probe   bool           // it finds out whether the service can be reached again
	kind    chat.GroupType // empty until known
	readAt  time.Time      // of what the recipients were held against
	parts   []*part        // the deliveries
	batch   []*part        // those of this round, chosen once: who is sent was checked
	now     time.Time      // when the step began
}

func (w *Worker) job(l chat.Lease, m chat.MessageRecord, deliveries []chat.Delivery) *job {
	// What was read in an earlier round may have been read by another process,
	// of another application: it counts as old.
	j := &job{Worker: w, lease: l, message: &m, began: w.Clock.Now(),
		log: w.Log.With("event", m.Event, "message", m.ID, "bot", m.Bot, "group", m.Group)}
	j.take(deliveries)
	return j
}

// stop ends a round before it sent anything.
type stop struct {
	due   time.Time // the message stays; when to come back
	end   *chat.MessageEnd
	why   string // it waits: one of a few words, for counting
	cause error
}

func (s *stop) Error() string { return s.why }

// round goes through the steps. ok is false when the lane was lost, and then
// nothing is to be stored.
func (j *job) round(ctx context.Context) (chat.Round, bool) {
	for _, step := range []func(context.Context) error{j.admit, j.expire, j.collapse, j.resolve, j.recheck, j.send} {
		j.now = j.Clock.Now()
		err := step(ctx)
		if s, ok := errors.AsType[*stop](err); ok {
			return j.stopped(ctx, s), true
		}
		if errors.Is(err, errOver) {
			break
		}
		if errors.Is(err, chat.ErrLeaseLost) {
			j.log.Debug("the lane is somebody else's now; this round counts for nothing")
			return chat.Round{}, false
		}
		if err != nil {
			return j.stopped(ctx, &stop{due: j.now.Add(around(j.patience(), leastPause)), why: "store", cause: err}), true
		}
	}
	j.settle(ctx)
	return j.finished(), true
}

// stopped is the round of a message that waits, or that ended without sending.
func (j *job) stopped(ctx context.Context, s *stop) chat.Round {
	round := j.soFar()
	round.End, round.Due = s.end, s.due
	if s.end == nil {
		if j.fresh != nil { // nothing of it was begun: it is resolved anew when its turn comes again
			round.Resolved, round.Deliveries = nil, nil
		}
		j.Observe.Waits(j.message.App, s.why)
		level := slog.LevelWarn
		if s.why == "budget" || s.why == "lease" || s.why == "application" {
			level = slog.LevelDebug // normal, or told of once for all
		}
		if s.cause != nil && s.why != "budget" {
			round.Waits = "waits: " + s.cause.Error()
		}
		j.log.Log(ctx, level, "message waits", "why", s.why, "error", s.cause, "due", s.due)
	}
	return round
}

// soFar is what there is to keep of a round.
func (j *job) soFar() chat.Round {
	round := chat.Round{Lease: j.lease, Message: j.message.ID, Keyed: j.message.Message.Collapse != "", Resolved: j.fresh, Attempts: j.attempts(), Deliveries: j.changed()}
	if j.fresh != nil {
		round.Deliveries = j.deliveries()
	}
	j.heedClock(round.Deliveries)
	return round
}

// finished is the round after the last step.
func (j *job) finished() chat.Round {
	round := j.soFar()
	if due, more := j.next(); more {
		round.Due = due
		return round
	}
	round.End = sum(j.deliveries())
	return round
}

// patience is the pause before the next look at something that cannot be read,
// longer each time.
func (j *job) patience() time.Duration {
	return min(time.Second<<min(j.tally.wait(j.message.ID), 10), maxPatience)
}

// maxPatience is the longest pause between looks at a group that cannot be
// read: each costs a call or two.
const maxPatience = 15 * time.Second

// report logs and counts what was stored.
func (j *job) report(ctx context.Context, round chat.Round) {
	for _, d := range round.Deliveries {
		if d.Status == chat.Ready {
			continue
		}
		j.tally.forgetDelivery(d.ID)
		j.Observe.Delivery(j.message.Bot, d.Outcome)
		level := slog.LevelInfo
		if d.Status != chat.Done {
			level = slog.LevelError
		}
		j.log.Log(ctx, level, "delivery ended", "delivery", d.ID, "part", d.Part, "people", d.Recipients.Len(), "lost", len(d.Lost),
			"attempts", d.Attempts, "status", d.Status, "outcome", d.Outcome, "reason", d.Reason, "msg_seq", d.MsgSeq)
	}
	if end := round.End; end != nil {
		j.tally.forgetMessage(j.message.ID)
		j.Observe.Message(j.message.Bot, end.Outcome)
		if j.crowd {
			j.Observe.Crowd(j.message.Bot)
		}
		level := slog.LevelInfo
		if end.Status != chat.Done {
			level = slog.LevelError
		}
		j.log.Log(ctx, level, "message ended", "status", end.Status, "outcome", end.Outcome, "reason", end.Reason)
	}
}
