package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

const atManifest = "GET /"

var goodName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// offered is what a host of this version can give a plugin that needs it.
var offered = []string{plugins.Members}

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
	if !goodName.MatchString(m.Name) {
		c.say(Failure, atManifest+" name", "give it one, such as quiz", "%.40q is no name: small letters, digits and dashes, beginning with a letter", m.Name)
	}
	if m.Version == "" {
		c.say(Failure, atManifest+" version", `say one, such as "1.0.0"; logs tell it`, "it is missing")
	}
	for _, need := range m.Needs {
		if !slices.Contains(offered, need) {
			c.say(Failure, atManifest+" needs", "take it out; this botd offers "+strings.Join(offered, ", "), "it needs %.40q, which this botd does not know", need)
		}
	}
	for _, command := range m.Commands {
		if !strings.HasPrefix(command.Usage, "/") {
			c.say(Failure, atManifest+" commands", `write it as it is typed, such as "/extend <days>"`, "%.60q is no command: it does not begin with /", command.Usage)
		}
	}
}

func (c *checker) checkOptions(context.Context) {
	if len(c.manifest.Config) == 0 {
		if len(c.options) > 0 {
			c.say(Warning, atManifest+" config", "add one, so that mistakes are found before the first event", "there is no schema that the options given could be held against")
		}
		return
	}
	var s jsonschema.Schema
	err := json.Unmarshal(c.manifest.Config, &s)
	var r *jsonschema.Resolved
	if err == nil {
		r, err = s.Resolve(nil)
	}
	if err != nil {
		c.say(Failure, atManifest+" config", "make it one by https://json-schema.org, draft 2020-12, with all that it refers to", "it is no JSON Schema: %v", err)
		return
	}
	if len(c.options) == 0 {
		return
	}
	var given any
	if err = json.Unmarshal(c.options, &given); err == nil {
		err = r.Validate(given)
	}
	if err != nil {
		c.say(Failure, "the options given", "mend the options, or the schema", "the plugin's own schema refuses them: %v", err)
	}
}
