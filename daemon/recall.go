package daemon

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// recalling is how long a recall may take, and goes on although whoever asked
// for it went away: what came of it is to be kept.
const recalling = 25 * time.Second

// RecallDelivery takes back what was sent for a delivery.
func (o operator) RecallDelivery(ctx context.Context, id chat.DeliveryID, by chat.By) (console.Recalled, error) {
	sent, err := o.store.SentDelivery(ctx, id)
	if err != nil {
		return console.Recalled{}, told(err)
	}
	return o.recall(ctx, id.String(), []chat.Recallable{sent}, by)
}

// RecallEvent takes back all that was sent for an event.
func (o operator) RecallEvent(ctx context.Context, id chat.EventID, by chat.By) (console.Recalled, error) {
	sent, err := o.store.SentOf(ctx, id)
	if err != nil {
		return console.Recalled{}, told(err)
	}
	if len(sent) == 0 {
		return console.Recalled{}, fmt.Errorf("%w: nothing was sent for event %s", console.ErrConflict, id)
	}
	return o.recall(ctx, id.String(), sent, by)
}

// recall keeps that it is asked for, asks, and keeps what was answered.
func (o operator) recall(ctx context.Context, target string, sent []chat.Recallable, by chat.By) (console.Recalled, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recalling)
	defer cancel()
	recalls, err := o.store.BeginRecalls(ctx, sent, by)
	if err != nil {
		return console.Recalled{}, err
	}
	o.delivery.Recall(ctx, sent, recalls)
	for _, r := range recalls {
		o.log.Warn("a person recalled a message", "delivery", r.Delivery, "msg_seq", r.MsgSeq, "result", r.Result, "code", r.Code, "error", r.Error,
			"who", by.Who, "reason", by.Reason)
	}
	// Kept although the service may have taken all of the time.
	keep, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	if err := o.store.EndRecalls(keep, recalls); err != nil {
		return console.Recalled{}, err
	}
	return console.Recalled{Target: target, Recalls: recalls}, nil
}

func deliveriesRecall(p Process) *cobra.Command {
	var o orders
	var event string
	c := &cobra.Command{
		Use: "recall DELIVERY | --event EVENT", Short: "Take back what was sent", Args: cobra.MaximumNArgs(1),
		Long: `Takes a message back: it vanishes from the group's history and from the devices of
those who got it. Whoever has read it has read it, and a push cannot be taken back.
It cannot be undone. With --event, all that was sent for that event is taken back.

What the service answers for each message is printed, and kept with the delivery.
The exit code is 1 unless all were recalled.`,
		Example: "  botd deliveries recall d17 --reason 'wrong answer'\n  botd deliveries recall --event e17 --as ann",
		RunE: func(c *cobra.Command, args []string) error {
			path, err := recallPath(args, event)
			if err != nil {
				return err
			}
			var r console.Recalled
			if err := o.client.post(c.Context(), p, path+"/recall", o.order, &r); err != nil {
				return err
			}
			return printRecalled(c.OutOrStdout(), r, o.client.json)
		},
	}
	o.flags(c, p)
	c.Flags().StringVar(&event, "event", "", "all that was sent for this event, instead of one delivery")
	return c
}

func recallPath(args []string, event string) (string, error) {
	switch {
	case (len(args) == 1) == (event != ""):
		return "", usage("name either a delivery or --event")
	case event != "":
		id, err := chat.ParseEventID(event)
		if err != nil {
			return "", usage("--event: %w", err)
		}
		return "/v1/events/" + id.String(), nil
	}
	id, err := chat.ParseDeliveryID(args[0])
	if err != nil {
		return "", usage("%w", err)
	}
	return "/v1/deliveries/" + id.String(), nil
}

// printRecalled is an error too unless all were recalled.
func printRecalled(w io.Writer, r console.Recalled, asJSON bool) error {
	failed := 0
	out := &printer{w: w}
	for _, x := range r.Recalls {
		if x.Result != chat.Recalled {
			failed++
		}
		if !asJSON {
			out.line(0, "%s", describeRecall(x))
		}
	}
	if asJSON {
		out.err = printJSON(w, r)
	}
	if out.err == nil && failed > 0 {
		return fmt.Errorf("%d of %s not recalled", failed, count(len(r.Recalls), "message"))
	}
	return out.err
}

// describeRecall says what came of a recall.
func describeRecall(r chat.Recall) string {
	text := fmt.Sprintf("delivery %s, message %d of its group: ", r.Delivery, r.MsgSeq)
	switch r.Result {
	case "":
		text += "a recall was begun, and what came of it is not known"
	default:
		text += string(r.Result)
	}
	if r.Error != "" {
		text += ": " + r.Error
	}
	return text
}

// recalls shows in the history of a delivery that it was taken back.
func (p *printer) recalls(list []chat.Recall) {
	for _, r := range list {
		p.line(3, "recall at %s by %s: %s", r.At.Format(time.RFC3339), r.By, describeRecall(r))
	}
}
