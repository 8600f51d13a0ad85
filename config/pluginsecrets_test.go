package config

import (
	"encoding/json"
	"strings"
	"testing"
)

// quizWith is good.yaml with an option of the quiz in place of its points.
func quizWith(t *testing.T, option string) []byte {
	t.Helper()
	return []byte(strings.Replace(string(testdata(t, "good.yaml")), "      points: 2\n", "      "+option+"\n", 1))
}

func TestAPluginGetsItsSecretsFromWhereTheFileSaysTheyAre(t *testing.T) {
	for option, want := range map[string]string{
		"token: {file: secrets/standup}":       `{"title":"Quiz of the week","token":"a-bearer-token-of-some-length"}`,
		"token: {file: secrets/blank}":         `{"title":"Quiz of the week","token":"two words are no token"}`,
		"token: {env: OTHER_KEY2}":             `{"title":"Quiz of the week","token":"short"}`,
		"rooms: [{a: {file: secrets/t1}}, {}]": `{"rooms":[{"a":"the-first-token-of-some-length"},{}],"title":"Quiz of the week"}`,
		"nested: {file: secrets/t1}":           `{"nested":{"file":"secrets/t1"},"title":"Quiz of the week"}`, // is no secret
	} {
		t.Run(option, func(t *testing.T) {
			text, o := quizWith(t, option), fakes()
			lookup := o.Lookup
			o.Lookup = func(name string) (string, bool) {
				if name == "OTHER_KEY2" {
					return "short", true
				}
				return lookup(name)
			}
			inFolder(t)
			c, err := Parse("bots.yaml", text, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(c.Bots[0].Options); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// Of a program botd does not know what is a secret, and says so rather than to fill in
// what is none.
func TestWhatLooksLikeTheSecretOfAProgramIsWarnedOf(t *testing.T) {
	for option, want := range map[string]string{
		"token: {file: secrets/t1}":        "bots.quiz.options.token: is given to the plugin as it stands, not what the file holds",
		"rooms: [{a: {env: OTHER_KEY}}]":   "bots.quiz.options.rooms[0].a: is given to the plugin as it stands, not what the env holds",
		"nested: {file: a, format: b}":     "",
		"nested: {file: [secrets/t1, t2]}": "",
	} {
		t.Run(option, func(t *testing.T) {
			text := strings.Replace(string(quizWith(t, option)), "    plugin: quiz\n", "    plugin: [python3, quiz.py]\n", 1)
			inFolder(t)
			c, err := Parse("bots.yaml", []byte(text), fakes())
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Warnings.Error(); (len(c.Warnings) == 0) != (want == "") || !strings.Contains(got, want) {
				t.Errorf("got %s, want %q", got, want)
			}
		})
	}
}

// What a plugin says is not repeated if it holds a secret that it was given, whichever
// of its ends.
func TestNoWordsRepeatAPluginsSecret(t *testing.T) {
	for _, words := range []string{"another-secret-key", "another-", "cret-key", "the end is ecret-key."} {
		r := &reader{}
		r.fill(scalar("!!str", ""), NewSecret("another-secret-key"))
		if !r.betrays(words) {
			t.Errorf("%q is shown", words)
		}
		if r.betrays("it is too short") {
			t.Error("what tells nothing is not shown")
		}
	}
}

// A plugin's own form of a text holds for what is written, and not for a variable.
func TestAnEditorTakesAVariableForAText(t *testing.T) {
	o := fakes()
	o.PluginSchema = func(string) json.RawMessage {
		return json.RawMessage(`{"type": "object", "properties": {"title": {"type": "string"}, "level": {"type": "string", "enum": ["easy"]}}}`)
	}
	s := SchemaOf(t, o)
	for option, right := range map[string]bool{"level: easy": true, "level: ${LEVEL}": true, "level: hard": false} {
		if marked := Marked(s, quizWith(t, option)); (marked == nil) != right {
			t.Errorf("%s: %v", option, marked)
		}
	}
}

func TestAnEditorKnowsWhereAPluginsSecretIs(t *testing.T) {
	s := SchemaOf(t, fakes())
	for option, right := range map[string]bool{
		"token: {file: secrets/standup}":       true,
		"token: {env: TOKEN}":                  true,
		"token: {}":                            false,
		"token: {file: a, env: B}":             false,
		"token: abc":                           false,
		"rooms: [{a: {file: secrets/t1}}, {}]": true,
		"rooms: [{a: abc}]":                    false,
	} {
		if marked := Marked(s, quizWith(t, option)); (marked == nil) != right {
			t.Errorf("%s: %v", option, marked)
		}
	}
}
