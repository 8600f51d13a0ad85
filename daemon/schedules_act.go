package daemon

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// scheduleOrders sends what is to become of a schedule to a running botd.
type scheduleOrders struct{ orders }

// when is a time of an order, as somebody writes it.
type when struct {
	flag, text string
	into       *time.Time
}

// to posts the order to one of a schedule's addresses, with the times that are given.
func (o *scheduleOrders) to(c *cobra.Command, p Process, arg, verb string, times ...when) (d console.ScheduleDone, err error) {
	id, err := o.client.scheduleID(c.Context(), p, arg)
	if err != nil {
		return d, err
	}
	for _, w := range times {
		if w.text == "" {
			continue
		}
		if *w.into, err = o.client.timeOf(c.Context(), p, id, w.flag, w.text); err != nil {
			return d, err
		}
	}
	err = o.client.post(c.Context(), p, "/v1/schedules/"+id.String()+"/"+verb, o.order, &d)
	return d, err
}

// done says what came of it, and when the schedule strikes next.
func (o *scheduleOrders) done(w io.Writer, d console.ScheduleDone, says string) error {
	if o.client.json {
		return printJSON(w, d)
	}
	out := &printer{w: w}
	out.line(0, "%s %s", d.Target, says)
	out.comes(d)
	return out.err
}

// comes shows the next times, and what is to be known.
func (p *printer) comes(d console.ScheduleDone) {
	for i, m := range d.Coming {
		before := "then"
		if i == 0 {
			before = "next"
		}
		p.line(1, "%s %s", before, momentText(m))
	}
	for _, change := range d.Changes {
		p.line(1, "clocks change: %s is %s", change.Before, change.After)
	}
	if d.Warning != "" {
		p.line(0, "mind: %s", d.Warning)
	}
}

func schedulesPause(p Process) *cobra.Command {
	var o scheduleOrders
	var until string
	var length time.Duration
	c := &cobra.Command{
		Use: "pause SCHEDULE", Short: "Pause a schedule: its times are left out, and recorded", Args: cobra.ExactArgs(1),
		Long: `Its times are left out and recorded from now on, until it is resumed, or until the end
that is given. They are not made up then; botd schedules backfill can. A pause survives
restarts and reloads. To pause one that is paused gives it another reason and end.
SCHEDULE is its id, s17, or BOT/NAME.`,
		Example: "  botd schedules pause standup/reminder --until 2027-01-07 --reason 'the holidays'\n  botd schedules pause s17 --for 2h --as ann",
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case until != "" && length != 0:
				return usage("--until and --for are two ends of one pause: give one of them")
			case length < 0:
				return usage("--for is a length of time, such as 2h")
			case length > 0:
				o.order.Until = time.Now().Add(length).UTC().Truncate(time.Second)
			}
			d, err := o.to(c, p, args[0], "pause", when{"until", until, &o.order.Until})
			if err != nil {
				return err
			}
			says := "is paused until it is resumed"
			if !o.order.Until.IsZero() {
				says = "is paused until " + o.order.Until.Format(time.RFC3339)
			}
			return o.done(c.OutOrStdout(), d, says)
		},
	}
	o.flags(c, p)
	c.Flags().StringVar(&until, "until", "", "when it goes on by itself: 2027-01-07 or \"2027-01-07 12:00\" by its own clock, or 2027-01-07T09:00:00Z")
	c.Flags().DurationVar(&length, "for", 0, "after how long it goes on by itself, such as 2h")
	return c
}

func schedulesResume(p Process) *cobra.Command {
	var o scheduleOrders
	c := &cobra.Command{
		Use: "resume SCHEDULE", Short: "Let a schedule go on after a pause", Args: cobra.ExactArgs(1),
		Long:    "What was left out stays left out. SCHEDULE is its id, s17, or BOT/NAME.",
		Example: "  botd schedules resume standup/reminder --reason 'back at work'",
		RunE: func(c *cobra.Command, args []string) error {
			d, err := o.to(c, p, args[0], "resume")
			if err != nil {
				return err
			}
			return o.done(c.OutOrStdout(), d, "goes on")
		},
	}
	o.flags(c, p)
	return c
}

