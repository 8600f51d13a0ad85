package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/webhooks"
)

// finding is one message that somebody saw, or should have seen, or that nobody was to
// see.
type finding struct {
	Text     string   `json:"text"`
	Group    string   `json:"group"`
	By       string   `json:"by,omitempty"`   // the member who wrote it
	Held     bool     `json:"held,omitempty"` // it stands in its author's app, and nobody received it
	SeenBy   []string `json:"seen_by"`
	Expected []string `json:"expected"`
	Reason   string   `json:"reason"` // targeted, broadcast or discarded
	Right    bool     `json:"right"`
}

// outcome is what botd demo --once prints.
type outcome struct {
	OK      bool                `json:"ok"`
	Found   []finding           `json:"messages"`
	Events  []chat.EventID      `json:"events"`
	Members map[string][]string `json:"members"` // what each member saw
}

// patience is how long the demo waits for the samples to be delivered. They take
// a fraction of a second.
const patience = 30 * time.Second

// once posts the samples, one of them twice, and says who saw what.
func (d *demo) once(ctx context.Context, w io.Writer, asJSON bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var o outcome
	for _, s := range samples {
		if !s.fits(d.config) {
			return fmt.Errorf("the sample events are for the sample configuration; %s has nothing for %q", d.config.File, s.About)
		}
		events, err := d.perform(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.About, err)
		}
		o.Events = append(o.Events, events...)
	}
	for _, id := range o.Events {
		if err := d.settled(ctx, id); err != nil {
			return err
		}
	}
	o.judge(d.sim)
	if err := o.print(w, asJSON); err != nil {
		return err
	}
	if !o.OK {
		return fmt.Errorf("not exactly the right people saw it")
	}
	return nil
}

// perform does to botd what the world outside would do. A webhook is delivered
// twice, as senders do that missed an answer.
func (d *demo) perform(ctx context.Context, s sample) ([]chat.EventID, error) {
	if s.Says != "" {
		return d.say(ctx, s)
	}
	bot, t, _ := s.trigger(d.config)
	if t.Webhook == nil {
		receipt, err := d.strikeNamed(ctx, bot, t.Name, chat.By{Who: "the demo"})
		return receipt.Events, err
	}
	headers, err := sign(t.Webhook.Verify, webhooks.Sample{ID: "demo_" + randomHex(12), At: time.Now(), Body: []byte(s.Body)})
	if err != nil {
		return nil, err
	}
	first, err := d.post(ctx, s, headers)
	if err != nil {
		return nil, err
	}
	again, err := d.post(ctx, s, headers)
	if err != nil {
		return nil, err
	}
	if !again.Repeated || !slices.Equal(first.Events, again.Events) {
		return nil, fmt.Errorf("the same webhook again became %v after %v", again.Events, first.Events)
	}
	return first.Events, nil
}

func (d *demo) post(ctx context.Context, s sample, h http.Header) (receipt chat.Receipt, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+d.public.Addr().String()+"/hooks/"+s.Hook, bytes.NewReader([]byte(s.Body)))
	if err != nil {
		return receipt, err
	}
	r.Header = h.Clone()
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return receipt, unwrapURL(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return receipt, err
	}
	if res.StatusCode != http.StatusAccepted {
		return receipt, refusal(r.URL.Host, res.StatusCode, body)
	}
	return receipt, json.Unmarshal(body, &receipt)
}

// settled waits until nothing more will come of an event.
func (d *demo) settled(ctx context.Context, id chat.EventID) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		h, err := d.store.History(ctx, id)
		if err != nil {
			return err
		}
		if over(h) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("event %s was not done after %v: %w", id, patience, ctx.Err())
		case <-tick.C:
		}
	}
}

func over(h chat.EventHistory) bool {
	return h.Event.Status != chat.Ready && !slices.ContainsFunc(h.Messages, func(m chat.MessageHistory) bool { return m.Status == chat.Ready })
}

// judge compares what the simulator's members saw with what was to be expected.
func (o *outcome) judge(sim *simulator.Simulator) {
	left, boxes := sim.Messages(), sim.Inboxes()
	for _, s := range samples {
		for _, e := range s.Expect {
			i := slices.IndexFunc(left, e.is)
			f := finding{Text: e.Text, Group: e.Group, By: e.By, SeenBy: []string{}, Expected: e.Seen}
			if i >= 0 {
				f = found(left[i], e)
				left = slices.Delete(left, i, i+1)
			}
			if own := boxes[e.By].Own; e.Held && i < 0 && slices.ContainsFunc(own, e.is) {
				f.Held, f.Right, f.Reason = true, true, simulator.Discarded
			}
			o.Found = append(o.Found, f)
		}
	}
	for _, m := range left {
		o.Found = append(o.Found, found(m, expectation{})) // nobody expected it
	}
	o.OK = !slices.ContainsFunc(o.Found, func(f finding) bool { return !f.Right })
	o.Members = map[string][]string{}
	for _, room := range demoRooms {
		for _, member := range room.Members {
			o.Members[member.ID] = []string{}
		}
	}
	for id, inbox := range boxes {
		for _, m := range inbox.Messages {
			o.Members[id] = append(o.Members[id], m.Text)
		}
	}
}

// is reports whether a message is the one that is expected.
func (e expectation) is(m simulator.Message) bool {
	return m.Group == e.Group && strings.Contains(m.Text, e.Text) && (e.By == "" || m.From == e.By)
}

// found is what became of a message that somebody saw. A bot's goes to a list of
// recipients, whoever sees it; what a member writes and nothing holds is for all.
func found(m simulator.Message, e expectation) finding {
	seen := slices.Sorted(slices.Values(m.Recipients))
	how := simulator.Targeted
	if e.By != "" {
		how = simulator.Broadcast
	}
	return finding{Text: m.Text, Group: m.Group, By: e.By, SeenBy: seen, Expected: e.Seen, Reason: m.Reason,
		Right: !e.Held && m.Reason == how && slices.Equal(seen, e.Seen)}
}

func (o *outcome) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, o)
	}
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, room := range demoRooms {
		o.room(t, room)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	verdict := "Exactly the right people saw it, each of them once."
	if !o.OK {
		verdict = "NOT exactly the right people saw it: see the rows marked wrong."
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}

// room prints a table with a row for each message and a column for each member.
func (o *outcome) room(w io.Writer, room simulator.Group) {
	_, _ = fmt.Fprintf(w, "%s (%s)\n", room.Name, room.ID)
	header := []string{""}
	for _, m := range room.Members {
		header = append(header, m.ID)
	}
	_, _ = fmt.Fprintln(w, strings.Join(header, "\t")+"\t")
	for _, f := range o.Found {
		if f.Group != room.ID {
			continue
		}
		row := []string{shorten(f.said(), 44)}
		for _, m := range room.Members {
			row = append(row, mark(f, m.ID))
		}
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	_, _ = fmt.Fprintln(w)
}

// said is a message as the table shows it: one of a member with the member's name.
func (f finding) said() string {
	if f.By == "" {
		return f.Text
	}
	return f.By + ": " + f.Text
}

func mark(f finding, member string) string {
	switch seen, expected := slices.Contains(f.SeenBy, member), slices.Contains(f.Expected, member); {
	case member == f.By && f.Right:
		return "wrote it"
	case seen && expected:
		return "saw it"
	case seen:
		return "WRONG: saw it"
	case expected:
		return "WRONG: missed it"
	}
	return "."
}

func shorten(s string, n int) string {
	line, _, more := strings.Cut(s, "\n")
	runes := []rune(line)
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	if more {
		return line + " …"
	}
	return line
}
