package docs_test

import (
	"os"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
)

// The rest of a configuration, around what a page is about.
const aroundIt = `
bots:
  quiz:
    account: quizbot
    groups: ["@TGS#2QUIZROOM1"]
    on: {strike: {schedule: "0 9 * * *"}}
    plugin: quiz
    audience: {everyone: true}
`

func TestTheExamplesOfListenAreRead(t *testing.T) {
	for name, check := range map[string]func(config.Listen) bool{
		"tls.yaml": func(l config.Listen) bool {
			return l.TLS.CertFile == "tls/fullchain.pem" && l.TLS.KeyFile == "tls/privkey.pem"
		},
		"proxy.yaml": func(l config.Listen) bool { return len(l.TrustedProxies) == 1 },
	} {
		text, err := os.ReadFile("examples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := config.Parse("bots.yaml", append(text, aroundIt...), config.Options{Apps: func(chat.AppName) config.App { return config.App{} }})
		if err != nil || !check(c.Listen) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
