package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im"
)

// Needed lists the callbacks that a bot's trigger waits for: those of
// [config.Callback.Switches] that come of what it is and as whom its bot speaks.
func Needed(account chat.UserID, c config.Callback) []string {
	return slices.DeleteFunc(c.Switches(), func(command string) bool {
		switch command {
		case callbacks.BeforeGroupMessage: // the one after is enough for what is not held
			return !c.Hold && c.Mask == nil
		case callbacks.AfterDirectMessage:
			return im.IsRobot(account)
		case callbacks.RobotDirect:
			return !im.IsRobot(account)
		}
		return false
	})
}

// Told is what the service has told a botd that runs about one application.
type Told struct {
	Since    time.Time            // when botd began to listen
	Commands map[string]time.Time // when each came the last time
	Leaks    int                  // messages that were to be held and were shown, in the last [Lately]
	LastLeak time.Time            // of all that are kept; zero: none
}

// Lately is for how long a leak is told as a problem. What is older may be mended.
const Lately = 24 * time.Hour

const consoleCheck = "console"

// Console compares what the triggers of an application wait for with what the service
// has told. Which switches are set in its console, no call tells.
func Console(c *config.Config, app config.App, told Told) (list []Finding) {
	name := "apps." + string(app.Name)
	needed, holds := waitedFor(c, app)
	var never []string
	for _, command := range slices.Sorted(maps.Keys(needed)) {
		if told.Commands[command].IsZero() {
			never = append(never, fmt.Sprintf("%s (for %s)", command, strings.Join(needed[command], ", ")))
		}
	}
	switch {
	case len(needed) == 0:
		return nil
	case needed[callbacks.BeforeGroupMessage] != nil && told.Commands[callbacks.BeforeGroupMessage].IsZero() && !told.Commands[callbacks.AfterGroupMessage].IsZero():
		list = append(list, wrong(consoleCheck, "switch "+callbacks.BeforeGroupMessage+" on in the service's console, under callbacks",
			"%s: the service tells of messages after they were shown and never before, so nothing is held (%s)", name, strings.Join(needed[callbacks.BeforeGroupMessage], ", ")))
	case len(never) > 0:
		list = append(list, unknown(consoleCheck, "write an ordinary message in a group, or let happen what the trigger waits for, and look again; what does not come then is switched off in the service's console, under callbacks",
			"%s: since %s these never came: %s", name, day(told.Since), strings.Join(never, ", ")))
	default:
		list = append(list, well(consoleCheck, "%s: every callback that a trigger waits for has come: %s", name, strings.Join(slices.Sorted(maps.Keys(needed)), ", ")))
	}
	if len(holds) > 0 {
		list = append(list, timeouts(name, told))
	}
	return list
}

// waitedFor lists callbacks with the triggers that wait for them, and the triggers that
// hold.
func waitedFor(c *config.Config, app config.App) (needed map[string][]string, holds []string) {
	needed = map[string][]string{}
	for _, b := range c.Bots {
		for _, t := range b.Triggers {
			if b.App != app.Name || t.Callback == nil {
				continue
			}
			path := fmt.Sprintf("bots.%s.on.%s", b.Name, t.Name)
			for _, command := range Needed(b.Account, *t.Callback) {
				needed[command] = append(needed[command], path)
			}
			if t.Callback.Hold {
				holds = append(holds, path)
			}
		}
	}
	return needed, holds
}

// timeouts is about what the service does with a message when botd does not answer in
// time, which no call tells. Only what was shown shows it.
func timeouts(name string, told Told) Finding {
	const check = "time-out"
	const set = `set what happens when a callback before a message fails or times out to "do not deliver" in the service's console; as long as it delivers, members see what was to be held whenever botd is slow or down`
	if told.Leaks > 0 {
		return wrong(check, set+". botd leaks list tells each",
			"%s: members saw what was to be held, %d in the last day, the last on %s", name, told.Leaks, day(told.LastLeak))
	}
	last := "Nothing that was to be held was shown so far"
	if !told.LastLeak.IsZero() {
		last = "The last that was to be held and was shown was found on " + day(told.LastLeak)
	}
	return unknown(check, set, "%s: what the service does with a message when botd does not answer within two seconds is not known; no call tells. %s", name, last)
}
