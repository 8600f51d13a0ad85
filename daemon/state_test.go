package daemon_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/webhooks"
)

type extension struct {
	Days int `json:"days"`
}

var (
	sure      = plugins.NewStep[extension]("sure")
	told      = plugins.NewReport[extension]("told")
	extended  = chat.Key[map[string]int]("extended")
	delivered = chat.Key[string]("delivered")
)

// extender takes what members type: it asks back, tells the admins, and remembers
// whether they were told.
var extender = plugins.Define("extender", "1.0.0", func(struct{}) (plugins.Handler, error) {
	m := plugins.NewMux()
	plugins.Command(m, "/extend <days>", func(_ context.Context, e chat.Event, x extension) ([]chat.Message, error) {
		return sure.Ask(e, x, "%d days is long. Sure?", x.Days), nil
	})
	plugins.OnStep(m, sure, func(_ context.Context, e chat.Event, x extension) ([]chat.Message, error) {
		all := extended.Get(e.State)
		if all == nil {
			all = map[string]int{}
		}
		all[string(e.Sender.ID)] += x.Days
		extended.Set(e.State, all)
		return told.Of(chat.Admins.Say("%s has %d more days.", e.Sender.ID, x.Days), x), nil
	})
	plugins.OnReport(m, told, func(_ context.Context, e chat.Event, end chat.Ending, x extension) ([]chat.Message, error) {
		delivered.Set(e.State, string(end.Outcome)+" "+strconv.Itoa(end.Reached)+" "+strconv.Itoa(x.Days))
		return chat.Sender.Say("The admins know."), nil
	})
	return m, nil
})

// slackSecret is that of the workspace, in the file hook.token.
const slackSecret = hookToken

const extending = `
  extender:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      typed:
        webhook: slack
        verify: {slack: {secret_file: hook.token}}
        sender: '{"U214": "cy", "U215": "dee"}[payload.user_id]'
        text: payload.command + " " + payload.text
      said: {webhook: said, sender: payload.user, text: payload.text, verify: {bearer: {token_file: hook.token}}}
    plugin: extender
    audience: {roles: [owner, admin], sender: true}
`

// slash posts what Slack posts when somebody types a command, and returns how it was
// answered.
func (r *rig) slash(user, command, text string) answer {
	r.t.Helper()
	form := url.Values{"user_id": {user}, "command": {command}, "text": {text}, "team_id": {"T1"}, "trigger_id": {"13345224609." + strconv.FormatInt(time.Now().UnixNano(), 10)}}
	body := form.Encode()
	kind, err := webhooks.FindKind("slack")
	must(r.t, err)
	h, err := kind.Sign(webhooks.Settings{Secrets: []string{slackSecret}}, webhooks.Sample{At: time.Now(), Body: []byte(body)})
	must(r.t, err)
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.do(http.MethodPost, r.public+"/hooks/slack", h, body)
}

func (r *rig) says(user, text string) chat.EventID {
	r.t.Helper()
	body, err := json.Marshal(map[string]string{"user": user, "text": text})
	must(r.t, err)
	a := r.do(http.MethodPost, r.public+"/hooks/said", http.Header{"Authorization": {"Bearer " + hookToken}}, string(body))
	var receipt chat.Receipt
	if err := json.Unmarshal([]byte(a.body), &receipt); err != nil || a.status != http.StatusAccepted {
		r.t.Fatalf("answered %d: %s", a.status, a.body)
	}
	return receipt.Events[0]
}

