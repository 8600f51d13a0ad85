package daemon_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/store"
)

// holding is a bot that takes answers out of the group.
const holding = `
  holder:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on: {typed: {message: {command: answer, roles: [member]}, hold: true}}
    rules: [{on: typed, to: admin, say: "{{ sender }} answered"}]
    audience: {roles: [owner, admin], sender: true}
`

// doctor runs botd doctor beside the rig, and returns its findings.
func (r *rig) doctor(code int, args ...string) []store.Finding {
	r.t.Helper()
	got, stdout, stderr := botd(r.t, "", append([]string{"doctor", "--json", "--config", r.config(), "--admin", r.admin}, args...)...)
	var list []store.Finding
	must(r.t, json.Unmarshal([]byte(stdout), &list))
	if got != code {
		r.t.Errorf("doctor: code %d, want %d:\n%s%s", got, code, stdout, stderr)
	}
	for _, secret := range []string{appKey, hookToken, adminToken, callToken} {
		if strings.Contains(stdout+stderr, secret) {
			r.t.Errorf("the doctor tells a secret:\n%s%s", stdout, stderr)
		}
	}
	return list
}

// finds wants a finding with these words: ok, note or PROBLEM, its check, and what it says.
func (r *rig) finds(list []store.Finding, sort, check, words string) {
	r.t.Helper()
	for _, f := range list {
		is := map[bool]string{true: "note", false: "ok"}[f.Remedy != ""]
		if f.Problem != "" {
			is = "PROBLEM"
		}
		if is == sort && f.Check == check && strings.Contains(f.Problem+f.Detail+" "+f.Remedy, words) {
			return
		}
	}
	r.t.Errorf("no %s of %s with %q in:\n%+v", sort, check, words, list)
}

func TestTheDoctorOfABotdThatHears(t *testing.T) {
	r := newRig(t, holding)
	first := r.doctor(0, "--public-url", r.public)
	r.finds(first, "ok", "callbacks", "one that is signed rightly is answered")
	r.finds(first, "ok", "callbacks", "forged ones are refused: of another application, at another path, without a Sign")
	r.finds(first, "note", "console", "these never came: Group.CallbackAfterSendMsg (for bots.holder.on.typed), Group.CallbackBeforeSendMsg")
	r.finds(first, "note", "time-out", `"do not deliver"`)
	must(t, r.sim.Speak(room, "dee", "good morning"))
	r.until("both callbacks of it came", func() bool { return strings.Contains(r.console(), "Group.CallbackAfterSendMsg") })
	again := r.doctor(0, "--public-url", r.public)
	r.finds(again, "ok", "console", "every callback that a trigger waits for has come: Group.CallbackAfterSendMsg, Group.CallbackBeforeSendMsg")
	// What the doctor itself tried the first time is told like any stranger's.
	r.finds(again, "note", "callbacks", "unsigned 1")
	if events := len(r.sim.Messages()); events != 1 {
		t.Errorf("%d messages in the group", events)
	}
}

// console is what the service has told, as JSON.
func (r *rig) console() string {
	r.t.Helper()
	var heard json.RawMessage
	r.ask("/v1/callbacks", &heard)
	return string(heard)
}

// Where the service tells of messages only after they were shown, everything leaks, and
// the doctor says why.
func TestTheDoctorSaysWhyNothingIsHeld(t *testing.T) {
	r := newRig(t, holding)
	must(t, r.sim.SetCallbacks(simulator.Callbacks{URL: r.public + "/callbacks/tencent", Token: callToken, Commands: []string{simulator.AfterSendMsg}}))
	must(t, r.sim.Speak(room, "cy", "/answer B"))
	r.until("it was found", func() bool {
		var page struct{ Leaks []json.RawMessage }
		r.ask("/v1/leaks", &page)
		return len(page.Leaks) == 1
	})
	list := r.doctor(1, "--public-url", r.public)
	r.finds(list, "PROBLEM", "console", "switch Group.CallbackBeforeSendMsg on")
	r.finds(list, "PROBLEM", "time-out", "members saw what was to be held, 1 in the last day")
}

func TestTheDoctorWaitsForARealCallback(t *testing.T) {
	r := newRig(t, holding)
	r.finds(r.doctor(1, "--live-callback", "1ms"), "PROBLEM", "live", "no callback came within 1ms")
	heard, spoken := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		for err == nil { // it may begin to wait after the first of them
			select {
			case <-heard:
				spoken <- nil
				return
			case <-time.After(50 * time.Millisecond):
				err = r.sim.Speak(room, "dee", "is anybody there?")
			}
		}
		spoken <- err
	}()
	r.finds(r.doctor(0, "--live-callback", "20s"), "ok", "live", "a real callback came: Group.Callback")
	close(heard)
	must(t, <-spoken)
}

func TestTheDoctorOfABotdThatIsStopped(t *testing.T) {
	r := newRig(t, holding)
	r.end()
	list := r.doctor(0, "--public-url", r.public)
	r.finds(list, "note", "console", "is it running?")
	r.finds(list, "note", "callbacks", "nobody answers")
	r.finds(list, "ok", "groups", "bots.holder: its group is there")
	before := r.sim.Counts()["account_check"].Calls
	for _, f := range r.doctor(0, "--offline") {
		if f.Check == "service" || f.Check == "callbacks" || f.Check == "console" {
			t.Errorf("offline, and yet: %+v", f)
		}
	}
	if after := r.sim.Counts()["account_check"].Calls; after != before {
		t.Error("offline, and yet the service was called")
	}
	r.service.Close()
	away := r.doctor(1)
	r.finds(away, "PROBLEM", "service", "cannot be asked")
	if n := len(problemsOf(away)); n != 1 {
		t.Errorf("a service that is away is %d problems: %+v", n, away)
	}
}

func problemsOf(list []store.Finding) (wrong []store.Finding) {
	for _, f := range list {
		if f.Problem != "" {
			wrong = append(wrong, f)
		}
	}
	return wrong
}

// A listener with a certificate of its own is tried by that certificate, whoever signed it.
func TestTheDoctorKnocksAtADoorWithACertificate(t *testing.T) {
	r := newRig(t, holding)
	r.issue(1, time.Now().Add(time.Hour))
	r.edit("listen: {", "listen: {tls: {cert_file: cert.pem, key_file: key.pem}, ")
	r.end()
	r.startAgain()
	r.edit("public: 127.0.0.1:0", "public: "+strings.TrimPrefix(r.public, "http://"))
	r.finds(r.doctor(0), "ok", "callbacks", "one that is signed rightly is answered")
	// Somebody else's certificate is not believed, and nothing is handed to them.
	r.issue(2, time.Now().Add(time.Hour))
	r.finds(r.doctor(0), "note", "callbacks", "certificate")
}
