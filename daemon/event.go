package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func eventCommand(p Process) *cobra.Command {
	var o orders
	var send bool
	c := &cobra.Command{
		Use: "event BOT TRIGGER [@FILE|JSON]", Short: "Try one event: what the plugin would say, and who would see it", Args: cobra.RangeArgs(2, 3),
		Long: `Has a running botd hand one event to a bot's plugin, as if it had come by that trigger
now, and says each message that the plugin answers and, member by member, who would see
it and why. Nothing is stored and nothing is sent. Exits 1 when the event could not be
handled.

With --send the event is made: it is stored with who made it, handled and delivered like
any other. The same event once more within ten minutes is a repeat, which does nothing
and says so, unless --again is given.

The payload is JSON, or a file of it after an @ ("@-" is standard input). It is the payload
of the event: a hook's own form of it is what botd hook test takes.`,
		Example: `  botd event quiz answers '{"user":"carol","question":"7","answer":"B"}'
  botd event quiz answers @testdata/wrong.json --sender carol
  botd event oncall typed --sender uma --text '/ack 17'
  botd event standup reminder --send --as ann`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.order.Trigger = chat.TriggerName(args[1])
			if len(args) == 3 {
				if o.order.Payload, err = givenJSON(p, "the payload", args[2]); err != nil {
					return err
				}
			}
			if send {
				return o.makeEvent(c, p, args[0])
			}
			if o.order.Again || o.order.As != "" || o.order.Reason != "" {
				return usage("--again, --as and --reason go with --send")
			}
			return o.tryEvent(c, p, args[0])
		},
	}
	o.flags(c, p)
	c.Flags().StringVar((*string)(&o.order.Sender), "sender", "", "the member who causes it, in place of whom the trigger's expression names")
	c.Flags().StringVar(&o.order.Text, "text", "", "what the sender typed, such as a command")
	c.Flags().StringVar((*string)(&o.order.Group), "group", "", "one of the bot's groups, in place of what the trigger says")
	c.Flags().StringVar(&o.order.Type, "type", "", "the type of the event, for senders that say it in a header, such as push")
	c.Flags().BoolVar(&send, "send", false, "make the event: store it, and send what comes of it")
	c.Flags().BoolVar(&o.order.Again, "again", false, "with --send: although the same was made within ten minutes")
	return c
}

// givenJSON reads JSON that is written out, or stands in a file.
func givenJSON(p Process, what, arg string) (json.RawMessage, error) {
	text := []byte(arg)
	if name, ok := strings.CutPrefix(arg, "@"); ok {
		var err error
		if text, err = readAll(p, name); err != nil {
			return nil, fmt.Errorf("reading %s: %w", what, err)
		}
		what += " in " + name
	}
	if err := json.Unmarshal(text, new(any)); err != nil {
		return nil, usage("%s is not JSON: %w%s", what, err, perhapsAFile(arg))
	}
	return text, nil
}

// perhapsAFile says what was meant by the name of a file without its @.
func perhapsAFile(arg string) string {
	if fs.ValidPath(arg) && exists(arg) {
		return fmt.Sprintf("; for what is in the file, write @%s", arg)
	}
	return ""
}

// tryEvent says what would come of the event. Whoever tries it wrote it, so the texts
// are shown.
func (o *orders) tryEvent(c *cobra.Command, p Process, bot string) error {
	o.order.ShowText = true
	var list []console.Rehearsal
	if err := o.client.post(c.Context(), p, "/v1/bots/"+url.PathEscape(bot)+"/rehearse", o.order, &list); err != nil {
		return err
	}
	if o.client.json {
		return errors.Join(printJSON(c.OutOrStdout(), list), notHandled(list))
	}
	for _, r := range list {
		if err := printRehearsal(c.OutOrStdout(), r); err != nil {
			return err
		}
	}
	if err := notHandled(list); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), "nothing was stored and nothing was sent; --send makes it real")
	return err
}

// notHandled is the error of an event that its plugin could not handle.
func notHandled(list []console.Rehearsal) error {
	for _, r := range list {
		switch {
		case r.Status == chat.Ready:
			return fmt.Errorf("the event would not be handled yet: it %s", r.Reason)
		case r.Outcome != chat.Handled:
			return fmt.Errorf("the event would be %s: %s", standing(r.Status, r.Outcome), r.Reason)
		}
	}
	return nil
}

func (o *orders) makeEvent(c *cobra.Command, p Process, bot string) error {
	var receipt chat.Receipt
	if err := o.client.post(c.Context(), p, "/v1/bots/"+url.PathEscape(bot)+"/events", o.order, &receipt); err != nil {
		return err
	}
	if o.client.json {
		return printJSON(c.OutOrStdout(), receipt)
	}
	return printMade(c.OutOrStdout(), receipt)
}

func printMade(w io.Writer, receipt chat.Receipt) error {
	for _, id := range receipt.Events {
		text := "event %s is stored; botd events show %[1]s says what becomes of it\n"
		if receipt.Repeated {
			text = "the same event was made within ten minutes, as %s, and nothing was done; --again makes another one\n"
		}
		if _, err := fmt.Fprintf(w, text, id); err != nil {
			return err
		}
	}
	return nil
}