func schedulesRun(p Process) *cobra.Command {
	var o scheduleOrders
	c := &cobra.Command{
		Use: "run SCHEDULE", Short: "Strike a schedule now, by the way its clock would", Args: cobra.ExactArgs(1),
		Long: `Makes the events of a schedule now; what comes of them is sent to those who are to get
it at this moment. Its own times stay as they are. Once more within ten minutes is a
repeat, which does nothing and says so, unless --again is given.

--dry-run runs the plugin and says who would see what it says; nothing is stored and
nothing is sent. SCHEDULE is its id, s17, or BOT/NAME.`,
		Example: "  botd schedules run standup/reminder --dry-run --show-text\n  botd schedules run s17 --as ann --reason 'the meeting was moved'",
		RunE: func(c *cobra.Command, args []string) error {
			if o.order.ShowText && !o.order.DryRun {
				return usage("--show-text goes with --dry-run")
			}
			d, err := o.to(c, p, args[0], "run")
			switch {
			case err != nil:
				return err
			case o.client.json:
				return errors.Join(printJSON(c.OutOrStdout(), d), notHandled(d.Dry))
			case o.order.DryRun:
				return printTried(c.OutOrStdout(), d)
			}
			return printStruck(c.OutOrStdout(), d)
		},
	}
	o.flags(c, p)
	o.dryFlags(c)
	c.Flags().BoolVar(&o.order.Again, "again", false, "although it was struck by hand within ten minutes")
	return c
}

// printTried says what would come of a schedule.
func printTried(w io.Writer, d console.ScheduleDone) error {
	for _, r := range d.Dry {
		if err := printRehearsal(w, r); err != nil {
			return err
		}
	}
	if err := notHandled(d.Dry); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "nothing was stored and nothing was sent")
	return err
}

// printStruck says which events were made.
func printStruck(w io.Writer, d console.ScheduleDone) error {
	out := &printer{w: w}
	for _, f := range d.Firings {
		ids := strings.Trim(fmt.Sprint(f.Events), "[]")
		switch {
		case d.Repeated:
			out.line(0, "%s was struck by hand within ten minutes, which made %s, and nothing was done; --again strikes once more", f.Schedule, ids)
		case len(f.Events) == 0:
			out.line(0, "%s at %s: %s", f.Schedule, f.Meant.Format(time.RFC3339), f.Outcome)
			out.because(1, f.Reason)
		default:
			out.line(0, "%s struck for %s: %s; botd events show %s says what becomes of it", f.Schedule, f.Meant.Format(time.RFC3339), ids, f.Events[0])
		}
	}
	out.comes(d)
	return out.err
}

func schedulesBackfill(p Process) *cobra.Command {
	var o scheduleOrders
	var from, to string
	c := &cobra.Command{
		Use: "backfill SCHEDULE", Short: "Make up for times of a schedule that passed and made no events", Args: cobra.ExactArgs(1),
		Long: `Strikes the times from one moment to another that made no events, such as those of a
pause, the oldest first and each once, at most 100 at a time: run it again to go on.
Each event bears the time that was meant. What expires does so counted from now.

--dry-run lists them and strikes none. SCHEDULE is its id, s17, or BOT/NAME.`,
		Example: "  botd schedules backfill standup/reminder --from 2026-12-01 --to 2026-12-03 --dry-run\n  botd schedules backfill s17 --from 2026-12-01T00:00:00Z --to 2026-12-03T00:00:00Z --reason 'the pause was a mistake'",
		RunE: func(c *cobra.Command, args []string) error {
			if from == "" || to == "" {
				return usage("say from when to when with --from and --to")
			}
			d, err := o.to(c, p, args[0], "backfill", when{"from", from, &o.order.From}, when{"to", to, &o.order.To})
			switch {
			case err != nil:
				return err
			case o.client.json:
				return printJSON(c.OutOrStdout(), d)
			case len(d.Coming)+len(d.Firings) == 0:
				_, err = fmt.Fprintln(c.OutOrStdout(), "no time is left to be made up for")
				return err
			case o.order.DryRun:
				return printToFill(c.OutOrStdout(), d)
			}
			return printStruck(c.OutOrStdout(), d)
		},
	}
	o.flags(c, p)
	c.Flags().BoolVar(&o.order.DryRun, "dry-run", false, "list the times; strike none")
	c.Flags().StringVar(&from, "from", "", "those that were meant then or later: 2026-12-01 or \"2026-12-01 09:00\" by its own clock, or 2026-12-01T09:00:00Z")
	c.Flags().StringVar(&to, "to", "", "and before this")
	c.Flags().IntVar(&o.order.Limit, "limit", console.MaxBackfill, fmt.Sprintf("how many, 1 to %d", console.MaxBackfill))
	return c
}

func printToFill(w io.Writer, d console.ScheduleDone) error {
	out := &printer{w: w}
	for _, m := range d.Coming {
		out.line(0, "%s", momentText(m))
	}
	out.line(0, "%v of %s would be made up for; nothing was stored and nothing was sent", count(len(d.Coming), "time"), d.Target)
	if d.Warning != "" {
		out.line(0, "mind: %s", d.Warning)
	}
	return out.err
}

