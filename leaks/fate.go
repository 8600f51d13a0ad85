package leaks

import (
	"context"
	"errors"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// fate is what came of a try to take one message back.
type fate struct {
	result chat.RecallResult // empty: it is tried again
	err    error
}

// open says that nothing is known yet.
func (f fate) open() bool { return f == fate{} }

var errOther = errors.New("its number belongs to another message by now, since the group was made anew; that one is left alone")

// What the service answers when there is nothing to take back any more, and when it
// never will take a message back (product/1047/34965, 34348).
var (
	goneCodes = map[int]bool{
		10010: true, 10015: true, // no such group
		10030: true, 20022: true, // no such message
		20023: true, // recalled already
	}
	refusals = map[int]string{
		20016: "a person has to take it back: the owner, an admin or the sender, in the app",
		10031: "a person has to take it back: the owner, an admin or the sender, in the app",
		10032: "a person has to take it back: the owner, an admin or the sender, in the app",
		10033: "groups of this type have no recall, so nothing can be held in them safely: use a Work, Public or Meeting group",
		10041: "switch message recall on for the application in the console, then take it back with an app",
	}
)

// fateOf is what an error of the service means for a message that is to be taken back;
// nil is success. What is not known to be final is tried again.
func fateOf(err error) fate {
	if err == nil {
		return fate{result: chat.Recalled}
	}
	code := codeOf(err)
	switch {
	case goneCodes[code]:
		return fate{chat.Recalled, err}
	case refusals[code] != "":
		return fate{chat.NotRecalled, err}
	}
	return fate{err: err}
}

func codeOf(err error) int {
	if e, ok := errors.AsType[*im.Error](err); ok {
		return e.Code
	}
	return 0
}

// end keeps what came of a try, has the admins told when it was the last, and says so in
// the log.
func (w *Watch) end(ctx context.Context, l chat.Leak, f fate) {
	now := w.Clock.Now()
	l.Attempts++
	l.Result, l.Code, l.Error = f.result, codeOf(f.err), ""
	if f.err != nil {
		l.Error = f.err.Error()
	}
	var notice chat.Message
	if f.result == "" {
		l.Due = now.Add(again(l.Attempts))
	} else {
		l.Ended, l.Due = now, time.Time{}
		notice = noticeOf(l, now)
	}
	ctx, cancel := context.WithTimeout(ctx, storing)
	defer cancel()
	err := w.Store.EndLeak(ctx, l, notice)
	log := w.Log.With("leak", l.ID, "app", l.App, "group", l.Group, "seq", l.MsgSeq, "visible", l.Visible(now))
	if err != nil {
		log.Error("what came of taking a message back cannot be stored, so it is tried once more", "error", err)
		return
	}
	switch f.result {
	case chat.Recalled:
		log.Warn("the message that was to be held is gone: nobody can see it any more", "attempts", l.Attempts, "code", l.Code)
		if w.Observe.Recalled != nil {
			w.Observe.Recalled(l.App, l.Visible(now))
		}
	case chat.NotRecalled:
		log.Error("the message that was to be held stays where all can see it: the service does not take it back",
			"code", l.Code, "error", l.Error, "remedy", refusals[l.Code])
		if w.Observe.NotRecalled != nil {
			w.Observe.NotRecalled(l.App)
		}
	default:
		if powerOfTwo(l.Attempts) {
			log.Error("the message that was to be held cannot be taken back yet, and it is tried again", "attempts", l.Attempts, "code", l.Code, "error", l.Error)
		}
	}
}
