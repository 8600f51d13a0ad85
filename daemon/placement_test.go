package daemon_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/webhooks"
)

// plugin is what an operator is told of the plugin of a bot.
func (r *rig) plugin(bot chat.BotName) console.Plugin {
	r.t.Helper()
	var list console.PluginList
	r.ask("/v1/plugins", &list)
	for _, p := range list.Plugins {
		if p.Bot == bot {
			return p
		}
	}
	r.t.Fatalf("no plugin of bot %s: %+v", bot, list)
	return console.Plugin{}
}

// away waits until the plugin of the wild bot is told of as one that gets no events,
// everywhere.
func (r *rig) away(reason string) {
	r.t.Helper()
	r.until("its plugin is away: "+reason, func() bool {
		p := r.plugin("wild")
		return !p.There && strings.Contains(p.Reason, reason)
	})
	if a := r.do(http.MethodGet, r.admin+"/readyz", nil, ""); a.status != http.StatusOK || !strings.HasPrefix(a.body, "ready\nplugins are not there for 1 of 2 bots, whose events wait: wild\n") {
		r.t.Errorf("/readyz: %d %s", a.status, a.body)
	}
	r.until("botd_plugin_up is 0", func() bool {
		metrics := r.do(http.MethodGet, r.admin+"/metrics", nil, "").body
		_, wild, _ := strings.Cut(metrics, `botd_plugin_up{bot="wild",plugin="`)
		state, _, _ := strings.Cut(wild, "\n")
		return strings.Contains(metrics, `botd_plugin_up{bot="teller",plugin="notice"} 1`) && strings.HasSuffix(state, `"} 0`)
	})
	if out := r.tell(0, "wild", "plugin", "list"); !strings.Contains(out, reason) {
		r.t.Errorf("botd plugin list:\n%s", out)
	}
}

// waits wants an event that waits for its plugin, held against nobody.
func (r *rig) waits(id chat.EventID, reason string) {
	r.t.Helper()
	r.until(fmt.Sprintf("event %s waits: %s", id, reason), func() bool {
		var h chat.EventHistory
		r.ask("/v1/events/"+id.String(), &h)
		return h.Event.Status == chat.Ready && strings.Contains(h.Event.Reason, "waits: ") && strings.Contains(h.Event.Reason, reason)
	})
}

func TestAProgramThatEndsAgainAndAgain(t *testing.T) {
	r := newWildRig(t, `[sh, -c, "echo it is enough; exit 3"]`)
	id := r.tamper(room, "well")
	alone := r.paced("beside", 15)
	t.Logf("the healthy bot: %v beside it", alone)
	r.away("it wrote: it is enough")
	r.waits(id, "it is enough")
	r.until("it is told once, and loudly", func() bool {
		_, ok := r.logged("a plugin's process ends again and again; its events wait, and it is started anew now and then")
		return ok
	})
	r.edit(`[sh, -c, "echo it is enough; exit 3"]`, "[python3, wild.py]")
	r.reloaded(`bot "wild" changed`)
	if h := r.settled(id); h.Event.Outcome != chat.Handled || h.Event.Attempts > 1 {
		t.Errorf("after it was mended: %+v", h.Event)
	}
}

// Its arguments may be secrets, and are told nowhere; nor is a script that is one of them.
func TestWhatAProgramIsGivenIsToldNowhere(t *testing.T) {
	r := newWildRig(t, `[sh, -c, "exit 3 # hush", --token=hush]`)
	id := r.tamper(room, "well")
	r.away("exit status 3")
	r.waits(id, "exit status 3")
	list := r.tell(0, "wild", "plugin", "list")
	if !slices.ContainsFunc(strings.Split(list, "\n"), func(line string) bool {
		return strings.HasPrefix(strings.Join(strings.Fields(line), " "), "wild sh - a program away: ")
	}) {
		t.Errorf("botd plugin list:\n%s", list)
	}
	metrics := r.do(http.MethodGet, r.admin+"/metrics", nil, "").body
	if !strings.Contains(metrics, `botd_plugin_up{bot="wild",plugin="sh"} 0`) {
		t.Error("the metrics do not have it by its name")
	}
	for where, text := range map[string]string{"the list": list + r.tell(0, "wild", "plugin", "list", "--json"), "metrics": metrics, "the log": r.log.String(),
		"the event": r.tell(0, "waits", "events", "show", id.String()), "readyz": r.do(http.MethodGet, r.admin+"/readyz", nil, "").body} {
		if strings.Contains(text, "hush") {
			t.Errorf("%s: what the program is given is in it:\n%s", where, text)
		}
	}
}

func TestAProgramThatNeverListens(t *testing.T) {
	r := newWildRig(t, "[sleep, '600']")
	id := r.tamper(room, "well")
	r.waits(id, "is being started")
	r.away("is being started")
	r.edit("[sleep, '600']", "[python3, wild.py]")
	r.reloaded(`bot "wild" changed`)
	if h := r.settled(id); h.Event.Outcome != chat.Handled {
		t.Errorf("after it was mended: %+v", h.Event)
	}
}