func schedulesDelete(p Process) *cobra.Command {
	var o scheduleOrders
	c := &cobra.Command{
		Use: "delete SCHEDULE", Short: "Delete a schedule that was made by hand", Args: cobra.ExactArgs(1),
		Long: `It strikes no more; what came of it stays. One of the configuration is taken out there:
this refuses it. SCHEDULE is its id, s17, or BOT/NAME.`,
		Example: "  botd schedules delete standup/friday --reason 'the team has gone'",
		RunE: func(c *cobra.Command, args []string) error {
			d, err := o.to(c, p, args[0], "delete")
			if err != nil {
				return err
			}
			return o.done(c.OutOrStdout(), d, "is deleted")
		},
	}
	o.flags(c, p)
	return c
}

func schedulesCreate(p Process) *cobra.Command {
	var o scheduleOrders
	var w whenFlags
	var late chat.Lateness
	var payload, missed, overlap string
	c := &cobra.Command{
		Use: "create BOT NAME [EXPR]", Short: "Make a schedule by hand", Args: cobra.RangeArgs(2, 3),
		Long: `Makes a schedule beside those of the configuration. Its events are of one of the bot's
triggers, with a payload and a sender as a webhook would bring them, and reach no more
people than that trigger may. It goes on over restarts and reloads until it is deleted.

EXPR is as in a configuration: five fields, a word such as @daily, or "@every 90m"; or,
with --at, it strikes at times that are named. What it says is checked, and answered with
the next times and whom it would reach now. --dry-run checks it and makes none.`,
		Example: `  botd schedules create standup friday "0 17 * * 5" --timezone Asia/Seoul --trigger say --payload '{"text":"well done"}' --dry-run
  botd schedules create standup party --at "2026-12-24 18:00" --timezone Asia/Seoul --trigger say --payload @party.json --late-after 10m`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if o.order.Trigger == "" {
				return usage("say with --trigger of which of the bot's triggers its events are")
			}
			if payload != "" {
				if o.order.Payload, err = givenJSON(p, "the payload", payload); err != nil {
					return err
				}
			}
			timing, err := w.given(strings.Join(args[2:], ""))
			if err != nil {
				return err
			}
			late.Missed, late.Overlap = chat.MissedRule(missed), chat.OverlapRule(overlap)
			o.order.Bot, o.order.Name = chat.BotName(args[0]), chat.TriggerName(args[1])
			o.order.When = &console.When{Timing: timing, Lateness: late}
			return o.create(c, p)
		},
	}
	o.flags(c, p)
	o.dryFlags(c)
	w.flags(c, "this calendar of the configuration")
	f := c.Flags()
	f.StringVar((*string)(&o.order.Trigger), "trigger", "", "of which of the bot's triggers its events are")
	f.StringVar(&payload, "payload", "", "the payload of its events as JSON, or a file of it after an @")
	f.StringVar((*string)(&o.order.Sender), "sender", "", "the member who causes its events, in place of whom the trigger's expression names")
	f.StringVar((*string)(&o.order.Group), "group", "", "one of the bot's groups, in place of what the trigger says")
	f.TextVar(&w.timing.Jitter, "jitter", chat.Duration(0), "put each time off by up to this, such as 5m")
	oneOfFlag(c, &missed, "missed", "", "what becomes of times that passed while botd was down: ", texts(chat.MissedRules)...)
	oneOfFlag(c, &overlap, "overlap", "", "what becomes of a time when what came of the one before is not over: ", texts(chat.OverlapRules)...)
	f.TextVar(&late.MaxAge, "max-age", chat.Duration(0), "how late a missed time is still made up; 12h when absent")
	f.TextVar(&late.Expires, "expires", chat.Duration(0), "for how long after the time meant what comes of it is worth sending; for ever when absent")
	f.TextVar(&late.LateAfter, "late-after", chat.Duration(0), "how long after the time meant there is an alarm if it is not out; never when absent")
	return c
}

func texts[T ~string](list []T) (all []string) {
	for _, x := range list {
		all = append(all, string(x))
	}
	return all
}

func (o *scheduleOrders) create(c *cobra.Command, p Process) error {
	var d console.ScheduleDone
	if err := o.client.post(c.Context(), p, "/v1/schedules", o.order, &d); err != nil {
		return err
	}
	if o.client.json {
		return printJSON(c.OutOrStdout(), d)
	}
	out := &printer{w: c.OutOrStdout()}
	if d.Target != 0 {
		out.line(0, "schedule %s, %s/%s, is made", d.Target, o.order.Bot, o.order.Name)
	} else {
		out.line(0, "schedule %s/%s would be made; nothing was stored", o.order.Bot, o.order.Name)
	}
	out.comes(d)
	if len(d.Dry) > 0 {
		out.line(0, "if it struck now")
	}
	for _, r := range d.Dry {
		if out.err == nil {
			out.err = printRehearsal(c.OutOrStdout(), r)
		}
	}
	return out.err
}