func TestASlashCommandOfSlackIsADialogOfItsMember(t *testing.T) {
	r := newRig(t, extending, extender)
	if a := r.slash("U214", "/extend", "30"); a.status != http.StatusOK && a.status != http.StatusAccepted || a.body != "" {
		t.Fatalf("Slack is answered %d: %s", a.status, a.body)
	}
	r.settled(1)
	r.end()
	r.startAgain(extender) // in the middle of it
	r.settled(r.says("dee", "what is this?"))
	r.settled(r.says("cy", "yes"))
	r.settled(4)
	want := map[string][]string{
		"cy": {"30 days is long. Sure?", "The admins know."}, "ann": {"cy has 30 more days."}, "bo": {"cy has 30 more days."},
	}
	got := r.saw()
	delete(got, "dee") // who hears that there is nothing to answer, or nothing
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who saw what (-want +got):\n%s", diff)
	}
	r.tell(0, "from message \"typed\" of bot \"extender\"\ncaused by cy", "events", "show", "e1")
	r.tell(0, "from message \"said\"\nevent e4 tells the plugin how it ended", "events", "show", "e3")
	if out := r.tell(0, "from report \"told\"\ncaused by cy\ntells how message m2 ended", "events", "show", "e4"); strings.Contains(out, "days") {
		t.Errorf("it shows content:\n%s", out)
	}
	if a := r.slash("U999", "/extend", "30"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("somebody whom nobody knows: %d", a.status)
	}
	if text := r.log.String(); strings.Contains(text, "30 more") || strings.Contains(text, "what is this") {
		t.Error("the log has what was said")
	}
}

func TestAHookTestShowsWhatWasTyped(t *testing.T) {
	r := newRig(t, extending, extender)
	file := filepath.Join(t.TempDir(), "said.json")
	must(t, os.WriteFile(file, []byte(`{"user":"cy","text":"/extend 30"}`), 0o600))
	r.tell(0, "done: handled\ncaused by cy\nwho wrote\n| /extend 30\nmessage 1 of 1\n| 30 days is long. Sure?", "hook", "test", "said", "--file", file, "--show-text")
	if got := r.saw(); len(got) != 0 {
		t.Errorf("seen: %v", got)
	}
	must(t, os.WriteFile(file, []byte(`{"user":"cy","text":"`+strings.Repeat("x", chat.MaxText+1)+`"}`), 0o600))
	r.tell(1, "text: payload.text: the result has 12289 bytes", "hook", "test", "said", "--file", file)
	r.settled(r.says("cy", "/extend 5"))
	must(t, os.WriteFile(file, []byte(`{"user":"cy","text":"yes"}`), 0o600))
	r.tell(0, "cy has 5 more days.\nthe plugin would be told how it ended, as \"told\"", "hook", "test", "said", "--file", file, "--show-text") // it knows the session
}

func TestWhatABotRemembersIsSeenAndChanged(t *testing.T) {
	r := newRig(t, extending, extender)
	r.settled(r.says("cy", "/extend 30"))
	var x console.Remembered
	must(t, json.Unmarshal([]byte(r.tell(0, "", "state", "get", "extender", room)), &x))
	if string(x.State) != `{}` || len(x.Keys) != 0 || len(x.Sessions) != 1 || x.Sessions[0].User != "cy" || x.Sessions[0].Bytes < 20 || time.Until(x.Sessions[0].Expires) < 23*time.Hour {
		t.Errorf("before anything was extended: %+v", x)
	}
	x = console.Remembered{}
	must(t, json.Unmarshal([]byte(r.tell(0, "", "state", "get", "extender", room, "--user", "cy")), &x))
	if x.User != "cy" || len(x.Keys) != 1 || x.Expires.IsZero() || x.Bytes < 20 || x.Most != chat.MaxState || x.Sessions != nil {
		t.Errorf("of cy: %+v", x)
	}
	r.ask("/v1/bots/extender/state?user=cy", &x)
	raw := r.do(http.MethodGet, r.admin+"/v1/bots/extender/state?user=cy", http.Header{"Authorization": {"Bearer " + adminToken}}, "")
	if raw.status != http.StatusOK || strings.Contains(raw.body, "days") {
		t.Errorf("without being asked for it, it is shown: %s", raw.body)
	}

	r.tell(0, "extended of bot extender in group @TGS#2ROOM is remembered", "state", "set", "extender", room, "extended", `{"dee": 3}`, "--as", "kim", "--reason", "by phone")
	if line, ok := r.logged("a person acted"); !ok || line["what"] != "state set" || line["who"] != "kim" || line["reason"] != "by phone" || line["key"] != "extended" || line["bot"] != "extender" {
		t.Errorf("logged: %v", line)
	}
	r.settled(r.says("cy", "yes"))
	r.settled(3)
	if got := r.tell(0, "", "state", "get", "extender", room, "extended"); strings.Join(strings.Fields(got), "") != `{"cy":30,"dee":3}` {
		t.Errorf("the plugin was handed something else, and left %s", got)
	}
	if got := r.tell(0, "", "state", "get", "extender", room, "delivered"); got != "\"sent 2 30\"\n" {
		t.Errorf("it was told %s", got)
	}
	file := filepath.Join(t.TempDir(), "v.json")
	must(t, os.WriteFile(file, []byte("{\n  \"ann\": 1\n}\n"), 0o600))
	r.tell(0, "is remembered", "state", "set", "extender", room, "extended", "@"+file)
	r.tell(0, "extended of bot extender in group @TGS#2ROOM is forgotten", "state", "drop", "extender", room, "extended")
	r.tell(0, "is remembered", "state", "set", "extender", room, "note", `"x"`, "--user", "dee")
	r.tell(0, "all of bot extender in group @TGS#2ROOM is forgotten", "state", "drop", "extender", room, "--user", "dee")
	r.tell(0, `"delivered": "sent 2 30"`, "state", "get", "extender", room)
	r.tell(0, "is forgotten", "state", "drop", "extender", room)
	x = console.Remembered{}
	must(t, json.Unmarshal([]byte(r.tell(0, "", "state", "get", "extender", room)), &x))
	if len(x.Keys) != 0 || x.Bytes != 0 {
		t.Errorf("after all was dropped: %+v", x)
	}
}

