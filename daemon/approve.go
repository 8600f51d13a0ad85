package daemon

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func dlqApprove(p Process) *cobra.Command {
	var o orders
	c := &cobra.Command{
		Use: "approve MESSAGE ...", Short: "Send what is held because it is for many more people than the last time, or waits for review", Args: cobra.MinimumNArgs(1),
		Long: `A bot with surge: hold asks before it sends a message to many more people than the
last one of the same trigger was for in that group. This says yes: the message goes,
as a new one, to the end of its lane. Who gets it is found out when its turn comes;
if they are more than were approved of then, it is asked about again.

A message that waits for review (held: review) is released by this, as by a reviewer's
/release in the group. That is a yes to what it says, and not to how many it is for.

To see who would get it first, use dlq retry --dry-run; to say no, dlq drop.`,
		Example: "  botd dlq retry m17 --dry-run\n  botd dlq approve m17 --reason 'two classes were joined'",
		RunE: func(c *cobra.Command, args []string) error {
			return forEach(c, args, func(id string) error { return o.approve(c, p, id) })
		},
	}
	o.flags(c, p)
	return c
}

// approve says yes to a message that is for many more people than the last time.
func (o *orders) approve(c *cobra.Command, p Process, id string) error {
	event, message, err := letterID(id)
	switch {
	case err != nil:
		return err
	case event != 0:
		return usage("%s is an event, and only messages wait for approval: dlq list names those of it", id)
	}
	return o.do(c, p, "/v1/messages/"+message.String()+"/approve", "is approved, and will be sent as %s")
}

// Approve says yes to a message that is for many more people than the last time.
func (o operator) Approve(ctx context.Context, id chat.MessageID, by chat.By) (console.Done, error) {
	made, err := o.store.ApproveMessage(ctx, id, by)
	if err != nil {
		return console.Done{}, told(err)
	}
	d := console.Done{Target: id.String(), Made: made.String()}
	o.acted("message approved", by, d)
	return d, nil
}
