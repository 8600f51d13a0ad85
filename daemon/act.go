package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func eventsReplay(p Process) *cobra.Command {
	var all many
	var o orders
	c := &cobra.Command{
		Use: "replay [EVENT ...]", Short: "Have events handled again, as new ones",
		Long: `Makes a new event with the same payload, sender and time, linked to the old one, and
works for any event that has ended. What came of the old one stays as it is: who got
its messages gets those of the new one too, if the plugin addresses them again, and
timers that the plugin asks for again are set again.

Without ids it is all that the flags select, the oldest first, of what has ended and was
not handled again before, nor made by that, so that it can be interrupted and run again. How many that are
is said first, and asked about, unless there is --yes; more than --at-most are refused.

--dry-run runs the plugin with what the bot remembers now, finds out who would see
what it says, and stores and sends nothing. For many it says how many messages would go
to how many people.`,
		Example: "  botd events replay e17 --dry-run\n  botd events replay e17 --reason 'the plugin was mended'\n  botd events replay --bot quiz --since 2h --dry-run",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return all.act(c, p, &o, allEvents, "replay")
			}
			return all.named(c, args, func(arg string) error {
				id, err := chat.ParseEventID(arg)
				if err != nil {
					return usage("%w", err)
				}
				return o.do(c, p, "/v1/events/"+id.String()+"/replay", "will be handled again as %s")
			})
		},
	}
	c.Args = cobra.ArbitraryArgs
	o.flags(c, p)
	o.dryFlags(c)
	all.eventFlags(c)
	all.flags(c, "all events that have ended")
	c.Flags().IntVar(&all.atMost, "at-most", 100, "refuse if more events are selected than this")
	return c
}

func deliveriesCommand(p Process) *cobra.Command {
	return group("deliveries", "Act on single deliveries", deliveriesAnswer(p), deliveriesRecall(p))
}

func deliveriesAnswer(p Process) *cobra.Command {
	var o orders
	c := &cobra.Command{
		Use: "answer DELIVERY sent|resend|drop", Short: "Say what is to become of a delivery whose outcome is unknown", Args: cobra.ExactArgs(2),
		Long: `A delivery is unknown when it may or may not have reached its recipients. Look into
the group, or ask one of them; then say that it was sent, have it sent again (they
may see it twice then), or leave it.`,
		Example: "  botd deliveries answer d17 sent\n  botd deliveries answer d17 resend --as ann",
		RunE: func(c *cobra.Command, args []string) error {
			id, err := chat.ParseDeliveryID(args[0])
			if err == nil {
				o.order.Answer = chat.Answer(args[1])
				err = o.order.Answer.Validate()
			}
			if err != nil {
				return usage("%w", err)
			}
			says := map[chat.Answer]string{chat.AnswerSent: "counts as sent", chat.AnswerResend: "will be sent again as %s", chat.AnswerDrop: "is dropped"}
			return o.do(c, p, "/v1/deliveries/"+id.String()+"/answer", says[o.order.Answer])
		},
	}
	o.flags(c, p)
	return c
}

func whyCommand(p Process) *cobra.Command {
	var a adminClient
	c := &cobra.Command{
		Use: "why USER DELIVERY|MESSAGE", Short: "Say why somebody got a message, or did not", Args: cobra.ExactArgs(2),
		Long: `Holds the rule of the message, and what the bot could reach then, against the group
as it was read then, by the code that decided; so it tells of that moment and not of
now. For now, see audience explain.`,
		Example: "  botd why carol d17\n  botd why carol m9 --json",
		RunE: func(c *cobra.Command, args []string) error {
			path := ""
			if id, err := chat.ParseDeliveryID(args[1]); err == nil {
				path = "/v1/deliveries/" + id.String()
			} else if id, err := chat.ParseMessageID(args[1]); err == nil {
				path = "/v1/messages/" + id.String()
			} else {
				return usage("%.40q is neither the id of a delivery, d17, nor of a message, m17", args[1])
			}
			return shown(c, p, &a, path+"/why", url.Values{"user": {args[0]}}, printWhy)
		},
	}
	a.flags(c, p)
	return c
}

func printWhy(w io.Writer, y console.Why) error {
	out := &printer{w: w}
	verdict := map[console.Got]string{
		console.GotIt: "got", console.NotGot: "did not get", console.Perhaps: "may or may not have got", console.NotYet: "has not got yet",
	}[y.Got]
	out.line(0, "%s %s message %s of event %s", y.User, verdict, y.Message, y.Event)
	out.because(1, fmt.Sprintf("%s %s", y.User, y.Reason))
	out.line(1, "the message is for %s", audience.Describe(y.Rule))
	if y.TextFor != nil {
		out.line(1, "text %d of it is for %s", y.Text, audience.Describe(*y.TextFor))
	}
	if y.Ceiling != nil {
		out.line(1, "bot %q could reach %s", y.Bot, audience.Describe(*y.Ceiling))
	}
	if y.Within != nil {
		out.line(1, "its event could reach no more than %s (%s)", ceilingText(*y.Within), y.Allow)
	}
	if !y.ReadAt.IsZero() {
		age := ""
		if y.Age > 0 {
			age = fmt.Sprintf(", %.1f s before the first attempt", y.Age)
		}
		out.line(1, "group %s as it was read %s%s", y.Group, y.ReadAt.Format(time.RFC3339), age)
	}
	what := "the message"
	if y.Delivery != 0 {
		what = "delivery " + y.Delivery.String()
	}
	out.line(1, "%s: %s", what, standing(y.Stands.Status, y.Stands.Outcome))
	out.because(2, y.Stands.Reason)
	return out.err
}

// describeElement shows one element of a body as a line.
func describeElement(e chat.Element) string {
	if e.Text != nil {
		return fmt.Sprintf("%q", e.Text.Text)
	}
	b, err := json.Marshal(e)
	if err != nil {
		return "an element that cannot be shown"
	}
	return string(b)
}