// A plugin at an address is a web service with a key, which is changed without a gap:
// botd signs with both, then the plugin changes, then botd forgets the old one.
func TestAPluginAtAnAddress(t *testing.T) {
	old, fresh := webhooks.NewSecret(), webhooks.NewSecret()
	var serves atomic.Value
	serve := func(key string) {
		k, err := plugins.ParseSigningKey(key)
		must(t, err)
		serves.Store(plugins.Serve(wild, k))
	}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h, _ := serves.Load().(http.Handler)
		h.ServeHTTP(w, req)
	}))
	defer service.Close()
	serve(old)
	r := newRig(t, "", wild)
	r.write("old", old)
	r.write("fresh", fresh)
	r.write("bots.yaml", r.written()+strings.Replace(fmt.Sprintf(wildBot, "{url: "+service.URL+", secret_files: [old]}"), `, "@TGS#2OTHER"`, "", 1))
	r.reloaded(`bot "wild" added`)
	answers := func(what string) {
		t.Helper()
		if h := r.settled(r.tamper(room, what)); h.Event.Outcome != chat.Handled {
			t.Fatalf("%s: %s", h.Event.Outcome, h.Event.Reason)
		}
		if !slices.Contains(r.saw()["ann"], "the wild one says "+what) {
			t.Errorf("ann saw %v", r.saw()["ann"])
		}
	}
	answers("old")
	serve(fresh)
	id := r.tamper(room, "refused")
	r.waits(id, "given the same key")
	r.edit("[old]", "[old, fresh]")
	r.reloaded(`bot "wild" changed`)
	if h := r.settled(id); h.Event.Outcome != chat.Handled {
		t.Fatalf("%s: %s", h.Event.Outcome, h.Event.Reason)
	}
	serve(old)
	answers("both, the old one")
	serve(fresh)
	answers("both, the new one")
	r.edit("[old, fresh]", "[fresh]")
	r.reloaded(`bot "wild" changed`)
	answers("new")
	if p := r.plugin("wild"); !p.There || p.Plugin != "wild" || p.Version != "1.0.0" || p.Where != "an address" {
		t.Errorf("told of %+v", p)
	}
	service.Close()
	id = r.tamper(room, "gone")
	r.waits(id, "cannot be reached")
	for _, secret := range []string{old, fresh} {
		if strings.Contains(r.log.String(), strings.TrimPrefix(secret, "whsec_")) {
			t.Error("the log has a key")
		}
	}
}

// What a plugin elsewhere takes is known when it is asked. Options that it would refuse
// keep its events waiting, and the operator is told which and why.
func TestOptionsThatDoNotSuitAPluginElsewhere(t *testing.T) {
	service := httptest.NewServer(plugins.Serve(notice.Plugin, plugins.SigningKey{}))
	defer service.Close()
	r := newRig(t, "")
	r.write("bots.yaml", r.written()+`
  wild:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on: {posted: {webhook: wild, verify: {bearer: {token_file: hook.token}}}}
    plugin: `+service.URL+`
    options: {txt: hello, to: {roles: [owner]}}
    audience: {everyone: true}
`)
	a := r.reload()
	if !strings.Contains(a.body, `has no \"txt\"; did you mean \"text\"?`) {
		t.Errorf("the reload warns of nothing: %d %s", a.status, a.body)
	}
	id := r.accepted("wild")
	r.waits(id, `options: has no "txt"; did you mean "text"?`)
	r.away(`options: has no "txt"`)
	r.edit("txt: hello", "text: hello")
	r.reloaded(`bot "wild" changed`)
	if h := r.settled(id); h.Event.Outcome != chat.Handled || !slices.Contains(r.saw()["ann"], "hello") {
		t.Errorf("%s: %s; ann saw %v", h.Event.Outcome, h.Event.Reason, r.saw()["ann"])
	}
}

// The processes of plugins begin and end with what they are for.
func TestProcessesOfPlugins(t *testing.T) {
	r := newWildRig(t, `[sh, -c, 'echo $$ >> pids; exec python3 wild.py']`)
	pids := func() (list []int) {
		text, err := os.ReadFile(r.folder + "/pids")
		must(t, err)
		for field := range strings.FieldsSeq(string(text)) {
			var pid int
			_, err := fmt.Sscan(field, &pid)
			must(t, err)
			list = append(list, pid)
		}
		return list
	}
	lives := func(pid int) bool { return syscall.Kill(pid, 0) == nil }
	r.until("it is there before its first event", func() bool { return r.plugin("wild").There })
	r.settled(r.tamper(room, "well"))
	if got := pids(); len(got) != 1 || !lives(got[0]) {
		t.Fatalf("processes %v; want one", got)
	}
	r.edit("limits: {timeout: 1s", "nonsense: {timeout: 1s")
	r.refused("nonsense")
	if got := pids(); len(got) != 1 || !lives(got[0]) {
		t.Errorf("after a reload that was refused there are the processes %v; want the one there was", got)
	}
	r.edit("nonsense: {timeout: 1s", "limits: {timeout: 1s")
	r.reloaded()
	r.until("another process in its place", func() bool { got := pids(); return len(got) == 2 && !lives(got[0]) && lives(got[1]) })
	r.settled(r.tamper(room, "again"))
	if code := r.end(); code != 0 {
		t.Errorf("botd ended with %d", code)
	}
	if got := pids(); len(got) != 2 || lives(got[1]) {
		t.Errorf("after botd there are the processes %v", got)
	}
}
