package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

func stateCommand(p Process) *cobra.Command {
	return group("state", "See and change what bots remember", stateGet(p), stateSet(p), stateDrop(p))
}

// userFlag is for what a bot remembers of one member.
func userFlag(c *cobra.Command, to *chat.UserID) {
	c.Flags().StringVar((*string)(to), "user", "", "the member whose session it is, in place of what is remembered of the group")
}

func stateGet(p Process) *cobra.Command {
	var a adminClient
	var user chat.UserID
	c := &cobra.Command{
		Use: "get BOT GROUP [KEY]", Short: "Show what a bot remembers of a group, or of one member there", Args: cobra.RangeArgs(2, 3),
		Long: `Prints what a bot remembers as JSON: of a group, with the members of whom there is a
session, or with --user of that member there. With a key it is the value under it alone,
such as state set takes it back from a file.`,
		Example: `  botd state get quiz '@TGS#2QUIZROOM1'
  botd state get quiz '@TGS#2QUIZROOM1' done > done.json
  botd state get poll '@TGS#2TEAMROOM01' --user carol`,
		RunE: func(c *cobra.Command, args []string) error {
			q := url.Values{"group": {args[1]}, "show_text": {"true"}}
			if user != "" {
				q.Set("user", string(user))
			}
			var r console.Remembered
			if err := a.get(c.Context(), p, "/v1/bots/"+url.PathEscape(args[0])+"/state", q, &r); err != nil {
				return err
			}
			if len(args) == 2 {
				return printJSON(c.OutOrStdout(), r)
			}
			return printValue(c.OutOrStdout(), r, args[2])
		},
	}
	a.flags(c, p)
	userFlag(c, &user)
	return c
}

// printValue prints what is remembered under a key.
func printValue(w io.Writer, r console.Remembered, key string) error {
	var state chat.State
	if err := json.Unmarshal(r.State, &state); err != nil {
		return fmt.Errorf("reading what is remembered: %w", err)
	}
	value, there := state[key]
	switch {
	case there:
		return printJSON(w, value)
	case len(state) == 0:
		return fmt.Errorf("there is nothing under %q; nothing at all is remembered there", key)
	}
	return fmt.Errorf("there is nothing under %q; %s", key, haveOr(key, slices.Collect(maps.Keys(state))))
}

func stateSet(p Process) *cobra.Command {
	var o orders
	c := &cobra.Command{
		Use: "set BOT GROUP KEY @FILE|JSON", Short: "Have a bot remember a value under a key", Args: cobra.ExactArgs(4),
		Long: `Puts a value in the place of what a bot remembers under a key; the other keys stay. The
value is JSON, so that a text stands in quotes, or a file of it after an @ ("@-" is standard
input). The next event of the group is handled with it.

While an event of the bot and the group is being handled, nothing is changed: botd waits for
some seconds, and then says so. A bot that is never idle is stopped first, with botd pause.`,
		Example: `  botd state set quiz '@TGS#2QUIZROOM1' done '["carol"]' --reason 'she told the teacher'
  botd state set quiz '@TGS#2QUIZROOM1' done @done.json`,
		RunE: func(c *cobra.Command, args []string) error {
			value, err := givenJSON(p, "the value", args[3])
			if err != nil {
				return err
			}
			o.order.Group, o.order.Key, o.order.Value = chat.GroupID(args[1]), args[2], value
			return o.do(c, p, "/v1/bots/"+url.PathEscape(args[0])+"/state/set", "is remembered")
		},
	}
	o.flags(c, p)
	userFlag(c, &o.order.User)
	return c
}

func stateDrop(p Process) *cobra.Command {
	var o orders
	c := &cobra.Command{
		Use: "drop BOT GROUP [KEY]", Short: "Have a bot forget a key, or all that it remembers of a group", Args: cobra.RangeArgs(2, 3),
		Long: `Has a bot forget what it remembers under a key. Without a key it is all that the bot
remembers of the group, or with --user of that member there; sessions of others stay. What
cannot be understood any more, and holds events, is dropped in the same way.`,
		Example: `  botd state drop quiz '@TGS#2QUIZROOM1' done
  botd state drop poll '@TGS#2TEAMROOM01' --user carol --reason 'the dialog is stuck'`,
		RunE: func(c *cobra.Command, args []string) error {
			o.order.Group, o.order.All = chat.GroupID(args[1]), len(args) == 2
			if len(args) == 3 {
				o.order.Key = args[2]
			}
			return o.do(c, p, "/v1/bots/"+url.PathEscape(args[0])+"/state/drop", "is forgotten")
		},
	}
	o.flags(c, p)
	userFlag(c, &o.order.User)
	return c
}
