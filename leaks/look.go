package leaks

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// pages of a history are read at most in one look. What is left is for the next, soon
// after, so that a group with a long backlog does not keep the others waiting.
const pages = 25

// look looks through what there is above a group's mark, the oldest first: what became
// of it comes to the bots in the order in which it was written.
func (w *Watch) look(ctx context.Context, l look) {
	more, err := w.through(ctx, l)
	w.keepMark(context.WithoutCancel(ctx), l, l.sweep)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	} else {
		w.tell(l, err)
	}
	w.looked(l, more, err)
}

// tell logs that looking fails, when it begins to and now and then after, and when that
// is over.
func (w *Watch) tell(l look, err error) {
	log := w.Log.With("app", l.of.App, "group", l.of.Group)
	switch before := l.tries; {
	case err == nil && before > 0:
		log.Info("the group is looked through for leaks again", "after", before)
	case err != nil && powerOfTwo(before+1):
		log.Warn("the group cannot be looked through for leaks: what others see there although it was to be held is not found until it can", "tries", before+1, "error", err)
	}
}

func powerOfTwo(n int) bool { return n&(n-1) == 0 }

// through is one look. more says that there is more above what it came to. Panics end
// here: one group must not take the others with it.
func (w *Watch) through(ctx context.Context, l look) (more bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("looking panicked: %v", v)
			w.Log.Error("looking for leaks panicked", "group", l.of.Group, "error", err, "stack", string(debug.Stack()))
		}
	}()
	if err := w.restore(ctx, l); err != nil {
		return false, err
	}
	page, older, err := l.of.Client.History(ctx, l.of.Group, 0, im.MaxHistory)
	if err != nil {
		return false, err
	}
	newest, lowest := ends(page)
	switch {
	case !l.known:
		if err := w.firstSight(ctx, l, page, older); err != nil {
			return false, err
		}
	case newest == 0:
		return false, nil // nothing is kept, or the group is new
	case !l.goesOn(newest, w.Clock.Now()):
		if w.Clock.Since(l.shrunk) < hintFor {
			return false, errBehind
		}
		w.Log.Warn("the group was made anew, as it seems: the numbers of its messages begin again, and so does the search for leaks",
			"app", l.of.App, "group", l.of.Group, "mark", l.mark, "newest", newest)
		l.begin(0)
	}
	if !older {
		l.lift(max(lowest, 1) - 1)
	}
	if lowest <= l.mark+1 {
		return false, w.judgeAll(ctx, l, page, l.mark, newest)
	}
	return w.catchUp(ctx, l, newest)
}

// errBehind says that a history ends before what was seen of it. It may come from a part
// of the service that is behind, which passes; to begin anew then would have the bots
// take back what was there before the watch.
var errBehind = errors.New("the group's history ends before what was seen of it: either the service is behind, or the group was made anew, and it is taken for that if this lasts")

// ends are the first and the last number of a page; 0 of an empty one.
func ends(page []im.HistoryMessage) (newest, lowest uint32) {
	if len(page) == 0 {
		return 0, 0
	}
	return page[0].Seq, page[len(page)-1].Seq
}

// restore reads the mark of a group that is looked through for the first time.
func (w *Watch) restore(ctx context.Context, l look) error {
	if l.known {
		return nil
	}
	mark, ok, err := w.Store.Swept(ctx, l.of.App, l.of.Group)
	if err == nil && !ok { // the first look may fail until botd is started again
		var since time.Time
		if since, err = w.Store.WatchedSince(ctx, l.of.App, l.of.Group, l.since); err == nil {
			l.since = since
		}
	}
	if err != nil || !ok {
		return err
	}
	l.kept, l.keptAt = mark, w.Clock.Now()
	l.begin(mark)
	return nil
}

// firstSight sets the mark of a group that was never looked through: below all that was
// written since it is watched. The service's times are to the second.
func (w *Watch) firstSight(ctx context.Context, l look, page []im.HistoryMessage, older bool) error {
	since := l.since.Truncate(time.Second)
	for {
		for _, m := range page {
			if !m.Time.IsZero() && m.Time.Before(since) {
				l.begin(m.Seq)
				return nil
			}
		}
		_, lowest := ends(page)
		if !older {
			l.begin(max(lowest, 1) - 1)
			return nil
		}
		var err error
		if page, older, err = l.of.Client.History(ctx, l.of.Group, lowest-1, im.MaxHistory); err != nil {
			return err
		}
	}
}

