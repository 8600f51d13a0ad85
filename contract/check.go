package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// Options are how a plugin is checked.
type Options struct {
	Key     plugins.SigningKey // with which requests are signed; zero: they are not
	Config  json.RawMessage    // options of the plugin, as its bot would have them; none: none
	Payload json.RawMessage    // that its triggers understand; none: one that is made up
	Timeout time.Duration      // of one request; zero: [DefaultTimeout]
}

// DefaultTimeout is how long a plugin may take, as for a bot that says nothing else.
const DefaultTimeout = 10 * time.Second

// atOnce is how many requests are made at the same time.
const atOnce = 8

// Check asks the plugin that answers at an address all that the contract has. It
// sends some two hundred requests, nothing of which reaches anybody: a plugin only
// answers.
func Check(ctx context.Context, address string, o Options) Report {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	c := &checker{peer: newPeer(address, o), options: o.Config, payload: o.Payload}
	defer c.peer.close()
	c.run(ctx, "manifest", "GET / says what the plugin is, and that it speaks version 1", c.checkManifest)
	if c.unreachable {
		return c.report
	}
	c.run(ctx, "options", "its options have a JSON Schema, and those given are right by it", c.checkOptions)
	for _, v := range Events() {
		c.run(ctx, v.Name, v.About, func(ctx context.Context) { c.checkEvent(ctx, v) })
	}
	c.run(ctx, "answers", "it has something else to say than no, so that there is something to look at", c.checkAnswers)
	c.run(ctx, "pure", "the same event gets the same answer, each time", c.checkPure)
	c.run(ctx, "state", "what it answered with is taken by it again", c.checkState)
	c.run(ctx, "at-once", fmt.Sprintf("%d groups at the same time get what they get one by one", atOnce), c.checkAtOnce)
	c.run(ctx, "signature", "a request that is not signed with its key is refused", c.checkSignature)
	c.run(ctx, "time", "it answers soon", c.checkTime)
	return c.report
}

// checker is a plugin while it is checked.
type checker struct {
	peer        *peer
	options     json.RawMessage
	payload     json.RawMessage
	manifest    plugins.Manifest
	unreachable bool
	soft        bool    // what is found fault with is bad manners alone
	asked       []asked // so far, of the triggers
	report      Report
}

// asked is an event and what came back.
type asked struct {
	vector, place string
	body          []byte
	reply         *plugins.Reply // nil: it was refused
	answer        answer
}

// run makes one check, whose findings are collected while it runs.
func (c *checker) run(ctx context.Context, name, about string, check func(context.Context)) {
	c.soft = false
	c.report.Results = append(c.report.Results, Result{Check: name, About: about, Level: Fine})
	check(ctx)
	c.report.Plugin, c.report.Version = c.manifest.Name, c.manifest.Version
	c.report.Slowest = c.peer.slowest
}

// say adds a finding to the check that runs.
func (c *checker) say(l Level, place, remedy, reason string, args ...any) {
	if c.soft && l == Failure {
		l = Warning
	}
	now := &c.report.Results[len(c.report.Results)-1]
	now.Findings = append(now.Findings, Finding{Level: l, Place: place, Reason: fmt.Sprintf(reason, args...), Remedy: remedy})
	if slices.Index(order, l) > slices.Index(order, now.Level) {
		now.Level = l
	}
}

// post sends a body and keeps count.
func (c *checker) post(ctx context.Context, body []byte) answer {
	a := c.peer.post(ctx, body)
	c.count(a)
	return a
}

func (c *checker) count(a answer) {
	c.report.Requests++
	c.peer.slowest = max(c.peer.slowest, a.took)
}
