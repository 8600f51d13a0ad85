package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/console"
)

// Where many are counted and acted on.
const (
	deadLetters = "/v1/dead-letters/"
	allEvents   = "/v1/events/"
)

// many is what a verb is to be done to: what is named, or what flags select.
type many struct {
	selection
	all, yes      bool
	limit, atMost int // 0: no limit
}

func (m *many) flags(c *cobra.Command, everything string) {
	c.Flags().BoolVar(&m.all, "all", false, everything)
	c.Flags().BoolVar(&m.yes, "yes", false, "do not ask about what the flags select")
	c.Flags().IntVar(&m.limit, "limit", 0, "of what the flags select, no more than this many; 0 is all of it")
}

// set says that a flag was used that is about what is selected.
func (m *many) set() bool {
	return m.all || m.yes || m.limit != 0 || m.since+m.until != "" || m.Selection != console.Selection{}
}

// named does f to what is named, one after the other, and goes on after one with
// which it went wrong.
func (m *many) named(c *cobra.Command, ids []string, f func(id string) error) error {
	if m.set() {
		return usage("give ids, or flags that select, and not both")
	}
	return forEach(c, ids, f)
}

// Lengths of requests: a dry run runs plugins, which may take their time.
const (
	inOneRequest = 50
	dryInOne     = 2
)

// manyReport is what came of it, as JSON.
type manyReport struct {
	Selected console.Tally  `json:"selected"`
	Each     []console.Each `json:"each"`
	Done     int            `json:"done"`
	Skipped  int            `json:"skipped"`
	Failed   int            `json:"failed"`
	Gone     int            `json:"gone"`               // were counted, and seen to by somebody else before their turn
	Messages int            `json:"messages,omitempty"` // of a dry run
	People   int            `json:"people,omitempty"`   // once for each message
}

// act does a verb to what the flags select: it counts, asks, and then goes
// through it a little at a time.
func (m *many) act(c *cobra.Command, p Process, o *orders, at, verb string) error {
	if err := m.check(o); err != nil {
		return err
	}
	r := manyReport{Each: []console.Each{}}
	order := o.order
	order.Select, order.All = &m.Selection, m.all
	if err := o.client.post(c.Context(), p, at+"count", console.Order{Select: order.Select, All: order.All}, &r.Selected); err != nil {
		return err
	}
	if ok, err := m.goOn(c, p, o, r.Selected, verb); err != nil || !ok {
		return err
	}
	order.AsOf = r.Selected.AsOf
	err := m.through(c, p, o, order, at+verb, &r)
	return errors.Join(err, m.finish(c.OutOrStdout(), o, r))
}

// check refuses flags that make no sense, and a selection that is empty.
func (m *many) check(o *orders) error {
	if err := m.read(time.Now()); err != nil {
		return err
	}
	switch {
	case o.order.ShowText:
		return usage("--show-text is for a dry run of what is named")
	case m.limit < 0:
		return usage("--limit is 1 or more")
	case m.all && m.Selection != console.Selection{}:
		return usage("--all is everything, and other flags select: give one or the other")
	case !m.all && m.Selection == console.Selection{}:
		return usage("give ids, or flags that select, such as --bot, or --all")
	}
	return nil
}

// goOn says how many are selected and asks whether that is meant.
func (m *many) goOn(c *cobra.Command, p Process, o *orders, n console.Tally, verb string) (bool, error) {
	selected, atMost := n.Events+n.Messages, m.atMost
	if m.limit > 0 {
		selected = min(selected, m.limit)
	}
	if atMost > 0 && selected > atMost {
		return false, usage("%v are selected, and --at-most is %d: narrow the selection, or raise it", count(selected, "event"), atMost)
	}
	if selected == 0 || o.order.DryRun || m.yes {
		return true, nil
	}
	if o.client.json {
		return false, usage("%s selected; with --json nobody is asked: say --yes, or --dry-run", tally(n))
	}
	less := ""
	if m.limit > 0 && m.limit < n.Events+n.Messages {
		less = fmt.Sprintf(", and --limit is %d", m.limit)
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "%s selected%s. %s? [y/N] ", tally(n), less, strings.ToUpper(verb[:1])+verb[1:])
	answer, err := bufio.NewReader(p.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("reading your answer: %w", err)
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return false, errors.New("nothing was done")
	}
	return true, nil
}

// tally says how many: "3 events and 1 message".
func tally(n console.Tally) string {
	var parts []string
	if n.Events > 0 || n.Messages == 0 {
		parts = append(parts, fmt.Sprint(count(n.Events, "event")))
	}
	if n.Messages > 0 {
		parts = append(parts, fmt.Sprint(count(n.Messages, "message")))
	}
	return strings.Join(parts, " and ")
}

// through goes through what is selected.
func (m *many) through(c *cobra.Command, p Process, o *orders, order console.Order, path string, r *manyReport) error {
	for n := r.Selected.Events + r.Selected.Messages; n > 0; {
		order.Limit = inOneRequest
		if order.DryRun {
			order.Limit = dryInOne
		}
		if m.limit > 0 {
			order.Limit = min(order.Limit, m.limit-len(r.Each))
		}
		var some console.ManyDone
		err := o.client.post(c.Context(), p, path, order, &some)
		if err == nil && some.Stopped != "" {
			err = errors.New(some.Stopped)
		}
		for _, e := range some.Each {
			r.add(e)
			if !o.client.json {
				printEach(c.OutOrStdout(), e)
			}
		}
		switch {
		case err != nil:
			return fmt.Errorf("stopped after %v of %d: %w; run it again to go on, what was done is not done twice", len(r.Each), n, err)
		case some.Next == "":
			r.Gone = max(0, n-len(r.Each))
			return nil
		case m.limit > 0 && len(r.Each) >= m.limit:
			return nil
		}
		order.After = some.Next
	}
	return nil
}

func (r *manyReport) add(e console.Each) {
	r.Each = append(r.Each, e)
	switch e.Result {
	case console.EachDone:
		r.Done++
	case console.EachSkipped:
		r.Skipped++
	case console.EachFailed:
		r.Failed++
	}
	r.Messages += e.Messages
	r.People += e.People
}

func (r *manyReport) gone() string {
	if r.Gone == 0 {
		return ""
	}
	return fmt.Sprintf("; %d more were seen to by somebody else before their turn", r.Gone)
}

func printEach(w io.Writer, e console.Each) {
	text := e.ID + " " + e.Result
	if e.Result == console.EachDry && e.Messages > 0 {
		text += fmt.Sprintf(", %v to %v", count(e.Messages, "message"), count(e.People, "recipient"))
	}
	if e.Made != "" {
		text += " as " + e.Made
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	_, _ = fmt.Fprintln(w, text)
}

// finish says what came of all. What failed makes the verb fail.
func (m *many) finish(w io.Writer, o *orders, r manyReport) error {
	var err error
	switch {
	case o.client.json:
		err = printJSON(w, r)
	case len(r.Each) == 0:
		_, err = fmt.Fprintln(w, "nothing is selected")
	case o.order.DryRun:
		_, err = fmt.Fprintf(w, "%d selected: %v to %v, who are counted once for each message; nothing was stored and nothing was sent\n",
			len(r.Each), count(r.Messages, "message"), count(r.People, "recipient"))
	default:
		_, err = fmt.Fprintf(w, "%d done, %d skipped, %d failed%s\n", r.Done, r.Skipped, r.Failed, r.gone())
	}
	if err == nil && r.Failed > 0 {
		err = fmt.Errorf("%d of %d failed", r.Failed, len(r.Each))
	}
	return err
}