// catchUp reads on from the mark, a bounded number of pages.
func (w *Watch) catchUp(ctx context.Context, l look, newest uint32) (more bool, err error) {
	at := l.mark
	for left := pages; at < newest; {
		if left <= 0 {
			return true, nil
		}
		high := min(at+im.MaxHistory, newest)
		var list []im.HistoryMessage
		for from, older := high, true; older && from > at; left-- {
			var page []im.HistoryMessage
			if page, older, err = l.of.Client.History(ctx, l.of.Group, from, im.MaxHistory); err != nil {
				return false, err
			}
			list = append(list, page...)
			if _, lowest := ends(page); lowest > 0 {
				from = lowest - 1
			}
		}
		if _, lowest := ends(list); lowest > 0 && lowest > at+1 {
			l.lift(lowest - 1)
		}
		if err := w.judgeAll(ctx, l, list, at, high); err != nil {
			return false, err
		}
		at = high
	}
	return false, nil
}

// judgeAll judges the messages above low up to high, the oldest first, which are in the
// list if they are there at all. It ends at the first that cannot be judged.
func (w *Watch) judgeAll(ctx context.Context, l look, list []im.HistoryMessage, low, high uint32) error {
	now := w.Clock.Now()
	defer func() { l.advance(now) }()
	at := len(list) - 1
	for seq := low + 1; seq > low && seq <= high; seq++ {
		for at >= 0 && list[at].Seq < seq {
			at--
		}
		var found *im.HistoryMessage
		if at >= 0 && list[at].Seq == seq {
			found = &list[at]
		}
		if !l.see(seq, found, now) {
			continue
		}
		if err := w.judge(ctx, l, *found); err != nil {
			return fmt.Errorf("message %d: %w", seq, err)
		}
		l.pass(seq)
	}
	return nil
}

// judge has one message judged, and keeps what should have been held.
func (w *Watch) judge(ctx context.Context, l look, m im.HistoryMessage) error {
	if m.Recalled || m.System || im.IsRobot(m.From) {
		return nil
	}
	held, arrivals, err := l.of.Judge(ctx, m)
	if err != nil {
		return fmt.Errorf("it cannot be judged now: %w", err)
	}
	if !held {
		return nil
	}
	leak := chat.Leak{
		App: l.of.App, Group: l.of.Group, MsgSeq: m.Seq, Random: m.Random, Sender: m.From,
		Shown: m.Time, Found: w.Clock.Now(), FoundBy: chat.FoundBySweep,
	}
	if leak.Shown.IsZero() {
		leak.Shown = leak.Found
	}
	if !l.sweep || w.isHinted(l.group, m.Seq) {
		leak.FoundBy = chat.FoundByCallback
	}
	kept, known, err := w.Store.KeepLeak(ctx, leak, arrivals)
	if err != nil || known {
		return err
	}
	w.Log.Error("members saw a message that was to be held; it is being taken back",
		"leak", kept.ID, "app", leak.App, "group", leak.Group, "seq", leak.MsgSeq, "found_by", leak.FoundBy,
		"visible", kept.Visible(leak.Found), "events", kept.Events,
		"why", "botd was not asked before it was shown, or did not answer in time",
		"remedy", "see that the console calls botd before a message is sent, and does not deliver when botd does not answer; botd doctor looks")
	if w.Observe.Found != nil {
		w.Observe.Found(leak.App, leak.FoundBy)
	}
	wake(w.wakeRecall)
	return nil
}

// isHinted reports whether a callback told of a number while a sweep was under way.
func (w *Watch) isHinted(g *group, seq uint32) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, hinted := g.hints[seq]
	return hinted
}

// keepEvery is how often a mark is stored at least that hints move, and at most: a
// look that is made again for want of it does no harm.
const keepEvery = 10 * time.Second

// keepMark stores a group's mark, if it has moved and it is time, or in any case.
func (w *Watch) keepMark(ctx context.Context, l look, now bool) {
	if !l.known || l.mark == l.kept && !l.keptAt.IsZero() || !now && !l.keptAt.IsZero() && w.Clock.Since(l.keptAt) < keepEvery {
		return
	}
	if !w.watches(l.of.App, l.of.Group) {
		return // and its mark is forgotten
	}
	ctx, cancel := context.WithTimeout(ctx, storing)
	defer cancel()
	if err := w.Store.KeepSwept(ctx, l.of.App, l.of.Group, l.mark); err != nil {
		w.Log.Warn("how far a group was looked through for leaks cannot be stored, and will be when it is looked through next",
			"app", l.of.App, "group", l.of.Group, "error", err)
		return
	}
	l.kept, l.keptAt = l.mark, w.Clock.Now()
}

// storing is how long something may take to be stored when the watch ends.
const storing = 5 * time.Second

// keepMarks stores all marks that are not, when nobody looks any more.
func (w *Watch) keepMarks(ctx context.Context) {
	var list []look
	w.mu.Lock()
	for _, g := range w.groups {
		list = append(list, look{group: g, of: g.Watched}) // which a Swap may change meanwhile
	}
	w.mu.Unlock()
	for _, l := range list {
		w.keepMark(ctx, l, true)
	}
}
