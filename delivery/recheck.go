package delivery

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
)

// recheck asks again who of the recipients may still see the message, unless
// the answer is as young as the bot wants it. Who may not any more is left out
// of what is sent, and that is stored before the attempt.
func (j *job) recheck(ctx context.Context) error {
	j.batch = j.due()
	if len(j.batch) == 0 {
		return nil
	}
	if err := j.knowKind(ctx); err != nil {
		return err
	}
	if !j.stale() {
		return nil
	}
	known, group, err := j.lookAgain(ctx)
	if err != nil {
		return j.unreadable(err)
	}
	fail.Here(fail.Rechecked)
	if j.bot.Newcomers == chat.NewcomersInclude && j.fresh != nil { // nothing of it is stored yet, and this reading is as good
		err := j.against(ctx, group)
		j.batch = j.due()
		return err
	}
	for _, p := range j.batch {
		j.narrow(p, known, group.ReadAt)
	}
	if j.bot.Newcomers == chat.NewcomersInclude {
		return j.newcomers(ctx, group)
	}
	return nil
}

// lookAgain asks who the recipients are now. To find out who came to qualify it
// reads the whole group; else the group has no more than when it was read.
func (j *job) lookAgain(ctx context.Context) (known map[chat.UserID]chat.Member, group chat.Membership, err error) {
	if j.bot.Newcomers == chat.NewcomersInclude {
		group, err = j.read(ctx)
		return byID(group.Members), group, err
	}
	ctx, cancel := context.WithTimeout(ctx, reading)
	defer cancel()
	known, group.ReadAt, err = j.lookUp(ctx, j.batch)
	return known, group, err
}

// lookUp asks who the recipients of the parts are now.
func (j *job) lookUp(ctx context.Context, parts []*part) (known map[chat.UserID]chat.Member, readAt time.Time, err error) {
	began := j.Clock.Now()
	members, readAt, err := j.app.Directory.Recheck(ctx, j.message.Group, everybody(parts), j.bot.RoleMaxAge, j.facts()...)
	if err != nil || !readAt.Before(began) {
		j.gate.heard(j.message.App, asking, err)
	}
	return byID(members), readAt, err
}

func byID(members []chat.Member) map[chat.UserID]chat.Member {
	known := make(map[chat.UserID]chat.Member, len(members))
	for _, m := range members {
		known[m.ID] = m
	}
	return known
}

// knowKind finds the type of the group as it was resolved; it never changes.
func (j *job) knowKind(ctx context.Context) error {
	if j.kind != "" {
		return nil
	}
	snapshot, err := j.Store.Snapshot(ctx, j.message.Snapshot)
	if err != nil {
		return fmt.Errorf("reading the group as it was resolved: %w", err)
	}
	j.kind = snapshot.Type
	return nil
}

// stale reports whether what is known about the recipients is too old to act
// on: by time, after any attempt, or since the bot's audience is another.
func (j *job) stale() bool {
	for _, p := range j.batch {
		if p.Attempts > 0 {
			return true
		}
	}
	age, most := j.Clock.Since(j.readAt), j.bot.RoleMaxAge
	return most == 0 || age < 0 || age > most || j.message.Ceiling == nil || !reflect.DeepEqual(*j.message.Ceiling, j.ceiling)
}

func everybody(parts []*part) []chat.UserID {
	var ids []chat.UserID
	for _, p := range parts {
		ids = append(ids, p.Recipients.IDs()...)
	}
	return ids
}

// narrow leaves out of p who does not qualify any more, or is to get another body of
// the message by now. What is unclear and
// would have to be narrowed is not sent again: the same bytes would show it to
// somebody who must not see it, and other bytes could reach the rest twice.
func (j *job) narrow(p *part, known map[chat.UserID]chat.Member, readAt time.Time) {
	var lost []chat.Exclusion
	judge := audience.Of(j.message.Message, j.ceiling).At(readAt)
	kept, somebody := p.Recipients.Keep(func(id chat.UserID) bool {
		m, ok := known[id]
		if !ok {
			m = chat.Member{ID: id}
		}
		in, reason := judge.Decide(m).Gets(p.Rendering)
		if !in {
			lost = append(lost, chat.Exclusion{User: id, Reason: reason, At: readAt})
		}
		return in
	})
	if len(lost) == 0 {
		return
	}
	p.Lost, p.changed = append(p.Lost, lost...), true
	j.log.Info("recipients left out", "delivery", p.ID, "lost", len(lost), "left", kept.Len())
	switch {
	case p.mayBeThere():
		p.unknown(fmt.Sprintf("may or may not have been delivered, and is not repeated: %d of its recipients must not see it any more", len(lost)), j.now)
	case !somebody:
		p.end(chat.Done, chat.Dropped, "all its recipients ceased to qualify before it was sent", j.now)
	default:
		p.Recipients = kept
	}
}
