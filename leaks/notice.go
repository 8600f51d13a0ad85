package leaks

import (
	"cmp"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// noticeOf is what the admins are told of a leak that has ended: who wrote it and for how
// long it was there, and not what it said, which they get from the plugin if it tells
// them.
func noticeOf(l chat.Leak, now time.Time) chat.Message {
	at := "15:04:05 UTC"
	if now.Sub(l.Shown) > 12*time.Hour {
		at = "15:04 UTC on 2 January"
	}
	text := fmt.Sprintf("%s wrote something at %s that was to be shown to nobody else, and the whole group could see it. ",
		cmp.Or(l.Sender, "Somebody"), l.Shown.UTC().Format(at))
	if l.Result == chat.Recalled {
		text += fmt.Sprintf("It was taken back after %s.", spoken(l.Visible(now)))
	} else {
		text += "The service does not take it back (" + fmt.Sprint(l.Code) + "): " + refusals[l.Code] + "."
	}
	return chat.Message{To: chat.Admins, Text: text, Priority: chat.High}
}

// spoken is a duration of whole seconds in words.
func spoken(d time.Duration) string {
	switch {
	case d == time.Second:
		return "a second"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}
