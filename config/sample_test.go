package config_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/notice"
	"github.com/botd-chat/botd/plugins/quiz"
	"github.com/botd-chat/botd/schedules"
)

var known = plugins.NewRegistry(quiz.Plugin, notice.Plugin)

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
		Regions: im.Regions(), Plugins: known.Names(), Expression: bots.CheckExpression, Schedule: schedules.Check,
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
	unknown := regexp.MustCompile(`have ([a-z_, ]+)`)
	for _, text := range []string{
		"zzzzzz: 1", "apps: {a: {zzzzzz: 1}}", "listen: {zzzzzz: 1}", "bots: {b: {zzzzzz: 1}}", "bots: {b: {on: {t: {zzzzzz: 1}}}}",
		"bots: {b: {on: {t: {verify: {zzzzzz: 1}}}}}", "bots: {b: {on: {t: {verify: {bearer: {zzzzzz: 1}}}}}}",
		"bots: {b: {on: {t: {verify: {standard_webhooks: {zzzzzz: 1}}}}}}", "bots: {b: {audience: {zzzzzz: 1}}}", "bots: {b: {limits: {zzzzzz: 1}}}",
	} {
		_, err := config.Parse("bots.yaml", []byte(text), real())
		m := unknown.FindStringSubmatch(err.Error())
		if m == nil {
			t.Fatalf("%s: %v", text, err)
		}
		for key := range strings.SplitSeq(m[1], ", ") {
			if !regexp.MustCompile(`\b` + key + `\b`).Match(config.Sample) {
				t.Errorf("the sample does not mention %s", key)
			}
		}
	}
}
