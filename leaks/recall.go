package leaks

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

const (
	recallsAtOnce = 10 // in one call (product/1047/34965)
	recallLease   = 2 * time.Minute
	recalling     = time.Minute // one batch may take
)

// The pauses between two tries to take something back: from a second to a minute, and
// without an end, since somebody may see it all that time.
func again(attempts int) time.Duration {
	return min(time.Second<<min(max(attempts-1, 0), 16), mostPause)
}

// takeLeaks claims leaks that are due, in batches of one group each.
func (w *Watch) takeLeaks(ctx context.Context, limit int) (batches [][]chat.Leak, next time.Time, err error) {
	list, next, err := w.Store.TakeLeaks(ctx, limit, recallLease)
	if err != nil {
		return nil, time.Time{}, err
	}
	byGroup := map[place][]chat.Leak{}
	var order []place
	for _, l := range list {
		at := place{l.App, l.Group}
		if byGroup[at] == nil {
			order = append(order, at)
		}
		byGroup[at] = append(byGroup[at], l)
	}
	for _, at := range order {
		batches = slices.AppendSeq(batches, slices.Chunk(byGroup[at], recallsAtOnce))
	}
	return batches, next, nil
}

// takeBack tries to take back leaks of one group.
func (w *Watch) takeBack(ctx context.Context, batch []chat.Leak) {
	ctx, cancel := context.WithTimeout(ctx, recalling)
	defer cancel()
	results := w.recall(ctx, batch)
	for i := range batch {
		w.end(context.WithoutCancel(ctx), batch[i], results[i])
	}
}

// client is how a group is reached, watched or not.
func (w *Watch) client(at place) Client {
	w.mu.Lock()
	g := w.groups[at]
	w.mu.Unlock()
	switch {
	case g != nil:
		return g.Client
	case w.Client != nil:
		return w.Client(at.app)
	}
	return nil
}

var (
	errNoClient = errors.New("the application is not configured any more; it is tried again, for when it is")
	errNoAnswer = errors.New("the service left the message out of its answer")
)

// recall takes back what is still there, and says of each what came of it.
func (w *Watch) recall(ctx context.Context, batch []chat.Leak) []fate {
	fates := make([]fate, len(batch))
	client := w.client(place{batch[0].App, batch[0].Group})
	if client == nil {
		for i := range fates {
			fates[i].err = errNoClient
		}
		return fates
	}
	var seqs []uint32
	for i, found := range lookUp(ctx, client, batch) {
		if fates[i] = found; found.open() {
			seqs = append(seqs, batch[i].MsgSeq)
		}
	}
	if len(seqs) == 0 {
		return fates
	}
	results, err := client.Recall(ctx, batch[0].Group, seqs)
	for i, l := range batch {
		if !fates[i].open() {
			continue
		}
		at := slices.IndexFunc(results, func(r im.RecallResult) bool { return r.Seq == l.MsgSeq })
		switch {
		case at >= 0:
			fates[i] = fateOf(results[at].Err)
		case err != nil:
			fates[i] = fateOf(err)
		default:
			fates[i].err = errNoAnswer
		}
	}
	return fates
}

// lookUp looks once more what stands at the numbers of leaks: to take back what somebody
// else has written in a group that was made anew would be worse than to take back
// nothing. What is still there has an open fate.
func lookUp(ctx context.Context, client Client, batch []chat.Leak) []fate {
	fates := make([]fate, len(batch))
	seen := map[uint32]im.HistoryMessage{}
	for i, l := range slices.Backward(batch) {
		if _, ok := seen[l.MsgSeq]; !ok {
			page, _, err := client.History(ctx, l.Group, l.MsgSeq, im.MaxHistory)
			if err != nil {
				fates[i] = fateOf(err)
				continue
			}
			for _, m := range page {
				seen[m.Seq] = m
			}
		}
		switch m, ok := seen[l.MsgSeq]; {
		case !ok || m.Empty: // whether it can be seen, the service says when it is asked to take it back
		case m.Random != l.Random || l.Sender != "" && m.From != l.Sender: // a sender that was erased is none
			fates[i] = fate{chat.Recalled, errOther}
		case m.Recalled:
			fates[i] = fate{result: chat.Recalled}
		}
	}
	return fates
}