func TestMistakesAboutWhatABotRemembersAreExplained(t *testing.T) {
	r := newRig(t, extending, extender)
	r.tell(1, "404: no bot \"extendr\"; did you mean extender?", "state", "get", "extendr", room)
	r.tell(1, "404: no bot \"x\"; have extender, teller", "state", "get", "x", room)
	r.tell(1, "group \"@TGS#2ROMM\" is not one of bot \"extender\"'s; did you mean @TGS#2ROOM?", "state", "set", "extender", "@TGS#2ROMM", "k", "1")
	r.tell(1, "nothing at all is remembered there", "state", "get", "extender", room, "k")
	r.tell(1, "nothing at all is remembered there", "state", "drop", "extender", room, "k")
	r.tell(0, "is remembered", "state", "set", "extender", room, "done", "1")
	r.tell(1, "there is nothing under \"dones\"; did you mean done?", "state", "get", "extender", room, "dones")
	r.tell(1, "there is nothing under \"dones\"; did you mean done?", "state", "drop", "extender", room, "dones")
	r.tell(2, "the value is not JSON", "state", "set", "extender", room, "k", "carol")
	r.tell(1, "422\nwith it there would be 65", "state", "set", "extender", room, "k", `"`+strings.Repeat("x", chat.MaxState)+`"`)
	if got := r.tell(0, "", "state", "get", "extender", room, "done"); got != "1\n" {
		t.Errorf("left: %s", got)
	}
}

// stuck is in the middle of an event for as long as its test wants.
func stuck(began chan<- struct{}, goOn <-chan struct{}) plugins.Plugin {
	return plugins.Define("extender", "1.0.0", func(struct{}) (plugins.Handler, error) {
		return plugins.Func(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			began <- struct{}{}
			<-goOn
			delivered.Set(e.State, "by the plugin")
			return nil, nil
		}), nil
	})
}

func TestWhatIsRememberedIsNotChangedUnderAPluginsHands(t *testing.T) {
	began, goOn := make(chan struct{}, 1), make(chan struct{})
	r := newRig(t, strings.Replace(extending, "    plugin: extender\n", "    plugin: extender\n    limits: {timeout: 30s}\n", 1), stuck(began, goOn))
	e := r.says("cy", "hello")
	<-began
	r.tell(1, "409\nan event of this bot and group is being handled\nbotd pause extender", "state", "set", "extender", room, "delivered", `"by hand"`)
	close(goOn)
	r.tell(0, "is remembered", "state", "set", "extender", room, "mine", `"by hand"`) // waits for it, if need be
	r.settled(e)
	if got := r.tell(0, "", "state", "get", "extender", room, "delivered"); got != "\"by the plugin\"\n" {
		t.Errorf("it is %s", got)
	}
	if got := r.tell(0, "", "state", "get", "extender", room, "mine"); got != "\"by hand\"\n" {
		t.Errorf("it is %s", got)
	}
}
