package config

import (
	"strings"
	"testing"
)

// A bot that cannot answer those who write to it leaves them without a word.
func TestABotThatIsWrittenToAnswers(t *testing.T) {
	good := string(testdata(t, "good.yaml"))
	inFolder(t)
	typed := strings.Replace(good, "sender: payload.user\n", "sender: payload.user\n        text: payload.text\n", 1)
	if typed == good {
		t.Fatal("there is no sender")
	}
	const want = "bots.yaml:47:5: bots.quiz.audience: does not have the sender in it, so that whoever writes to the bot is not answered, unless they are in it otherwise; add sender: true"
	for name, c := range map[string]struct{ text, want string }{
		"the sender is in it":          {typed, ""},
		"the sender is not":            {strings.Replace(typed, "      sender: true\n", "", 1), want},
		"all members are":              {strings.Replace(typed, "      roles: [owner, admin]\n      users: [dee]\n      sender: true\n", "      roles: [member]\n", 1), ""},
		"everybody is, or so":          {strings.Replace(typed, "      roles: [owner, admin]\n      users: [dee]\n      sender: true\n", "      any_of: [{users: [dee]}, {everyone: true}]\n", 1), ""},
		"nobody writes, and it is not": {strings.Replace(good, "      sender: true\n", "", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse("bots.yaml", []byte(c.text), fakes())
			if err != nil {
				t.Fatal(err)
			}
			if text := got.Warnings.Error(); len(got.Warnings) > 0 && text != c.want || c.want != "" && len(got.Warnings) == 0 {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}
