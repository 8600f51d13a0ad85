package daemon_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/botd-chat/botd/internal/need"
)

// folder is a temporary folder with these files.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return folder
}

// guardedBots has a hook whose secret is not there, a ceiling, and a clock that is
// changed in the night before 29 March.
const guardedBots = `
credentials:
  ci: {bearer: {token_file: secrets/ci}, allow: {audience: {roles: [owner]}}}
  cd: {bearer: {token_env: CD_TOKEN}, allow: {audience: {everyone: true}}}
bots:
  tell:
    account: tellbot
    groups: ["@TGS#2ROOM"]
    on:
      now:
        webhook: now
        sender: payload.user
        allow: {audience: {roles: [owner]}, recipients: 1}
        verify: {bearer: {token_file: secrets/now}}
      built: {webhook: built, verify: {credentials: [ci, cd]}}
      night: {schedule: "30 9 * * *", timezone: Europe/Berlin}
    plugin: notice
    options: {text: Good morning., choose: true}
    audience: {roles: [owner, admin]}
`

const guardedChat = `use bots.yaml tell
time 2026-03-28T00:00:00Z
group ann owner, bo admin, cy

> now {"user": "cy", "text": "Hello."}
< ann: Hello.
> now {"user": "zoe", "text": "Hello."}
! its sender zoe is not in the group, so the plugin is not asked
> now {"text": "Hello."}
! the sender is told 422: The payload does not fit this hook: bot "tell", trigger "now": sender: payload.user: there is nothing there.
> now {"user": "cy", "text": "Hello.", "to": {"roles": ["admin"]}}
! the sender is told 403: The credential may reach owner, and the webhook asks for role admin (bots.tell.on.now.allow.audience).

# Each sender reaches whom its credential may.
> built {"text": "Built."}
< ann: Built.
> built@cd/deploy {"text": "Deployed."}
< ann bo: Deployed.

# The clocks are put forward by an hour in the second night.
+8h
+30m
@ night strikes
< ann bo: Good morning.
+23h
@ night strikes
< ann bo: Good morning.
+23h
`

