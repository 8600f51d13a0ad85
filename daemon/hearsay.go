package daemon

import (
	"cmp"
	"maps"
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
	refused map[string]refusals
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

type refusals struct {
	often
	detail string // of the last
}

// tellings is how many names of commands are counted; whoever knows the token can
// make up any number.
const tellings = 200

// otherCommands stands for those beyond.
const otherCommands = "others"

// tell counts a callback, and returns the name under which it did.
func (h *hearsay) tell(app chat.AppName, command string, now time.Time) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.told == nil {
		h.told = map[telling]often{}
	}
	k := telling{app, command}
	if _, known := h.told[k]; !known && len(h.told) >= tellings {
		k.command = otherCommands
	}
	h.told[k] = often{h.told[k].n + 1, now}
	return k.command
}

// refuse counts a refusal under a reason, of which there are few.
func (h *hearsay) refuse(reason, detail string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused == nil {
		h.refused = map[string]refusals{}
	}
	h.refused[reason] = refusals{often{h.refused[reason].n + 1, now}, detail}
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

// refusals are those that there were, by reason.
func (h *hearsay) refusals() (list []console.RefusedCallbacks) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, reason := range slices.Sorted(maps.Keys(h.refused)) {
		r := h.refused[reason]
		list = append(list, console.RefusedCallbacks{Reason: reason, Count: r.n, Last: r.last, Detail: r.detail})
	}
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
