package daemon

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func hookTest(p Process) *cobra.Command {
	var a adminClient
	var file string
	var order console.Order
	c := &cobra.Command{
		Use: "test HOOK", Short: "Say what a webhook would come to: what would be sent, and to whom", Args: cobra.ExactArgs(1),
		Long: `Has a running botd take the body in a file as if the hook's sender had posted it now,
up to where it would be stored: read by the rules of the sender, handed to the bot's
plugin, and each message that the plugin answers held against the group, member by
member. Nothing is stored and nothing is sent. Exits 1 when the sender would be refused,
or the event could not be handled.`,
		Example: `  botd hook test alerts --file firing.json
  botd hook test github --file push.json --type push --show-text`,
		RunE: func(c *cobra.Command, args []string) error {
			body, err := readAll(p, file)
			if err != nil {
				return fmt.Errorf("reading the body: %w", err)
			}
			order.Body = string(body)
			var t console.Trial
			if err := a.post(c.Context(), p, "/v1/hooks/"+url.PathEscape(args[0])+"/rehearse", order, &t); err != nil {
				return err
			}
			if a.json {
				err = printJSON(c.OutOrStdout(), t)
			} else {
				err = printTrial(c.OutOrStdout(), t)
			}
			if err == nil {
				err = trialFailed(t)
			}
			return err
		},
	}
	a.flags(c, p)
	c.Flags().StringVar(&file, "file", "-", `a file with the body as it would be posted; "-" is standard input`)
	c.Flags().StringVar(&order.Type, "type", "", "the type of the event, for senders that say it in a header, such as push")
	c.Flags().StringVar(&order.Credential, "credential", "", "the name of the sender's credential; the first or only one when absent")
	c.Flags().StringVar(&order.MediaType, "media-type", "", "the media type of the body; application/json when absent")
	c.Flags().BoolVar(&order.ShowText, "show-text", false, "show the content of the messages, too")
	return c
}

// trialFailed is the error of a webhook that would not be sent as it is meant.
func trialFailed(t console.Trial) error {
	if t.Refusal != "" {
		return fmt.Errorf("the sender would be answered %d %s: %s", t.Status, http.StatusText(t.Status), t.Refusal)
	}
	for _, r := range t.Events {
		if r.Status == chat.Dead || r.Status == chat.Held {
			return fmt.Errorf("the event would be %s: %s", standing(r.Status, r.Outcome), r.Reason)
		}
	}
	return nil
}

func printTrial(w io.Writer, t console.Trial) error {
	out := &printer{w: w}
	out.line(0, "hook %q of bot %q, trigger %q, read as %s: %d %s", t.Hook, t.Bot, t.Trigger, t.Scheme, t.Status, http.StatusText(t.Status))
	if t.Credential != "" {
		out.line(1, "with credential %s", t.Credential)
	}
	if t.Type != "" {
		out.line(1, "type %s", t.Type)
	}
	if t.Answer != "" {
		out.line(1, "the sender is answered at once and nothing is kept: %s", t.Answer)
	}
	for _, r := range t.Events {
		if out.err == nil {
			out.err = printRehearsal(w, r)
		}
	}
	return out.err
}
