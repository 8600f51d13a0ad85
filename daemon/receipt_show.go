package daemon

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/receipts"
)

func receiptsShow(p Process) *cobra.Command {
	var a adminClient
	var keys bool
	c := &cobra.Command{
		Use: "show DELIVERY", Short: "Show the receipts of a delivery", Args: cobra.ExactArgs(1),
		Long: `Shows who a delivery was for and why, and what came of it, as it is sealed; and what was
learnt later. The content of the message is not in it, only a hash under a key.

--keys shows that key. Whoever has it and the text can prove that this was the text;
whoever has it alone can try out short texts.`,
		Example: "  botd receipts show d17\n  botd receipts show d17 --keys --json",
		RunE: func(c *cobra.Command, args []string) error {
			id, err := chat.ParseDeliveryID(args[0])
			if err != nil {
				return usage("%w", err)
			}
			var page console.ReceiptPage
			if err := a.get(c.Context(), p, "/v1/deliveries/"+id.String()+"/receipts", url.Values{"keys": {strconv.FormatBool(keys)}}, &page); err != nil {
				return err
			}
			if a.json {
				return printJSON(c.OutOrStdout(), page)
			}
			out := &printer{w: c.OutOrStdout()}
			for _, text := range page.Receipts {
				l, b, err := readReceipt(text)
				if err != nil {
					return err
				}
				out.receipt(l, b)
			}
			return out.err
		},
	}
	a.flags(c, p)
	c.Flags().BoolVar(&keys, "keys", false, "show the keys of the hashes of content and reading, too")
	return c
}

// orErased is a name or a text, or that it is gone.
func orErased(s string) string {
	if s == "" {
		return "(erased)"
	}
	return s
}

func (p *printer) receipt(l receipts.Line, b receipts.Body) {
	p.line(0, "receipt %d of lane %s: delivery %s of message %s, %s", l.N, l.Lane, b.Delivery, b.Message, standing(b.Status, b.Outcome))
	if b.Again != 0 {
		p.line(1, "learnt since receipt %d", b.Again)
	}
	if b.Reason != 0 {
		p.because(1, orErased(l.Says(b.Reason)))
	}
	if b.Sending != nil {
		p.sending(l, b)
	}
	for _, a := range b.Acts {
		p.line(1, "%s: %s %s by %s", a.At.Format(time.RFC3339), a.What, a.Made, orErased(l.Says(a.Who)))
	}
	for _, r := range b.Recalls {
		p.line(1, "%s: recall by %s: %s", r.At.Format(time.RFC3339), orErased(l.Says(r.Who)), r.Result)
	}
	p.line(1, "made %s, hash %s", b.Sealed.Format(time.RFC3339Nano), l.Hash)
	if l.Prev != "" {
		p.line(1, "goes on from %s", l.Prev)
	}
	if l.Keys != nil && b.Sending != nil {
		p.line(1, "key of the content %s, of the reading %s", orErased(l.Keys.Content), orErased(l.Keys.Reading))
	}
}

func (p *printer) sending(l receipts.Line, b receipts.Body) {
	p.line(1, "event %s from %s %q of bot %q of app %q, group %s, part %d", b.Event, b.Kind, b.Trigger, b.Bot, b.App, b.Group, b.Part)
	p.line(1, "for %s; the bot could reach %s", audience.Describe(opened(l, b.Rule)), audience.Describe(opened(l, b.Ceiling)))
	p.body(l, b.Bodies)
	if b.Repeats != 0 {
		p.line(1, "message %s sent again", b.Repeats)
	}
	age := ""
	if b.Reading.Age != nil {
		age = fmt.Sprintf(", %.1f s before the first attempt", (time.Duration(*b.Reading.Age) * time.Microsecond).Seconds())
	}
	p.line(1, "%v read %s%s, hash %s", count(b.Reading.Members, "member"), b.Reading.At.Format(time.RFC3339Nano), age, b.Reading.Hash)
	for _, x := range b.People {
		p.line(1, "to %s, who %s", orErased(string(l.Who(x.Name))), x.Why)
	}
	for _, x := range b.Lost {
		p.line(1, "not to %s, who %s, as read %s", orErased(string(l.Who(x.Name))), orErased(l.Says(x.Why)), x.At.Format(time.RFC3339))
	}
	for _, t := range b.Attempts {
		p.line(1, "attempt %d at %s to %v: %s %s", t.N, t.Began.Format(time.RFC3339Nano), count(t.People, "recipient"), t.Result, l.Says(t.Error))
	}
	if b.Content != "" {
		p.line(1, "content %s", b.Content)
	}
	if b.MsgSeq != 0 {
		p.line(1, "message %d of its group, Random %d", b.MsgSeq, b.Random)
	}
}

// body says which of several bodies it was.
func (p *printer) body(l receipts.Line, b *receipts.Bodies) {
	if b == nil {
		return
	}
	what := "the text for all others"
	if b.Rendered != nil {
		what = fmt.Sprintf("text %d, for %s", b.Rendering, audience.Describe(opened(l, *b.Rendered)))
	}
	p.line(1, "of its texts %s", what)
	for _, x := range b.Rather {
		p.line(1, "which has not %s", audience.Describe(opened(l, x)))
	}
}

// opened is a rule with the names that are still there.
func opened(l receipts.Line, r receipts.Rule) chat.Audience {
	name := func(list []receipts.Name) (ids []chat.UserID) {
		for _, n := range list {
			ids = append(ids, chat.UserID(orErased(string(l.Who(n)))))
		}
		return ids
	}
	a := chat.Audience{Everyone: r.Everyone, Roles: r.Roles, Users: name(r.Users), Except: name(r.Except)}
	for _, x := range r.AnyOf {
		a.AnyOf = append(a.AnyOf, opened(l, x))
	}
	if r.Within != nil {
		within := opened(l, *r.Within)
		a.Within = &within
	}
	if r.Where > 0 {
		a.Where = orErased(l.Says(r.Where))
	}
	return a
}
