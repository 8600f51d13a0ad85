package daemon

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// orders sends what a person wants done to a running botd.
type orders struct {
	client adminClient
	order  console.Order
}

func (o *orders) flags(c *cobra.Command, p Process) {
	o.client.flags(c, p)
	c.Flags().StringVar(&o.order.As, "as", "", "who does it, for the record; else it is whoever has the admin token")
	c.Flags().StringVar(&o.order.Reason, "reason", "", "why, for the record")
}

func (o *orders) dryFlags(c *cobra.Command) {
	c.Flags().BoolVar(&o.order.DryRun, "dry-run", false, "say what would come of it; store nothing and send nothing")
	c.Flags().BoolVar(&o.order.ShowText, "show-text", false, "with --dry-run: show the content of the messages, too")
}

// retry tries an event or a message again.
func (o *orders) retry(c *cobra.Command, p Process, id string) error {
	event, message, err := letterID(id)
	switch {
	case err != nil:
		return err
	case event != 0 && o.order.Resend:
		return usage("%s is an event, and --resend is about a message", id)
	case event != 0:
		return o.do(c, p, "/v1/events/"+event.String()+"/replay", "will be handled again as %s")
	}
	return o.do(c, p, "/v1/messages/"+message.String()+"/retry", "will be sent again as %s")
}

// drop gives an event or a message up.
func (o *orders) drop(c *cobra.Command, p Process, id string) error {
	event, message, err := letterID(id)
	switch {
	case err != nil:
		return err
	case event != 0:
		return o.do(c, p, "/v1/events/"+event.String()+"/drop", "is dropped")
	}
	return o.do(c, p, "/v1/messages/"+message.String()+"/drop", "is dropped")
}

// do posts the order and says what came of it; says has a place for what was
// made of it.
func (o *orders) do(c *cobra.Command, p Process, path, says string) error {
	if o.order.ShowText && !o.order.DryRun {
		return usage("--show-text goes with --dry-run")
	}
	var d console.Done
	if err := o.client.post(c.Context(), p, path, o.order, &d); err != nil {
		return err
	}
	switch {
	case o.client.json:
		return printJSON(c.OutOrStdout(), d)
	case d.Dry != nil:
		return printDry(c.OutOrStdout(), d)
	case d.Made != "":
		says = fmt.Sprintf(says, d.Made)
	}
	return printDone(c.OutOrStdout(), d, says)
}

func printDone(w io.Writer, d console.Done, says string) error {
	_, err := fmt.Fprintf(w, "%s %s\n", d.Target, says)
	if err == nil && d.Warning != "" {
		_, err = fmt.Fprintln(w, "mind:", d.Warning)
	}
	return err
}

func printDry(w io.Writer, d console.Done) error {
	if _, err := fmt.Fprintf(w, "%s, if it were tried again now; nothing was stored and nothing was sent\n", d.Target); err != nil {
		return err
	}
	if err := printRehearsal(w, *d.Dry); err != nil || d.Warning == "" {
		return err
	}
	_, err := fmt.Fprintln(w, "mind:", d.Warning)
	return err
}

func printRehearsal(w io.Writer, r console.Rehearsal) error {
	out := &printer{w: w}
	out.line(0, "bot %q in group %s: %s", r.Bot, r.Group, standing(r.Status, r.Outcome))
	if r.Sender != "" {
		out.line(1, "caused by %s", r.Sender)
	}
	if r.Text != "" {
		out.line(1, "who wrote")
		out.lines(r.Text)
	}
	if r.Ceiling != nil {
		out.line(1, "can reach no more than %s (%s)", ceilingText(*r.Ceiling), r.Allow)
	}
	out.because(1, r.Reason)
	if len(r.Messages) == 0 && r.Status == chat.Done {
		out.line(1, "the plugin has nothing to say")
	}
	out.laters(r.Timers)
	out.review(r.Review)
	for i, m := range r.Messages {
		draft := ""
		if m.Draft {
			draft = ", which waits for its reviewers"
		}
		out.line(0, "message %d of %d%s", i+1, len(r.Messages), draft)
		if len(m.Texts) == 0 {
			out.elements(m.Body)
		}
		out.texts(m.Texts)
		if m.Report != "" {
			out.line(1, "the plugin would be told how it ended, as %q", m.Report)
		}
		if out.err == nil {
			out.err = printExplanation(w, m.Audience)
		}
	}
	return out.err
}

// review tells who would be asked about drafts.
func (p *printer) review(r *console.Review) {
	if r == nil {
		return
	}
	var who []string
	for _, v := range r.By.Verdicts {
		if v.In {
			who = append(who, string(v.User))
		}
	}
	if len(who) == 0 {
		p.line(1, "reviewed first, and nobody would be asked: %s", r.By.Refusal)
		return
	}
	p.line(1, "reviewed first by %s, one of whom has to release it before %s", strings.Join(who, ", "), r.Lapses.Format(time.RFC3339))
}

// texts shows several texts of a message, and who would get which.
func (p *printer) texts(list []console.RehearsedText) {
	for _, t := range list {
		who := "all others"
		if t.To != nil {
			who = audience.Describe(*t.To)
		}
		if t.Rendering == 0 {
			p.line(1, "its own text is for %s: %s", who, namesOf(t.People))
		} else {
			p.line(1, "text %d is for %s: %s", t.Rendering, who, namesOf(t.People))
		}
		p.elements(t.Body)
	}
	if len(list) > 0 {
		p.line(1, "each member gets one of these at most: the first that is for them")
	}
}

// manyNames is how many people are named in a line.
const manyNames = 20

func namesOf(people []chat.UserID) string {
	var names []string
	for _, id := range people[:min(len(people), manyNames)] {
		names = append(names, string(id))
	}
	text := strings.Join(names, ", ")
	switch more := len(people) - len(names); {
	case len(people) == 0:
		return "nobody"
	case more > 0:
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (p *printer) elements(body []chat.Element) {
	for _, e := range body {
		p.element(e)
	}
}

// element shows what a message holds.
func (p *printer) element(e chat.Element) {
	if e.Text == nil {
		p.line(1, "%s", describeElement(e))
		return
	}
	p.lines(e.Text.Text)
}

// lines shows a text in lines of its own. What would not show, or turn the direction
// of writing, is shown as a mark.
func (p *printer) lines(text string) {
	visible := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}
	for l := range strings.SplitSeq(text, "\n") {
		p.line(1, "%s", strings.TrimRight("| "+strings.Map(visible, l), " "))
	}
}
