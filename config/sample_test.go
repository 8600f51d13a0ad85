package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/oncall"
	"github.com/botd-chat/botd/plugins/poll"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/plugins/relay"
	"github.com/botd-chat/botd/plugins/rules"
	"github.com/botd-chat/botd/plugins/welcome"
	"github.com/botd-chat/botd/webhooks"
)

var known = plugins.NewRegistry(notice.Plugin, oncall.Plugin, poll.Plugin, quiz.Plugin, relay.Plugin, rules.Plugin, welcome.Plugin)

// real asks the packages that botd asks.
func real() config.Options {
	return config.Options{
		Lookup: func(name string) (string, bool) {
			v, ok := map[string]string{"BOTD_SDK_APP_ID": "1400000001", "BOTD_SECRET_KEY_FILE": "secrets/key"}[name]
			return v, ok
		},
		ReadSecret: func(ref config.SecretRef) (config.Secret, error) {
			return config.NewSecret("of " + ref.File), nil
		},
		Now:     func() time.Time { return time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC) },
		Regions: im.Regions(), Plugins: known.Names(), Expression: bots.CheckExpression, Where: audience.CheckWhere, Signed: webhooks.CheckSigned,
		PluginSchema: func(name string) json.RawMessage {
			p, err := known.Find(name)
			if err != nil {
				panic(err)
			}
			return p.Schema()
		},
		Plugin: func(name string, options json.RawMessage) error {
			p, err := known.Find(name)
			if err != nil {
				return err
			}
			return p.Check(options)
		},
	}
}

// The sample is read with the plugins and checks that botd has, and every bot
// in it is one that can be made.
func TestTheSampleIsRight(t *testing.T) {
	c, err := config.Parse("bots.yaml", config.Sample, real())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
	for _, b := range c.Bots {
		plugin, err := known.Find(b.Plugin)
		if err != nil {
			t.Fatal(err)
		}
		spec := bots.Spec{
			Name: b.Name, App: b.App, Account: b.Account, Groups: b.Groups, Audience: b.Audience,
			Limits: bots.Limits(b.Limits), Push: b.Push, Plugin: plugin, Options: b.Options,
		}
		for _, trigger := range b.Triggers {
			spec.Triggers = append(spec.Triggers, bots.Trigger{Name: trigger.Name, Kind: trigger.Kind(), Group: trigger.Group, Sender: trigger.Sender})
		}
		if _, err := bots.New(spec); err != nil {
			t.Error(err)
		}
	}
}

// The bot that gets the answers cannot reach the other members, whatever its
// plugin says.
func TestTheSampleKeepsTheAnswersNarrow(t *testing.T) {
	c, err := config.Parse("bots.yaml", config.Sample, real())
	if err != nil {
		t.Fatal(err)
	}
	want := chat.Audience{Roles: []chat.Role{chat.Owner, chat.Admin}, Sender: true}
	if got := fmt.Sprint(c.Bots[0].Audience); c.Bots[0].Name != "quiz" || got != fmt.Sprint(want) {
		t.Errorf("%s can reach %s", c.Bots[0].Name, got)
	}
}

// commented is a line of the sample that can be written too.
var commented = regexp.MustCompile(`(?m)^( *)# ([a-z_]+: .*)$`)

func TestWhatTheSampleSaysCanBeWrittenToo(t *testing.T) {
	if n := len(commented.FindAll(config.Sample, -1)); n < 6 {
		t.Errorf("only %d lines are commented out", n)
	}
	all := commented.ReplaceAll(config.Sample, []byte("$1$2"))
	if _, err := config.Parse("bots.yaml", all, real()); err != nil {
		t.Error(err)
	}
}

func TestTheSampleMentionsEveryKey(t *testing.T) {
	for _, path := range config.KeysOf() {
		key := path[strings.LastIndexByte(path, '.')+1:]
		if !regexp.MustCompile(`\b` + key + `\b`).Match(config.Sample) {
			t.Errorf("the sample does not mention %s", path)
		}
	}
}

// An editor that knows the schema marks nothing in the sample, with all that is
// commented out there, either.
func TestTheSchemaTakesTheSample(t *testing.T) {
	s := config.SchemaOf(t, real())
	for _, text := range [][]byte{config.Sample, commented.ReplaceAll(config.Sample, []byte("$1$2"))} {
		if err := config.Marked(s, text); err != nil {
			t.Error(err)
		}
	}
	for right, wrong := range map[string]string{"      text: Your": "      txt: Your", "webhook: quiz ": "webhok: quiz ", "recipients: 20": "recipients: many"} {
		text := strings.Replace(string(config.Sample), right, wrong, 1)
		if config.Marked(s, []byte(text)) == nil {
			t.Errorf("nothing is marked where %q stands in place of %q", wrong, right)
		}
	}
}

// UPDATE=1 writes the page again.
func TestReferenceOfSettingsIsCurrent(t *testing.T) {
	const path = "../docs/reference/settings.md"
	want := config.Page(real())
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code says (%v); run make generate", path, err)
	}
}

func TestAMistakeInWhatARuleRemembersIsToldInItsLine(t *testing.T) {
	const at = "        preset: alertmanager "
	text := strings.Replace(string(config.Sample), at, "        set:\n          done: stat.done\n          session.tries: session.tires\n"+at, 1)
	_, err := config.Parse("bots.yaml", []byte(text), real())
	problems, ok := errors.AsType[config.Problems](err)
	if !ok || len(problems) != 2 {
		t.Fatal(err)
	}
	for i, want := range []struct{ path, what string }{
		{"bots.oncall.rules[0].set.done", "unknown name stat; did you mean state?"},
		{"bots.oncall.rules[0].set.?", "no rule sets session.tires; did you mean tries?"},
	} {
		if p := problems[i]; p.Path != want.path || !strings.HasPrefix(p.What, want.what) || p.Line != problems[0].Line+i {
			t.Errorf("%d: %s: %s; want %s: %s", p.Line, p.Path, p.What, want.path, want.what)
		}
	}
}