func TestTranscriptsOfAConfiguredBotArePlayed(t *testing.T) {
	folder := folderOf(t, map[string]string{"bots.yaml": guardedBots, "below/tell.chat": strings.Replace(guardedChat, "bots.yaml", "../bots.yaml", 1)})
	code, out, errs := botd(t, "", "test", folder)
	if code != 0 || !strings.Contains(out, "ok    "+filepath.Join(folder, "below", "tell.chat")+"  bot tell of ../bots.yaml  8 events") {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
}

// What members write comes by a webhook of somebody else's.
const writtenBots = `
bots:
  echo:
    account: echobot
    groups: ["@TGS#2ROOM", "@TGS#2OTHER"]
    on:
      slash: {webhook: slash, sender: payload.user, text: payload.command + " " + payload.text, group: payload.room, verify: {bearer: {token_file: secrets/slash}}}
    rules:
      - {on: slash, to: id == sender, say: "{{ sender_role }} wrote: {{ text }}; before: {{ session.before ?? 'nothing' }}", set: {session.before: text}}
    audience: {everyone: true}
`

const writtenChat = `use bots.yaml echo @TGS#2OTHER
group ann owner, bo

> slash {"user": "bo", "command": "/extend", "text": "30", "room": "@TGS#2OTHER"}
< bo: member wrote: /extend 30; before: nothing
> bo: /extend 40
< bo: member wrote: /extend 40; before: /extend 30
> ann says why?
< ann: owner wrote: why?; before: nothing
> slash {"user": "bo", "command": "/extend", "text": "30", "room": "@TGS#2ROOM"}
! it is for another group, @TGS#2ROOM
+24h
> bo: /help
< bo: member wrote: /help; before: nothing
`

func TestWhatMembersWriteIsReadAsTheTriggerSays(t *testing.T) {
	folder := folderOf(t, map[string]string{"bots.yaml": writtenBots, "x.chat": writtenChat})
	if code, out, errs := botd(t, "", "test", folder); code != 0 {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
}

const helloChat = "plugin notice\noptions {\"text\": \"Hello.\"}\ngroup ann owner, cy\n\n> now {}\n< ann cy: Hello.\n"

func TestAPluginOfAnotherProcessIsPlayed(t *testing.T) {
	need.Program(t, "python3", "python3")
	homework, err := filepath.Abs("../docs/examples/homework-python/homework.py")
	must(t, err)
	folder := folderOf(t, map[string]string{
		"bots.yaml": "bots:\n  work:\n    account: workbot\n    groups: [\"@TGS#2ROOM\"]\n    on:\n      submitted: {webhook: hw, sender: payload.user, verify: {bearer: {token_file: x}}}\n" +
			"    plugin: [python3, " + homework + "]\n    audience: {roles: [owner]}\n",
		"used.chat":  "use bots.yaml work\ngroup ann owner, cy\n> submitted {\"user\": \"cy\", \"title\": \"Rivers\"}\n< ann: cy handed in Rivers.\n< nobody: Got it: Rivers.\n",
		"named.chat": "plugin [python3, " + homework + "]\ngroup ann owner, cy\n> cy: submitted {\"title\": \"Rivers\"}\n< ann: cy handed in Rivers.\n< cy: Got it: Rivers.\n",
		"own.chat":   strings.Replace(helloChat, "plugin notice", "plugin notice isolate", 1),
	})
	if code, out, errs := botd(t, "", "test", folder); code != 0 || strings.Count(out, "ok  ") != 3 {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
}

// Where it runs, its events would wait.
func TestOptionsThatDoNotSuitAPluginElsewhereFailItsTranscript(t *testing.T) {
	need.Program(t, "python3", "python3")
	folder := folderOf(t, map[string]string{
		"bots.yaml": "bots:\n  hello:\n    account: hellobot\n    groups: [\"@TGS#2ROOM\"]\n    on:\n      now: {webhook: now, verify: {bearer: {token_file: x}}}\n" +
			"    plugin: [python3, hello.py]\n    options: {tel: x}\n    audience: {roles: [owner]}\n",
		"hello.py": `
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Plugin(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"botd": 1, "name": "hello", "version": "1", "config": {"properties": {"tell": {}}, "additionalProperties": false}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Plugin).serve_forever()
`,
		"used.chat": "use bots.yaml hello\ngroup ann owner\n> now {}\n",
	})
	if code, out, errs := botd(t, "", "test", folder); code != 1 || !strings.Contains(out, `line 3: the event would wait: the options of bot "hello" do not suit its plugin, version 1: options: has no "tel"; did you mean "tell"?`) {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
}

func TestWhatIsNotAsWrittenFailsAndSaysWhoSawIt(t *testing.T) {
	folder := folderOf(t, map[string]string{"good.chat": helloChat, "leak.chat": strings.Replace(helloChat, "< ann cy", "< ann", 1), "node_modules/x.chat": "?", ".git/x.chat": "?"})
	code, out, errs := botd(t, "", "test", folder)
	if code != 1 || errs != "botd: 1 of 2 transcripts: not as written\n" {
		t.Errorf("%d %q", code, errs)
	}
	for _, want := range []string{"ok    " + filepath.Join(folder, "good.chat") + "  notice  1 event  ", "FAIL  " + filepath.Join(folder, "leak.chat") + "  notice  (- as written, + as played)\n",
		"      -    6  < ann: Hello.\n      +       < ann cy: Hello.\n      *       cy saw this and must not\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("without %q:\n%s", want, out)
		}
	}
}

func TestTranscriptsAreWrittenAnewForReview(t *testing.T) {
	wrong := "plugin notice\nplugin rules\n" + strings.TrimPrefix(strings.Replace(helloChat, "< ann cy", "< ann", 1), "plugin notice\n")
	folder := folderOf(t, map[string]string{"hello.chat": wrong})
	file := filepath.Join(folder, "hello.chat")
	code, out, _ := botd(t, "", "test", file, "--update")
	got, err := os.ReadFile(file)
	must(t, err)
	if want := strings.Replace(wrong, "< ann:", "< ann cy:", 1); string(got) != want || !strings.Contains(out, "new   "+file+"  notice  read what changed\n") {
		t.Errorf("%s\n%s", out, got)
	}
	// What the second plugin does is held against what the first did.
	if code != 1 || !strings.Contains(out, "FAIL  "+file+"  rules\n") {
		t.Errorf("%d %s", code, out)
	}
	if code, out, _ = botd(t, "", "test", file, "--plugin", "notice"); code != 0 {
		t.Error(out)
	}
}

func TestTranscriptsForMachines(t *testing.T) {
	folder := folderOf(t, map[string]string{"a.chat": helloChat, "b.chat": "plugin notice\nnonsense\n"})
	code, out, _ := botd(t, "", "test", "--json", folder)
	var results []map[string]any
	for line := range strings.Lines(out) {
		var r map[string]any
		must(t, json.Unmarshal([]byte(line), &r))
		results = append(results, r)
	}
	if code != 1 || len(results) != 2 || results[0]["error"] != nil || results[0]["plugin"] != "notice" || !strings.Contains(results[1]["error"].(string), "b.chat: line 2: ") {
		t.Errorf("%d %v", code, results)
	}
}

func TestMistakesOfWhoTestsTranscripts(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		args  []string
		code  int
		want  string
	}{
		"nothing to test":            {map[string]string{"x.txt": ""}, nil, 1, "there are no transcripts, files *.chat, in "},
		"a path that is not there":   {nil, []string{"nowhere.chat"}, 1, "looking for transcripts: stat nowhere.chat"},
		"no word of what is tested":  {map[string]string{"x.chat": "group ann owner\n> now\n"}, nil, 1, `it does not say what it tests: add a line such as "plugin quiz"`},
		"a plugin that there is not": {map[string]string{"x.chat": "plugin notise\ngroup ann owner\n> now\n"}, nil, 1, `plugin notise: there is no plugin "notise"; did you mean notice?`},
		"a program without a list":   {map[string]string{"x.chat": "plugin python3 quiz.py\ngroup ann owner\n> now\n"}, nil, 1, "a program is a list of it and its arguments, as in plugin: [python3, quiz.py]"},
		"isolate where it is of no use": {map[string]string{"x.chat": "plugin http://127.0.0.1:7001 isolate\ngroup ann owner\n> now\n"}, nil, 1,
			"isolate stands after http://127.0.0.1:7001, which has a process of its own in any case; leave it out"},
		"a credential that there is not": {map[string]string{"bots.yaml": guardedBots, "x.chat": "use bots.yaml tell\ngroup ann owner\n> built@ce {}\n"}, nil, 1,
			"line 3: hook built takes no credential ce; it takes ci, cd"},
		"a plugin elsewhere whose key is not there": {map[string]string{"bots.yaml": strings.Replace(guardedBots, "plugin: notice\n    options: {text: Good morning., choose: true}", "plugin: {url: https://bots.example.com/tell, secret_file: secrets/tell}", 1),
			"x.chat": "use bots.yaml tell\ngroup ann owner\n> now {}\n"}, nil, 1,
			"the plugin of bot tell is at an address, where it is asked for real, and the key to sign for it is not there"},
		"a bot that there is not": {map[string]string{"bots.yaml": guardedBots, "x.chat": "use bots.yaml tel\ngroup ann owner\n> now {}\n"}, nil, 1,
			`bots.yaml has no bot "tel"; did you mean tell?`},
		"a configuration that is not there": {map[string]string{"x.chat": "use bots.yaml tell\ngroup ann owner\n> now {}\n"}, nil, 1, "bots.yaml: the file cannot be read"},
		"a configuration with a mistake": {map[string]string{"bots.yaml": strings.Replace(guardedBots, "plugin:", "plugins:", 1), "x.chat": "use bots.yaml tell\ngroup ann owner\n> now {}\n"}, nil, 1,
			"bots.yaml:17:5: bots.tell: unknown key \"plugins\"; did you mean plugin?"},
		"a flag that there is not": {nil, []string{"--verbose"}, 2, "unknown flag: --verbose"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"test"}, c.args...)
			if c.args == nil {
				args = append(args, folderOf(t, c.files))
			}
			code, out, errs := botd(t, "", args...)
			if code != c.code || !strings.Contains(out+errs, c.want) {
				t.Errorf("%d %s%s\nwant %s", code, out, errs, c.want)
			}
		})
	}
}
