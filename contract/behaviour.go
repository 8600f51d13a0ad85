package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
)

// same reports whether two answers mean the same.
func same(a, b answer) bool {
	if a.status != b.status || (a.err == nil) != (b.err == nil) {
		return false
	}
	var x, y any
	if json.Unmarshal(a.body, &x) != nil || json.Unmarshal(b.body, &y) != nil {
		return bytes.Equal(bytes.TrimSpace(a.body), bytes.TrimSpace(b.body))
	}
	return reflect.DeepEqual(x, y)
}

// checkAnswers finds that every event of the plugin's triggers was refused.
func (c *checker) checkAnswers(context.Context) {
	for _, a := range c.asked {
		if a.reply != nil {
			return
		}
	}
	if len(c.asked) > 0 {
		a := c.asked[len(c.asked)-1]
		c.say(Warning, a.place, "give the options that the plugin needs, and a payload that its triggers understand; and have the manifest name its triggers", "every event was refused, the last with status %d: %s", a.answer.status, a.answer.line())
	}
}

const impure = "keep nothing between events but what is in state and session, and use the event's time for a clock and its id for chance: an event may be handled again, and dry runs are events, too"

func (c *checker) checkPure(ctx context.Context) {
	for _, was := range c.asked {
		if a := c.post(ctx, was.body); !same(was.answer, a) {
			c.say(Failure, was.place, impure, "the same event was answered by\n      %d %s\n      and then by\n      %d %s", was.answer.status, was.answer.line(), a.status, a.line())
		}
	}
}

// checkState hands a plugin what it wanted remembered, twice over.
func (c *checker) checkState(ctx context.Context) {
	for _, was := range c.asked {
		if was.vector != "webhook" || was.reply == nil {
			continue
		}
		body, reply := was.body, was.reply
		for range 2 {
			body = remembering(body, reply.State, reply.Session)
			next, ok := c.took(was.place+", after it was answered", chat.Webhook, c.post(ctx, body))
			if !ok || next == nil {
				break
			}
			reply = next
		}
	}
}

// remembering is an event with what was answered to it, where that is not nil.
func remembering(body []byte, state, session chat.State) []byte {
	var e map[string]json.RawMessage
	must(json.Unmarshal(body, &e))
	for name, s := range map[string]chat.State{"state": state, "session": session} {
		if s != nil {
			raw, err := json.Marshal(s)
			must(err)
			e[name] = raw
		}
	}
	changed, err := json.Marshal(e)
	must(err)
	return changed
}

// checkAtOnce asks for several groups one by one and then at the same time.
func (c *checker) checkAtOnce(ctx context.Context) {
	var place string
	var bodies [][]byte
	for _, was := range c.asked {
		if was.vector == "webhook" && (place == "" || was.reply != nil) {
			place, bodies = was.place, groups(was.body)
		}
	}
	alone := make([]answer, len(bodies))
	for i, body := range bodies {
		alone[i] = c.post(ctx, body)
	}
	for i, a := range c.together(ctx, bodies) {
		if !same(alone[i], a) {
			c.say(Failure, place, "share nothing between events; the host asks for many groups at the same time", "asked with others at the same time it is answered otherwise: %d %s%s, and alone %d %s",
				a.status, a.line(), because(a.err), alone[i].status, alone[i].line())
		}
	}
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(" (%v)", err)
}

// together sends all of it at the same time, four times over, and returns what came of the
// last, or of one before that went wrong.
func (c *checker) together(ctx context.Context, bodies [][]byte) []answer {
	const times = 4
	all := make([]answer, len(bodies))
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i, body := range bodies {
		wg.Go(func() {
			for range times {
				a := c.peer.post(ctx, body)
				mu.Lock()
				c.count(a)
				wrong := all[i].status != 0 && !same(all[i], a)
				all[i] = a
				mu.Unlock()
				if wrong || a.err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return all
}

// groups is an event for as many groups as are asked at the same time, with a sender
// of each one's own.
func groups(body []byte) [][]byte {
	var e map[string]json.RawMessage
	must(json.Unmarshal(body, &e))
	all := make([][]byte, atOnce)
	for i := range all {
		own := maps.Clone(e)
		own["group"] = quoted(fmt.Sprintf("@TGS#CHECK%d", i))
		own["sender"] = json.RawMessage(fmt.Sprintf(`{"id": "member%d", "role": "member"}`, i))
		all[i], _ = json.Marshal(own) // of JSON
	}
	return all
}

// soon is how long an answer may take without a word about it.
const soon = time.Second

func (c *checker) checkTime(context.Context) {
	if c.peer.slowest > soon {
		c.say(Warning, "the slowest request", "look things up before, and keep them in state; a bot's limits: timeout is 10s unless it says otherwise", "it took %v; while it runs, the other events of that group wait", c.peer.slowest.Round(time.Millisecond))
	}
}

// forged are the headers of requests that a plugin with a key must refuse.
func (c *checker) forged(body []byte) map[string]headers {
	now := time.Now()
	good := c.peer.signed("check", body, now)
	old := now.Add(-10 * time.Minute)
	other := good
	other.signature = c.peer.key.Sign("check", now, append(slices.Clone(body), ' '))
	moved := good
	moved.id = "other"
	return map[string]headers{
		"without a signature":      {},
		"with one of another body": other, "with one of another id": moved,
		"with one that is ten minutes old": c.peer.signed("check", body, old),
	}
}

func (c *checker) checkSignature(ctx context.Context) {
	if c.peer.key.IsZero() {
		c.say(Skipped, "POST /", "give the key that the plugin has", "there is no key to sign with")
		return
	}
	body := c.made(Events()[0])[0].body
	var let []string
	all := c.forged(body)
	for _, how := range slices.Sorted(maps.Keys(all)) {
		a := c.peer.do(ctx, "POST", body, all[how])
		c.count(a)
		if a.err != nil || a.status < 400 || a.status > 499 {
			let = append(let, how)
		}
	}
	switch {
	case len(let) == len(all):
		c.say(Warning, "POST /", "check webhook-signature where others can reach the plugin; docs/contract.md shows how", "it has a key and does not look at signatures: it answers whoever asks")
	case len(let) > 0:
		c.say(Failure, "POST /", "check id, time and body as docs/contract.md shows", "it refuses what is not signed, and yet answers a request %s", let[0])
	}
}

// signedNow are the headers of a request with this body.
func (c *checker) signedNow(body []byte) headers { return c.peer.signed("check", body, time.Now()) }
