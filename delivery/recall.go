package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// scan reads a group's history from its newest message back to a time, a bounded
// number of pages, and shows each to see, until that has enough.
func scan(ctx context.Context, c Client, group chat.GroupID, since time.Time, see func(im.HistoryMessage) (enough bool)) error {
	newest, more := uint32(0), true
	for page := 0; page < maxPages && more; page++ {
		var list []im.HistoryMessage
		var err error
		if list, more, err = c.History(ctx, group, newest, im.MaxHistory); err != nil {
			return err
		}
		for _, m := range list {
			if see(m) {
				return nil
			}
			more = more && (m.Time.IsZero() || !m.Time.Before(since))
			newest = m.Seq - 1
		}
	}
	return nil
}

// Recall takes back what was sent, and writes into recalls, which has one for
// each of sent in that order, what came of it. What a number in the group
// belongs to is looked up first: to take back somebody else's message would be
// worse than to take back none.
func (w *Worker) Recall(ctx context.Context, sent []chat.Recallable, recalls []chat.Recall) {
	type place struct {
		app   chat.AppName
		group chat.GroupID
	}
	var order []place
	groups := map[place][]int{}
	for i, s := range sent {
		at := place{s.App, s.Group}
		if groups[at] == nil {
			order = append(order, at)
		}
		groups[at] = append(groups[at], i)
	}
	for _, at := range order {
		app := w.Apps(at.app)
		if app == nil {
			for _, i := range groups[at] {
				ended(&recalls[i], fmt.Errorf("app %q is not configured any more", at.app))
			}
			continue
		}
		recallIn(ctx, app.Client, at.group, groups[at], sent, recalls)
	}
}

// recallIn takes back those of one group.
func recallIn(ctx context.Context, c Client, group chat.GroupID, which []int, sent []chat.Recallable, recalls []chat.Recall) {
	var seqs []uint32
	var asked []int
	for _, i := range which {
		seq, err := number(ctx, c, sent[i])
		recalls[i].MsgSeq = seq
		if err != nil {
			ended(&recalls[i], err)
			continue
		}
		seqs, asked = append(seqs, seq), append(asked, i)
	}
	if len(seqs) == 0 {
		return
	}
	results, err := c.Recall(ctx, group, seqs)
	for _, i := range asked {
		at := slices.IndexFunc(results, func(r im.RecallResult) bool { return r.Seq == recalls[i].MsgSeq })
		if at < 0 {
			ended(&recalls[i], err)
			continue
		}
		ended(&recalls[i], results[at].Err)
	}
}

// ended is what came of a recall; nil is success.
func ended(r *chat.Recall, err error) {
	switch {
	case err == nil:
		r.Result = chat.Recalled
		return
	case isAnswer(err) && im.MayBeDone(err):
		r.Result = chat.RecallOpen
	default:
		r.Result = chat.NotRecalled
	}
	r.Code, r.Error = codeOf(err), err.Error()
}

func isAnswer(err error) bool {
	_, ok := errors.AsType[*im.Error](err)
	return ok
}

var errNoNumber = errors.New("its number in the group is not known: the service gave none that can be trusted, and it is not in the group's history")

// number is that of a message in its group. The one that came with the answer
// is trusted if the history bears it out, or if it says nothing and the answer
// was to the only attempt: of a repeat, the service may give another.
func number(ctx context.Context, c Client, s chat.Recallable) (uint32, error) {
	var err error
	if s.MsgSeq != 0 {
		var page []im.HistoryMessage
		page, _, err = c.History(ctx, s.Group, s.MsgSeq, 1)
		told := err == nil && len(page) == 1 && page[0].Seq == s.MsgSeq && !page[0].Empty
		switch {
		case told && page[0].Random == s.Random, !told && s.FirstTried:
			return s.MsgSeq, nil
		case err != nil:
			return s.MsgSeq, fmt.Errorf("looking up whose number %d is: %w", s.MsgSeq, definite(err))
		}
	}
	var seq uint32
	err = scan(ctx, c, s.Group, time.Time{}, func(m im.HistoryMessage) bool {
		if m.Random == s.Random && !m.Empty {
			seq = m.Seq
		}
		return seq != 0
	})
	switch {
	case err != nil:
		return 0, fmt.Errorf("looking for its number in the group: %w", definite(err))
	case seq == 0:
		return 0, errNoNumber
	}
	return seq, nil
}

// definite is an error of a question, after which nothing was recalled for sure.
func definite(err error) error { return errors.New(err.Error()) }
