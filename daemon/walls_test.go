package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// Whatever a plugin does in a process of its own, the bot beside it in the same botd,
// and even in the same group, answers as fast as before, and what happened is told: in
// the log, by a metric, and to whoever looks at the event.

const otherRoom = "@TGS#2OTHER"

// wildBot is the bot of a plugin that misbehaves, within limits.
const wildBot = `
  wild:
    account: tellbot
    groups: ["@TGS#2ROOM", "@TGS#2OTHER"]
    on: {posted: {webhook: wild, group: payload.room, verify: {bearer: {token_file: hook.token}}}}
    plugin: %s
    audience: {everyone: true}
    limits: {timeout: 1s, messages_per_event: 5, recipients: 3}
`

// wall is one thing that a plugin does, and how that is told.
type wall struct {
	name    string
	do      string
	status  chat.Status
	reason  string   // of the event, as an operator reads it
	metrics []string // that are counted, without bot and plugin
	log     string   // a line of it
}

func TestWallsOfAProgram(t *testing.T) {
	walled(t, "[python3, wild.py]", []wall{
		{"a page in place of a reply", "html", chat.Ready, "answers a page of HTML", []string{`events_total{outcome="failed"}`}, "event will be tried again"},
		{"a misspelt word, by which more would see it", "unknown", chat.Dead, "to.exept: unknown name; did you mean except?", []string{`events_total{outcome="refused"}`}, "event given up"},
		{"a message for nobody", "nobody", chat.Dead, "nobody", []string{`events_total{outcome="refused"}`}, "event given up"},
		{"2 MB in a reply", "huge", chat.Dead, "answers more than 1024 KB", []string{`limit_hits_total{limit="reply"}`}, "event given up"},
		{"half a reply", "half", chat.Ready, "run 1 of 5 failed", []string{`events_total{outcome="failed"}`}, "event will be tried again"},
		{"an end in the middle of an event", "leave", chat.Ready, "it wrote: it is enough", []string{"restarts_total{}"}, "a plugin's process ended"},
	})
}

// walled tries each wall beside a healthy bot.
func walled(t *testing.T, plugin string, walls []wall) {
	for _, w := range walls {
		t.Run(w.name, func(t *testing.T) {
			r, id := undisturbed(t, plugin, w)
			r.toldOf(id, w)
			r.tamper(otherRoom, "well")
			r.until("the wild bot answers elsewhere", func() bool { return slices.Contains(r.saw()["ann"], "the wild one says well") })
			if got := r.saw()["dee"]; got != nil {
				t.Errorf("dee saw %v", got)
			}
		})
	}
}

// undisturbed has the wild bot do its worst, and holds that the healthy bot takes no
// longer beside it than alone. What else the machine does can disturb it too, so it
// has three tries, each from the beginning.
func undisturbed(t *testing.T, plugin string, w wall) (r *rig, id chat.EventID) {
	t.Helper()
	for try := range 3 {
		r = newWildRig(t, plugin)
		alone := r.paced("alone", 15)
		id = r.tamper(room, w.do)
		beside := r.paced("beside", 25)
		t.Logf("try %d: the healthy bot: %v alone, %v beside it", try+1, alone, beside)
		if beside <= 2*alone+25*time.Millisecond {
			return r, id
		}
	}
	t.Error("the healthy bot takes longer beside it, each time")
	return r, id
}

func newWildRig(t *testing.T, plugin string) *rig {
	t.Helper()
	r := newRig(t, "", wild)
	must(t, r.sim.AddGroup(simulator.Group{ID: otherRoom, Type: "Public", Name: "Other", Members: []simulator.Member{{ID: "ann", Role: "Owner"}, {ID: "dee"}}}))
	script, err := os.ReadFile("testdata/wild.py")
	must(t, err)
	r.write("wild.py", string(script))
	fast := strings.Replace(r.written(), "administrator: administrator,", "administrator: administrator, group_messages_per_second: 1000,", 1)
	r.write("bots.yaml", fast+fmt.Sprintf(wildBot, plugin))
	r.reloaded(`app "main" changed`, `bot "wild" added`)
	return r
}

// tamper has the wild bot do something in a group.
func (r *rig) tamper(group, what string) chat.EventID {
	r.t.Helper()
	a := r.do(http.MethodPost, r.public+"/hooks/wild", http.Header{"Authorization": {"Bearer " + hookToken}}, fmt.Sprintf(`{"do": %q, "room": %q}`, what, group))
	if a.status != http.StatusAccepted {
		r.t.Fatalf("answered %d: %s", a.status, a.body)
	}
	var receipt chat.Receipt
	must(r.t, json.Unmarshal([]byte(a.body), &receipt))
	return receipt.Events[0]
}

// paced is the median time from a webhook of the healthy bot to what ann sees of it,
// of n, one after the other.
func (r *rig) paced(name string, n int) time.Duration {
	r.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	var took []time.Duration
	for i := range n {
		began, text := time.Now(), fmt.Sprintf("%s-%d", name, i)
		r.post(text, fmt.Sprintf(`{"text": %q, "user": "cy"}`, text))
		for !slices.Contains(r.saw()["ann"], text) {
			if time.Since(began) > 10*time.Second {
				r.t.Fatalf("the healthy bot does not answer\n%s", r.log)
			}
			<-tick.C
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[n/2]
}

// toldOf wants that an operator is told of what a plugin did.
func (r *rig) toldOf(id chat.EventID, w wall) {
	r.t.Helper()
	var h chat.EventHistory
	r.until(fmt.Sprintf("event %s is %s, %s", id, w.status, w.reason), func() bool {
		h = chat.EventHistory{}
		r.ask("/v1/events/"+id.String(), &h)
		said := h.Event.Reason
		status := h.Event.Status
		for _, m := range h.Messages {
			said += m.Reason
			if m.Status == chat.Dead {
				status = m.Status
			}
		}
		return status == w.status && strings.Contains(said, w.reason)
	})
	for _, metric := range w.metrics {
		r.counted(metric)
	}
	r.until("the log has "+w.log, func() bool { return strings.Contains(r.log.String(), w.log) })
}

// counted waits for a metric of the wild bot that is above zero: its name without
// botd_plugin_, and its labels besides bot and plugin.
func (r *rig) counted(metric string) {
	r.t.Helper()
	name, labels, _ := strings.Cut(strings.TrimSuffix(metric, "}"), "{")
	r.until(metric, func() bool {
		for line := range strings.Lines(r.do(http.MethodGet, r.admin+"/metrics", nil, "").body) {
			if strings.HasPrefix(line, "botd_plugin_"+name+`{bot="wild",`) && strings.Contains(line, labels) && !strings.HasSuffix(line, " 0\n") {
				return true
			}
		}
		return false
	})
}
