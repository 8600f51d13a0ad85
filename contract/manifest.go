package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

const atManifest = "GET /"

func (c *checker) checkManifest(ctx context.Context) {
	a := c.peer.do(ctx, http.MethodGet, nil, c.signedNow(nil))
	c.count(a)
	const remedy = `answer with JSON, such as {"botd": 1, "name": "quiz", "version": "1.0.0"}`
	switch {
	case a.err != nil:
		c.unreachable = true
		c.say(Failure, atManifest, "start the plugin, and look whether the address is its own", "nothing answers: %v", a.err)
		return
	case a.status != http.StatusOK:
		c.say(Failure, atManifest, remedy, "status %d: %s", a.status, a.line())
		return
	}
	if err := json.Unmarshal(a.body, &c.manifest); err != nil {
		c.say(Failure, atManifest, remedy, "what comes is no manifest: %v", err)
		return
	}
	if err := plugins.Exactly(a.body, new(plugins.Manifest)); err != nil {
		c.say(Warning, atManifest, "take it out, or write it as the contract does", "%v; a host passes over it", err)
	}
	c.readManifest()
}

func (c *checker) readManifest() {
	m := c.manifest
	if m.Botd != chat.Contract {
		c.say(Failure, atManifest+" botd", fmt.Sprintf("say %d, and speak it", chat.Contract), "it speaks version %d of the contract, and this botd speaks %d", m.Botd, chat.Contract)
	}
	if err := plugins.CheckName(m.Name); err != nil {
		c.say(Failure, atManifest+" name", "give it one", "%v", err)
	}
	if m.Version == "" {
		c.say(Failure, atManifest+" version", `say one, such as "1.0.0"; logs tell it`, "it is missing")
	}
	for _, need := range m.Needs {
		if err := plugins.CheckNeeds([]string{need}); err != nil {
			c.say(Failure, atManifest+" needs", "take it out", "it %v", err)
		}
	}
	for _, command := range m.Commands {
		if !strings.HasPrefix(command.Usage, "/") {
			c.say(Failure, atManifest+" commands", `write it as it is typed, such as "/extend <days>"`, "%.60q is no command: it does not begin with /", command.Usage)
		}
	}
}

func (c *checker) checkOptions(context.Context) {
	s, err := readSchema(c.manifest.Config)
	switch {
	case err != nil:
		c.say(Failure, atManifest+" config", "make it one by https://json-schema.org, draft 2020-12, with all that it refers to", "%v", err)
	case len(c.options) == 0:
	case s.is == nil:
		c.say(Warning, atManifest+" config", "add one, so that mistakes are found before the first event", "there is no schema that the options given could be held against")
	default:
		if err := s.check(c.options); err != nil {
			c.say(Failure, "the options given", "mend the options, or the schema", "the plugin's own schema refuses them: %v", err)
		}
	}
}
