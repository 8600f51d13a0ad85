package daemon

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// hearsay counts what the chat service tells, and what is not believed to come from
// it, so that whoever sets the service's console sees whether it is set right. It
// begins anew with each start. The zero value is ready.
type hearsay struct {
	mu      sync.Mutex
	told    map[telling]often
	refused map[disbelief]refusals
}

// telling is something of which an application is told.
type telling struct {
	app     chat.AppName
	command string
}

// often is how often something was, and when the last time.
type often struct {
	n    int
	last time.Time
}

// disbelief is why something was not believed.
type disbelief struct {
	app    chat.AppName // empty where it is not known
	reason string       // of which there are few
}

type refusals struct {
	often
	detail string // of the last, for a person
}

// tell counts a callback. There are not many commands.
func (h *hearsay) tell(app chat.AppName, command string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.told == nil {
		h.told = map[telling]often{}
	}
	k := telling{app, command}
	h.told[k] = often{h.told[k].n + 1, now}
}

func (h *hearsay) refuse(app chat.AppName, reason, detail string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused == nil {
		h.refused = map[disbelief]refusals{}
	}
	k := disbelief{app, reason}
	h.refused[k] = refusals{often{h.refused[k].n + 1, now}, detail}
}

// commands are those of which an application was told, by name.
func (h *hearsay) commands(app chat.AppName) (list []console.CallbackCommand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k, t := range h.told {
		if k.app == app {
			list = append(list, console.CallbackCommand{Command: k.command, Count: t.n, Last: t.last})
		}
	}
	slices.SortFunc(list, func(a, b console.CallbackCommand) int { return cmp.Compare(a.Command, b.Command) })
	return list
}

// refusals are those that there were, by application and reason.
func (h *hearsay) refusals() (list []console.RefusedCallbacks) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k, r := range h.refused {
		list = append(list, console.RefusedCallbacks{App: k.app, Reason: k.reason, Count: r.n, Last: r.last, Detail: r.detail})
	}
	slices.SortFunc(list, func(a, b console.RefusedCallbacks) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}

// Callbacks says what was told since botd began to listen.
func (b backend) Callbacks() console.CallbackList {
	list := console.CallbackList{Since: b.began, Refused: b.hearsay.refusals()}
	for _, a := range b.now().config.Apps {
		if a.Callbacks.Path != "" {
			list.Apps = append(list.Apps, console.AppCallbacks{App: a.Name, Path: a.Callbacks.Path, Commands: b.hearsay.commands(a.Name)})
		}
	}
	return list
}
